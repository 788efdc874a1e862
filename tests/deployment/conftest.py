"""What `make relay-package` tries: the relay as a container, as a service of systemd, through a tunnel, and watched.

These tests need root, install into folders of their own below `.tools/box`, and take minutes, so the suite leaves them
out (`norecursedirs`, packaging/suite); the cheap forms of the same questions are in tests/packaging.
"""

import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from box import PROGRAMS, Box
from engines import KINDS, Engine, asked_for
from ground import demand

pytestmark = pytest.mark.timeout(1800)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what builds images the time that it needs."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1800))


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    if "engine" in metafunc.fixturenames:
        metafunc.parametrize("engine", asked_for(), indirect=True, scope="session")


@pytest.fixture(scope="session")
def box() -> Box:
    demand(*PROGRAMS)
    box = Box()
    box.build()
    return box


@pytest.fixture(scope="session")
def engine(request: pytest.FixtureRequest, box: Box) -> Iterator[Engine]:
    """An engine that has the image of today's checkout."""
    kind = KINDS[request.param]
    demand(*kind.programs)
    engine = kind()
    try:
        engine.build(box.base)
        yield engine
    finally:
        engine.close()


@pytest.fixture
def untrusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Desks of this test ask nobody about the certificate."""

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))

    monkeypatch.setattr("helpers.desk.aiohttp", SimpleNamespace(ClientSession=session))

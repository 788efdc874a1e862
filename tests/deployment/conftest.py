"""What `make relay-package` tries: the relay as a container, as a service of systemd, and watched by Prometheus.

These tests need root, install into folders of their own below `.tools/box`, and take minutes, so the suite leaves them
out (`norecursedirs`, packaging/suite); the cheap forms of the same questions are in tests/packaging.
"""

import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))

from box import Box, missing_programs

pytestmark = pytest.mark.timeout(1800)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give what builds images the time that it needs."""
    for item in items:
        item.add_marker(pytest.mark.timeout(1800))


@pytest.fixture(scope="session")
def box() -> Iterator[Box]:
    if missing := missing_programs():
        pytest.exit(
            f"Missing, or not for this user: {missing}. `make relay-package` installs them.", returncode=2
        )
    box = Box()
    box.build()
    yield box
    box.close()

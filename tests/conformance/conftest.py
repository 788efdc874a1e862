"""Both engines, each under the same suite: whatever a client can see must not depend on which one serves.

Nor on the loop: the relay serves on uvloop where there is one, and the app's tests run it on asyncio's own.
"""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest
from helpers.relay_running import Office, running_relay


class Opening(Protocol):
    def __call__(self, **settings: object) -> AbstractAsyncContextManager[Office]: ...


def pytest_asyncio_loop_factories() -> dict[str, Callable[[], asyncio.AbstractEventLoop]]:
    if sys.platform == "win32":
        return {"asyncio": asyncio.new_event_loop}
    import uvloop

    return {"asyncio": asyncio.new_event_loop, "uvloop": uvloop.new_event_loop}


@pytest.fixture(params=["stock", "fast"])
def engine(request: pytest.FixtureRequest) -> str:
    return request.param


@pytest.fixture
def relay_of(tmp_path: Path, engine: str) -> Opening:
    """Open a relay with this engine and these settings."""
    return lambda **settings: running_relay(tmp_path / "data", engine=engine, **settings)


@pytest.fixture
async def office(relay_of: Opening) -> AsyncIterator[Office]:
    async with relay_of() as office:
        yield office

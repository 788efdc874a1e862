"""Both engines, each under the same suite: whatever a client can see must not depend on which one serves."""

from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Protocol

import pytest
from helpers.relay_running import Office, running_relay


class Opening(Protocol):
    def __call__(self, **settings: object) -> AbstractAsyncContextManager[Office]: ...


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

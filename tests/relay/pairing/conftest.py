"""The front office that these tests work in."""

import pytest
from helpers.front_office import front_office


@pytest.fixture
async def office(tmp_path):
    async with front_office(tmp_path / "data") as opened:
        yield opened

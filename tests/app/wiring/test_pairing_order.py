"""Who is first: the credential that was kept, or somebody who scans a link before it has been looked for."""

import asyncio
from types import SimpleNamespace

import pytest

from app.wiring.pairing import Pairing


@pytest.mark.parametrize("has_line", [True, False])
async def test_the_kept_credential_begins_no_second_line_beside_one_that_was_just_paired(has_line: bool):
    begun: list[str] = []

    async def begin_kept() -> None:
        begun.append("kept")

    pairing = Pairing.__new__(Pairing)
    pairing._turn, pairing.started = asyncio.Lock(), asyncio.Event()
    pairing._begin_kept = begin_kept  # type: ignore[method-assign]
    pairing._workplace = SimpleNamespace(  # type: ignore[assignment]
        line=SimpleNamespace(link=object() if has_line else None), settings=SimpleNamespace(pair=None)
    )
    await pairing.begin()
    assert begun == ([] if has_line else ["kept"])
    assert pairing.started.is_set()

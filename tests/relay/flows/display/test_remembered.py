"""A scan never meets an old drawing because it was scanned before."""

import asyncio

import pytest

from relay.flows.display import remembered
from relay.flows.display.remembered import Remembered


@pytest.fixture
def found() -> Remembered[str, str]:
    return Remembered()


def test_what_was_found_is_found_again(found: Remembered[str, str]):
    found.keep("WO-1", "A", found.changes)
    assert found.get("WO-1") == "A"


def test_a_change_forgets_it(found: Remembered[str, str]):
    found.keep("WO-1", "A", found.changes)
    with found.changing():
        pass
    assert found.get("WO-1") is None


def test_what_was_read_before_a_change_and_told_after_it_is_not_remembered(found: Remembered[str, str]):
    before = found.changes
    with found.changing():
        pass
    found.keep("WO-1", "A", before)
    assert found.get("WO-1") is None


def test_a_change_that_failed_is_a_change(found: Remembered[str, str]):
    found.keep("WO-1", "A", found.changes)
    with pytest.raises(OSError, match="disk"), found.changing():
        raise OSError("disk")
    assert found.get("WO-1") is None


def test_a_change_of_which_nobody_saw_the_end_ends_all_remembering(found: Remembered[str, str]):
    with pytest.raises(asyncio.CancelledError), found.changing():
        raise asyncio.CancelledError
    found.keep("WO-1", "A", found.changes)
    assert found.get("WO-1") is None


def test_it_does_not_grow_for_ever(found: Remembered[str, str], monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(remembered, "MOST", 3)
    for number in range(10):
        found.keep(f"WO-{number}", "A", found.changes)
    assert sum(found.get(f"WO-{number}") is not None for number in range(10)) <= 3

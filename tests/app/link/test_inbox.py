"""The inbox: what was taken is never new again, over restarts, new journals and damaged files."""

import sqlite3
import uuid

import pytest
from helpers.hand_clock import HandClock
from helpers.relay_double import SCREEN, command

from app.link.inbox import KEEP_MS, Inbox, InboxBroken
from relay.contract.codec import convert
from relay.contract.commands import COMMANDS, Hello
from relay.contract.reports import Outcome

HOUR = 3600


def make(verb="navigate", seq=1, **fields):
    return convert(command(verb, seq, **fields), COMMANDS[verb])


def hello(epoch="e1", gen=1):
    return Hello(epoch=epoch, gen=gen, server_time=0, head=0, heartbeat_ms=10_000)


def outcome(of, state="shown", **fields):
    return Outcome(id=of.id, state=state, **fields)


async def take(inbox, made):
    return await inbox.take(made, late=outcome(made, "failed", code="SUPERSEDED"))


async def fill(inbox, many):
    """Take until the inbox refuses; returns what it refused, and why."""
    for each in many:
        try:
            await take(inbox, each)
        except InboxBroken as reason:
            return each, reason
    raise AssertionError("the disk was never full")


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
async def reopen(tmp_path, clock):
    opened = []

    async def open_again():
        while opened:
            await opened.pop().close()
        opened.append(await Inbox.open(tmp_path / "inbox.sqlite", now_ms=clock.now_ms))
        return opened[0]

    yield open_again
    while opened:
        await opened.pop().close()


async def test_a_delivery_is_new_once_and_known_for_ever_after(reopen):
    inbox = await reopen()
    navigate = make()
    assert (await take(inbox, navigate)).kind == "new"
    assert (await take(inbox, navigate)).kind == "known"
    inbox = await reopen()
    assert (await take(inbox, navigate)).kind == "known"


async def test_an_id_is_the_same_in_capitals(reopen):
    inbox = await reopen()
    id_ = str(uuid.uuid4())
    await take(inbox, make(id=id_))
    assert (await take(inbox, make(id=id_.upper()))).kind == "known"


async def test_a_known_delivery_comes_with_its_first_outcome(reopen):
    inbox = await reopen()
    navigate = make()
    await take(inbox, navigate)
    await inbox.settle(outcome(navigate, page=3))
    await inbox.settle(outcome(navigate, "failed", code="INTERNAL_ERROR"))
    inbox = await reopen()
    assert (await take(inbox, navigate)).outcome == outcome(navigate, page=3)


async def test_what_is_older_than_what_the_window_shows_is_late(reopen):
    inbox = await reopen()
    await take(inbox, make(seq=7))
    late = make(seq=6)
    taken = await take(inbox, late)
    assert taken.kind == "late"
    assert taken.outcome.code == "SUPERSEDED"
    assert (await take(inbox, make("view", 5, page=2))).kind == "late"
    assert (await take(inbox, make("blank", 4))).kind == "late"
    assert (await take(inbox, make("undo", 3))).kind == "late"
    assert (await take(inbox, make("undo", 9))).kind == "new"
    assert (await take(inbox, make(seq=8))).kind == "late"
    assert len(await inbox.unreported()) == 5


async def test_another_window_has_a_count_of_its_own(reopen):
    inbox = await reopen()
    await take(inbox, make(seq=7))
    assert (await take(inbox, make(seq=6, windowId="side"))).kind == "new"


async def test_turning_a_page_does_not_make_a_document_late_that_was_lost_on_the_way(reopen):
    inbox = await reopen()
    await take(inbox, make("view", 7, page=2))
    await take(inbox, make("identify", 8))
    assert (await take(inbox, make(seq=6))).kind == "new"
    assert inbox.applied_seq == 8


async def test_a_new_journal_resets_the_counters_but_not_the_memory_of_ids(reopen):
    inbox = await reopen()
    await inbox.begin(hello("e1"), SCREEN)
    known = make(seq=40)
    await take(inbox, known)
    assert inbox.applied_seq == 40
    inbox = await reopen()
    assert (inbox.epoch, inbox.applied_seq) == ("e1", 40)
    assert await inbox.begin(hello("e1"), SCREEN.lower()) == "same"
    assert inbox.applied_seq == 40
    assert await inbox.begin(hello("e2"), SCREEN) == "other"
    assert inbox.applied_seq == 0
    assert (await take(inbox, known)).kind == "known"
    assert (await take(inbox, make(seq=1))).kind == "new"


async def test_outcomes_wait_until_the_relay_has_them(reopen):
    inbox = await reopen()
    first, second = make(seq=1), make(seq=2)
    for each in (first, second):
        await take(inbox, each)
        await inbox.settle(outcome(each))
    await inbox.reported(first.id)
    inbox = await reopen()
    assert await inbox.unreported() == (outcome(second),)


async def test_what_was_cut_off_is_found_after_a_restart(reopen):
    inbox = await reopen()
    done, cut_off, also = make(seq=1), make(seq=2), make("view", 3, page=2)
    for each in (done, cut_off, also):
        await take(inbox, each)
    await inbox.settle(outcome(done))
    inbox = await reopen()
    assert await inbox.unfinished() == (cut_off, also)


async def test_ids_are_kept_for_two_days_at_least_and_not_for_ever(reopen, clock, monkeypatch):
    monkeypatch.setattr("app.link.inbox.KEEP_LEAST", 0)
    inbox = await reopen()
    old = make()
    await take(inbox, old)
    clock.turn(48 * HOUR)
    inbox = await reopen()
    assert await inbox.look_up(old.id) is not None
    clock.turn(KEEP_MS / 1000)
    inbox = await reopen()
    assert await inbox.look_up(old.id) is None


async def test_an_older_line_of_the_same_journal_is_fenced(reopen):
    inbox = await reopen()
    assert await inbox.begin(hello(gen=4), SCREEN) == "first"
    assert await inbox.begin(hello(gen=4), SCREEN) == "same"
    assert await inbox.begin(hello(gen=6), SCREEN) == "same"
    inbox = await reopen()
    assert await inbox.begin(hello(gen=5), SCREEN) == "fenced"
    assert await inbox.begin(hello(gen=6), SCREEN) == "same"
    assert await inbox.begin(hello("e2", gen=1), SCREEN) == "other"
    assert await inbox.begin(hello("e2", gen=2), SCREEN) == "same"


async def test_another_screen_of_the_same_relay_counts_from_its_own_beginning(reopen):
    inbox = await reopen()
    await inbox.begin(hello(gen=9), SCREEN)
    await take(inbox, make(seq=500))
    assert await inbox.begin(hello(gen=1), "SCREEN-002") == "other"
    assert inbox.applied_seq == 0
    assert (await take(inbox, make(seq=1, screenId="SCREEN-002"))).kind == "new"


async def test_the_memory_is_bounded_whatever_the_clock_says(reopen, clock, monkeypatch):
    monkeypatch.setattr("app.link.inbox.KEEP_MOST", 30)
    monkeypatch.setattr("app.link.inbox.KEEP_LEAST", 20)
    inbox = await reopen()
    made = [make(seq=seq) for seq in range(1, 51)]
    for each in made:
        await take(inbox, each)
        await inbox.settle(outcome(each))
        clock.turn(1)
    for each in made[25:]:
        await inbox.reported(each.id)
    inbox = await reopen()
    # Of those that must go, the ones go first that the relay has the outcome of.
    assert [each.id for each in made if await inbox.look_up(each.id) is not None] == [
        *(each.id for each in made[:25]),
        *(each.id for each in made[45:]),
    ]
    clock.turn(365 * 24 * HOUR)  # somebody has set the date
    inbox = await reopen()
    assert sum([await inbox.look_up(each.id) is not None for each in made]) == 20


async def test_what_has_ended_takes_little_room(reopen):
    inbox = await reopen()
    navigate = make()
    await take(inbox, navigate)
    await inbox.settle(outcome(navigate))
    assert inbox._book._db.execute("SELECT length(command) FROM delivery").fetchall() == [(0,)]


async def test_a_disk_that_takes_nothing_is_said_and_nothing_was_taken(tmp_path, reopen):
    inbox = await reopen()
    navigate = make()
    other = sqlite3.connect(tmp_path / "inbox.sqlite", isolation_level=None)
    inbox._book._db.execute("PRAGMA busy_timeout=10")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(InboxBroken):
        await take(inbox, navigate)
    other.execute("ROLLBACK")
    other.close()
    assert (await take(inbox, navigate)).kind == "new"


async def test_a_full_disk_is_said_as_such_and_is_no_end(reopen):
    inbox = await reopen()
    known = make(seq=1)
    await take(inbox, known)
    db = inbox._book._db
    pages = db.execute("PRAGMA page_count").fetchone()[0]
    # SQLite says of the file what the system would say of the disk.
    db.execute(f"PRAGMA max_page_count={pages}")
    many = [make(seq=seq) for seq in range(2, 200)]
    refused, reason = await fill(inbox, many)
    assert reason.is_full
    assert await inbox.look_up(refused.id) is None
    assert (await take(inbox, known)).kind == "known"  # what is on disk is still answered
    db.execute("PRAGMA max_page_count=1000000")
    assert (await take(inbox, refused)).kind == "new"


async def test_a_closed_inbox_says_so(reopen):
    inbox = await reopen()
    await inbox.close()
    with pytest.raises(InboxBroken):
        await take(inbox, make())


async def test_a_crash_right_after_taking_loses_nothing(tmp_path, reopen, clock):
    inbox = await reopen()
    navigate = make()
    await take(inbox, navigate)
    # What a killed process leaves: the files as they are, without a close.
    copy = tmp_path / "copy.sqlite"
    for suffix in ("", "-wal"):
        copy.with_name(copy.name + suffix).write_bytes((tmp_path / f"inbox.sqlite{suffix}").read_bytes())
    after = await Inbox.open(copy, now_ms=clock.now_ms)
    try:
        assert (await take(after, navigate)).kind == "known"
        assert await after.unfinished() == (navigate,)
    finally:
        await after.close()

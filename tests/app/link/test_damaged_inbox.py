"""A damaged inbox: set aside, begun anew, told to the operator, and as little shown twice as can be known."""

from pathlib import Path

import pytest
from helpers.hand_clock import HandClock
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import SCREEN, command, relay_double
from structlog.testing import capture_logs

from app.link.inbox import Inbox
from app.link.inbox_file import SET_ASIDE_MOST
from app.stage.status import LinkState
from relay.contract.codec import convert
from relay.contract.commands import COMMANDS, Hello
from relay.contract.reports import Outcome

COUNT = 200
HELLO = Hello(epoch="e1", gen=7, server_time=0, head=0, heartbeat_ms=10_000)


def make(seq: int, **fields):
    return convert(command(seq=seq, **fields), COMMANDS["navigate"])


async def take(inbox: Inbox, made):
    return await inbox.take(made, late=Outcome(id=made.id, state="failed", code="SUPERSEDED"))


async def fill(inbox: Inbox) -> list:
    await inbox.begin(HELLO, SCREEN)
    made = [make(seq) for seq in range(1, COUNT + 1)]
    for each in made:
        await take(inbox, each)
        await inbox.settle(Outcome(id=each.id, state="shown"))
    return made


def destroy(file: Path, first: float, last: float) -> None:
    """Overwrite this part of the file."""
    with file.open("rb+") as stream:
        size = stream.seek(0, 2)
        stream.seek(round(size * first))
        stream.write(b"\xee" * round(size * (last - first)))


@pytest.fixture
def clock():
    return HandClock()


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


async def test_a_file_that_is_no_database_is_set_aside_and_the_bench_goes_on(tmp_path, clock):
    file = tmp_path / "inbox.sqlite"
    file.write_bytes(b"this is no database, it is a text\n" * 500)
    with capture_logs() as logs:
        inbox = await Inbox.open(file, now_ms=clock.now_ms)
    try:
        assert inbox.moved_aside is not None
        assert inbox.moved_aside.name == "inbox.damaged-20251009T085320.000000Z"
        assert inbox.moved_aside.read_bytes().startswith(b"this is no database")
        assert (await take(inbox, make(1))).kind == "new"
    finally:
        await inbox.close()
    assert [entry["log_level"] for entry in logs if "damaged" in entry["event"]] == ["error"]


async def test_what_can_still_be_read_is_not_shown_again(tmp_path, clock):
    file = tmp_path / "inbox.sqlite"
    inbox = await Inbox.open(file, now_ms=clock.now_ms)
    made = await fill(inbox)
    await inbox.close()
    destroy(file, 0.45, 0.55)
    inbox = await Inbox.open(file, now_ms=clock.now_ms)
    try:
        assert inbox.moved_aside is not None
        known = [each for each in made if await inbox.look_up(each.id) is not None]
        assert len(known) > COUNT / 2
        assert (await take(inbox, known[0])).outcome == Outcome(id=known[0].id, state="shown")
        # Its counters are not believed, or a wrong one would keep the screen dark.
        assert (inbox.epoch, inbox.applied_seq) == (None, 0)
        assert await inbox.begin(HELLO, SCREEN) == "first"
        assert (await take(inbox, make(1))).kind == "new"
    finally:
        await inbox.close()


async def test_a_file_that_breaks_while_the_bench_is_running_costs_no_command(tmp_path, clock):
    file = tmp_path / "inbox.sqlite"
    inbox = await Inbox.open(file, now_ms=clock.now_ms)
    try:
        made = await fill(inbox)
        inbox._book._db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        inbox._book._db.execute("PRAGMA cache_size=0")
        destroy(file, 0.2, 1.0)
        late, new = make(COUNT - 1), make(COUNT + 1, windowId="side")
        assert (await take(inbox, new)).kind == "new"
        assert inbox.moved_aside is not None
        # The counters were in memory, so nothing old comes over what is shown, and no older line is believed.
        assert (inbox.epoch, inbox.applied_seq) == ("e1", COUNT + 1)
        assert (await take(inbox, late)).kind == "late"
        # One that was under way when the file broke ends on record all the same.
        await inbox.settle(Outcome(id=made[-1].id, state="shown"))
        assert (await take(inbox, made[-1])).kind == "known"
        await inbox.close()
        inbox = await Inbox.open(file, now_ms=clock.now_ms)
        assert (
            await inbox.begin(Hello(epoch="e1", gen=6, server_time=0, head=0, heartbeat_ms=1), SCREEN)
            == "fenced"
        )
        assert (await take(inbox, new)).kind == "known"
        assert (await take(inbox, make(COUNT - 2))).kind == "late"
    finally:
        await inbox.close()


async def test_a_dying_disk_is_not_filled_with_what_was_set_aside(tmp_path, clock):
    file = tmp_path / "inbox.sqlite"
    for _ in range(SET_ASIDE_MOST + 2):
        file.write_bytes(b"no database")
        clock.turn(1)
        await (await Inbox.open(file, now_ms=clock.now_ms)).close()
    assert len(list(tmp_path.glob("inbox.damaged-*"))) == SET_ASIDE_MOST


@pytest.mark.parametrize(("language", "word"), [("en", "damaged"), ("ko", "손상")])
async def test_the_operator_is_told_and_the_bench_shows_what_comes(relay, tmp_path, language, word):
    (tmp_path / "inbox.sqlite").write_bytes(b"no database")
    async with link_bench(relay.address, tmp_path, language=language) as bench:
        await bench.reaches(LinkState.CONNECTED)
        assert word in bench.states[-1][1]
        assert bench.inbox.moved_aside.name in bench.states[-1][1]
        await relay.ask("navigate", command(seq=41))
        await until(lambda: len(bench.performed) == 1)

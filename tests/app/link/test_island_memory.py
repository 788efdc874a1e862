"""What a bench may show without its relay: ages that no clock makes younger, and a memory that survives damage."""

import sqlite3
import uuid
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest

from app.link.island import Forgotten, Island, Recalled
from app.link.island_clock import IslandClock, Moment
from app.link.island_scans import Memory, ScanRow
from app.link.island_store import IslandStore
from relay.contract.commands import DocumentRef, Navigate, Trigger
from relay.contract.names import DocumentId, OrderId, ScreenId, Sha256, TriggerId
from relay.contract.reports import Outcome

HOUR = 3_600_000
NOW = 1_760_000_000_000


@dataclass
class Machine:
    """A PC: its boots, its clock that only grows, and its time of day, which somebody may set."""

    boot: str = "boot-1"
    seconds: float = 1_000.0
    wall_ms: int = NOW

    def passes(self, hours: float) -> None:
        self.seconds += hours * 3600
        self.wall_ms += round(hours * HOUR)

    def is_restarted(self, *, hours_off: float, clock_runs: bool = True) -> None:
        self.boot = f"boot-{uuid.uuid4()}"
        self.seconds = 30.0
        if clock_runs:
            self.wall_ms += round(hours_off * HOUR)

    def clock(self, *, trusts_wall: bool = False) -> IslandClock:
        return IslandClock(
            wall_ms=lambda: self.wall_ms,
            seconds=lambda: self.seconds,
            boot=self.boot,
            trusts_wall=trusts_wall,
        )


class Files:
    """A library in which every file is whole, but those that a test takes away."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.gone: set[str] = set()

    async def here(self, sha256: Sha256) -> Path | None:
        return None if sha256 in self.gone else self.folder / sha256


def document(name: str = "D1", revision: str = "A", kind: str = "pdf") -> DocumentRef:
    sha256 = Sha256((name + revision).encode().hex().ljust(64, "0"))
    url = "https://plan.example" if kind == "web" else f"/api/documents/{sha256}"
    return DocumentRef(
        id=DocumentId(name), kind=kind, url=url, sha256=None if kind == "web" else sha256, revision=revision
    )


def navigate(ref: DocumentRef, *, at_ms: int = NOW) -> Navigate:
    return Navigate(
        id=TriggerId(str(uuid.uuid4())),
        seq=1,
        screen_id=ScreenId("SCREEN-001"),
        timestamp=at_ms,
        expires_at=at_ms + HOUR,
        order_id=OrderId("WO-1"),
        document=ref,
    )


def trigger() -> Trigger:
    return Trigger(
        id=TriggerId(str(uuid.uuid4())), screen_id=ScreenId("SCREEN-001"), timestamp=NOW, order_id="WO-1"
    )


@pytest.fixture
def machine() -> Machine:
    return Machine()


@pytest.fixture
async def store(tmp_path: Path):
    store = await IslandStore.open(tmp_path / "island.sqlite")
    await store.belong_to("SCREEN-001 relay")
    yield store
    await store.close()


@pytest.fixture
def files(tmp_path: Path) -> Files:
    return Files(tmp_path)


def island(store: IslandStore, machine: Machine, *, hours: int = 8, trusts_wall: bool = False) -> Island:
    return Island(store, machine.clock(trusts_wall=trusts_wall), not_older_than=timedelta(hours=hours))


async def learn(store: IslandStore, machine: Machine, ref: DocumentRef | None = None) -> None:
    await island(store, machine).learn(
        navigate(ref or document(), at_ms=machine.wall_ms), relay_now_ms=machine.wall_ms, number=1
    )


async def recall(store: IslandStore, machine: Machine, files: Files, **rule: object) -> Recalled | Forgotten:
    return await island(store, machine, **rule).recall(files, OrderId("WO-1"), 1)


# Ages.


async def test_what_is_within_the_rule_is_shown_with_its_age_and_what_is_beyond_is_not(store, machine, files):
    await learn(store, machine)
    machine.passes(hours=7.9)
    recalled = await recall(store, machine, files)
    assert isinstance(recalled, Recalled)
    assert recalled.age.is_exact
    assert recalled.age.ms == round(7.9 * HOUR)
    machine.passes(hours=0.2)
    assert await recall(store, machine, files) == Forgotten("too_old", round(8.1 * HOUR))


@pytest.mark.parametrize("set_by_hours", [-5_000, -9, -1, 9, 5_000])
async def test_a_clock_that_is_set_makes_nothing_younger_or_older(store, machine, files, set_by_hours):
    await learn(store, machine)
    machine.passes(hours=5)
    machine.wall_ms += set_by_hours * HOUR
    recalled = await recall(store, machine, files)
    assert isinstance(recalled, Recalled)
    assert recalled.age.ms == 5 * HOUR
    machine.passes(hours=4)
    assert (await recall(store, machine, files)).reason == "too_old"


async def test_a_command_that_was_long_on_its_way_is_as_old_as_its_acceptance(store, machine, files):
    await island(store, machine).learn(navigate(document(), at_ms=NOW - 7 * HOUR), relay_now_ms=NOW, number=1)
    machine.passes(hours=2)
    assert await recall(store, machine, files) == Forgotten("too_old", 9 * HOUR)


async def test_a_relay_whose_clock_was_set_back_makes_nothing_younger(store, machine, files):
    await learn(store, machine)
    machine.passes(hours=7)
    # The relay's clock is a day behind now; what it says later is later all the same.
    await island(store, machine).learn(
        navigate(document(revision="B"), at_ms=NOW - 24 * HOUR), relay_now_ms=NOW - 24 * HOUR, number=1
    )
    recalled = await recall(store, machine, files)
    assert (recalled.memory.document.revision, recalled.age.ms) == ("B", 0)
    machine.passes(hours=9)
    assert (await recall(store, machine, files)).reason == "too_old"


@pytest.mark.parametrize("clock_runs", [True, False])
async def test_after_a_restart_of_the_pc_nothing_is_shown_until_the_relay_was_heard(
    store, machine, files, clock_runs
):
    await learn(store, machine)
    machine.is_restarted(hours_off=1, clock_runs=clock_runs)
    assert (await recall(store, machine, files)).reason == "age_unknown"
    await learn(store, machine)
    assert isinstance(await recall(store, machine, files), Recalled)


async def test_an_admin_who_trusts_the_clocks_is_shown_what_they_say(store, machine, files):
    await learn(store, machine)
    machine.passes(hours=1)
    machine.is_restarted(hours_off=6)
    recalled = await recall(store, machine, files, trusts_wall=True)
    assert recalled.age.ms == 7 * HOUR
    assert not recalled.age.is_exact
    machine.passes(hours=2)
    assert (await recall(store, machine, files, trusts_wall=True)).reason == "too_old"


async def test_a_trusted_clock_that_went_back_behind_what_was_noted_is_not_believed(store, machine, files):
    await learn(store, machine)
    machine.passes(hours=3)
    await recall(store, machine, files)  # notes the time of day
    machine.is_restarted(hours_off=0, clock_runs=False)
    machine.wall_ms -= 2 * HOUR
    assert (await recall(store, machine, files, trusts_wall=True)).reason == "age_unknown"


async def test_a_trusted_clock_counts_no_less_than_since_the_boot(store, machine, files):
    await learn(store, machine)
    machine.is_restarted(hours_off=0, clock_runs=False)
    machine.seconds = 5 * 3600.0
    recalled = await recall(store, machine, files, trusts_wall=True)
    assert recalled.age.ms == 5 * HOUR


# What is known.


async def test_what_was_heard_earlier_never_replaces_what_was_heard_later(store, machine, files):
    machine.passes(hours=1)
    await learn(store, machine, document(revision="B"))
    late = navigate(document(revision="A"), at_ms=machine.wall_ms - HOUR)
    await island(store, machine).learn(late, relay_now_ms=machine.wall_ms, number=1)
    assert (await recall(store, machine, files)).memory.document.revision == "B"


async def test_a_document_whose_place_in_its_order_nobody_told_is_not_guessed(store, machine, files):
    assert not await island(store, machine).learn(navigate(document()), relay_now_ms=NOW, number=None)
    assert (await recall(store, machine, files)).reason == "unknown"
    at = machine.clock().now()
    listed = Memory(order_id=OrderId("WO-1"), number=1, document=document(), as_of=NOW, at=at)
    await store.expect([listed], '"mark"')
    assert await island(store, machine).learn(navigate(document(revision="B")), relay_now_ms=NOW, number=None)
    assert (await recall(store, machine, files)).memory.document.revision == "B"


async def test_a_list_that_still_holds_makes_what_is_in_it_young_and_nothing_else(store, machine, files):
    await learn(store, machine)
    other = Memory(
        order_id=OrderId("WO-2"), number=1, document=document("D2"), as_of=NOW, at=machine.clock().now()
    )
    await store.expect([other], '"mark"')
    machine.passes(hours=6)
    await store.still_expect(machine.wall_ms, machine.clock().now())
    machine.passes(hours=3)
    assert (await recall(store, machine, files)).reason == "too_old"
    there = await island(store, machine).recall(files, OrderId("WO-2"), 1)
    assert there.age.ms == 3 * HOUR
    assert await store.mark() == '"mark"'


@pytest.mark.parametrize(("kind", "gone", "reason"), [("web", False, "web"), ("pdf", True, "no_file")])
async def test_what_cannot_be_shown_says_why(store, machine, files, *, kind, gone, reason):
    ref = document(kind=kind)
    await learn(store, machine, ref)
    if gone:
        files.gone.add(ref.sha256)
    assert (await recall(store, machine, files)).reason == reason


async def test_another_screen_or_relay_finds_nothing(store, machine, files, tmp_path):
    await learn(store, machine)
    await store.close()
    again = await IslandStore.open(tmp_path / "island.sqlite")
    await again.belong_to("SCREEN-001 relay")
    assert isinstance(await recall(again, machine, files), Recalled)
    await again.belong_to("SCREEN-001 another relay")
    assert (await recall(again, machine, files)).reason == "unknown"
    await again.close()


# Scans.


async def begun(store: IslandStore, machine: Machine, files: Files) -> tuple[Island, ScanRow]:
    await learn(store, machine)
    made = island(store, machine)
    recalled = await made.recall(files, OrderId("WO-1"), 1)
    scan = await made.begin(trigger(), recalled, relay_ms=machine.wall_ms)
    assert scan is not None
    return made, scan


async def test_a_scan_is_told_when_it_has_ended_and_only_until_it_is_told(store, machine, files):
    made, scan = await begun(store, machine, files)
    assert await made.untold(10) == ()
    await made.end(scan, Outcome(id=scan.id, state="shown", page=2))
    machine.passes(hours=1)
    (untold,) = await made.untold(10)
    report = untold.report(made.clock)
    assert (report.id, report.state, report.page, report.is_exact) == (scan.id, "shown", 2, True)
    assert report.scanned_ms == HOUR
    await store.told([scan.id])
    assert await made.untold(10) == ()


async def test_nothing_is_told_while_its_own_trigger_is_asked(store, machine, files):
    made, scan = await begun(store, machine, files)
    await made.end(scan, Outcome(id=scan.id, state="shown"))
    with made.asking_the_relay(scan.id):
        assert await made.untold(10) == ()
    assert len(await made.untold(10)) == 1


async def test_a_scan_that_was_cut_off_is_told_as_one_whose_end_nobody_knows(store, machine, files, tmp_path):
    _made, scan = await begun(store, machine, files)
    await store.close()
    again = await IslandStore.open(tmp_path / "island.sqlite")
    machine.is_restarted(hours_off=2)
    later = island(again, machine)
    (untold,) = await later.untold(10)
    report = untold.report(later.clock)
    assert (report.id, report.state, report.code) == (scan.id, "failed", "INTERNAL_ERROR")
    assert "before it knew" in report.error
    assert not report.is_exact
    assert report.scanned_ms == 2 * HOUR
    await again.close()


async def test_a_damaged_file_is_set_aside_and_its_untold_scans_are_saved(store, machine, files, tmp_path):
    made, scan = await begun(store, machine, files)
    await made.end(scan, Outcome(id=scan.id, state="shown"))
    await store.close()
    _damage(tmp_path / "island.sqlite", table="memory")
    again = await IslandStore.open(tmp_path / "island.sqlite")
    await again.belong_to("SCREEN-001 relay")
    assert (tmp_path / "island.damaged").exists()
    assert [each.id for each in await again.untold(10)] == [scan.id]
    assert (await recall(again, machine, files)).reason == "unknown"
    await learn(again, machine)
    assert isinstance(await recall(again, machine, files), Recalled)
    await again.close()


def _damage(file: Path, *, table: str) -> None:
    """Overwrite the first page of a table, as a dying disk does."""
    db = sqlite3.connect(file)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    (page,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    (size,) = db.execute("PRAGMA page_size").fetchone()
    db.close()
    with file.open("rb+") as stream:
        stream.seek((page - 1) * size)
        stream.write(b"\xff" * size)


async def test_a_disk_that_does_not_take_the_scan_shows_nothing(store, machine, files):
    await learn(store, machine)
    made = island(store, machine)
    recalled = await made.recall(files, OrderId("WO-1"), 1)
    await store.close()
    assert await made.begin(trigger(), recalled, relay_ms=NOW) is None


@pytest.mark.parametrize(
    ("sent_ms", "relay_is_off_by_ms", "is_older"),
    [(-60_000, 0, True), (-1_000, 0, False), (60_000, 0, False), (-60_000, 60_000, False)],
)
async def test_which_wish_is_older_is_said_only_where_there_is_no_doubt(
    store, machine, files, *, sent_ms, relay_is_off_by_ms, is_older
):
    made, scan = await begun(store, machine, files)
    scanned_ms = machine.wall_ms
    machine.passes(hours=1)
    assert (
        made.is_older_wish(scanned_ms + sent_ms, scan, relay_now_ms=machine.wall_ms + relay_is_off_by_ms)
        is is_older
    )


def test_moments_of_another_boot_are_only_guessed_for_the_record() -> None:
    machine = Machine()
    moment = machine.clock().now()
    machine.is_restarted(hours_off=3)
    clock = machine.clock()
    assert clock.age(moment) is None
    assert clock.about(moment).ms == 3 * HOUR
    assert not clock.about(moment).is_exact
    assert clock.about(Moment(boot="x", seconds=0, wall_ms=machine.wall_ms + HOUR)).ms == 0

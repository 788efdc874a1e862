"""The director with windows that need no monitor: they keep their promises, or break them, as the test says."""

import asyncio
from pathlib import Path

import pytest
from helpers.stage_bench import NOW, RIGHT, Bench, about, navigate

from app.errors import Problemful
from app.stage.displays import CannotShow
from relay.contract.commands import AnyCommand, Close, DocumentRef, Identify, Move, View
from relay.contract.names import DisplayId, DocumentId, WindowId
from relay.contract.problems import Code, write_problem


@pytest.fixture
def bench() -> Bench:
    return Bench()


async def test_a_document_is_fetched_shown_on_the_second_monitor_and_reported_with_its_revision(bench: Bench):
    outcome = await bench.perform(navigate(page=2))
    assert outcome.state == "shown"
    assert outcome.display is not None
    assert (outcome.display.index, outcome.display.name) == (1, "RIGHT")
    assert (outcome.page, outcome.revision) == (2, "C")
    content, view, display = bench.wall().seen[-1]
    assert (content.path, content.order_id, view.page, display.name) == (
        Path("/library/D1"),
        "WO-1",
        2,
        "RIGHT",
    )


async def test_the_timings_count_from_the_commands_arrival(bench: Bench):
    timings = (await bench.perform(navigate())).timings
    assert timings is not None
    assert timings.received_ms == 0
    assert timings.loaded_ms is not None
    assert timings.shown_ms is not None
    assert 5 <= timings.loaded_ms < timings.shown_ms < 1000
    assert timings.shown_ms - timings.loaded_ms == pytest.approx(4, abs=0.2)


async def test_presence_tells_what_is_shown_where(bench: Bench):
    await bench.perform(navigate(page=2))
    (window,) = bench.director.showing()
    assert (
        window.window_id,
        window.display_id,
        window.order_id,
        window.page,
        window.pages,
        window.visible,
    ) == (
        "main",
        "RIGHT",
        "WO-1",
        2,
        4,
        True,
    )
    assert bench.presences == 1


async def test_a_window_whose_monitor_is_unplugged_is_reported_as_not_visible(bench: Bench):
    await bench.perform(navigate())
    bench.monitors.remove(RIGHT)
    assert [window.visible for window in bench.director.showing()] == [False]
    bench.monitors.append(RIGHT)
    assert [window.visible for window in bench.director.showing()] == [True]


async def test_the_newest_document_wins_and_the_older_one_is_superseded(bench: Bench):
    wall = bench.wall()
    wall.ready.clear()
    older = asyncio.get_running_loop().create_task(bench.perform(navigate(1, "D1")))
    await wall.asked.wait()
    newer = asyncio.get_running_loop().create_task(bench.perform(navigate(2, "D2")))
    assert ((await older).state, (await older).code) == ("failed", "SUPERSEDED")
    wall.ready.set()
    assert (await newer).state == "shown"
    assert [content.document_id for content, _, _ in wall.seen] == ["D2"]


async def test_a_document_for_one_window_does_not_end_the_load_of_another(bench: Bench):
    slow = bench.wall(WindowId("left"))
    slow.ready.clear()
    first = asyncio.get_running_loop().create_task(bench.perform(navigate(1, window_id=WindowId("left"))))
    await slow.asked.wait()
    assert (await bench.perform(navigate(2, window_id=WindowId("right")))).state == "shown"
    slow.ready.set()
    assert (await first).state == "shown"


async def test_a_page_turn_that_comes_while_the_document_loads_is_done_after_it(bench: Bench):
    wall = bench.wall()
    wall.ready.clear()
    document = asyncio.get_running_loop().create_task(bench.perform(navigate(1)))
    await wall.asked.wait()
    turn = asyncio.get_running_loop().create_task(bench.perform(View(**about(2), page=3)))  # type: ignore[arg-type]
    await asyncio.sleep(0)
    assert wall.wishes == []
    wall.ready.set()
    assert ((await document).state, (await turn).page) == ("shown", 3)


async def test_closing_ends_a_load_and_forgets_what_was_shown(bench: Bench):
    await bench.perform(navigate(1))
    wall = bench.wall()
    wall.ready.clear()
    wall.asked.clear()
    loading = asyncio.get_running_loop().create_task(bench.perform(navigate(2)))
    await wall.asked.wait()
    assert (await bench.perform(Close(**about(3)))).state == "shown"  # type: ignore[arg-type]
    assert (await loading).code == "SUPERSEDED"
    assert bench.director.showing() == ()
    assert wall.closed == 1


async def test_a_command_whose_time_is_over_by_the_relays_clock_is_not_performed(bench: Bench):
    outcome = await bench.perform(navigate(expires_at=NOW))
    assert (outcome.state, outcome.code) == ("failed", "EXPIRED")
    assert bench.fetched == []


async def test_what_expires_while_its_file_is_on_the_way_is_never_painted(bench: Bench):
    bench.fetch_ms = 60_000
    outcome = await bench.perform(navigate(expires_at=NOW + 59_000))
    assert (outcome.state, outcome.code) == ("failed", "EXPIRED")
    assert bench.wall().seen == []


async def test_a_wished_monitor_that_is_missing_is_said_before_anything_is_fetched(bench: Bench):
    outcome = await bench.perform(navigate(display_id=DisplayId("HDMI-9")))
    assert (outcome.state, outcome.code) == ("failed", "DISPLAY_NOT_AVAILABLE")
    assert outcome.error is not None
    assert "HDMI-9" in outcome.error
    assert bench.fetched == []


async def test_a_monitor_that_goes_while_the_file_comes_is_noticed(bench: Bench):
    async def fetch_and_unplug(document: DocumentRef) -> Path:
        bench.monitors.remove(RIGHT)
        return Path("/library/x")

    bench.director._fetch = fetch_and_unplug
    assert (await bench.perform(navigate())).code == "DISPLAY_NOT_AVAILABLE"


async def test_what_the_window_cannot_show_becomes_a_failure_with_its_reason_in_words(bench: Bench):
    bench.wall().fault = CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.encrypted")
    outcome = await bench.perform(navigate())
    assert (outcome.state, outcome.code) == ("failed", "DOCUMENT_UNREADABLE")
    assert outcome.error is not None
    assert "password" in outcome.error
    assert bench.director.showing() == ()


async def test_a_refusal_while_fetching_keeps_its_own_code_and_words(bench: Bench):
    problem = write_problem(Code.DOCUMENT_NOT_FOUND, "en", trace_id="t", values={"what": "D1"})
    bench.fetch_fault = Problemful(problem)
    outcome = await bench.perform(navigate())
    assert (outcome.code, outcome.error) == ("DOCUMENT_NOT_FOUND", problem.detail)


async def test_a_bug_is_logged_and_answered_and_the_next_command_works(bench: Bench):
    bench.wall().fault = ZeroDivisionError("bug")
    assert (await bench.perform(navigate(1))).code == "INTERNAL_ERROR"
    bench.wall().fault = None
    assert (await bench.perform(navigate(2))).state == "shown"


async def test_a_cancellation_from_outside_travels_on(bench: Bench):
    bench.wall().ready.clear()
    task = asyncio.get_running_loop().create_task(bench.perform(navigate()))
    await bench.wall().asked.wait()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_failed_document_leaves_the_report_of_the_old_one(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    bench.wall().fault = CannotShow(Code.DOCUMENT_UNREADABLE)
    await bench.perform(navigate(2, "D2"))
    assert [window.document_id for window in bench.director.showing()] == ["D1"]


async def test_a_web_address_needs_no_fetch_and_brings_its_hosts(bench: Bench):
    command = navigate(document=None, url="http://mes.local/wo/1", hosts=("cdn.local",))
    assert (await bench.perform(command)).state == "shown"
    content = bench.wall().seen[-1][0]
    assert (content.kind, content.url, content.hosts, content.path) == (
        "web",
        "http://mes.local/wo/1",
        ("cdn.local",),
        None,
    )
    assert bench.fetched == []
    assert bench.director.showing()[0].url == "http://mes.local/wo/1"


async def test_a_web_document_is_its_address(bench: Bench):
    reference = DocumentRef(id=DocumentId("D7"), kind="web", url="https://mes.local/wo/7")
    await bench.perform(navigate(document=reference))
    content = bench.wall().seen[-1][0]
    assert (content.kind, content.url, content.document_id) == ("web", "https://mes.local/wo/7", "D7")


async def test_a_navigate_to_nothing_is_refused(bench: Bench):
    assert (await bench.perform(navigate(document=None))).code == "VALIDATION_ERROR"


async def test_a_document_is_moved_to_another_monitor_and_reported_there(bench: Bench):
    await bench.perform(navigate(1))
    outcome = await bench.perform(Move(**about(2), display_index=0))  # type: ignore[arg-type]
    assert outcome.display is not None
    assert outcome.display.name == "LEFT"
    assert bench.director.showing()[0].display_id == "LEFT"


@pytest.mark.parametrize("command", [View(**about(), page=2), Move(**about(), display_index=0)])  # type: ignore[arg-type]
async def test_an_empty_window_cannot_be_viewed_or_moved(bench: Bench, command: AnyCommand):
    assert (await bench.perform(command)).code == "DOCUMENT_NOT_FOUND"


async def test_identify_shows_every_monitors_number(bench: Bench):
    assert (await bench.perform(Identify(**about()))).state == "shown"  # type: ignore[arg-type]
    assert bench.identified == 1


async def test_a_bench_that_is_given_up_shows_nothing_any_more_and_ends_what_is_under_way(bench: Bench):
    await bench.perform(navigate(1))
    wall = bench.wall()
    wall.ready.clear()
    wall.asked.clear()
    loading = asyncio.get_running_loop().create_task(bench.perform(navigate(2)))
    await wall.asked.wait()
    bench.director.clear()
    assert (await loading).code == "SUPERSEDED"
    assert bench.director.showing() == ()
    assert wall.closed == 1

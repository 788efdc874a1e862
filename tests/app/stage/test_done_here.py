"""What is done at the bench itself: the same windows, the same lane, and whatever the relay sends later wins."""

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest
from helpers.stage_bench import Bench, about, navigate

from app.stage.displays import CannotShow
from app.stage.performed import Performed
from app.stage.surface import Content, ViewWish
from relay.contract.commands import Close, Undo
from relay.contract.names import OrderId, TriggerId, WindowId
from relay.contract.problems import Code

ISLAND = Content(
    trigger_id=TriggerId("00000000-0000-4000-8000-000000000777"),
    kind="pdf",
    path=Path("/library/island"),
    order_id=OrderId("WO-9"),
    island=True,
)


@pytest.fixture
def bench() -> Bench:
    return Bench()


def orders(bench: Bench) -> list[str | None]:
    return [each.order_id for each in bench.director.showing()]


def documents(bench: Bench) -> list[str | None]:
    return [each.document_id for each in bench.director.showing()]


async def test_a_page_is_turned_at_the_bench_and_presence_says_so(bench: Bench):
    await bench.perform(navigate())
    before = bench.presences
    done = await bench.director.view_here(ViewWish(page=3))
    assert (done.state, done.page, done.pages, done.revision) == ("shown", 3, 4, "C")
    assert bench.director.showing()[0].page == 3
    assert bench.presences == before + 1


async def test_content_is_shown_without_the_relay(bench: Bench):
    done = await bench.director.show_here(ISLAND, ViewWish(page=2), display_index=0)
    assert done.display is not None
    assert (done.state, done.display.name, done.page) == ("shown", "LEFT", 2)
    assert orders(bench) == ["WO-9"]
    assert bench.fetched == []


@pytest.mark.parametrize("window_id", ["main", "left"])
async def test_what_found_no_monitor_may_try_again_when_there_is_one(bench: Bench, window_id: str):
    missed = await bench.director.show_here(ISLAND, display_id="HDMI-9", window_id=WindowId(window_id))
    assert missed.code is Code.DISPLAY_NOT_AVAILABLE
    assert bench.director.is_untouched(WindowId(window_id))


async def test_what_the_relay_sends_later_wins_over_what_the_bench_shows(bench: Bench):
    wall = bench.wall()
    wall.ready.clear()
    here = asyncio.get_running_loop().create_task(bench.director.show_here(ISLAND))
    await wall.asked.wait()
    relay = asyncio.get_running_loop().create_task(bench.perform(navigate()))
    assert ((await here).state, (await here).code) == ("failed", Code.SUPERSEDED)
    wall.ready.set()
    assert (await relay).state == "shown"
    assert orders(bench) == ["WO-1"]


async def test_a_scan_at_the_bench_wins_over_what_the_relay_sent_before(bench: Bench):
    wall = bench.wall()
    wall.ready.clear()
    relay = asyncio.get_running_loop().create_task(bench.perform(navigate()))
    await wall.asked.wait()
    here = asyncio.get_running_loop().create_task(bench.director.show_here(ISLAND))
    assert (await relay).code == "SUPERSEDED"
    wall.ready.set()
    assert (await here).state == "shown"
    assert orders(bench) == ["WO-9"]


async def test_a_window_is_closed_at_the_bench(bench: Bench):
    await bench.perform(navigate())
    assert (await bench.director.close_here()).state == "shown"
    assert bench.director.showing() == ()
    assert bench.wall().closed == 1


async def test_closing_never_ends_what_is_on_its_way(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    wall = bench.wall()
    wall.ready.clear()
    wall.asked.clear()
    relay = asyncio.get_running_loop().create_task(bench.perform(navigate(2, "D2")))
    await wall.asked.wait()
    assert (await bench.director.close_here()).code is Code.SUPERSEDED
    wall.ready.set()
    assert (await relay).state == "shown"
    assert documents(bench) == ["D2"]


async def test_a_window_is_moved_at_the_bench_and_stays_there(bench: Bench):
    await bench.perform(navigate())
    done = await bench.director.move_here(0)
    assert done.display is not None
    assert done.display.name == "LEFT"
    await bench.perform(navigate(2, "D2"))
    assert bench.director.showing()[0].display_id == "LEFT"


async def test_undo_goes_back_document_by_document_on_the_page_that_was_seen(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    await bench.director.view_here(ViewWish(page=3))
    await bench.perform(navigate(2, "D2"))
    await bench.perform(navigate(3, "D3"))
    assert (await bench.director.undo_here()).state == "shown"
    assert documents(bench) == ["D2"]
    done = await bench.director.undo_here()
    assert (done.page, documents(bench)) == (3, ["D1"])
    assert bench.wall().seen[-1][1] == ViewWish(page=3)
    assert bench.fetched[-2:] == ["D2", "D1"]
    nothing = await bench.director.undo_here()
    assert (nothing.code, documents(bench)) == (Code.DOCUMENT_NOT_FOUND, ["D1"])


async def test_undo_opens_again_what_was_closed(bench: Bench):
    await bench.perform(navigate(1, "D1", display_index=0, place="top"))
    await bench.perform(Close(**about(2)))  # type: ignore[arg-type]
    assert (await bench.director.undo_here()).state == "shown"
    (window,) = bench.director.showing()
    assert (window.document_id, window.display_id, window.place) == ("D1", "LEFT", "top")


async def test_undo_gives_up_what_is_loading_and_leaves_what_is_seen(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    wall = bench.wall()
    wall.ready.clear()
    wall.asked.clear()
    wrong = asyncio.get_running_loop().create_task(bench.perform(navigate(2, "D2")))
    await wall.asked.wait()
    done = await bench.director.undo_here()
    assert (await wrong).code == "SUPERSEDED"
    assert (done.state, documents(bench)) == ("shown", ["D1"])
    wall.ready.set()
    assert (await bench.director.undo_here()).code is Code.DOCUMENT_NOT_FOUND


async def test_undo_from_afar_is_the_same_as_at_the_bench(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    await bench.perform(navigate(2, "D2"))
    outcome = await bench.perform(Undo(**about(3)))  # type: ignore[arg-type]
    assert (outcome.state, outcome.id, documents(bench)) == ("shown", about(3)["id"], ["D1"])
    assert (await bench.perform(Undo(**about(4)))).code == "DOCUMENT_NOT_FOUND"  # type: ignore[arg-type]
    assert (await bench.director.undo_here()).code is Code.DOCUMENT_NOT_FOUND


async def test_an_undo_that_fails_can_be_tried_again(bench: Bench):
    await bench.perform(navigate(1, "D1"))
    await bench.perform(navigate(2, "D2"))
    bench.wall().fault = CannotShow(Code.DOCUMENT_UNREADABLE)
    assert (await bench.director.undo_here()).code is Code.DOCUMENT_UNREADABLE
    assert documents(bench) == ["D2"]
    bench.wall().fault = None
    await bench.director.undo_here()
    assert documents(bench) == ["D1"]


async def test_each_window_has_its_own_past(bench: Bench):
    plan = WindowId("plan")
    await bench.perform(navigate(1, "D1"))
    await bench.perform(navigate(2, "P1", window_id=plan))
    await bench.perform(navigate(3, "P2", window_id=plan))
    await bench.director.undo_here(plan)
    assert documents(bench) == ["D1", "P1"]
    assert (await bench.director.undo_here()).code is Code.DOCUMENT_NOT_FOUND


@pytest.mark.parametrize("what", ["view", "close", "move", "undo"])
async def test_nothing_is_done_to_an_empty_window_and_nothing_raises(bench: Bench, what: str):
    here = bench.director
    done: Performed = await {
        "view": lambda: here.view_here(ViewWish(step="next")),
        "close": here.close_here,
        "move": lambda: here.move_here(0),
        "undo": here.undo_here,
    }[what]()
    assert done.state == ("shown" if what == "close" else "failed")
    assert (done.code is Code.DOCUMENT_NOT_FOUND) == (what != "close")


async def test_a_bug_at_the_bench_is_logged_and_answered(bench: Bench, caplog: pytest.LogCaptureFixture):
    bench.wall().fault = ZeroDivisionError("bug")
    assert (await bench.director.show_here(ISLAND)).code is Code.INTERNAL_ERROR
    bench.wall().fault = None
    assert (await bench.director.show_here(replace(ISLAND))).state == "shown"

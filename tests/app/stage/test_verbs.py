"""What each verb does to the windows, and what its outcome and the presence say then."""

import asyncio
from pathlib import Path

import pytest
from helpers.stage_bench import NOW, RIGHT, Bench, about, navigate

from app.errors import Problemful
from app.stage.director import MOST_WINDOWS
from app.stage.displays import CannotShow
from relay.contract.commands import AnyCommand, Blank, Close, Move, Notify, Screenshot, Scroll, View
from relay.contract.names import DisplayId, WindowId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import Outcome, WindowInfo

PLAN = WindowId("plan")


@pytest.fixture
def bench() -> Bench:
    return Bench()


def window(bench: Bench, name: str = "main") -> WindowInfo:
    return next(each for each in bench.director.showing() if each.window_id == name)


async def do(bench: Bench, type_: type[AnyCommand], number: int = 9, **fields: object) -> Outcome:
    return await bench.perform(type_(**about(number, **fields)))  # type: ignore[arg-type]


async def test_every_wish_of_a_view_reaches_the_window(bench: Bench):
    await bench.perform(navigate())
    await do(
        bench,
        View,
        step="next",
        zoom_step="in",
        rotate_by=90,
        scroll=Scroll(dy=0.5),
        fit="width",
        reload=True,
    )
    wish = bench.wall().wishes[-1]
    assert (wish.step, wish.zoom_step, wish.rotate_by, wish.fit, wish.reload) == (
        "next",
        "in",
        90,
        "width",
        True,
    )
    assert wish.scroll == Scroll(dy=0.5)


async def test_a_black_window_keeps_its_content_and_says_that_it_is_not_visible(bench: Bench):
    await bench.perform(navigate(page=2))
    outcome = await do(bench, Blank)
    assert (outcome.state, outcome.page) == ("shown", 2)
    assert bench.wall().is_black
    assert (window(bench).blank, window(bench).visible, window(bench).order_id) == (True, False, "WO-1")


@pytest.mark.parametrize("ending", ["navigate", "view", "move", "unblank"])
async def test_what_brings_something_to_be_seen_ends_the_black(bench: Bench, ending: str):
    await bench.perform(navigate())
    await do(bench, Blank, 2)
    match ending:
        case "navigate":
            await bench.perform(navigate(3, "D2"))
        case "view":
            await do(bench, View, 3, page=2)
        case "move":
            await do(bench, Move, 3, display_index=0)
        case _:
            await do(bench, Blank, 3, on=False)
            assert not bench.wall().is_black
    assert (window(bench).blank, window(bench).visible) == (False, True)


async def test_a_black_that_could_not_be_painted_is_not_claimed(bench: Bench):
    await bench.perform(navigate())
    bench.wall().fault = CannotShow(Code.DISPLAY_NOT_AVAILABLE)
    assert (await do(bench, Blank)).code == "DISPLAY_NOT_AVAILABLE"
    assert not window(bench).blank


async def test_an_empty_window_cannot_be_black(bench: Bench):
    assert (await do(bench, Blank)).code == "DOCUMENT_NOT_FOUND"


async def test_two_windows_share_a_monitor_without_hiding_each_other(bench: Bench):
    await bench.perform(navigate(1, place="left"))
    outcome = await bench.perform(navigate(2, "D2", window_id=PLAN, place="right"))
    assert outcome.covers == ()
    assert [(each.place, each.visible) for each in bench.director.showing()] == [
        ("left", True),
        ("right", True),
    ]
    assert bench.wall(PLAN).seen[-1][2].place == "right"


async def test_a_window_that_hides_another_says_so_and_so_does_the_hidden_one(bench: Bench):
    await bench.perform(navigate(1, place="left"))
    outcome = await bench.perform(navigate(2, "D2", window_id=PLAN))
    assert outcome.covers == ("main",)
    assert (window(bench).visible, window(bench).covered_by) == (False, ("plan",))
    assert (window(bench, "plan").visible, window(bench, "plan").covered_by) == (True, ())
    # Looked at again, it comes to the front, and then it is the other one that is hidden.
    assert (await do(bench, View, 3, page=1)).covers == ("plan",)
    assert window(bench, "plan").covered_by == ("main",)
    # Moved aside, both are seen.
    await do(bench, Move, 4, window_id=PLAN, place="right")
    assert [each.visible for each in bench.director.showing()] == [True, True]


async def test_what_was_hidden_is_seen_again_when_the_other_window_closes_or_leaves(bench: Bench):
    await bench.perform(navigate(1))
    await bench.perform(navigate(2, "D2", window_id=PLAN))
    await do(bench, Move, 3, window_id=PLAN, display_index=0)
    assert window(bench).visible
    await do(bench, Move, 4, window_id=PLAN, display_index=1)
    assert not window(bench).visible
    await do(bench, Close, 5, window_id=PLAN)
    assert window(bench).visible


async def test_new_content_keeps_the_windows_place_and_monitor(bench: Bench):
    await bench.perform(navigate(1, display_index=0, place="top"))
    await bench.perform(navigate(2, "D2"))
    display = bench.wall().seen[-1][2]
    assert (display.name, display.place) == ("LEFT", "top")
    # On another monitor that place means nothing.
    await bench.perform(navigate(3, "D3", display_index=1))
    display = bench.wall().seen[-1][2]
    assert (display.name, display.place) == ("RIGHT", "full")


async def test_a_place_alone_moves_a_window_on_its_own_monitor(bench: Bench):
    await bench.perform(navigate(1, display_index=0))
    await do(bench, Move, place="bottom")
    assert (window(bench).display_id, window(bench).place) == ("LEFT", "bottom")


async def test_a_move_without_a_wish_goes_to_the_benchs_own_monitor(bench: Bench):
    await bench.perform(navigate(1, display_index=0))
    await do(bench, Move)
    assert window(bench).display_id == "RIGHT"


async def test_there_is_an_end_to_the_number_of_windows(bench: Bench):
    for number in range(MOST_WINDOWS):
        assert (await bench.perform(navigate(number + 1, window_id=WindowId(f"w{number}")))).state == "shown"
    refused = await bench.perform(navigate(90, window_id=WindowId("one-more")))
    assert refused.code == "TOO_MANY_WINDOWS"
    assert str(MOST_WINDOWS) in (refused.error or "")
    assert (await bench.perform(navigate(91, "D2", window_id=WindowId("w3")))).state == "shown"
    await do(bench, Close, 92, window_id=WindowId("w3"))
    assert (await bench.perform(navigate(93, window_id=WindowId("one-more")))).state == "shown"


async def test_names_of_windows_that_hold_nothing_are_let_go(bench: Bench):
    for number in range(50):
        name = WindowId(f"w{number}")
        await do(bench, View, number + 1, window_id=name, page=1)
        await bench.perform(navigate(100 + number, window_id=name))
        await do(bench, Close, 200 + number, window_id=name)
    assert set(bench.released) == {f"w{number}" for number in range(50)}
    assert not bench.director._lanes


async def test_a_message_is_shown_where_the_window_is_or_where_it_was_wished(bench: Bench):
    await bench.perform(navigate(1, display_index=0))
    await do(bench, Notify, 2, message="a")
    outcome = await do(bench, Notify, 3, message="b", display_id=DisplayId("RIGHT"), level="alarm", seconds=5)
    await do(bench, Notify, 4, message="c", window_id=PLAN)
    assert [(notice.message, where) for notice, where in bench.told] == [
        ("a", "LEFT"),
        ("b", "RIGHT"),
        ("c", "RIGHT"),
    ]
    assert (bench.told[1][0].level, bench.told[1][0].lasts_seconds, bench.told[1][0].is_heard) == (
        "alarm",
        5,
        True,
    )
    assert outcome.display is not None
    assert outcome.display.name == "RIGHT"
    assert not bench.told[0][0].is_heard


async def test_a_message_for_a_monitor_that_is_not_there_is_refused(bench: Bench):
    bench.monitors.remove(RIGHT)
    assert (await do(bench, Notify, message="a")).code == "DISPLAY_NOT_AVAILABLE"


async def test_a_picture_of_the_window_is_sent_and_the_worker_is_told(bench: Bench):
    await bench.perform(navigate())
    outcome = await do(bench, Screenshot, 2)
    assert outcome.screenshot is not None
    assert outcome.screenshot.url.endswith("/screenshot")
    assert bench.photographed == [("RIGHT", "main")]
    assert [id_ for id_, _ in bench.sent] == [outcome.id]
    ((sign, where),) = bench.told
    assert ("picture" in sign.message, where, sign.is_heard) == (True, "RIGHT", False)


@pytest.mark.parametrize(
    ("privacy", "whole", "code"),
    [
        ("off", False, "SCREENSHOT_NOT_ALLOWED"),
        ("off", True, "SCREENSHOT_NOT_ALLOWED"),
        ("window", False, None),
        ("window", True, "SCREENSHOT_NOT_ALLOWED"),
        ("monitor", True, None),
    ],
)
async def test_the_privacy_switch_decides_before_anything_is_photographed(
    bench: Bench, privacy: str, whole: bool, code: str | None
):
    await bench.perform(navigate())
    bench.privacy = privacy  # type: ignore[assignment]
    outcome = await do(bench, Screenshot, 2, whole_monitor=whole)
    assert outcome.code == code
    assert len(bench.photographed) == len(bench.told) == (code is None)
    if code is None:
        assert bench.photographed[0][1] == (None if whole else "main")


async def test_a_picture_that_the_relay_does_not_take_fails_with_the_relays_reason(bench: Bench):
    async def refuse(id_: object, snapshot: object) -> object:
        raise Problemful(write_problem(Code.DOCUMENT_TOO_LARGE, "en", trace_id="t"))

    bench.director._camera = type(bench.director._camera)(privacy=lambda: "window", send=refuse)  # type: ignore[misc]
    await bench.perform(navigate())
    assert (await do(bench, Screenshot, 2)).code == "DOCUMENT_TOO_LARGE"


async def test_a_window_that_waits_for_its_monitor_is_not_photographed(bench: Bench):
    await bench.perform(navigate())
    bench.monitors.remove(RIGHT)
    assert (await do(bench, Screenshot, 2)).code == "DISPLAY_NOT_AVAILABLE"
    assert bench.photographed == []


async def test_a_picture_is_taken_after_what_was_asked_before_it(bench: Bench):
    wall = bench.wall()
    wall.ready.clear()
    document = asyncio.get_running_loop().create_task(bench.perform(navigate(1)))
    await wall.asked.wait()
    picture = asyncio.get_running_loop().create_task(do(bench, Screenshot, 2))
    await asyncio.sleep(0)
    assert bench.photographed == []
    wall.ready.set()
    assert ((await document).state, (await picture).state) == ("shown", "shown")


@pytest.mark.parametrize("type_", [Blank, Move, View, Screenshot, Notify])
async def test_no_verb_is_performed_after_its_time(bench: Bench, type_: type[AnyCommand]):
    await bench.perform(navigate())
    more = {"message": "x"} if type_ is Notify else {}
    assert (await do(bench, type_, 2, expires_at=NOW, **more)).code == "EXPIRED"
    assert not bench.told
    assert Path("/library/D1") == bench.wall().seen[-1][0].path

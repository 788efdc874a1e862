"""Phones steer what is shown: newest wins, what is late is dropped, and nobody points for ever."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from app.stage.steering import Sight, Steering
from app.stage.surface import Content
from relay.contract.names import MAIN_WINDOW, OrderId, ScreenId, TriggerId
from relay.contract.steering import Pointer, Steer, Viewport, ViewportState

PLAN = Content(
    trigger_id=TriggerId("t1"), kind="pdf", path=Path("/plan.pdf"), title="Plan", order_id=OrderId("WO-1")
)
WHOLE = Viewport(x=0.5, y=0.5, zoom=1.0)
SIGHT = Sight(content=PLAN, page=1, pages=3, page_aspect=0.7, room_aspect=1.8, viewport=WHOLE)
NEAR = Viewport(x=0.25, y=0.75, zoom=3.0)


@dataclass
class Alarm:
    seconds: float
    ring: Callable[[], None]
    is_off: bool = False

    def cancel(self) -> None:
        self.is_off = True


class Bench:
    """Windows that show what they are asked for, at once."""

    def __init__(self) -> None:
        self.asked: list[Viewport] = []
        self.pointed: list[Pointer | None] = []
        self.told: list[ViewportState] = []
        self.alarms: list[Alarm] = []
        self.steering = Steering(self, self.told.append, self._later)
        self.sight = SIGHT

    def look_at(self, window_id, viewport) -> None:
        self.asked.append(viewport)
        self.sight = replace(self.sight, viewport=viewport)
        self.steering.seen(window_id, self.sight)

    def point(self, _window_id, pointer) -> None:
        self.pointed.append(pointer)

    def shows(self, sight: Sight | None) -> None:
        if sight is not None:
            self.sight = sight
        self.steering.seen(MAIN_WINDOW, sight)

    def wish(self, **more) -> None:
        given = {"screen_id": ScreenId("S"), "by": "user:kim", "hand": "k1"} | more
        self.steering.steer(Steer(**given))

    def passes(self, seconds: float) -> None:
        for alarm in [each for each in self.alarms if not each.is_off and each.seconds <= seconds]:
            alarm.is_off = True
            alarm.ring()

    def _later(self, seconds: float, ring: Callable[[], None]) -> Alarm:
        self.alarms.append(Alarm(seconds, ring))
        return self.alarms[-1]


def test_a_wish_is_performed_and_told_with_who_it_is_from() -> None:
    bench = Bench()
    bench.shows(SIGHT)
    bench.wish(viewport=NEAR, pointer=Pointer(x=0.5, y=0.5))
    assert bench.asked == [NEAR]
    told = bench.told[-1]
    assert (told.viewport, told.pointer, told.by, told.hand) == (
        NEAR,
        Pointer(x=0.5, y=0.5),
        "user:kim",
        "k1",
    )
    assert (told.kind, told.page, told.pages, told.order_id) == ("pdf", 1, 3, "WO-1")
    assert told.can == ("viewport", "pointer")


def test_the_newest_wish_wins_whoever_it_is_from_and_the_same_is_told_once() -> None:
    bench = Bench()
    bench.shows(SIGHT)
    bench.wish(viewport=NEAR)
    bench.wish(viewport=WHOLE, by="user:lee", hand="l1")
    assert bench.asked == [NEAR, WHOLE]
    assert (bench.told[-1].viewport, bench.told[-1].hand) == (WHOLE, "l1")
    count = len(bench.told)
    bench.wish(viewport=WHOLE, by="user:lee", hand="l1")
    bench.shows(bench.sight)
    assert len(bench.told) == count


def test_a_wish_for_another_sheet_is_late() -> None:
    bench = Bench()
    bench.shows(SIGHT)
    sheet = bench.told[-1].sheet
    bench.shows(replace(SIGHT, page=2))
    assert bench.told[-1].sheet != sheet
    bench.wish(viewport=NEAR, pointer=Pointer(x=0.1, y=0.1), sheet=sheet)
    assert bench.asked == []
    assert bench.told[-1].pointer is None
    bench.wish(viewport=NEAR, sheet=bench.told[-1].sheet)
    assert bench.asked == [NEAR]


def test_what_holds_nothing_is_not_steered_and_is_told_once_it_is_empty() -> None:
    bench = Bench()
    bench.wish(viewport=NEAR)
    assert bench.asked == []
    assert bench.told == []
    bench.shows(SIGHT)
    bench.shows(None)
    bench.shows(None)
    assert [told.kind for told in bench.told] == ["pdf", None]
    assert bench.steering.states() == ()


def test_a_finger_that_nobody_speaks_of_fades_and_then_nobody_steers() -> None:
    bench = Bench()
    bench.shows(SIGHT)
    bench.wish(pointer=Pointer(x=0.2, y=0.2))
    bench.passes(1.4)
    assert bench.told[-1].pointer is not None
    bench.wish(pointer=Pointer(x=0.3, y=0.2))
    bench.passes(1.5)
    assert bench.pointed[-1] is None
    assert (bench.told[-1].pointer, bench.told[-1].by) == (None, "user:kim")
    bench.passes(2.0)
    assert (bench.told[-1].by, bench.told[-1].hand) == (None, None)


def test_a_pointer_stays_while_another_hand_moves_the_page_and_goes_with_the_sheet() -> None:
    bench = Bench()
    bench.shows(SIGHT)
    bench.wish(pointer=Pointer(x=0.2, y=0.2))
    bench.wish(viewport=NEAR, by="user:lee", hand="l1")
    assert bench.told[-1].pointer == Pointer(x=0.2, y=0.2)
    bench.wish(pointer=None)
    assert bench.told[-1].pointer is None
    bench.wish(pointer=Pointer(x=0.2, y=0.2))
    bench.shows(replace(SIGHT, rotate=90))
    assert bench.told[-1].pointer is None
    assert bench.pointed[-1] is None


def test_a_web_page_takes_a_pointer_and_no_viewport() -> None:
    bench = Bench()
    bench.shows(
        Sight(content=Content(trigger_id=TriggerId("t2"), kind="web", url="http://plan/"), room_aspect=1.8)
    )
    assert (bench.told[-1].can, bench.told[-1].viewport) == (("pointer",), None)
    bench.wish(viewport=NEAR, pointer=Pointer(x=0.5, y=0.5))
    assert bench.asked == []
    assert bench.pointed == [Pointer(x=0.5, y=0.5)]

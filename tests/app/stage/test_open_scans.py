"""A scan at this bench hears its end once, whichever of relay and bench knows it first."""

import uuid

from app.stage.open_scans import MOST, SAME_WITHIN_MS, OpenScans, make_trigger
from app.stage.scan_result import ScanNumber
from relay.contract.reports import DeliveryReport, DisplayName, Outcome, WindowInfo

ONE = ScanNumber(1)
RIGHT = DisplayName(display_id="right", index=1)


def asked(order="WO-1", number=None, at_ms=1_000):
    return make_trigger("S", order, number, at_ms)


def new():
    scans, trigger = OpenScans(), asked()
    scans.begin(trigger, ONE)
    return scans, trigger.id


def report(id_, state):
    return DeliveryReport(id=id_, seq=1, state=state, screen_id="S", status_url="/")


def test_an_end_that_the_relay_tells_is_the_end():
    scans, id_ = new()
    assert scans.answered(id_, report(id_, "shown")).state == "shown"
    assert scans.ended(Outcome(id=id_, state="shown")) is None


def test_the_bench_tells_the_end_that_the_relay_did_not_wait_for():
    scans, id_ = new()
    assert scans.answered(id_, report(id_, "received")).state == "received"
    numbers, told = scans.ended(Outcome(id=id_, state="shown", display=RIGHT, page=2, revision="C"))
    assert numbers == (ONE,)
    assert (told.state, told.display, told.page, told.revision) == ("shown", RIGHT, 2, "C")
    assert scans.ended(Outcome(id=id_, state="shown")) is None


def test_an_end_that_came_while_the_answer_was_on_its_way_is_not_lost():
    scans, id_ = new()
    assert scans.ended(Outcome(id=id_, state="failed", code="SUPERSEDED")) is None
    told = scans.answered(id_, report(id_, "received"))
    assert (told.state, told.code) == ("superseded", "SUPERSEDED")


def test_other_peoples_scans_are_none_of_ours():
    scans, id_ = new()
    assert scans.ended(Outcome(id=str(uuid.uuid4()), state="shown")) is None
    scans.refused(id_)
    assert scans.answered(id_, report(id_, "received")).state == "received"
    assert scans.ended(Outcome(id=id_, state="shown")) is None


def test_old_scans_are_forgotten():
    scans, first = new()
    for _ in range(MOST):
        scans.begin(asked(), ONE)
    scans.answered(first, report(first, "received"))
    assert scans.ended(Outcome(id=first, state="shown")) is None


def test_an_order_scanned_again_while_it_is_on_its_way_is_the_same_trigger_and_both_scans_hear_the_end():
    scans, trigger = OpenScans(), asked()
    scans.begin(trigger, ONE)
    assert scans.same("WO-1", None, 2_000) is trigger
    scans.begin(trigger, ScanNumber(2))
    scans.answered(trigger.id, report(trigger.id, "received"))
    numbers, told = scans.ended(Outcome(id=trigger.id, state="shown"))
    assert (numbers, told.state) == ((ONE, ScanNumber(2)), "shown")
    assert scans.same("WO-1", None, 2_000) is None, "it has ended"


def test_the_same_trigger_is_asked_for_again_only_if_nothing_else_was_asked_since():
    scans, trigger = OpenScans(), asked()
    scans.begin(trigger, ONE)
    assert scans.same("WO-1", 2, 2_000) is None
    assert scans.same("WO-1", None, 1_001 + SAME_WITHIN_MS) is None
    scans.begin(asked("WO-2"), ScanNumber(2))
    assert scans.same("WO-1", None, 2_000) is None, "the relay would tell of a time before WO-2"


def test_what_a_scan_here_brought_is_known_while_it_can_be_seen():
    scans, trigger = OpenScans(), asked("WO-1", 2)
    scans.begin(trigger, ONE)
    scans.answered(trigger.id, report(trigger.id, "shown"))
    window = WindowInfo(window_id="main", visible=True, trigger_id=trigger.id, order_id="WO-1")
    assert scans.shows(window, "WO-1", 2)
    assert not scans.shows(window, "WO-1", None), "another document of it"
    hidden = WindowInfo(window_id="main", visible=False, trigger_id=trigger.id, order_id="WO-1")
    assert not scans.shows(hidden, "WO-1", 2)
    elsewhere = WindowInfo(window_id="main", visible=True, trigger_id=str(uuid.uuid4()), order_id="WO-1")
    assert not scans.shows(elsewhere, "WO-1", 2), "somebody else's may be another document"

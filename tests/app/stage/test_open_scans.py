"""A scan at this bench hears its end once, whichever of relay and bench knows it first."""

import uuid

from app.stage.open_scans import MOST, OpenScans
from app.stage.scan_result import ScanNumber
from relay.contract.reports import DeliveryReport, DisplayName, Outcome

ONE = ScanNumber(1)
RIGHT = DisplayName(display_id="right", index=1)


def new():
    id_ = str(uuid.uuid4())
    scans = OpenScans()
    scans.begin(id_, ONE)
    return scans, id_


def report(id_, state):
    return DeliveryReport(id=id_, seq=1, state=state, screen_id="S", status_url="/")


def test_an_end_that_the_relay_tells_is_the_end():
    scans, id_ = new()
    assert scans.answered(id_, report(id_, "shown")).state == "shown"
    assert scans.ended(Outcome(id=id_, state="shown")) is None


def test_the_bench_tells_the_end_that_the_relay_did_not_wait_for():
    scans, id_ = new()
    assert scans.answered(id_, report(id_, "received")).state == "received"
    number, told = scans.ended(Outcome(id=id_, state="shown", display=RIGHT, page=2, revision="C"))
    assert number == ONE
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
        scans.begin(str(uuid.uuid4()), ONE)
    scans.answered(first, report(first, "received"))
    assert scans.ended(Outcome(id=first, state="shown")) is None

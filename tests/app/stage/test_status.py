"""What is true at the bench is told to whoever listens, once per change."""

from app.stage.status import Facts, LinkState, Status
from relay.contract.names import TriggerId
from relay.contract.reports import Outcome


def test_a_listener_hears_the_new_facts_and_nothing_when_nothing_has_changed():
    status, heard = Status(), list[Facts]()
    status.listen(heard.append)
    status.link_changed(LinkState.CONNECTED)
    status.link_changed(LinkState.CONNECTED)
    assert [facts.link for facts in heard] == [LinkState.CONNECTED]


def test_a_listener_that_has_stopped_hears_no_more():
    status, heard = Status(), list[Facts]()
    stop = status.listen(heard.append)
    stop()
    stop()
    status.link_changed(LinkState.OFFLINE, "no route")
    assert heard == []
    assert status.facts.link_detail == "no route"


def test_a_listener_may_stop_while_it_is_being_told():
    status, heard = Status(), list[str]()
    stop = status.listen(lambda facts: (heard.append("first"), stop()))  # type: ignore[func-returns-value]
    status.listen(lambda facts: heard.append("second"))
    status.link_changed(LinkState.CONNECTING)
    status.link_changed(LinkState.CONNECTED)
    assert heard == ["first", "second", "second"]


def test_facts_about_the_screen_the_link_and_the_last_outcome_stay_beside_each_other():
    status = Status()
    status.paired_as("SCREEN-001", "Bench 1")
    status.link_changed(LinkState.CONNECTED)
    outcome = Outcome(id=TriggerId("t"), state="shown")
    status.ended(outcome)
    assert status.facts == Facts(
        link=LinkState.CONNECTED, screen_id="SCREEN-001", screen_name="Bench 1", last_outcome=outcome
    )

"""The checker itself: a good history stays green, and for every rule one planted mistake turns it red."""

import pytest
from faults.checker import check
from faults.history import (
    Accepted,
    BackAgain,
    DeadLetter,
    Ended,
    Event,
    FaultBegan,
    FaultEnded,
    Known,
    Painted,
    Submitted,
)

S = "SCREEN-1"
RULES = {
    "missing",
    "one end",
    "one seq",
    "gap",
    "painted twice",
    "painted though known",
    "order",
    "unasked",
    "superseded",
    "shown",
    "dead letter",
    "not back",
}


def good() -> dict[str, Event]:
    """Three deliveries: `a` superseded by `b`, which is shown; `c`, which is dead; and a fault in between."""
    return {
        "a asked": Submitted(at=1, id="a", screen=S, source="client-1"),
        "a accepted": Accepted(at=1.1, id="a", seq=1, source="client-1"),
        "fault": FaultBegan(at=1.2, kind="relay killed"),
        "b asked": Submitted(at=1.3, id="b", screen=S, source="client-2"),
        "fault over": FaultEnded(at=2, kind="relay killed"),
        "b accepted": Accepted(at=2.1, id="b", seq=2, source="client-2"),
        "b painted": Painted(at=2.2, id="b", screen=S, seq=2),
        "b known": Known(at=2.3, id="b", screen=S),
        "back": BackAgain(at=2.4, screen=S),
        "c asked": Submitted(at=3, id="c", screen=S, source="client-1"),
        "c accepted": Accepted(at=3.1, id="c", seq=3, source="client-1"),
        "a end": Ended(at=9, id="a", state="superseded", superseded_by="b", screen=S, seq=1),
        "b end": Ended(at=9, id="b", state="shown", screen=S, seq=2),
        "c end": Ended(at=9, id="c", state="dead", screen=S, seq=3),
        "c listed": DeadLetter(at=9, id="c"),
    }


# Each changes the good history: an event replaced or added under a name, None takes one away.
PLANTED: list[tuple[str, str, dict[str, Event | None]]] = [
    ("an accepted one that the relay lost", "missing", {"b end": None, "a end": None}),
    (
        "an accepted one that hangs",
        "one end",
        {"b end": Ended(at=9, id="b", state="sent", screen=S, seq=2)},
    ),
    (
        "one with two ends",
        "one end",
        {"again": Ended(at=10, id="b", state="expired", screen=S, seq=2)},
    ),
    ("another seq the second time", "one seq", {"again": Accepted(at=4, id="b", seq=3)}),
    (
        "two of one seq",
        "one seq",
        {"c accepted": None, "c end": Ended(at=9, id="c", state="dead", screen=S, seq=2)},
    ),
    (
        "a seq left out",
        "gap",
        {"c accepted": None, "c end": Ended(at=9, id="c", state="dead", screen=S, seq=4)},
    ),
    (
        "painted twice in one life",
        "painted twice",
        {"b known": None, "again": Painted(at=5, id="b", screen=S, seq=2)},
    ),
    (
        "painted by two screens",
        "painted twice",
        {"b known": None, "again": Painted(at=5, id="b", screen="SCREEN-1 clone", seq=2, life=1)},
    ),
    (
        "painted again in the next life though something newer was there",
        "painted twice",
        {
            "b known": None,
            "c painted": Painted(at=4, id="c", screen=S, seq=3),
            "again": Painted(at=5, id="b", screen=S, seq=2, life=1),
        },
    ),
    (
        "painted again in the next life though known",
        "painted though known",
        {"again": Painted(at=5, id="b", screen=S, seq=2, life=1)},
    ),
    (
        "an older one painted over a newer one",
        "order",
        {"late": Painted(at=5, id="a", screen=S, seq=1)},
    ),
    ("painted out of nothing", "unasked", {"b asked": None}),
    ("painted before it was asked for", "unasked", {"b painted": Painted(at=0.5, id="b", screen=S, seq=2)}),
    (
        "painted in the wrong window",
        "unasked",
        {"b painted": Painted(at=2.2, id="b", screen=S, seq=2, slot="other")},
    ),
    (
        "superseded by nobody",
        "superseded",
        {"a end": Ended(at=9, id="a", state="superseded", screen=S, seq=1)},
    ),
    (
        "superseded by an older one",
        "superseded",
        {"c end": Ended(at=9, id="c", state="superseded", superseded_by="b", screen=S, seq=3)},
    ),
    (
        "superseded by another window's",
        "superseded",
        {
            "b asked": Submitted(at=1.3, id="b", screen=S, slot="other"),
            "b painted": Painted(at=2.2, id="b", screen=S, slot="other", seq=2),
            "b end": Ended(at=9, id="b", state="shown", screen=S, slot="other", seq=2),
        },
    ),
    (
        "superseded in a circle",
        "superseded",
        {
            "b end": Ended(at=9, id="b", state="superseded", superseded_by="c", screen=S, seq=2),
            "c end": Ended(at=9, id="c", state="superseded", superseded_by="a", screen=S, seq=3),
        },
    ),
    ("shown and never painted", "shown", {"b painted": None}),
    ("dead and not listed", "dead letter", {"c listed": None}),
    ("never back after the fault", "not back", {"back": None}),
    ("back too late after the fault", "not back", {"back": BackAgain(at=20, screen=S)}),
]


def planted(changes: dict[str, Event | None]) -> list[Event]:
    return [event for event in (good() | changes).values() if event is not None]


def test_a_good_history_is_found_good_and_counted():
    verdict = check(good().values())
    assert verdict.violations == []
    assert (verdict.submits, verdict.accepts, verdict.painted, verdict.faults.total()) == (3, 3, 1, 1)
    assert verdict.ended == {"superseded": 1, "shown": 1, "dead": 1}
    assert verdict.describe().startswith("faults=1 accepts=3 painted=1 violations=0")


@pytest.mark.parametrize(
    ("rule", "changes"), [each[1:] for each in PLANTED], ids=[each[0] for each in PLANTED]
)
def test_a_planted_mistake_turns_its_rule_red(rule: str, changes: dict[str, Event | None]):
    found = {violation.rule for violation in check(planted(changes)).violations}
    assert rule in found


def test_every_rule_has_its_planted_mistake():
    assert {rule for _, rule, _ in PLANTED} == RULES


def test_a_window_that_died_before_its_outcome_was_known_may_be_painted_again_by_the_next_life():
    again = Painted(at=5, id="b", screen=S, seq=2, life=1)
    verdict = check(planted({"b known": None, "again": again}))
    assert verdict.violations == []
    assert verdict.reshown == 1


def test_a_fault_that_the_next_one_cut_short_is_excused_and_counted():
    next_one = {"next": FaultBegan(at=3, kind="cut"), "back": None}
    verdict = check(planted(next_one))
    assert verdict.violations == []
    assert verdict.excused == 1


def test_the_order_in_which_the_histories_were_put_together_does_not_matter():
    assert check(reversed(list(good().values()))).violations == []

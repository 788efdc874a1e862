"""A monitor is who it says it is, then where it hangs, then where it stands; what cannot be told is asked."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stage.acquaintances import Acquaintance, Acquaintances
from app.stage.displays import Display, Monitor
from app.stage.identity import CONNECTOR, EDID, PLACE, SERIAL, score

MAIN = Monitor(
    connector="DP-1",
    edid="e-main",
    vendor="DEL",
    model="DELL U2419H",
    serial="SN1",
    x=0,
    y=0,
    width=1920,
    height=1080,
    primary=True,
)
WALL = Monitor(
    connector="DP-2",
    edid="e-wall",
    vendor="GSM",
    model="LG 27UL850",
    serial="77",
    x=1920,
    y=0,
    width=3840,
    height=2160,
)
PLAIN = Monitor(connector="HDMI-1", x=5760, y=0, width=1280, height=1024)
TWINS = [
    Monitor(
        connector="DP-1",
        edid="e",
        vendor="AOC",
        model="24B2",
        x=0,
        y=0,
        width=1920,
        height=1080,
        primary=True,
    ),
    Monitor(connector="DP-2", edid="e", vendor="AOC", model="24B2", x=1920, y=0, width=1920, height=1080),
]


def ids(displays: tuple[Display, ...]) -> dict[str, str]:
    """Which id hangs on which connector."""
    return {display.connector: str(display.display_id) for display in displays}


def met(*monitors: Monitor) -> Acquaintances:
    acquaintances = Acquaintances()
    acquaintances.learn(monitors)
    return acquaintances


def test_the_evidence_counts_as_the_issue_says():
    assert EDID > SERIAL + CONNECTOR + PLACE
    assert SERIAL > CONNECTOR + PLACE
    assert CONNECTOR > PLACE
    assert score(MAIN, replace(MAIN, connector="X", x=9)) == EDID + SERIAL
    assert score(replace(PLAIN, connector="X"), PLAIN) == PLACE
    assert score(MAIN, replace(WALL, connector="DP-1", x=0, width=1920, height=1080)) == 0, (
        "another's name is against it"
    )


def test_swapped_cables_change_nothing_but_the_connectors():
    bench = met(MAIN, WALL)
    before = ids(bench.look([MAIN, WALL]))
    swapped = [replace(MAIN, connector="DP-2"), replace(WALL, connector="DP-1")]
    after = ids(bench.learn(swapped))
    assert after == {"DP-2": before["DP-1"], "DP-1": before["DP-2"]}
    assert bench.doubts(bench.look(swapped)) == ()


def test_a_monitor_that_says_nothing_is_its_connector_whatever_its_size_and_place():
    bench = met(MAIN, PLAIN)
    changed = replace(PLAIN, x=0, y=1080, width=1920, height=1080)
    assert ids(bench.learn([MAIN, changed]))["HDMI-1"] == ids(bench.look([MAIN, PLAIN]))["HDMI-1"]


def test_a_monitor_that_says_nothing_is_its_place_when_the_connectors_were_renumbered():
    bench = met(MAIN, PLAIN)
    before = ids(bench.look([MAIN, PLAIN]))["HDMI-1"]
    assert ids(bench.learn([MAIN, replace(PLAIN, connector="HDMI-7")]))["HDMI-7"] == before


def test_a_stranger_on_the_missing_monitors_cable_is_not_taken_for_it():
    bench = met(MAIN, WALL)
    stranger = replace(WALL, edid="e-other", vendor="BNQ", model="GW2480", serial="9")
    displays = bench.learn([MAIN, stranger])
    assert displays[1].display_id != "LG 27UL850/77"
    assert [away.display_id for away in bench.absent(displays)] == ["LG 27UL850/77"]


def test_who_hides_behind_an_adapter_for_a_while_is_the_same_afterwards():
    bench = met(MAIN, WALL)
    wall = ids(bench.look([MAIN, WALL]))["DP-2"]
    hidden = replace(WALL, edid="", vendor="", model="", serial="", width=1920, height=1080)
    assert ids(bench.learn([MAIN, hidden]))["DP-2"] == wall
    assert ids(bench.learn([MAIN, replace(WALL, connector="HDMI-3", x=7)]))["HDMI-3"] == wall


def test_twins_are_told_apart_by_connector_and_nobody_is_asked():
    bench = met(*TWINS)
    before = ids(bench.look(TWINS))
    assert len(set(before.values())) == 2
    main_away = replace(TWINS[1], x=0, primary=True)
    assert ids(bench.learn([main_away])) == {"DP-2": before["DP-2"]}, (
        "not the other one, though it stands there now"
    )
    assert ids(bench.learn(TWINS)) == before
    assert bench.doubts(bench.look(TWINS)) == ()


def test_the_document_never_jumps_to_the_workers_twin_when_its_own_monitor_goes():
    bench = met(*TWINS)
    before = ids(bench.look(TWINS))
    displays = bench.learn(TWINS[:1])
    assert ids(displays) == {"DP-1": before["DP-1"]}
    assert [away.display_id for away in bench.absent(displays)] == [before["DP-2"]]


def test_twins_on_new_connectors_are_guessed_by_their_place_and_asked_about_once():
    bench = met(*TWINS)
    before = ids(bench.look(TWINS))
    moved = [replace(TWINS[0], connector="DP-5"), replace(TWINS[1], connector="DP-6")]
    displays = bench.learn(moved)
    assert ids(displays) == {"DP-5": before["DP-1"], "DP-6": before["DP-2"]}
    doubts = bench.doubts(displays)
    assert {doubt.display_id for doubt in doubts} == set(before.values())
    assert all({each.connector for each in doubt.candidates} == {"DP-5", "DP-6"} for doubt in doubts)
    # Unanswered, it is asked again also after a restart; answered, never again.
    again = Acquaintances(bench.known)
    displays = again.learn(moved)
    wall = next(doubt for doubt in again.doubts(displays) if doubt.display_id == before["DP-2"])
    wrong_guess = next(each.display_id for each in wall.candidates if each.connector == "DP-5")
    again.answer(wall.display_id, wrong_guess)
    assert ids(again.look(moved)) == {"DP-5": before["DP-2"], "DP-6": before["DP-1"]}
    assert again.doubts(again.learn(moved)) == ()
    assert Acquaintances(again.known).doubts(moved_displays := again.look(moved)) == (), moved_displays


def test_a_twin_that_was_not_the_main_screen_is_never_guessed_to_be_it():
    bench = met(*TWINS)
    before = ids(bench.look(TWINS))
    lone = replace(TWINS[1], connector="DP-9", primary=True)  # at the very place of the other one
    displays = bench.learn([lone])
    assert ids(displays) == {"DP-9": before["DP-1"]}
    assert before["DP-2"] in {doubt.display_id for doubt in bench.doubts(displays)}


def test_a_new_monitor_may_be_named_the_successor_of_the_one_that_is_away():
    bench = met(MAIN, WALL)
    successor = replace(PLAIN, edid="e-new", vendor="BNQ", model="GW2480", serial="4")
    displays = bench.learn([MAIN, successor])
    (doubt,) = bench.doubts(displays)
    assert (doubt.display_id, doubt.present) == ("LG 27UL850/77", False)
    bench.answer(doubt.display_id, doubt.candidates[0].display_id)
    assert ids(bench.look([MAIN, successor]))["HDMI-1"] == "LG 27UL850/77"
    assert bench.doubts(bench.learn([MAIN, successor])) == ()
    # And should the old one ever come back, it is somebody else.
    assert len(set(ids(bench.learn([MAIN, successor, WALL])).values())) == 3


def test_the_question_about_a_successor_ends_when_the_monitor_returns():
    bench = met(MAIN, WALL)
    bench.learn([MAIN, PLAIN])
    assert bench.doubts(bench.look([MAIN, PLAIN]))
    everybody = [MAIN, WALL, PLAIN]
    assert bench.doubts(bench.learn(everybody)) == ()
    assert bench.doubts(bench.learn([MAIN, PLAIN])) == (), "nor is it asked again"


def test_none_of_these_is_an_answer_and_is_asked_no_more():
    bench = met(MAIN, WALL)
    displays = bench.learn([MAIN, PLAIN])
    (doubt,) = bench.doubts(displays)
    bench.answer(doubt.display_id, None)
    assert bench.doubts(bench.learn([MAIN, PLAIN])) == ()
    assert [away.display_id for away in bench.absent(displays)] == [doubt.display_id]


def test_nothing_is_learnt_while_no_monitor_is_there():
    bench = met(MAIN, WALL)
    known = bench.known
    assert bench.learn([]) == ()
    assert bench.known == known


def test_only_so_many_are_remembered_and_who_is_needed_is_among_them():
    kept: list[int] = []
    bench = Acquaintances(keep=lambda known: kept.append(len(known)), needed=lambda: {"M0/S0"})  # type: ignore[arg-type]
    for turn in range(60):
        bench.learn(
            [Monitor(connector="DP-1", model=f"M{turn}", serial=f"S{turn}", x=0, y=0, width=9, height=9)]
        )
    assert max(kept) == 32
    assert {"M0/S0", "M59/S59"} <= {one.display_id for one in bench.known}


text = st.sampled_from(["", "A", "B", "C"])
monitors = st.lists(
    st.builds(
        Monitor,
        connector=text,
        edid=st.sampled_from(["", "e1", "e2"]),
        vendor=st.sampled_from(["", "V"]),
        model=st.sampled_from(["", "M"]),
        serial=st.sampled_from(["", "1", "2"]),
        x=st.integers(0, 4).map(lambda step: step * 100),
        y=st.just(0),
        width=st.sampled_from([100, 200]),
        height=st.just(100),
    ),
    min_size=1,
    max_size=4,
    unique_by=lambda one: one.x,
).map(lambda some: [replace(some[0], primary=True), *some[1:]])


@given(st.lists(monitors, min_size=1, max_size=4))
def test_whatever_comes_and_goes_ids_are_unique_and_looking_agrees_with_learning(story: list[list[Monitor]]):
    bench = Acquaintances()
    for present in story:
        seen = bench.look(present)
        learnt = bench.learn(present)
        assert [each.display_id for each in seen] == [each.display_id for each in learnt]
        assert len({each.display_id for each in learnt}) == len(present)
        assert len({one.display_id for one in bench.known}) == len(bench.known)
        assert [each.display_id for each in bench.look(present)] == [each.display_id for each in learnt]


distinct = st.permutations(["DP-1", "DP-2", "HDMI-1", "HDMI-2"])


@given(
    distinct,
    st.lists(st.integers(-3, 3), min_size=4, max_size=4),
    st.integers(0, 3),
    st.sampled_from([1.0, 1.5, 2.0]),
    st.sets(st.integers(0, 3), min_size=1),
)
def test_monitors_with_names_keep_their_ids_through_any_change(
    connectors: list[str], shifts: list[int], primary: int, scale: float, plugged: set[int]
):
    """Cables swapped, resolution, scale, place and main screen changed, some away: by name alone."""
    known = [
        Monitor(
            connector=f"DP-{place}",
            edid=f"e{place}",
            model="M",
            serial=str(place),
            x=place * 2000,
            y=0,
            width=1920,
            height=1080,
            primary=place == 0,
        )
        for place in range(4)
    ]
    bench = met(*known)
    names = {display.x // 2000: display.display_id for display in bench.look(known)}
    changed = {
        place: replace(
            one,
            connector=connectors[place],
            x=place * 5000 + shifts[place],
            width=800,
            scale=scale,
            primary=place == primary,
        )
        for place, one in enumerate(known)
        if place in plugged
    }
    found = {(display.x + 2500) // 5000: display.display_id for display in bench.learn(changed.values())}
    assert found == {place: names[place] for place in plugged}
    assert [d for d in bench.doubts(bench.look(changed.values())) if d.present] == []


@given(st.integers(2, 4), st.sets(st.integers(0, 3), min_size=1), st.integers(0, 3))
def test_twins_keep_their_ids_by_connector_whatever_else_changes(count: int, plugged: set[int], primary: int):
    twins = [
        replace(TWINS[1], connector=f"DP-{place}", x=place * 2000, primary=place == 0)
        for place in range(count)
    ]
    bench = met(*twins)
    before = ids(bench.look(twins))
    rest = [
        replace(one, x=9000 - one.x, width=1280, primary=place == primary)
        for place, one in enumerate(twins)
        if place in plugged
    ]
    if rest:
        assert ids(bench.learn(rest)) == {one.connector: before[one.connector] for one in rest}


@pytest.mark.parametrize("field", ["connector", "model", "serial", "edid"])
def test_an_acquaintance_survives_being_written_down(field: str):
    bench = met(MAIN, WALL)
    again = Acquaintances(
        [Acquaintance(**{name: getattr(one, name) for name in one.__struct_fields__}) for one in bench.known]
    )
    assert getattr(again.known[0], field) == getattr(bench.known[0], field)
    assert again.look([MAIN, WALL]) == bench.look([MAIN, WALL])

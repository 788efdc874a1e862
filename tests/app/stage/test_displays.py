"""A monitor is known by who it is, and a wish for one is granted or refused by name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.stage.displays import CannotShow, Display, Monitor, choose, find, number, seat
from relay.contract.problems import Code
from relay.contract.wording import LANGUAGES


def monitor(connector: str, x: int = 0, y: int = 0, **more: object) -> Monitor:
    return Monitor(connector=connector, x=x, y=y, width=1920, height=1080, **more)  # type: ignore[arg-type]


BENCH = number([monitor("HDMI-1", 1920), monitor("DP-1", primary=True), monitor("HDMI-2", -1920)])


def test_the_primary_monitor_is_number_0_and_the_others_follow_by_position():
    assert [(display.index, display.name) for display in BENCH] == [(0, "DP-1"), (1, "HDMI-2"), (2, "HDMI-1")]


def test_monitors_side_by_side_at_the_same_x_are_counted_from_the_top():
    displays = number([monitor("LOW", 1920, 1080), monitor("HIGH", 1920, 0), monitor("MAIN", primary=True)])
    assert [display.name for display in displays] == ["MAIN", "HIGH", "LOW"]


def test_a_monitor_that_tells_its_serial_number_keeps_its_id_on_another_connector():
    before = number([monitor("DP-1", model="DELL U2419H", serial="SN1")])
    after = number([monitor("HDMI-3", 300, model="DELL U2419H", serial="SN1")])
    assert before[0].display_id == after[0].display_id == "DELL U2419H/SN1"


def test_a_monitor_without_a_serial_number_is_its_connector():
    assert number([monitor("DP-1", model="DELL U2419H")])[0].display_id == "DP-1"


def test_a_monitor_that_tells_nothing_is_its_place():
    assert number([monitor("", 1920)])[0].display_id == "1920,0,1920x1080"


def test_two_monitors_that_say_the_same_of_themselves_are_told_apart_by_connector():
    twins = number([monitor("DP-1", model="AOC", serial="1"), monitor("DP-2", 1920, model="AOC", serial="1")])
    assert [display.display_id for display in twins] == ["AOC/1@DP-1", "AOC/1@DP-2"]


def test_a_monitor_is_found_by_the_longer_id_that_it_had_beside_a_twin():
    alone = number([monitor("DP-2", 1920, model="AOC", serial="1")])
    assert find(alone, "AOC/1@DP-2") == alone[0]
    assert find(alone, "AOC/1@DP-1") is None


def test_what_belongs_on_a_monitor_that_is_away_waits_if_nothing_else_is_said():
    assert seat(BENCH, BENCH[2]) == BENCH[2]
    assert seat(BENCH[:2], BENCH[2]) is None


@pytest.mark.parametrize("rule", ["HDMI-2", 1])
def test_what_belongs_on_a_monitor_that_is_away_goes_where_the_admin_said(rule: str | int):
    assert seat(BENCH[:2], BENCH[2], rule) == BENCH[1]
    assert seat(BENCH, BENCH[2], rule) == BENCH[2], "and only then"


@pytest.mark.parametrize("rule", ["primary", 0])
def test_the_workers_main_screen_is_a_substitute_only_by_its_own_word(rule: str | int):
    assert seat(BENCH[:1], BENCH[2], rule) == BENCH[0]


@pytest.mark.parametrize("rule", ["HDMI-2", "DP-1", 1, 7, "wait", "nobody"])
def test_no_other_rule_ever_covers_the_main_screen(rule: str | int):
    left_alone = number([monitor("HDMI-2", primary=True)])  # the substitute is all that the worker has left
    assert seat(left_alone, BENCH[2], rule) is None
    assert seat(BENCH[:1], BENCH[2], rule) is None


def test_a_wish_for_a_monitor_that_is_away_is_granted_only_where_there_is_a_substitute():
    def substitute(wished: Display) -> Display | None:
        return seat(BENCH[:2], wished, "HDMI-2")

    away = BENCH[2:]
    for wish in ({"display_id": "HDMI-1"}, {"display_index": 2}, {"default": 2}):
        assert choose(BENCH[:2], absent=away, seated=substitute, **wish) == BENCH[2]  # type: ignore[arg-type]
        with pytest.raises(CannotShow):
            choose(BENCH[:2], absent=away, **wish)  # type: ignore[arg-type]
    with pytest.raises(CannotShow):
        choose(BENCH[:2], display_id="never-met", absent=away, seated=substitute)


@given(
    st.lists(
        st.builds(
            Monitor,
            connector=st.sampled_from(["", "A", "B"]),
            model=st.sampled_from(["", "M"]),
            serial=st.sampled_from(["", "1"]),
            x=st.integers(0, 5).map(lambda step: step * 100),
            y=st.just(0),
            width=st.just(100),
            height=st.just(100),
        ),
        max_size=5,
        unique_by=lambda one: one.x,
    )
)
def test_no_two_monitors_ever_share_an_id_or_a_number(monitors: list[Monitor]):
    displays = number(monitors)
    assert len({display.display_id for display in displays}) == len(monitors)
    assert [display.index for display in displays] == list(range(len(monitors)))


def test_without_a_wish_the_document_goes_to_the_first_monitor_that_is_not_the_primary_one():
    assert choose(BENCH).name == "HDMI-2"


def test_the_workers_only_monitor_is_never_covered_without_a_wish():
    with pytest.raises(CannotShow) as refused:
        choose(BENCH[:1])
    assert refused.value.code is Code.DISPLAY_NOT_AVAILABLE


def test_the_benchs_own_setting_may_name_the_only_monitor():
    assert choose(BENCH[:1], default=0).name == "DP-1"


def test_an_index_wins_over_the_benchs_setting_and_an_id_over_the_index():
    assert choose(BENCH, display_index=2, default=1).name == "HDMI-1"
    assert choose(BENCH, display_id="DP-1", display_index=2, default=1).name == "DP-1"


@pytest.mark.parametrize("wish", [{"display_id": "HDMI-9"}, {"display_index": 7}, {"default": 7}])
def test_a_wished_monitor_that_is_not_there_is_refused_and_no_other_is_taken(wish: dict[str, object]):
    with pytest.raises(CannotShow) as refused:
        choose(BENCH, **wish)  # type: ignore[arg-type]
    assert refused.value.code is Code.DISPLAY_NOT_AVAILABLE


def test_the_reason_names_the_monitor_as_people_count_in_both_languages():
    with pytest.raises(CannotShow) as refused:
        choose(BENCH, display_index=7)
    sentences = {language: refused.value.explain(language) for language in LANGUAGES}
    assert "8" in sentences["ko"]
    assert "monitor number 8" in sentences["en"]
    assert "stage." not in "".join(sentences.values())

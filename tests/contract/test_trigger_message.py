"""What a trigger may say, and what it may not: each refusal names the field that the sender must mend."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from wire_samples import DOCUMENT, NOW, SAMPLES, SCREEN

from relay.contract import codec
from relay.contract.commands import Trigger, subject_count

GOOD = {
    "id": "0198c0de-7a11-7000-8000-000000000001",
    "screenId": "SCREEN-001",
    "orderId": "WO-2025-0001",
    "timestamp": NOW,
}


def refused(**spoil: object) -> tuple[str, str]:
    """Say where and why a good trigger is refused once these fields are in it; None takes one away."""
    fields = {key: value for key, value in {**GOOD, **spoil}.items() if value is not None}
    with pytest.raises(codec.Malformed) as caught:
        codec.convert(fields, Trigger)
    return caught.value.field, caught.value.reason


@pytest.mark.parametrize("field", ["id", "screenId", "timestamp"])
def test_what_every_trigger_needs_is_missed_by_name(field: str) -> None:
    assert refused(**{field: None}) == (field, "reason.missing")


@pytest.mark.parametrize("misspelt", ["displayindex", "display_index", "displayIndx", "order", "ID"])
def test_a_misspelt_field_is_refused_and_never_ignored(misspelt: str) -> None:
    assert refused(**{misspelt: 1}) == (misspelt, "reason.unknown")


@pytest.mark.parametrize(
    ("field", "values"),
    [
        (
            "id",
            [
                "",
                "1",
                "0198c0de-7a11-7000-8000-00000000000",
                "0198c0de-7a11-1000-8000-000000000001",  # version 1 tells the sender's hardware
                "0198c0de-7a11-7000-c000-000000000001",
                "{0198c0de-7a11-7000-8000-000000000001}",
                "0198c0de-7a11-7000-8000-000000000001\n",
            ],
        ),
        ("screenId", ["", " ", "-x", "a b", "a/b", "작업대", "x" * 65, "SCREEN-001\n", "../x"]),
        ("orderId", ["", " ", " WO-1", "WO-1 ", "WO\n1", "WO\x001", "x" * 101, "WO-1\n"]),
        (
            "url",
            [
                "ftp://plan.example/x",
                "javascript:alert(1)",
                "file:///etc/passwd",
                "https://a b",
                "//x.example",
            ],
        ),
        ("windowId", ["", "a b", "../x"]),
    ],
)
def test_a_name_in_the_wrong_form_is_refused(field: str, values: list[str]) -> None:
    for value in values:
        where, why = refused(**{field: value})
        assert where == field, value
        assert why in {"reason.pattern", "reason.length"}, value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("timestamp", [-1, 2**53]),
        ("displayIndex", [-1, 64]),
        ("page", [0, -1, 1_000_001]),
        ("documentNumber", [0, 1000]),
        ("zoom", [0, 0.01, 8.5]),
        ("expiresInMs", [0, 999, 30 * 24 * 3_600_000 + 1]),
    ],
)
def test_a_number_out_of_range_is_refused(field: str, values: list[float]) -> None:
    for value in values:
        assert refused(**{field: value}) == (field, "reason.range"), value


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("timestamp", ["1760000000000", 1.5, True, [], {}]),
        ("displayIndex", ["1", 1.5, True]),
        ("page", ["1", 1.5, False]),
        ("id", [1, True, [], {}]),
        ("orderId", [1, ["WO-1"], {"a": 1}]),
        ("reload", ["true", 1]),
        ("zoom", ["1.0", True]),
    ],
)
def test_a_value_of_the_wrong_type_is_refused_and_never_bent(field: str, values: list[object]) -> None:
    for value in values:
        assert refused(**{field: value}) == (field, "reason.type"), value


@pytest.mark.parametrize(
    ("field", "value"), [("command", "explode"), ("command", "navigate"), ("fit", "height"), ("rotate", 45)]
)
def test_a_choice_that_is_none_is_refused(field: str, value: object) -> None:
    assert refused(**{field: value}) == (field, "reason.choice")


@pytest.mark.parametrize(
    "good",
    [
        {"orderId": "WO-2025-0001"},
        {"orderId": "작업지시 2025/0001 #3"},
        {"orderId": "x" * 100},
        {"id": "0198C0DE-7A11-4000-B000-0000000000AB"},
        {"url": "HTTPS://plan.example/x", "orderId": None},
    ],
)
def test_what_scanners_really_send_is_let_through(good: dict[str, object]) -> None:
    fields = {key: value for key, value in {**GOOD, **good}.items() if value is not None}
    assert isinstance(codec.convert(fields, Trigger), Trigger)


def test_subjects_are_counted_so_that_none_and_two_can_be_refused() -> None:
    base = {"id": GOOD["id"], "screen_id": SCREEN, "timestamp": NOW}
    assert subject_count(Trigger(**base)) == 0
    two = Trigger(**base, order_id="WO-1", document_id=DOCUMENT)
    assert subject_count(two) == 2
    for name, sample in SAMPLES.items():
        if isinstance(sample, Trigger):
            assert subject_count(sample) == 1, name


@given(st.text(max_size=120))
def test_an_order_that_is_let_through_has_no_control_character_and_no_blank_at_its_ends(text: str) -> None:
    try:
        trigger = codec.convert({**GOOD, "orderId": text}, Trigger)
    except codec.Malformed:
        return
    assert trigger.order_id == text.strip()
    assert all(ord(letter) >= 0x20 and ord(letter) != 0x7F for letter in text)

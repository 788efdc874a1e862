"""Whatever comes in, the codec gives a typed message or says `Malformed`, and never anything else."""

import contextlib
import json
import math

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from msgspec import Struct
from wire_samples import SAMPLES

from relay.contract import codec
from relay.contract.commands import Navigate, Trigger
from relay.contract.pairing import Claim
from relay.contract.reports import Outcome, Presence
from relay.contract.wording import LANGUAGES, Wording

TYPES = sorted({type(sample) for sample in SAMPLES.values()}, key=lambda type_: type_.__name__)
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=()), max_size=20)
    | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@given(data=st.binary(max_size=200), type_=st.sampled_from(TYPES))
def test_random_bytes_are_malformed_or_a_message(data: bytes, type_: type[Struct]) -> None:
    with contextlib.suppress(codec.Malformed):
        assert isinstance(codec.decode_json(data, type_), type_)


@given(value=anything, type_=st.sampled_from(TYPES))
@example(value={"id": math.nan}, type_=Trigger)
@example(value={"id": 10**400}, type_=Trigger)
@example(value={"\ud800": "\ud800"}, type_=Trigger)
@example(value={"token": "\ud800\ud800\ud800\ud800"}, type_=Claim)
def test_random_objects_are_malformed_or_a_message(value: object, type_: type[Struct]) -> None:
    with contextlib.suppress(codec.Malformed):
        assert isinstance(codec.convert(value, type_), type_)


@given(data=st.data(), name=st.sampled_from(sorted(SAMPLES)))
def test_a_message_with_one_field_spoilt_is_malformed_or_a_message(data: st.DataObject, name: str) -> None:
    fields = codec.to_builtins(SAMPLES[name])
    spoilt = data.draw(st.sampled_from(sorted(fields)))
    fields[spoilt] = data.draw(anything)
    type_ = type(SAMPLES[name])
    try:
        message = codec.convert(fields, type_)
    except codec.Malformed:
        return
    # What was let through can be written, and reads as itself.
    assert codec.decode_json(codec.to_json(message), type_) == message


@pytest.mark.parametrize("depth", [100, 10_000, 200_000])
def test_a_message_nested_without_end_is_malformed(depth: int) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode_json(b'{"id":' + b"[" * depth, Trigger)
    with pytest.raises(codec.Malformed):
        codec.decode_json(b'{"fields":' + b'{"a":' * depth + b"1" + b"}" * depth + b"}", Trigger)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"null",
        b"[]",
        b"1",
        b'"text"',
        b"\xff\xfe",
        b'{"id": "\xff"}',
        b"{} {}",
        b"{'id': 1}",
        b'{"id": NaN}',
    ],
)
def test_what_is_no_json_object_is_malformed_as_a_whole_or_at_its_field(data: bytes) -> None:
    with pytest.raises(codec.Malformed):
        codec.decode_json(data, Trigger)


def test_malformed_names_the_field_as_the_sender_wrote_it_and_never_its_value() -> None:
    fields = codec.to_builtins(SAMPLES["presence"])
    secret = "a value that must not come back"
    displays = [dict(display) for display in fields["displays"]]
    displays[1]["scale"] = secret
    with pytest.raises(codec.Malformed) as caught:
        codec.convert({**fields, "displays": displays}, Presence)
    assert caught.value.field == "displays[1].scale"
    assert caught.value.reason == "reason.type"
    assert secret not in str(caught.value)


@pytest.mark.parametrize(
    ("spoil", "field", "reason"),
    [
        ({"id": "not a uuid"}, "id", "reason.pattern"),
        ({"seq": 0}, "seq", "reason.range"),
        ({"seq": "7"}, "seq", "reason.type"),
        ({"fit": "height"}, "fit", "reason.choice"),
        ({"document": {"kind": "pdf", "url": "/x"}}, "document.id", "reason.missing"),
        ({"document": {"id": "", "kind": "pdf", "url": "/x"}}, "document.id", "reason.length"),
        ({"zoom": 9}, "zoom", "reason.range"),
    ],
)
def test_every_way_to_be_wrong_has_its_reason(spoil: dict[str, object], field: str, reason: str) -> None:
    with pytest.raises(codec.Malformed) as caught:
        codec.convert({**codec.to_builtins(SAMPLES["navigate-order"]), **spoil}, Navigate)
    assert (caught.value.field, caught.value.reason) == (field, reason)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_reason_is_a_sentence(language: str) -> None:
    reasons = {reason for _, reason in codec._REASONS} | {"reason.json"}
    for reason in reasons:
        assert Wording(language).say(reason)


def test_a_newer_relay_may_say_more_than_this_screen_understands() -> None:
    fields = {**codec.to_builtins(SAMPLES["navigate-order"]), "brightness": 80}
    assert codec.convert(fields, Navigate) == SAMPLES["navigate-order"]


@given(st.permutations(sorted(codec.to_builtins(SAMPLES["outcome-shown"]))))
def test_equal_content_is_written_canonically_in_whatever_order_it_came(order: list[str]) -> None:
    fields = codec.to_builtins(SAMPLES["outcome-shown"])
    shuffled = json.dumps({key: fields[key] for key in order})
    assert codec.canonical(codec.decode_json(shuffled, Outcome)) == codec.canonical(SAMPLES["outcome-shown"])


def test_the_canonical_form_leaves_out_what_it_was_told_to() -> None:
    first = msgspec.structs.replace(SAMPLES["trigger-order"], timestamp=1)
    second = msgspec.structs.replace(SAMPLES["trigger-order"], timestamp=2)
    assert codec.canonical(first) != codec.canonical(second)
    left_out = frozenset({"timestamp"})
    assert codec.canonical(first, without=left_out) == codec.canonical(second, without=left_out)


@pytest.mark.parametrize("value", [None, 7, "id", [], ["id"], {}, {"id": 7}, {"id": None}, {"ID": "x"}])
def test_a_text_that_is_not_there_is_none(value: object) -> None:
    assert codec.text_in(value, "id") is None


def test_a_text_that_is_there_is_read() -> None:
    assert codec.text_in({"id": "x", 7: 8}, "id") == "x"

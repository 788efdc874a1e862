"""Which fields of a trigger go together: each misfit names the field, and what fits becomes exactly the command's."""

import pytest
from wire_samples import NOW, SAMPLES

from relay.contract import codec
from relay.contract.arguments import ALL_ARGUMENTS, ARGUMENTS, Misfit, arguments_of, check
from relay.contract.commands import COMMANDS, Trigger


def trigger(**fields: object) -> Trigger:
    given = {"id": "0198c0de-7a11-7000-8000-000000000001", "screenId": "S", "timestamp": NOW, **fields}
    return codec.convert(given, Trigger)


def misfit(**fields: object) -> tuple[str, str]:
    with pytest.raises(Misfit) as caught:
        check(trigger(**fields))
    return caught.value.field, caught.value.reason


@pytest.mark.parametrize("name", [name for name in SAMPLES if name.startswith("trigger-")])
def test_every_reviewed_trigger_fits(name: str) -> None:
    sample = SAMPLES[name]
    if isinstance(sample, Trigger):
        check(sample)


def test_every_argument_has_a_field_in_its_command_under_the_same_name() -> None:
    for command, names in ARGUMENTS.items():
        assert set(names) <= set(COMMANDS[command].__struct_fields__), command
    common = {
        "id",
        "screen_id",
        "timestamp",
        "window_id",
        "expires_in_ms",
        "order_id",
        "document_id",
        "url",
        "command",
    }
    assert common | ALL_ARGUMENTS == set(Trigger.__struct_fields__)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"command": "view", "step": "next", "page": 2}, ("step", "not_together")),
        ({"command": "view", "zoomStep": "in", "zoom": 2.0}, ("zoomStep", "not_together")),
        ({"command": "view", "zoomStep": "in", "fit": "width"}, ("zoomStep", "not_together")),
        ({"command": "view", "rotateBy": 90, "rotate": 0}, ("rotateBy", "not_together")),
        ({"command": "view"}, ("command", "needs_view")),
        ({"command": "view", "scroll": {}}, ("scroll", "needs_view")),
        ({"command": "view", "displayIndex": 1}, ("displayIndex", "not_with_command")),
        ({"command": "view", "on": False}, ("on", "not_with_command")),
        ({"command": "blank", "place": "left"}, ("place", "not_with_command")),
        ({"command": "close", "wholeMonitor": True}, ("wholeMonitor", "not_with_command")),
        ({"command": "notify", "level": "alarm"}, ("message", "needs_message")),
        ({"orderId": "WO-1", "step": "next"}, ("step", "not_with_command")),
        ({"orderId": "WO-1", "message": "x"}, ("message", "not_with_command")),
        ({"documentId": "D", "documentNumber": 2}, ("documentNumber", "not_with_command")),
        ({"orderId": "WO-1", "command": "close"}, ("orderId", "one_subject")),
        ({}, ("orderId", "one_subject")),
    ],
)
def test_what_does_not_go_together_is_refused_by_name(fields: dict, expected: tuple[str, str]) -> None:
    assert misfit(**fields) == expected


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("step", "back", "reason.choice"),
        ("zoomStep", "up", "reason.choice"),
        ("rotateBy", 0, "reason.choice"),
        ("place", "centre", "reason.choice"),
        ("level", "fatal", "reason.choice"),
        ("seconds", 0, "reason.range"),
        ("seconds", 3601, "reason.range"),
        ("on", "false", "reason.type"),
        ("scroll", {"dy": 101}, "reason.range"),
        ("scroll", {"y": 1}, "reason.unknown"),
    ],
)
def test_a_value_that_no_verb_knows_is_refused(field: str, value: object, reason: str) -> None:
    with pytest.raises(codec.Malformed) as caught:
        trigger(command="view", **{field: value})
    assert caught.value.field.startswith(field)
    assert caught.value.reason == reason


def test_the_arguments_become_exactly_the_fields_of_the_command() -> None:
    wish = trigger(command="view", step="last", rotateBy=90, scroll={"dy": 0.5}, windowId="plan")
    payload = {
        "id": wish.id,
        "seq": 1,
        "screenId": "S",
        "timestamp": NOW,
        "expiresAt": NOW,
        **arguments_of(wish),
    }
    view = codec.decode_json(codec.to_json(payload), COMMANDS["view"])
    assert (view.step, view.rotate_by, view.scroll, view.page, view.reload) == (
        "last",
        90,
        wish.scroll,
        None,
        False,
    )
    assert arguments_of(trigger(command="blank", on=False)) == {"on": False}
    assert arguments_of(trigger(command="screenshot")) == {}
    assert arguments_of(trigger(orderId="WO-1", place="right")) == {"place": "right"}

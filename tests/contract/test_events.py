"""Every event is declared once: its way, its class, its schema; and the relay tells it to those who write clients."""

import msgspec
from helpers.relay_running import running_relay

from relay.contract.events import EVENTS, events_schema
from relay.contract.names import VERBS


def test_no_event_is_declared_twice_and_every_verb_is_there() -> None:
    names = [event.name for event in EVENTS]
    assert len(names) == len(set(names))
    assert set(VERBS) <= set(names)


def test_what_promises_delivery_is_durable() -> None:
    kinds = {event.name: event.kind for event in EVENTS}
    assert {kinds[name] for name in (*VERBS, "trigger", "outcome")} == {"durable"}
    assert kinds["presence"] == "state"


def test_every_reference_of_the_schema_leads_somewhere() -> None:
    schema = events_schema()
    text = msgspec.json.encode(schema).decode()
    wanted = {part.split('"')[0] for part in text.split('"#/$defs/')[1:]}
    assert wanted
    assert wanted <= set(schema["$defs"])


async def test_the_relay_tells_it_to_anybody(tmp_path) -> None:
    async with running_relay(tmp_path / "data") as office:
        answer = await office.as_(None).call("GET", "/api/events.json")
    assert answer.status == 200
    assert answer.body["events"]["navigate"]["direction"] == "relay to screen"

"""Every event of the socket: which way it goes, what it carries, and whether it may be lost.

`durable` events are deliveries of a mailbox or change one; `state` events are snapshots, the newest of which is enough;
`ephemeral` ones may be lost without anybody asking.
"""

from dataclasses import dataclass
from typing import Any, Literal

import msgspec
from msgspec import Struct

from relay.contract.commands import COMMANDS, Hello, StatusQuestion, TokenRenewal, Trigger
from relay.contract.island import UpcomingHint
from relay.contract.problems import Problem
from relay.contract.reports import Outcome, Pong, Presence, Received, TriggerError, TriggerResponse
from relay.contract.steering import Steer, ViewportState
from relay.contract.streams import LineClosed
from relay.contract.watching import ScreenStatus, WatchWish

Way = Literal[
    "client to relay",
    "relay to client",
    "screen to relay",
    "relay to screen",
    # Passed on, with what the relay adds to it.
    "client to relay to screen",
    "screen to relay to client",
]
EventClass = Literal["durable", "state", "ephemeral"]


class Drain(Struct, frozen=True, kw_only=True, rename="camel"):
    """`drain`: this relay is going away; come back after a random part of `after_ms`."""

    after_ms: int


@dataclass(frozen=True, slots=True)
class Event:
    """One event; `answer` is what its acknowledgement carries, None where nobody acknowledges."""

    name: str
    way: Way
    kind: EventClass
    payload: type[Struct] | None = None
    answer: type[Struct] | None = None


EVENTS: tuple[Event, ...] = (
    *(Event(verb, "relay to screen", "durable", payload, Received) for verb, payload in COMMANDS.items()),
    Event("trigger", "client to relay", "durable", Trigger, TriggerResponse),
    Event("trigger:response", "relay to client", "ephemeral", TriggerResponse),
    Event("trigger:error", "relay to client", "ephemeral", TriggerError),
    Event("outcome", "screen to relay", "durable", Outcome),
    Event("presence", "screen to relay", "state", Presence),
    Event("watch", "client to relay", "ephemeral", WatchWish),
    Event("screen:status", "relay to client", "state", ScreenStatus),
    Event("steer", "client to relay to screen", "ephemeral", Steer),
    Event("viewport", "screen to relay to client", "state", ViewportState),
    Event("hello", "relay to client", "state", Hello),
    Event("status?", "relay to screen", "ephemeral", StatusQuestion, Outcome),
    Event("upcoming", "relay to screen", "ephemeral", UpcomingHint),
    Event("drain", "relay to client", "ephemeral", Drain),
    Event("auth:renew", "client to relay", "ephemeral", TokenRenewal),
    Event("ping", "client to relay", "ephemeral", None, Pong),
    Event("session:replaced", "relay to client", "ephemeral", Problem),
    Event("session:revoked", "relay to client", "ephemeral", Problem),
    Event("error", "relay to client", "ephemeral", Problem),
    # The last word on a line without WebSocket; a WebSocket's is its close frame.
    Event("line:closed", "relay to client", "ephemeral", LineClosed),
)


SAID = {event.name: event for event in EVENTS if "relay to" in event.way}
HEARD = {event.name: event for event in EVENTS if "to relay" in event.way}


class UndeclaredError(AssertionError):
    """Our own code says something that the contract does not declare that way: a bug, not a refusal."""


def check_said(name: str, *, to_screen: bool, is_acknowledged: bool) -> Event:
    """Return the declaration of what the relay is about to say. Raises UndeclaredError.

    A durable event may be said by whoever hears its acknowledgement alone; anybody else would lose it unnoticed.
    """
    event = SAID.get(name)
    if event is None:
        raise UndeclaredError(f"{name} is not declared as an event that the relay says.")
    if event.way.endswith("to screen") and not to_screen:
        raise UndeclaredError(f"{name} is for screens alone.")
    if event.kind == "durable" and not is_acknowledged:
        raise UndeclaredError(
            f"{name} is durable: it must be sent with somebody who hears its acknowledgement."
        )
    if is_acknowledged and event.answer is None:
        raise UndeclaredError(f"{name} is not acknowledged by anybody.")
    return event


def events_schema() -> dict[str, Any]:
    """Return every event with the JSON Schema of what it carries (`GET /api/events.json`)."""
    types = list(dict.fromkeys(each for event in EVENTS for each in (event.payload, event.answer) if each))
    references, definitions = msgspec.json.schema_components(types)
    schema_of = dict(zip(types, references, strict=True))
    events: dict[str, object] = {}
    for event in EVENTS:
        described: dict[str, object] = {"direction": event.way, "class": event.kind}
        if event.payload is not None:
            described["payload"] = schema_of[event.payload]
        if event.answer is not None:
            described["acknowledgement"] = schema_of[event.answer]
        events[event.name] = described
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", "events": events, "$defs": definitions}

"""Each event is said and heard as the contract declares it: its way, its class, its acknowledgement."""

import msgspec
import pytest
from helpers.live_alone import Alone, live_alone
from helpers.raw_line import raw_line

from relay.contract.events import EVENTS, HEARD, SAID, UndeclaredError
from relay.live.connection import Connection


@pytest.fixture(params=["fast", "stock"])
async def alone(request):
    async with live_alone(request.param) as alone:
        yield alone


def nothing(_value: object) -> None:
    pass


def test_every_event_is_said_or_heard_and_both_only_where_it_is_passed_on() -> None:
    assert {event.name for event in EVENTS} == SAID.keys() | HEARD.keys()
    assert SAID.keys() & HEARD.keys() == {"steer", "viewport"}


@pytest.mark.parametrize(
    ("event", "on_answer", "why"),
    [
        ("nonsense", None, "not declared"),
        ("trigger", None, "not declared"),
        ("outcome", nothing, "not declared"),
        ("navigate", None, "durable"),
        ("close", None, "durable"),
        ("error", nothing, "not acknowledged"),
        ("hello", nothing, "not acknowledged"),
    ],
)
async def test_what_is_not_declared_that_way_is_not_said(alone: Alone, event, on_answer, why) -> None:
    async with raw_line(alone.url) as line:
        await line.connect("screen:S")
        with pytest.raises(UndeclaredError, match=why):
            alone.live.send(alone.connection(), event, {}, on_answer)


async def test_what_is_for_screens_is_not_said_to_people(alone: Alone) -> None:
    async with raw_line(alone.url) as line:
        await line.connect("user:Kim")
        [person] = alone.live._connections.values()
        for event in ("navigate", "status?"):
            with pytest.raises(UndeclaredError, match="for screens alone"):
                alone.live.send(person, event, {}, nothing)
        alone.live.send(person, "drain", {"afterMs": 1})
        assert await line.hear_event("drain") == {"afterMs": 1}


async def test_an_undeclared_event_is_refused_even_to_a_line_that_is_dead(alone: Alone) -> None:
    async with raw_line(alone.url) as line:
        await line.connect("screen:S")
        connection = alone.connection()
    await alone.until(lambda: alone.live.count == 0)
    with pytest.raises(UndeclaredError):
        alone.live.send(connection, "navigate", {})
    alone.live.send(connection, "navigate", {"id": "x"}, nothing)


async def test_a_durable_event_is_said_with_a_number_and_its_answer_heard(alone: Alone) -> None:
    heard: list[object] = []
    async with raw_line(alone.url) as line:
        await line.connect("screen:S")
        alone.live.send(alone.connection(), "navigate", msgspec.Raw(b'{"id":"1"}'), heard.append)
        alone.live.send(alone.connection(), "close", {"id": "2"}, heard.append)
        assert await line.hear() == '421["navigate",{"id":"1"}]'
        assert await line.hear() == '422["close",{"id":"2"}]'
        line.say('432[{"received":true},"more"]')
        line.say("431[]")
        line.say('432["again"]')
        await alone.until(lambda: len(heard) == 2)
        assert heard == [{"received": True}, None]


async def test_an_answer_of_a_line_that_was_replaced_is_not_heard(alone: Alone) -> None:
    heard: list[object] = []
    async with raw_line(alone.url) as older, raw_line(alone.url) as newer:
        await older.connect("screen:S")
        first = alone.connection()
        alone.live.send(first, "navigate", {"id": "1"}, heard.append)
        await newer.connect("screen:S")
        older.say('431["late"]')
        assert await older.close_code() == 4001
        alone.live.send(first, "navigate", {"id": "2"}, heard.append)
        assert len(first.acks) == 0
        alone.live.send(alone.connection(), "navigate", {"id": "2"}, heard.append)
        newer.say('431["mine"]')
        await alone.until(lambda: heard == ["mine"])


async def test_an_answer_that_meets_a_bug_harms_nobody(alone: Alone, capsys) -> None:
    def bug(_value: object) -> None:
        raise ZeroDivisionError

    async with raw_line(alone.url) as line:
        await line.connect("screen:S")
        alone.live.send(alone.connection(), "navigate", {"id": "1"}, bug)
        line.say("431[]")
        line.emit("ping", ack=1)
        assert set(await line.hear_answer(1)) == {"timestamp"}
    assert "An acknowledgement met a bug" in capsys.readouterr().out


async def test_what_only_a_screen_says_is_not_heard_from_a_person(alone: Alone) -> None:
    said: list[Connection] = []

    async def note(connection: Connection, _payload: object) -> object:
        said.append(connection)
        return {}

    alone.live.on("outcome", note)
    async with raw_line(alone.url) as person, raw_line(alone.url) as screen:
        await person.connect("user:Kim")
        await screen.connect("screen:S")
        person.emit("outcome", {}, ack=1)
        assert (await person.hear_answer(1))["code"] == "FORBIDDEN"
        screen.emit("outcome", {}, ack=1)
        assert await screen.hear_answer(1) == {}
    assert [connection.caller.name for connection in said] == ["S"]
    with pytest.raises(AssertionError):
        alone.live.on("navigate", note)

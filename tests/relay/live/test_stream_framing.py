"""What a packet of the live layer becomes where there is no WebSocket."""

import json

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from relay.live import packets
from relay.live.streams import framing

ID = "0199e2b0-0000-7000-8000-00000000000A"


def browser(text: bytes) -> tuple[str, str, str]:
    """Read one event as WHATWG HTML, 9.2.6 has it: name, data, id."""
    name, data, id_ = "message", [], ""
    assert text.endswith(b"\n\n")
    for line in text[:-2].decode().split("\n"):
        key, _, value = line.partition(": ")
        match key:
            case "event":
                name = value
            case "id":
                id_ = value
            case "data":
                data.append(value)
            case _:
                raise AssertionError(line)
    return name, "\n".join(data), id_


@given(
    st.dictionaries(st.text(), st.text() | st.integers(-(2**53), 2**53) | st.none()),
    st.none() | st.integers(1, 10**9),
)
def test_whatever_is_said_arrives(payload: dict, number: int | None):
    said = framing.read(packets.event("screen:status", msgspec.Raw(msgspec.json.encode(payload)), None))
    name, data, id_ = browser(framing.event(said.name, said.data))
    assert (name, json.loads(data), id_) == ("screen:status", payload, "")


def test_a_command_keeps_its_place_and_its_number():
    said = framing.read(packets.event("navigate", {"id": ID, "seq": 7, "document": {"id": "x"}}, 12))
    assert (said.name, said.number, said.about, said.seq) == ("navigate", 12, ID.lower(), 7)


def test_what_is_no_delivery_has_no_place():
    assert framing.read(packets.event("status?", {"id": ID, "seq": 7}, 3)).seq == 0
    assert framing.read(packets.event("screen:status", {"seq": 7})).seq == 0
    assert framing.read(packets.event("hello", {"epoch": "e", "gen": 1})).epoch == "e"


def test_what_is_no_event_is_nothing():
    assert framing.read(packets.PING) is None
    assert framing.read(packets.acknowledgement(3, None)) is None


def test_data_of_several_lines_stays_one_event():
    pretty = json.dumps({"a": [1, 2]}, indent=1).replace("\n", "\r\n").encode()
    name, data, id_ = browser(framing.event("error", pretty, "e:1"))
    assert (name, json.loads(data), id_) == ("error", {"a": [1, 2]}, "e:1")


def test_the_head_ends_with_its_connection():
    assert framing.head({"A": "b"}) == b"HTTP/1.1 200 OK\r\nA: b\r\nConnection: close\r\n\r\n"

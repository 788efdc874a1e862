"""The packets' texts: what a client library writes is read, anything else is no packet, and nothing else is raised."""

import contextlib
import json
import subprocess
import sys

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from socketio.packet import Packet as TheirPacket

from relay.live import packets
from relay.live.packets import Unsound

words = st.text(st.characters(codec="utf-8"))
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=8,
)
names = st.text(st.characters(codec="utf-8"), min_size=1).filter(
    lambda name: name not in {"connect", "disconnect", "connect_error"}
)


@given(names, values, st.none() | st.integers(1, 2**53 - 1))
def test_an_event_that_the_library_writes_is_read(name, value, number) -> None:
    text = b"4" + TheirPacket(2, [name, value], "/", number, binary=False).encode().encode()
    packet = packets.read(text)
    assert (packet.kind, packet.name, packet.number, packet.values) == ("event", name, number, (value,))


@given(st.lists(values, max_size=3), st.integers(1, 2**53 - 1))
def test_an_acknowledgement_that_the_library_writes_is_read(given_values, number) -> None:
    text = b"4" + TheirPacket(3, given_values, "/", number, binary=False).encode().encode()
    packet = packets.read(text)
    assert (packet.kind, packet.number, packet.values) == ("acknowledgement", number, tuple(given_values))


@given(names, values, st.none() | st.integers(1, 2**31))
def test_an_event_that_we_write_is_read_by_the_library(name, value, number) -> None:
    theirs = TheirPacket(encoded_packet=packets.event(name, value, number).decode()[1:])
    assert (theirs.packet_type, theirs.data, theirs.id) == (2, [name, value], number)
    raw = msgspec.Raw(msgspec.json.encode(value))
    assert packets.event(name, raw, number) == packets.event(name, value, number)


def test_an_answer_is_one_value_or_none() -> None:
    assert packets.acknowledgement(7, {"a": "물"}) == '437[{"a":"물"}]'.encode()
    assert packets.acknowledgement(7, None) == b"437[]"


@given(st.binary(max_size=80) | st.text(max_size=60).map(lambda text: b"4" + text.encode("utf-8", "replace")))
def test_no_text_whatsoever_does_more_than_be_no_packet(text) -> None:
    with contextlib.suppress(Unsound):
        packets.read(text)


@pytest.mark.parametrize(
    ("text", "kind", "namespace"),
    [
        (b"40", "connect", "/"),
        (b'40{"token":"x"}', "connect", "/"),
        (b'40/admin,{"token":"x"}', "connect", "/admin"),
        (b"40/admin?x=1,", "connect", "/admin"),
        (b"40/admin", "connect", "/admin"),
        (b"41", "disconnect", "/"),
        (b"41/admin,", "disconnect", "/admin"),
        (b"3", "pong", "/"),
        (b"1", "goodbye", "/"),
    ],
)
def test_coming_and_going(text: bytes, kind: str, namespace: str) -> None:
    packet = packets.read(text)
    assert (packet.kind, packet.namespace) == (kind, namespace)


@pytest.mark.parametrize("number", [2**63, 2**64, 2**200, -(2**70), 1e308])
def test_numbers_beyond_any_integer_are_read_without_harm(number) -> None:
    packet = packets.read(f'42["a",{json.dumps(number)}]'.encode())
    assert packet.values[0] == pytest.approx(number)


@pytest.mark.parametrize(
    "text", [b'42["a",NaN]', b'42["a",Infinity]', b'42["a",{1:2}]', b"42[" + b"[" * 100_000]
)
def test_what_json_does_not_know_is_no_packet(text: bytes) -> None:
    with pytest.raises(Unsound):
        packets.read(text)


def test_the_loggers_of_the_libraries_are_left_alone() -> None:
    # In a process of its own: the clients that other tests play do to these loggers what the relay must not.
    program = """
import logging
from relay.live import socket_server
assert socket_server.SocketServer
for name in ("socketio", "socketio.server", "engineio", "engineio.server"):
    assert logging.getLogger(name).handlers == []
    assert logging.getLogger(name).level == logging.NOTSET
"""
    subprocess.run([sys.executable, "-c", program], check=True)

"""Handshakes and WebSocket frames as they travel, whichever engine serves."""

import asyncio
import json

import pytest
from helpers.raw_line import (
    BINARY,
    CLOSE,
    PING,
    PONG,
    TEXT,
    RawLine,
    Refused,
    masked_frame,
    open_raw_line,
    raw_line,
)
from helpers.relay_running import Office
from helpers.transcript import hears, nobody_is_left

from relay.live.bounds import MAX_FRAME_BYTES, Bounds


async def test_binary_is_no_event(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        for _ in range(Bounds().strikes):
            line.write(masked_frame(BINARY, b"\x04\x01"))
        assert await line.close_code() == 4400


async def test_the_websocket_is_pinged_back_with_what_it_said(office: Office):
    async with raw_line(office.url) as line:
        line.write(
            masked_frame(PING, b"") + masked_frame(PING, "물".encode()) + masked_frame(PONG, b"unasked")
        )
        assert [await line.frame(), await line.frame()] == [(PONG, b""), (PONG, "물".encode())]


async def test_the_relay_pings_and_whoever_answers_stays(relay_of, monkeypatch):
    monkeypatch.setattr(Bounds, "of", lambda _settings: Bounds(ping_seconds=0.4, ping_timeout_seconds=0.3))
    async with relay_of() as office, raw_line(office.url) as line, raw_line(office.url) as sleeper:
        await line.connect(office.token)
        await sleeper.connect(office.token)
        for _ in range(4):
            assert await line.frame() == (TEXT, b"2")
            line.say("3")
        line.emit("ping", ack=1)
        assert (await line.hear()).startswith("431")
        sleeper.answers_pings = False
        await sleeper.close_code()
        await sleeper.ends()
        async with asyncio.timeout(5):
            while office.relay.live.count > 1:
                await asyncio.sleep(0.01)


async def test_the_largest_frame_is_heard_and_one_byte_more_is_not(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        padding = MAX_FRAME_BYTES - len('421["ping",""]')
        line.say(f'421["ping","{"x" * padding}"]')
        assert (await line.hear()).startswith("431[")
        line.say(f'421["ping","{"x" * (padding + 1)}"]')
        assert await line.close_code() == 1009
        await line.ends()


async def test_a_message_that_is_too_large_in_pieces_is_not_heard_either(office: Office):
    async with raw_line(office.url) as line:
        line.write(masked_frame(TEXT, b"4" * 40_000, final=False))
        line.write(masked_frame(0, b"4" * 40_000))
        assert await line.close_code() == 1009


async def test_a_large_payload_of_the_relay_arrives_whole(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        connection = office.relay.live.connection_of("SCREEN-001")
        for size in (10, 125, 126, 127, 65_530, 65_536, 200_000):
            office.relay.live.send(connection, "error", {"detail": "가" * (size // 3)})
            assert (await line.hear_event("error"))["detail"] == "가" * (size // 3)


async def test_korean_and_signs_beyond_the_first_plane_arrive_both_ways_in_any_pieces(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        text = '421["작업지시 🧵"]'.encode()
        for at in range(0, len(text), 5):
            piece = masked_frame(TEXT if at == 0 else 0, text[at : at + 5], final=at + 5 >= len(text))
            line.write(piece)
            line.write(masked_frame(PING, b"between"))
        pongs, error = 0, None
        while error is None:
            opcode, payload = await line.frame()
            pongs += opcode == PONG
            error = json.loads(payload[2:])[1] if opcode == TEXT else None
        assert "작업지시 🧵" in error["detail"]
        assert pongs >= 1


async def test_bytes_may_come_one_by_one(office: Office):
    async with raw_line(office.url) as line:
        await line.connect(office.token)
        for byte in masked_frame(TEXT, b'421["ping"]') + masked_frame(TEXT, b'422["ping"]'):
            line.write(bytes([byte]))
            await asyncio.sleep(0)
        assert await hears(line, 2) == ['431[{"timestamp":"…"}]', '432[{"timestamp":"…"}]']


VIOLATIONS = {
    "no UTF-8": (masked_frame(TEXT, b'42["\xff"]'), 1007),
    "compressed": (masked_frame(TEXT, b"x", reserved=0x40), 1002),
    "opcode": (masked_frame(3, b"x"), 1002),
    "split control": (masked_frame(PING, b"x", final=False), 1002),
    "long control": (masked_frame(PING, b"x" * 126), 1002),
    "no begin": (masked_frame(0, b"x"), 1002),
    "no end": (masked_frame(TEXT, b"a", final=False) + masked_frame(TEXT, b"b"), 1002),
    "short": (masked_frame(CLOSE, b"x"), 1002),
    "code": (masked_frame(CLOSE, (1005).to_bytes(2, "big")), 1002),
}


async def test_a_violation_of_the_protocol_is_closed_with_its_code(office: Office):
    for name, (frame, code) in VIOLATIONS.items():
        async with raw_line(office.url) as line:
            await line.connect(office.token)
            line.write(frame)
            assert await line.close_code() == code, name
            await line.ends()


async def test_a_goodbye_is_answered_and_the_line_ends(office: Office):
    for payload in (b"", *((code.to_bytes(2, "big") + "안녕".encode()) for code in (1000, 1001, 4242))):
        async with raw_line(office.url) as line:
            await line.connect(office.token)
            line.write(masked_frame(CLOSE, payload))
            assert (await line.frame())[0] == CLOSE
            await line.ends()
    await nobody_is_left(office)


async def test_what_was_said_before_the_upgrade_was_answered_is_heard(office: Office):
    token = json.dumps({"token": office.token}).encode()
    early = masked_frame(TEXT, b"40" + token) + masked_frame(TEXT, b'421["ping"]')
    line = await open_raw_line(office.url, behind=early)
    assert [text[:3] for text in await hears(line, 3)] == ["40{", "42[", "431"]
    line.drop()


WISHES = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}


async def test_what_is_no_handshake_of_ours_is_answered_400(office: Office):
    query = "EIO=4&transport=websocket"
    for wish, headers in (
        ("EIO=4&transport=polling", {}),
        ("EIO=3&transport=websocket", {}),
        (query, {}),
        (query, WISHES | {"Sec-WebSocket-Version": "12"}),
        (query, WISHES),
        (query, WISHES | {"Sec-WebSocket-Key": "short"}),
        (query + "&sid=unknown", WISHES),
    ):
        answer = await office.call("GET", f"/socket.io/?{wish}", headers=headers)
        assert answer.status == 400, (wish, headers)
    assert (await office.call("GET", "/health")).status == 200


async def test_a_storm_is_told_to_come_back_before_any_upgrade(relay_of):
    async with relay_of(handshakes_per_second=5) as office:
        lines: list[RawLine] = []

        async def storm() -> None:
            while True:
                lines.append(await open_raw_line(office.url, headers="Accept-Language: ko\r\n"))

        with pytest.raises(Refused) as refused:
            await storm()
        assert refused.value.status == 503
        assert 1 <= int(refused.value.headers["retry-after"]) <= 4
        assert json.loads(refused.value.body)["code"] == "RELAY_UNAVAILABLE"
        assert len(lines) >= 5
        for line in lines:
            line.drop()


async def test_strangers_have_so_much_room_and_those_who_are_known_need_none(relay_of):
    async with relay_of(strangers_per_address=2) as office:
        async with raw_line(office.url) as first, raw_line(office.url) as second:
            with pytest.raises(Refused):
                await open_raw_line(office.url)
            await first.connect(office.token)
            async with raw_line(office.url) as third:
                second.drop()
                await third.connect(office.token)
        async with asyncio.timeout(5):
            while office.relay.live.admission.strangers:
                await asyncio.sleep(0.01)


async def test_whoever_does_not_answer_the_goodbye_is_dropped(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        line.answers_goodbyes = False
        await line.connect(grant["token"])
        office.relay.live.cut(office.relay.live.connection_of("SCREEN-001"), 4408, "a test")
        # Forgotten at once, though the line is still there.
        assert office.relay.live.count == 0
        assert await line.close_code() == 4408
        await line.ends()

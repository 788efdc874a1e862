"""The live line against clients that do not behave: raw frames over a real WebSocket."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
from helpers.relay_running import Office, running_relay

from relay.live import server


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


@asynccontextmanager
async def raw_line(office: Office, **options) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    url = f"{office.url}/socket.io/?EIO=4&transport=websocket"
    async with office.session.ws_connect(url, **options) as line:
        opening = await line.receive_str()
        assert opening.startswith("0{")
        yield line


async def connect(line: aiohttp.ClientWebSocketResponse, token: str) -> None:
    await line.send_str("40" + json.dumps({"token": token}))
    assert (await line.receive_str()).startswith('40{"sid"')
    assert (await line.receive_str()).startswith('42["hello"')


async def close_code(line: aiohttp.ClientWebSocketResponse, seconds: float = 5) -> int | None:
    async with asyncio.timeout(seconds):
        async for _message in line:
            pass
    return line.close_code


async def test_hello_is_the_first_word_and_never_comes_before_the_connection_stands(office: Office):
    grant = await office.pair()
    for _ in range(20):
        async with raw_line(office) as line:
            await connect(line, grant["token"])


@pytest.mark.parametrize(
    "frame", ["42", "42[]", "42[[]]", "42{}", "42[7]", "43", "43[]", "430[]", '42["connect"]', "4", "4x",
              '42/other,["a"]', '451-["a",{"_placeholder":true,"num":0}]', "42[" + "[" * 5000]
)  # fmt: skip
async def test_frames_that_are_no_events_end_in_a_close_and_leave_no_traceback(office: Office, frame, caplog):
    grant = await office.pair()
    async with raw_line(office) as line:
        await connect(line, grant["token"])
        for _ in range(server.STRIKES):
            await line.send_str(frame)
        assert await close_code(line) == 4400
    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


async def test_a_binary_frame_is_no_event(office: Office):
    grant = await office.pair()
    async with raw_line(office) as line:
        await connect(line, grant["token"])
        for _ in range(server.STRIKES):
            await line.send_bytes(b"\x00\x01")
        assert await close_code(line) == 4400


async def test_a_frame_beyond_the_limit_closes_the_line(office: Office):
    grant = await office.pair()
    async with raw_line(office) as line:
        await connect(line, grant["token"])
        await line.send_str('42["presence","' + "x" * 70_000 + '"]')
        assert await close_code(line) in {1006, 1009}


async def test_whoever_never_says_who_he_is_is_let_go(office: Office, monkeypatch):
    monkeypatch.setattr(server, "CONNECT_SECONDS", 0.2)
    async with raw_line(office) as line:
        assert await close_code(line) == 4400


async def test_no_compression_is_negotiated(office: Office):
    async with raw_line(office, compress=15) as line:
        assert not line.compress


async def test_nobody_hears_anything_before_he_is_authenticated(office: Office):
    grant = await office.pair()
    await office.add_order("WO-1")
    async with raw_line(office) as stranger, raw_line(office) as line:
        await connect(line, grant["token"])
        await office.trigger(orderId="WO-1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await stranger.receive_str()


async def test_an_event_before_connecting_is_not_heard(office: Office):
    await office.pair()
    async with raw_line(office) as line:
        await line.send_str('42["outcome",{"id":"x","state":"shown"}]')
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await line.receive_str()


async def test_a_restart_is_told_and_closed_with_its_code(office: Office):
    grant = await office.pair()
    async with raw_line(office) as line:
        await connect(line, grant["token"])
        await office.relay.live.close()
        assert (await line.receive_str()).startswith('42["drain"')
        assert await close_code(line) == 1012


async def test_a_replaced_line_is_told_and_closed_with_its_code(office: Office):
    grant = await office.pair()
    async with raw_line(office) as older:
        await connect(older, grant["token"])
        async with raw_line(office) as newer:
            await connect(newer, grant["token"])
            assert (await older.receive_str()).startswith('42["session:replaced"')
            assert await close_code(older) == 4001


async def test_an_expired_token_is_refused_by_name_and_an_open_line_is_sent_away_to_refresh(
    tmp_path, monkeypatch
):
    from helpers.hand_clock import HandClock

    monkeypatch.setattr(server, "EXPIRY_CHECK_SECONDS", 0.05)
    clock = HandClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        grant = await office.pair()
        async with raw_line(office) as line:
            await connect(line, grant["token"])
            clock.turn(17 * 60)
            assert (await line.receive_str()).startswith('42["error",{"type"')
            assert await close_code(line) == 1012
        async with raw_line(office) as line:
            await line.send_str("40" + json.dumps({"token": grant["token"]}))
            refusal = await line.receive_str()
            assert refusal.startswith("44")
            assert json.loads(refusal[2:])["data"]["code"] == "TOKEN_EXPIRED"


async def test_a_live_line_can_be_renewed_but_not_handed_to_another(office: Office):
    grant, other = await office.pair("SCREEN-001"), await office.pair("SCREEN-002")
    async with raw_line(office) as line:
        await connect(line, grant["token"])
        await line.send_str("421" + json.dumps(["auth:renew", {"token": grant["token"]}]))
        assert await line.receive_str() == '431[{"success":true}]'
        await line.send_str("422" + json.dumps(["auth:renew", {"token": other["token"]}]))
        answers = [await line.receive_str(), await line.receive_str()]
        assert any('"code":"FORBIDDEN"' in answer for answer in answers)

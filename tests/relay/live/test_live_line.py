"""The live line against clients that do not behave: raw frames over a real WebSocket."""

import asyncio
import json

import pytest
from helpers.raw_line import BINARY, masked_frame, raw_line
from helpers.relay_running import Office, running_relay

from relay.live.bounds import Bounds

STRIKES = Bounds().strikes


@pytest.fixture(params=["fast", "stock"])
def engine(request):
    return request.param


@pytest.fixture
async def office(tmp_path, engine):
    async with running_relay(tmp_path / "data", engine=engine) as office:
        yield office


async def test_hello_is_the_first_word_and_never_comes_before_the_connection_stands(office: Office):
    grant = await office.pair()
    for _ in range(20):
        async with raw_line(office.url) as line:
            await line.connect(grant["token"])


@pytest.mark.parametrize(
    "frame", ["42", "42[]", "42[[]]", "42{}", "42[7]", "43", "43[]", "430[]", '42["connect"]', "4", "4x",
              '42/other,["a"]', '451-["a",{"_placeholder":true,"num":0}]', "42[" + "[" * 5000]
)  # fmt: skip
async def test_frames_that_are_no_events_end_in_a_close_and_leave_no_traceback(office: Office, frame, caplog):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        for _ in range(STRIKES):
            line.say(frame)
        assert await line.close_code() == 4400
    assert "Traceback" not in caplog.text
    assert [record for record in caplog.records if record.levelname in {"ERROR", "CRITICAL"}] == []


async def test_a_binary_frame_is_no_event(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        for _ in range(STRIKES):
            line.write(masked_frame(BINARY, b"\x00\x01"))
        assert await line.close_code() == 4400


async def test_a_frame_beyond_the_limit_closes_the_line(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        line.say('42["presence","' + "x" * 70_000 + '"]')
        assert await line.close_code() == 1009


async def test_whoever_never_says_who_he_is_is_let_go(tmp_path, engine):
    async with (
        running_relay(tmp_path / "data", engine=engine, connect_seconds=0.2) as office,
        raw_line(office.url) as line,
    ):
        assert await line.close_code() == 4400


async def test_no_compression_is_negotiated(office: Office):
    wish = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n"
    async with raw_line(office.url, headers=wish) as line:
        assert "sec-websocket-extensions" not in line.headers


async def test_nobody_hears_anything_before_he_is_authenticated(office: Office):
    grant = await office.pair()
    await office.add_order("WO-1")
    async with raw_line(office.url) as stranger, raw_line(office.url) as line:
        await line.connect(grant["token"])
        await office.trigger(orderId="WO-1")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await stranger.hear()


async def test_an_event_before_connecting_is_not_heard(office: Office):
    await office.pair()
    async with raw_line(office.url) as line:
        line.say('42["outcome",{"id":"x","state":"shown"}]')
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.3):
                await line.hear()


async def test_a_restart_is_told_and_closed_with_its_code(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        await office.relay.live.close()
        assert (await line.hear()).startswith('42["drain"')
        assert await line.close_code() == 1012


async def test_a_replaced_line_is_told_and_closed_with_its_code(office: Office):
    grant = await office.pair()
    async with raw_line(office.url) as older:
        await older.connect(grant["token"])
        async with raw_line(office.url) as newer:
            await newer.connect(grant["token"])
            assert (await older.hear()).startswith('42["session:replaced"')
            assert await older.close_code() == 4001


async def test_an_expired_token_is_refused_by_name_and_an_open_line_is_sent_away_to_refresh(
    tmp_path, engine, monkeypatch
):
    from helpers.hand_clock import HandClock

    monkeypatch.setattr(Bounds, "of", lambda _settings: Bounds(expiry_seconds=0.05))
    clock = HandClock()
    async with running_relay(tmp_path / "data", clock=clock, engine=engine) as office:
        grant = await office.pair()
        async with raw_line(office.url) as line:
            await line.connect(grant["token"])
            clock.turn(17 * 60)
            assert (await line.hear()).startswith('42["error",{"type"')
            assert await line.close_code() == 1012
        async with raw_line(office.url) as line:
            line.say("40" + json.dumps({"token": grant["token"]}))
            refusal = await line.hear()
            assert refusal.startswith("44")
            assert json.loads(refusal[2:])["data"]["code"] == "TOKEN_EXPIRED"


async def test_a_live_line_can_be_renewed_but_not_handed_to_another(office: Office):
    grant, other = await office.pair("SCREEN-001"), await office.pair("SCREEN-002")
    async with raw_line(office.url) as line:
        await line.connect(grant["token"])
        line.say("421" + json.dumps(["auth:renew", {"token": grant["token"]}]))
        assert await line.hear() == '431[{"success":true}]'
        line.say("422" + json.dumps(["auth:renew", {"token": other["token"]}]))
        answers = [await line.hear(), await line.hear()]
        assert any('"code":"FORBIDDEN"' in answer for answer in answers)

"""The bench finds its relay and finds it again: drops, silence, tokens, other addresses, farewells."""

import asyncio
import time
import uuid

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import SCREEN, refuse, relay_double
from structlog.testing import capture_logs

from app.errors import RelayRefused
from app.link import line as line_module
from app.stage.status import LinkState
from relay.contract.commands import Trigger
from relay.contract.pairing import RelayAddress
from relay.contract.problems import Code


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


def make_trigger(**fields):
    return Trigger(id=str(uuid.uuid4()), screen_id=SCREEN, timestamp=1, order_id="WO-1", **fields)


async def test_a_relay_that_dies_between_the_upgrade_and_its_answer_is_tried_again_at_once(tmp_path):
    """python-socketio alone would wait for an answer on the dead line until its patience of 15 seconds is over."""
    attempts: list[float] = []

    async def die_in_between(request: web.Request) -> web.WebSocketResponse:
        attempts.append(time.monotonic())
        socket = web.WebSocketResponse()
        await socket.prepare(request)
        await socket.send_str('0{"sid":"s","upgrades":[],"pingInterval":10000,"pingTimeout":8000}')
        await socket.receive()
        assert request.transport is not None
        request.transport.abort()
        return socket

    app = web.Application()
    app.add_routes([web.get("/socket.io/", die_in_between)])
    async with (
        TestServer(app) as server,
        link_bench(RelayAddress(addresses=(str(server.make_url("")).rstrip("/"),)), tmp_path),
    ):
        await until(lambda: len(attempts) >= 3, seconds=10)


async def test_after_hello_the_bench_says_what_is_true_there(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        presence = await relay.hears("presence")
        await bench.reaches(LinkState.CONNECTED)
    assert presence["epoch"] == "e1"
    assert presence.get("appliedSeq", 0) == 0
    assert presence["capabilities"] == ["outcome", "steer", "undo"]
    assert [display["displayId"] for display in presence["displays"]] == ["left", "right"]
    assert [state for state, _ in bench.states] == [LinkState.CONNECTING, LinkState.CONNECTED]


async def test_changes_in_a_row_are_told_in_one_message(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        for _ in range(50):
            bench.link.presence_changed()
        await relay.hears("presence", 2)
        await asyncio.sleep(0.15)  # time for messages that must not come
    assert len(relay.said("presence")) == 2


async def test_nobody_there_is_offline_with_the_reason_and_the_line_comes_when_the_relay_does(tmp_path):
    async with relay_double() as first:
        port = int(first.url.rpartition(":")[2])
    async with link_bench(first.address, tmp_path) as bench:
        await bench.reaches(LinkState.OFFLINE)
        assert str(port) in bench.states[-1][1]
        async with relay_double(port=port) as relay:
            await relay.hears("presence")
            await bench.reaches(LinkState.CONNECTED)
    assert bench.performed == []


async def test_a_short_drop_is_healed_within_a_quarter_of_a_second(relay, tmp_path):
    took = []
    async with link_bench(relay.address, tmp_path):
        await relay.hears("presence")
        for drop in range(1, 4):  # the best of three: this machine may be busy with something else
            started = time.monotonic()
            await relay.cut()
            await relay.hears("presence", drop + 1)
            took.append(time.monotonic() - started)
    assert min(took) < 0.25


async def test_somebody_who_accepts_and_says_nothing_is_told_as_such(tmp_path, monkeypatch):
    monkeypatch.setattr(line_module, "CONNECT_SECONDS", -0.8)

    async def silent(reader, writer):
        await reader.read()
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        address = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with link_bench(RelayAddress(addresses=(address,)), tmp_path) as bench:
            await bench.reaches(LinkState.OFFLINE)
            assert bench.states[-1][1] == f"{address} did not answer in time."


async def test_the_next_address_is_tried_when_one_is_dead(relay, tmp_path):
    async with relay_double() as gone:
        pass
    address = RelayAddress(addresses=(gone.url, relay.url))
    async with link_bench(address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)


async def test_the_line_is_pinned_like_everything_else(tmp_path):
    async with relay_double(tls=tmp_path) as relay:
        async with link_bench(relay.address, tmp_path / "right") as bench:
            await bench.reaches(LinkState.CONNECTED)
        wrong = RelayAddress(addresses=(relay.url,), fingerprint="00" * 32)
        async with link_bench(wrong, tmp_path / "wrong") as bench:
            await bench.reaches(LinkState.OFFLINE)
            assert "certificate" in bench.states[-1][1]
    assert len(relay.sockets) == 1


async def test_an_expired_token_is_refreshed_and_the_line_is_there(relay, tmp_path):
    async with link_bench(relay.address, tmp_path, token="too-old") as bench:
        await bench.reaches(LinkState.CONNECTED)
    assert relay.accepted == "access-2"
    assert [path for path, _ in relay.requests] == ["/api/auth/refresh"]


async def test_a_token_is_renewed_on_the_living_line(relay, tmp_path):
    relay.grant_seconds = 1
    async with link_bench(relay.address, tmp_path, token=None) as bench:
        await bench.reaches(LinkState.CONNECTED)
        renewal = await relay.hears("auth:renew")
    assert renewal == {"token": "access-3"}
    assert len(relay.sockets) == 1


async def test_a_line_on_which_the_fresh_token_is_refused_is_made_anew(relay, tmp_path):
    relay.grant_seconds = 1
    relay.answer_of["auth:renew"] = lambda _payload: {"success": False, "code": "FORBIDDEN"}
    async with link_bench(relay.address, tmp_path, token=None):
        await relay.hears("presence", 2)
    assert len(relay.sockets) == 2


async def test_a_revoked_bench_says_so_and_stops(relay, tmp_path):
    relay.instead["/api/auth/refresh"] = lambda _request, _body: refuse(Code.TOKEN_INVALID)
    async with link_bench(relay.address, tmp_path, token=None) as bench:
        await bench.reaches(LinkState.REVOKED)
        await asyncio.sleep(0.3)
        assert len(relay.requests) == 1
        with pytest.raises(RelayRefused):
            await bench.link.trigger(make_trigger(), wait_ms=100)
    assert bench.states[-1][1]


@pytest.mark.parametrize(
    ("event", "state"), [("session:revoked", LinkState.REVOKED), ("session:replaced", LinkState.REPLACED)]
)
async def test_a_bench_that_is_told_to_go_does_not_fight(relay, tmp_path, event, state):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.tell(event, {"code": "FORBIDDEN"})
        await bench.reaches(state)
        await asyncio.sleep(0.3)
    assert len(relay.sockets) == 1


async def test_being_replaced_is_understood_from_the_close_code_alone(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.cut(4001)
        await bench.reaches(LinkState.REPLACED)


async def test_a_relay_that_goes_away_is_left_and_found_again(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        await relay.tell("drain", {"afterMs": 200})
        await relay.hears("presence", 2)
        await bench.reaches(LinkState.CONNECTED)
    assert LinkState.OFFLINE in [state for state, _ in bench.states]


async def test_a_line_that_only_looks_alive_is_dropped(relay, tmp_path, monkeypatch):
    monkeypatch.setattr(line_module, "FIRST_SILENCE_SECONDS", 0.3)
    monkeypatch.setattr(line_module, "SILENCE_BEYOND_HEARTBEAT_SECONDS", 0.2)
    relay.hello["heartbeatMs"] = 100
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence", 2)
        await until(lambda: any("silent" in detail for _, detail in bench.states))


async def test_a_relay_without_hello_is_left(relay, tmp_path, monkeypatch):
    monkeypatch.setattr("app.link.relay_link.HELLO_SECONDS", 0.1)
    relay.says_hello = False
    async with link_bench(relay.address, tmp_path):
        await until(lambda: len(relay.sockets) >= 2)
    assert relay.said("presence") == []


async def test_not_even_a_bug_ends_the_trying(relay, tmp_path, monkeypatch):
    async with link_bench(relay.address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)
        sound = bench.credentials.token
        stumbles = iter([LookupError("on purpose")])

        async def token() -> str:
            for stumble in stumbles:
                raise stumble
            return await sound()

        monkeypatch.setattr(bench.credentials, "token", token)
        with capture_logs() as logs:
            await relay.cut()
            await until(lambda: [state for state, _ in bench.states].count(LinkState.CONNECTED) == 2)
        assert "link: one line" in [entry.get("task") for entry in logs]

"""The thirty-six traps of DELIVERY.md, section 2: each has a test that it is not ours, or a reason why it cannot be.

 1  here: test_a_thousand_that_leave_at_once_stall_nobody; test_one_that_leaves_costs_the_same_however_many_there_are
 2  test_a_client_that_stops_reading_is_cut_after_a_while_and_its_memory_is_bounded; and
    here: test_the_kernel_gives_up_a_peer_that_confirms_nothing
 3  here: test_cutting_a_client_that_is_stuck_waits_for_nobody
 4  test_a_client_that_never_answers_costs_a_bounded_table; test_nothing_is_heard_after_the_end
 5  none: no manager with Redis is used; what is promised lies in the journal, whatever a line says
 6  here: test_an_acknowledgement_of_number_zero_breaks_nothing
 7  test_nothing_is_said_without_an_address; test_nobody_hears_anything_before_he_is_authenticated
 8  here: test_whoever_leaves_in_the_doorway_leaves_no_ghost
 9  test_a_revoked_screen_is_told_and_sent_away_for_good
10  test_whoever_never_says_who_he_is_is_let_go_also_after_a_disconnect
11  test_no_compression_is_negotiated
12  test_two_thousand_clients_and_some_that_are_stuck_are_sent_away_in_five_seconds
13  test_it_comes_back_by_itself_after_a_restart
14  here: test_a_token_that_is_known_opens_the_door_without_the_database
15  none: the jitter is the client's; the app has a loop of its own (app/link), others are sent away in slices
16  none: the client's reconnect loop; the app has one of its own (app/link)
17  none: the client's tasks; the app puts what it hears into one queue (app/link)
18  test_two_hundred_events_are_answered_in_their_order; here: test_a_client_that_floods_is_cut
19  test_a_frame_for_many_is_written_once_and_reaches_each_but_the_skipped
20  here: test_lines_where_nothing_happens_cost_no_task_and_little_memory
21  test_the_relay_pings_and_whoever_answers_stays; test_whoever_does_not_answer_is_ended_a_timeout_after_the_ping
22  test_the_third_text_that_is_no_packet_of_ours_ends_the_line
23  here: test_nothing_of_the_request_is_kept
24  test_numbers_beyond_any_integer_are_read_without_harm; test_what_json_does_not_know_is_no_packet
25  test_the_largest_frame_is_heard_and_one_byte_more_is_not; test_binary_is_no_event
26  test_what_is_no_handshake_of_ours_is_answered_400
27  test_hello_is_the_first_word_and_never_comes_before_the_connection_stands
28  here: test_a_handler_that_meets_a_type_error_runs_once
29  test_the_loggers_of_the_libraries_are_left_alone
30  here: test_nobody_instruments_the_server
31  here: test_the_collector_rests_and_what_leaves_is_freed_without_it
32  test_the_log_says_how_many_files_may_be_open_and_which_engine_serves
33  here: test_the_libraries_are_beyond_their_known_holes
34  test_whoever_does_not_answer_the_goodbye_is_dropped
35  none: python-socketio has no recovery of connections; ours is the mailbox and `hello`
36  here: test_sockets_that_close_in_the_middle_of_a_sweep_stop_nobody
"""

import asyncio
import gc
import re
import socket
import sys
import time
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from helpers.live_alone import Alone, live_alone
from helpers.raw_line import TEXT, RawLine, masked_frame, open_raw_line, raw_line
from helpers.relay_running import running_relay

from relay.live.connection import Connection
from relay.live.fast.socket import FastSocket
from relay.live.sweeper import SLOTS

ROOT = Path(__file__).resolve().parents[3]
TESTS = ROOT / "tests"


@pytest.fixture(params=["fast", "stock"])
def engine(request) -> str:
    return request.param


def nothing(_value: object) -> None:
    pass


async def many(alone: Alone, count: int) -> list[RawLine]:
    lines: list[RawLine] = []

    async def one(number: int) -> None:
        line = await open_raw_line(alone.url)
        await line.connect(f"screen:S{number}")
        lines.append(line)

    for start in range(0, count, 50):
        await asyncio.gather(*(one(number) for number in range(start, min(count, start + 50))))
    return lines


def test_the_table_names_every_trap_and_tests_that_exist() -> None:
    rows = re.findall(r"^ *(\d+)  (.+)$", __doc__, re.MULTILINE)
    assert [int(number) for number, _ in rows] == list(range(1, 37))
    tests = "\n".join(file.read_text("utf-8") for file in TESTS.rglob("test_*.py"))
    for number, words in rows:
        named = re.findall(r"test_\w+", words)
        assert named or words.startswith("none: "), number
        for name in named:
            assert re.search(rf"def {name}\(", tests), name


async def test_a_thousand_that_leave_at_once_stall_nobody() -> None:
    async with live_alone("fast") as alone:
        lines = await many(alone, 1000)
        assert alone.live.count == 1000
        longest = 0.0
        for line in lines:
            line.drop()
        async with asyncio.timeout(20):
            while alone.live.count:
                began = time.monotonic()
                await asyncio.sleep(0)
                longest = max(longest, time.monotonic() - began)
        assert longest < 0.5
        assert len(alone.farewells) == 1000
        assert len(alone.live.sweeper) == 0
        assert len(alone.live._server.members) == 0
        assert alone.live._server.eio.sockets == alone.live._server.environ == {}


async def test_cutting_a_client_that_is_stuck_waits_for_nobody(engine: str) -> None:
    async with live_alone(engine, slow_seconds=60) as alone:
        line = await open_raw_line(alone.url, receive_buffer=4096)
        await line.connect("screen:S")
        line.writer.transport.pause_reading()
        connection = alone.connection()
        while connection.line.backlog() < 200_000:
            alone.live.send(connection, "navigate", {"filler": "x" * 10_000}, nothing)
            await asyncio.sleep(0)
        alone.live.cut(connection, 4408, "a test")
        assert not connection.is_live
        assert len(alone.live._departures) == 1
        await alone.until(lambda: len(alone.live._departures) == 0)
        assert connection.line.backlog() == 0
        await alone.until(lambda: not alone.live._server.eio.sockets)
        line.drop()


async def test_the_kernel_gives_up_a_peer_that_confirms_nothing(engine: str) -> None:
    async with live_alone(engine) as alone, raw_line(alone.url) as line:
        await line.connect("screen:S")
        transport = alone.connection().line._transport
        raw = transport.get_extra_info("socket")
        assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY) != 0
        if hasattr(socket, "TCP_USER_TIMEOUT"):
            assert raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == 15_000


async def test_an_acknowledgement_of_number_zero_breaks_nothing(engine: str) -> None:
    heard: list[object] = []
    async with live_alone(engine) as alone, raw_line(alone.url) as line:
        await line.connect("screen:S")
        alone.live.send(alone.connection(), "navigate", {"id": "1"}, heard.append)
        line.say("430[]")
        line.say('431["one"]')
        await alone.until(lambda: heard == ["one"])
        alone.live.send(alone.connection(), "navigate", {"id": "2"}, heard.append)
        line.say('432["two"]')
        await alone.until(lambda: heard == ["one", "two"])


async def test_whoever_leaves_in_the_doorway_leaves_no_ghost(engine: str) -> None:
    async with live_alone(engine) as alone:
        alone.door.ready.clear()
        line = await open_raw_line(alone.url)
        line.say('40{"token":"screen:S"}')
        # The door is asked once the frame is there; nothing tells us, so ask for something behind it.
        await alone.until(lambda: alone.live.admission.strangers == 1)
        await asyncio.sleep(0.05)
        line.drop()
        await asyncio.sleep(0.05)
        alone.door.ready.set()
        await asyncio.sleep(0.1)
        await alone.until(lambda: not alone.live._server.eio.sockets)
        assert (alone.live.count, alone.live.admission.strangers) == (0, 0)
        assert alone.live.connection_of("S") is None
        async with raw_line(alone.url) as again:
            await again.connect("screen:S")


async def test_a_token_that_is_known_opens_the_door_without_the_database(
    tmp_path, engine: str, monkeypatch
) -> None:
    async with running_relay(tmp_path / "data", engine=engine) as office:
        grant = await office.pair()
        async with raw_line(office.url) as line:
            await line.connect(grant["token"])

        def no_reading(*_args: object) -> None:
            raise AssertionError("The door asked the database.")

        monkeypatch.setattr(office.relay.database, "read", no_reading)
        async with raw_line(office.url) as line:
            await line.connect(grant["token"])


async def test_a_client_that_floods_is_cut(engine: str) -> None:
    async with live_alone(engine, frames_per_second=50, frames_burst=100) as alone:
        for frame in (masked_frame(TEXT, b'42["ping"]'), masked_frame(TEXT, b"3"), masked_frame(9, b"")):
            async with raw_line(alone.url) as flood, raw_line(alone.url) as other:
                await flood.connect("screen:FLOOD")
                await other.connect("screen:OTHER")
                flood.write(frame * 2_000)
                assert await flood.close_code() in {4408, 1006}
                other.emit("ping", ack=1)
                assert set(await other.hear_answer(1)) == {"timestamp"}
        async with raw_line(alone.url) as line:
            await line.connect("screen:LARGE")
            line.write(masked_frame(TEXT, b'42["ping","' + b"x" * 60_000 + b'"]') * 2)
            assert await line.close_code() in {4408, 1006}


async def test_events_that_wait_for_a_slow_handler_are_bounded_and_all_handled_in_order(engine: str) -> None:
    gate, seen = asyncio.Event(), []

    async def slow(_connection: Connection, payload: object) -> object:
        await gate.wait()
        seen.append(payload)
        return payload

    async with live_alone(engine) as alone, raw_line(alone.url) as line:
        alone.live.on("outcome", slow)
        await line.connect("screen:S")
        texts = (f'42{number}["outcome",{number}]'.encode() for number in range(1, 1001))
        line.write(b"".join(masked_frame(TEXT, text) for text in texts))
        await asyncio.sleep(0.1)
        assert seen == []
        gate.set()
        for number in range(1, 1001):
            assert await line.hear_answer(number) == number
        assert seen == list(range(1, 1001))


async def test_lines_where_nothing_happens_cost_no_task_and_little_memory() -> None:
    async with live_alone("fast") as alone:
        warm = await many(alone, 10)
        await asyncio.sleep(0.05)
        tasks = len(asyncio.all_tasks())
        lines = await many(alone, 300)
        for line in warm:
            line.drop()
        await alone.until(lambda: alone.live.count == 300)
        await alone.until(lambda: len(asyncio.all_tasks()) <= tasks)
        assert asyncio.all_tasks().isdisjoint(
            {task for task in asyncio.all_tasks() if "events" in task.get_name()}
        )
        for line in lines:
            line.drop()


async def test_nothing_of_the_request_is_kept(engine: str) -> None:
    async with (
        live_alone(engine) as alone,
        raw_line(alone.url, headers="X-Large: " + "x" * 4000 + "\r\n") as line,
    ):
        await line.connect("screen:S")
        [environ] = alone.live._server.environ.values()
        assert set(environ) <= {"benchcast.socket", "HTTP_ACCEPT_LANGUAGE"}
        if engine == "fast":
            gc.collect()
            requests = [kept for kept in gc.get_objects() if isinstance(kept, web.Request)]
            assert [kept for kept in requests if kept.url.port == int(alone.url.rpartition(":")[2])] == []


async def test_a_handler_that_meets_a_type_error_runs_once(engine: str, capsys) -> None:
    runs: list[str] = []

    async def clumsy(_connection: Connection, _payload: object) -> object:
        runs.append("outcome")
        raise TypeError("a bug")

    async with live_alone(engine) as alone, raw_line(alone.url) as line:
        alone.live.on("outcome", clumsy)
        await line.connect("screen:S")
        line.emit("outcome", {}, ack=1)
        assert (await line.hear_answer(1))["code"] == "INTERNAL_ERROR"
        line.say("41")
        await alone.until(lambda: alone.live.count == 0)
        assert (runs, len(alone.farewells)) == (["outcome"], 1)
    assert "A socket event met a bug" in capsys.readouterr().out


def test_nobody_instruments_the_server() -> None:
    for file in (ROOT / "relay").rglob("*.py"):
        assert ".instrument(" not in file.read_text("utf-8")


async def test_the_collector_rests_and_what_leaves_is_freed_without_it() -> None:
    program = (
        "import gc; from relay.ops.process import rest_the_collector as rest; rest(); "
        "print(gc.get_threshold(), gc.get_freeze_count() > 1000)"
    )
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    assert (await process.communicate())[0].decode().strip() == "(100000, 50, 1000) True"

    assert not gc.isenabled(), "the tests' own collector would free what our code forgot"
    async with live_alone("fast") as alone:
        alone.live.farewell = lambda _connection: None
        gc.collect()
        before = count_of(FastSocket, Connection)
        lines = await many(alone, 20)
        assert count_of(FastSocket, Connection) == before + 40
        for line in lines:
            line.drop()
        await alone.until(lambda: alone.live.count == 0)
        await alone.until(lambda: count_of(FastSocket, Connection) == before)


async def test_a_client_that_leaves_while_it_is_served_is_freed_too() -> None:
    gate, done = asyncio.Event(), asyncio.Event()

    async def slow(_connection: Connection, _payload: object) -> object:
        await gate.wait()
        done.set()
        return {}

    async with live_alone("fast") as alone:
        alone.live.farewell = lambda _connection: None
        alone.live.on("outcome", slow)
        gc.collect()
        before = count_of(FastSocket, Connection)
        async with raw_line(alone.url) as line:
            await line.connect("screen:S")
            line.emit("outcome", {})
            line.emit("ping")
            await alone.until(lambda: any(task.get_name() == "live: events" for task in asyncio.all_tasks()))
        await alone.until(lambda: alone.live.count == 0)
        gate.set()
        await done.wait()
        await alone.until(lambda: count_of(FastSocket, Connection) == before)


def count_of(*kinds: type) -> int:
    """Count what lives, also what nobody would find but the collector."""
    return sum(isinstance(each, kinds) for each in gc.get_objects())


def test_the_libraries_are_beyond_their_known_holes() -> None:
    lock = (ROOT / "packaging" / "requirements.txt").read_text("utf-8")
    floors = {"python-socketio": (5, 16, 2), "python-engineio": (4, 13, 3), "aiohttp": (3, 14, 1)}
    for name, floor in floors.items():
        found = re.search(rf"^{name}==([0-9.]+)", lock, re.MULTILINE)
        assert tuple(map(int, found[1].split("."))) >= floor, name
    pinned = (ROOT / "pyproject.toml").read_text("utf-8")
    assert re.search(r'"python-engineio==[0-9.]+"', pinned)
    assert re.search(r'"python-socketio==[0-9.]+"', pinned)


async def sweep_while_sockets_close() -> None:
    # The sweeper itself sleeps for longer than the test; its ticks are ours.
    async with live_alone("fast", ping_seconds=4000, ping_timeout_seconds=3900) as alone:
        lines = await many(alone, 120)
        sockets = list(alone.live._server.eio.sockets.values())
        ring = alone.live.sweeper
        for socket in sockets[::3]:
            # The transport is closed, and nobody was told yet.
            socket._transport.abort()
        for socket in sockets[1::3]:
            socket._transport.close()
        for _ in range(SLOTS - 1):
            ring.tick()
        assert sum(not socket.is_heard for socket in sockets[2::3]) == 39
        for line in lines:
            line.write(masked_frame(TEXT, b"3"))
        await alone.until(lambda: all(socket.is_heard for socket in sockets[2::3]))
        await alone.until(lambda: alone.live.count == 40)
        assert "live: sweeper" in {task.get_name() for task in asyncio.all_tasks()}
        for line in lines:
            line.drop()


@pytest.mark.parametrize("loop", ["asyncio", "uvloop"])
def test_sockets_that_close_in_the_middle_of_a_sweep_stop_nobody(loop: str) -> None:
    if loop == "uvloop" and sys.platform == "win32":
        return
    factory = asyncio.new_event_loop
    if loop == "uvloop":
        import uvloop

        factory = uvloop.new_event_loop
    with asyncio.Runner(loop_factory=factory) as runner:
        runner.run(sweep_while_sockets_close())


async def test_a_client_of_aiohttp_itself_gets_along_with_it(engine: str) -> None:
    async with live_alone(engine) as alone, aiohttp.ClientSession() as session:
        url = f"{alone.url}/socket.io/?EIO=4&transport=websocket"
        async with session.ws_connect(url, heartbeat=0.2, compress=15) as line:
            assert not line.compress
            assert (await line.receive_str()).startswith("0{")
            await line.send_str('40{"token":"screen:S"}')
            assert (await line.receive_str()).startswith("40{")
            await asyncio.sleep(0.6)
            assert not line.closed
        assert line.close_code == 1000

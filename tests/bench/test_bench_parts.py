"""What the benchmark measures with is right: frames, percentiles, and latency that no stall can hide."""

import asyncio
from itertools import pairwise

import pytest
from aiohttp._websocket.reader import WebSocketDataQueue, WebSocketReader
from bench.frames import PING, TEXT, TornFrame, frame, read_frames
from bench.loads import Scans, closed_loop, open_loop
from bench.readings import percentile
from bench.senders import Call, Ledger, Senders
from hypothesis import given
from hypothesis import strategies as st


def as_servers_write(payload: bytes, opcode: int = TEXT) -> bytes:
    """A frame as a server sends it: without a mask."""
    masked = frame(payload, opcode)
    head = 2 if len(payload) < 126 else 4 if len(payload) < 65536 else 10
    return masked[:1] + bytes((masked[1] & 0x7F,)) + masked[2:head] + payload


@given(st.lists(st.binary(max_size=300) | st.just(b"x" * 70_000), max_size=5), st.integers(1, 4000))
def test_frames_are_read_however_the_bytes_are_cut(payloads: list[bytes], step: int) -> None:
    data = b"".join(map(as_servers_write, payloads))
    found: list[bytes] = []
    rest = b""
    for at in range(0, len(data), step):
        frames, rest = read_frames(rest + data[at : at + step])
        found += [payload for _, payload in frames]
    assert (found, rest) == (payloads, b"")


@pytest.mark.parametrize("size", [0, 1, 125, 126, 65_535, 65_536])
async def test_a_frame_is_one_that_aiohttp_reads(size: int) -> None:
    queue = WebSocketDataQueue(_Silent(), 2**20, loop=asyncio.get_running_loop())
    reader = WebSocketReader(queue, 2**20, False, True)
    reader.feed_data(frame(b"x" * size) + frame(b"p", PING))
    assert (await queue.read()).data == "x" * size
    assert (await queue.read()).data == b"p"


class _Silent:
    """The part of aiohttp's protocol that its queue asks of it."""

    _reading_paused = False


def test_a_fragment_is_refused_rather_than_guessed_at() -> None:
    with pytest.raises(TornFrame):
        read_frames(b"\x01\x03abc")


def test_percentiles_are_samples_that_were_taken() -> None:
    samples = [float(number) for number in range(100, 0, -1)]
    assert [percentile(samples, share) for share in (0.5, 0.95, 0.99)] == [51.0, 96.0, 100.0]


class SlowLine:
    """A sender whose answer comes when the test says so."""

    def __init__(self, senders: Senders) -> None:
        self.senders = senders
        self.calls: list[Call] = []

    def send(self, call: Call) -> None:
        self.calls.append(call)

    def answer(self) -> None:
        self.senders.done(self, self.calls[-1], None)

    def hang_up(self) -> None:
        """Nothing is open."""


async def test_a_trigger_that_finds_no_free_line_is_late_from_when_it_was_meant_to_leave() -> None:
    senders = Senders(Ledger())
    line = SlowLine(senders)
    senders._add(line)
    scans = Scans(10)
    await open_loop(senders, scans, per_second=1000, count=3, seed=1)
    assert (len(line.calls), senders.under_way) == (1, 3)
    meant = list(senders.ledger.meant.values())
    for _ in range(3):
        line.answer()
    assert [call.meant_at for call in line.calls] == meant == sorted(meant)
    assert senders.under_way == 0


async def test_arrivals_of_the_same_seed_have_the_same_distances() -> None:
    distances: list[list[float]] = []
    for _ in range(2):
        senders = Senders(Ledger())
        await open_loop(senders, Scans(10), per_second=2000, count=5, seed=3)
        meant = list(senders.ledger.meant.values())
        distances.append([round(b - a, 6) for a, b in pairwise(meant)])
    assert distances[0] == distances[1]


async def test_a_closed_loop_keeps_as_many_under_way_as_it_was_told() -> None:
    senders = Senders(Ledger())
    lines = [SlowLine(senders) for _ in range(3)]
    for line in lines:
        senders._add(line)
    most = 0

    def answer_all() -> None:
        nonlocal most
        most = max(most, senders.under_way)
        for line in lines:
            if line.calls and line.calls[-1].id not in senders.ledger.accepted:
                line.answer()

    loop = asyncio.get_running_loop()
    timers = [loop.call_later(0.01 * number, answer_all) for number in range(1, 40)]
    await closed_loop(senders, Scans(10), under_way=2, seconds=0.1)
    for timer in timers:
        timer.cancel()
    assert most == 2
    assert len(senders.ledger.accepted) > 4


def test_no_screen_is_scanned_for_twice_before_all_had_their_turn() -> None:
    scans = Scans(50)
    aims = [scans.aimed_at[scans.scan(0.0).id] for _ in range(100)]
    assert sorted(aims[:50]) == sorted(aims[50:]) == list(range(50))

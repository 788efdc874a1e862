"""Whose word counts: the newest line of this screen's journal, after its greeting, in whatever order things come."""

import asyncio
import uuid

import pytest
import socketio.exceptions
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.relay_double import command, now_ms, relay_double

from app.link.intake import RESUMPTIONS
from app.stage.status import LinkState

DAY_MS = 24 * 3_600_000


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


async def test_what_comes_on_an_older_line_is_ignored_and_the_line_given_up(relay, tmp_path):
    relay.hello["gen"] = 5
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        relay.says_hello = False
        await relay.cut()
        await relay.until_lines(2)
        await relay.tell("hello", relay.hello | {"gen": 4})
        await relay.tell("navigate", command(seq=1))
        await relay.until_lines(3)
        assert bench.performed == []
        assert len(relay.said("presence")) == 1
        await relay.tell("hello", relay.hello | {"gen": 6})
        await relay.hears("presence", 2)
        await relay.ask("navigate", command(seq=1))
        await until(lambda: len(bench.performed) == 1)


async def test_the_newest_line_is_remembered_over_a_restart(relay, tmp_path):
    relay.hello["gen"] = 5
    async with link_bench(relay.address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)
    relay.hello["gen"] = 4
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.until_lines(3)
        assert LinkState.CONNECTED not in [state for state, _ in bench.states]
        relay.hello["gen"] = 5
        await bench.reaches(LinkState.CONNECTED)


async def test_nothing_is_taken_before_the_relays_greeting(relay, tmp_path):
    relay.says_hello = False
    early = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.until_lines(1)
        with pytest.raises(socketio.exceptions.TimeoutError):
            await relay.ask("navigate", early, seconds=0.3)
        assert bench.performed == []
        await relay.tell("hello", relay.hello)
        await relay.hears("presence")
        assert (await relay.ask("navigate", early))["received"] is True
        await until(lambda: len(bench.performed) == 1)


async def test_a_relay_may_greet_again_on_the_same_line(relay, tmp_path):
    async with link_bench(relay.address, tmp_path) as bench:
        await bench.reaches(LinkState.CONNECTED)
        await relay.tell("hello", relay.hello | {"serverTime": now_ms() + DAY_MS})
        assert (await relay.ask("navigate", command()))["received"] is True
        assert abs(bench.link.server_now_ms() - now_ms() - DAY_MS) < 60_000
    assert len(relay.sockets) == 1


async def test_duplicated_and_reordered_commands_leave_the_newest_on_the_screen(relay, tmp_path):
    made = [command(seq=seq) for seq in range(1, 7)]
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("presence")
        for position in (1, 0, 3, 3, 2, 5, 4, 5, 0, 1):
            assert (await relay.ask("navigate", made[position]))["received"] is True
        await until(lambda: {each["id"] for each in relay.said("outcome")} == {each["id"] for each in made})
    assert [each.seq for each in bench.performed] == [2, 4, 6]
    told = {each["id"]: each.get("code") for each in relay.said("outcome")}
    assert [told[each["id"]] for each in made] == ["SUPERSEDED", None] * 3


async def test_a_line_that_is_lost_while_a_command_is_written_down_loses_only_the_answer(relay, tmp_path):
    navigate = command(seq=1)
    async with link_bench(relay.address, tmp_path) as bench:
        take, taking, may_take = bench.inbox.take, asyncio.Event(), asyncio.Event()

        async def take_slowly(*given, **named):
            taking.set()
            await may_take.wait()
            return await take(*given, **named)

        bench.inbox.take = take_slowly
        await relay.hears("presence")
        await relay.tell("navigate", navigate)
        await taking.wait()
        await relay.cut()
        await relay.hears("presence", 2)
        may_take.set()
        await relay.hears("outcome")
        assert (await relay.ask("navigate", navigate))["received"] is True
        await relay.hears("outcome", 2)
    assert len(bench.performed) == 1


# After a crash.


async def crash_while_loading(relay, data, *commands):
    async with link_bench(relay.address, data) as bench:
        bench.hold = {each["id"]: asyncio.Event() for each in commands}
        await relay.hears("presence")
        for each in commands:
            await relay.ask("navigate", each)


async def test_what_was_cut_off_waits_until_the_relay_has_said_what_time_it_is(relay, tmp_path):
    cut_off = command(seq=1)
    await crash_while_loading(relay, tmp_path, cut_off)
    relay.says_hello = False
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.until_lines(2)
        assert bench.performed == []
        await relay.tell("hello", relay.hello)
        assert (await relay.hears("outcome"))["id"] == cut_off["id"]
    assert len(bench.performed) == 1


async def test_what_was_cut_off_is_performed_once_although_the_line_drops_again(relay, tmp_path):
    cut_off = command(seq=1)
    await crash_while_loading(relay, tmp_path, cut_off)
    async with link_bench(relay.address, tmp_path) as bench:
        await relay.hears("outcome")
        for lines in (3, 4):
            await relay.cut()
            await relay.until_lines(lines)
            await relay.hears("presence", lines)
        assert (await relay.ask("navigate", cut_off))["received"] is True
    async with link_bench(relay.address, tmp_path) as third:
        await relay.hears("presence", 5)
    assert (len(bench.performed), third.performed) == (1, [])


async def test_a_command_that_ends_the_app_each_time_is_given_up_and_the_next_is_shown(relay, tmp_path):
    poison = command(seq=1)
    await crash_while_loading(relay, tmp_path, poison)
    for _ in range(RESUMPTIONS):
        begun = relay.lines
        async with link_bench(relay.address, tmp_path) as bench:
            bench.hold = {poison["id"]: asyncio.Event()}
            await relay.until_lines(begun + 1)
            await until(lambda bench=bench: len(bench.performed) == 1)
    async with link_bench(relay.address, tmp_path) as bench:
        outcome = await relay.hears("outcome")
        assert (outcome["id"], outcome["state"], outcome["code"]) == (
            poison["id"],
            "failed",
            "INTERNAL_ERROR",
        )
        assert outcome["error"], "the operator and the admin are told why"
        healthy = command(seq=2)
        await relay.ask("navigate", healthy)
        await relay.hears("outcome", 2)
    assert [each.id for each in bench.performed] == [healthy["id"]]


async def test_a_restored_relay_is_not_answered_with_yesterdays_order(relay, tmp_path):
    cut_off = command(seq=70)
    await crash_while_loading(relay, tmp_path, cut_off)
    relay.hello |= {"epoch": "e2", "gen": 1}
    async with link_bench(relay.address, tmp_path) as bench:
        told = await relay.hears("outcome")
        assert (told["id"], told["state"], told["code"]) == (cut_off["id"], "failed", "SUPERSEDED")
        await relay.ask("navigate", command(seq=1, id=str(uuid.uuid4())))
        await until(lambda: len(bench.performed) == 1)
    assert [each.seq for each in bench.performed] == [1]

"""Relays that announce themselves are found, with what they say, and are gone when they go. Over the loopback card."""

import asyncio
from contextlib import asynccontextmanager, suppress

import pytest

from app.link.discovery import Discovery
from relay.contract.discovery import SERVICE, Announced, instance_name, read_announcement, txt_record
from relay.contract.pairing import RelayAddress
from relay.ops.announcement import Announcement
from relay.settings import Settings

LOOPBACK = ("127.0.0.1",)
PATIENCE = 30


class Ears:
    """What the discovery told, and a way to wait for it."""

    def __init__(self) -> None:
        self.found: tuple[Announced, ...] = ()
        self._changed = asyncio.Condition()
        self._notes: set[asyncio.Task] = set()

    def heard(self, found: tuple[Announced, ...]) -> None:
        self.found = found
        note = asyncio.get_running_loop().create_task(self._note())
        self._notes.add(note)
        note.add_done_callback(self._notes.discard)

    async def _note(self) -> None:
        async with self._changed:
            self._changed.notify_all()

    async def until(self, is_true) -> None:
        async with asyncio.timeout(PATIENCE), self._changed:
            await self._changed.wait_for(lambda: is_true(self.found))

    def named(self, name: str) -> list[Announced]:
        return [each for each in self.found if each.name == name]


@asynccontextmanager
async def listening():
    ears = Ears()
    discovery = Discovery(ears.heard, interfaces=LOOPBACK)
    discovery.begin()
    try:
        yield ears
    finally:
        await asyncio.to_thread(discovery.close)


@asynccontextmanager
async def announced(tmp_path, name: str, hosts=lambda: LOOPBACK, **more):
    relay = RelayAddress(addresses=("https://127.0.0.1:8440",), fingerprint="ab" * 32, name=name)
    settings = Settings(data=tmp_path, host="127.0.0.1")
    speaking = Announcement(settings, relay, 8440, "1.2.3", hosts=hosts, **more)
    task = asyncio.get_running_loop().create_task(speaking.run())
    try:
        yield
    finally:
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_a_relay_that_comes_is_found_and_one_that_goes_is_forgotten(tmp_path):
    async with listening() as ears:
        async with announced(tmp_path, "3라인 중계"):
            await ears.until(lambda _found: ears.named("3라인 중계"))
            (relay,) = ears.named("3라인 중계")
        assert relay.addresses == ("https://127.0.0.1:8440",)
        assert (relay.version, relay.fingerprint) == ("1.2.3", "ab" * 32)
        await ears.until(lambda _found: not ears.named("3라인 중계"))


async def test_two_relays_of_the_same_name_on_one_machine_are_two(tmp_path):
    async with listening() as ears, announced(tmp_path, "twin"):
        # The library does not settle who wins when two probe in the same instant (RFC 6762, 8.2).
        await ears.until(lambda _found: ears.named("twin"))
        async with announced(tmp_path, "twin"):
            await ears.until(lambda _found: len(ears.named("twin")) == 2)
            one, other = ears.named("twin")
    assert one.instance != other.instance


async def test_a_relay_that_was_there_before_is_found_too_and_again_after_a_pause(tmp_path):
    async with announced(tmp_path, "before"):
        for _ in range(2):
            async with listening() as ears:
                await ears.until(lambda _found, ears=ears: ears.named("before"))


async def test_an_address_that_changes_is_announced_anew(tmp_path):
    hosts = [LOOPBACK, ()]

    async with (
        listening() as ears,
        announced(tmp_path, "moving", hosts=lambda: hosts[0], look_again_seconds=0.2),
    ):
        await ears.until(lambda _found: ears.named("moving"))
        hosts.reverse()
        await ears.until(lambda _found: not ears.named("moving"))
        hosts.reverse()
        await ears.until(lambda _found: ears.named("moving"))


async def test_whoever_has_stopped_listening_is_told_nothing(tmp_path):
    ears = Ears()
    discovery = Discovery(ears.heard, interfaces=LOOPBACK)
    discovery.begin()
    discovery.begin()
    discovery.end()
    async with announced(tmp_path, "late"), listening() as others:
        await others.until(lambda _found: others.named("late"))
    await asyncio.to_thread(discovery.close)
    assert ears.found == ()


# What is read of what anybody may say.


def test_what_a_relay_says_is_what_a_bench_reads():
    record = txt_record(name="3라인", version="1.2.3", port=8440, fingerprint="ab" * 32)
    assert read_announcement("x", record, ["192.168.0.10", "fd00::10"]) == Announced(
        instance="x",
        name="3라인",
        version="1.2.3",
        addresses=("https://192.168.0.10:8440", "https://[fd00::10]:8440"),
        fingerprint="ab" * 32,
    )
    plain = txt_record(name="", version="1", port=80, fingerprint=None)
    found = read_announcement("x", plain, ["192.168.0.10"])
    assert found is not None
    assert (found.name, found.addresses, found.fingerprint) == (
        "Benchcast",
        ("http://192.168.0.10:80",),
        None,
    )


@pytest.mark.parametrize(
    ("record", "hosts"),
    [
        ({}, ["10.0.0.1"]),
        ({"https": "0"}, ["10.0.0.1"]),
        ({"https": "70000"}, ["10.0.0.1"]),
        ({"https": "８４４０"}, ["10.0.0.1"]),
        ({"https": "8440"}, []),
        ({"https": "8440"}, ["fe80::1", "0.0.0.0", "224.0.0.1", "evil.example"]),
    ],
)
def test_what_cannot_be_spoken_to_is_not_listed(record, hosts):
    assert read_announcement("x", record, hosts) is None


def test_a_stranger_cannot_fill_the_list_with_rubbish():
    record = {"https": "8440", "name": "\x1b[2J\u202egood" + "x" * 500, "sha256": "zz" * 32}
    found = read_announcement("x", record, ["10.0.0.1"])
    assert found is not None
    assert found.name.isprintable()
    assert len(found.name) == 60
    assert found.fingerprint is None


@pytest.mark.parametrize("name", ["3라인 중계 서버 " * 9, "a.b", "짧은"])
def test_the_name_of_an_announcement_fits_into_a_label(name):
    label = instance_name(name, "bench-relay-1")
    assert len(label.encode()) <= 58
    assert "." not in label
    assert SERVICE.count(".") == 3

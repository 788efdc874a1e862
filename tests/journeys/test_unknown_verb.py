"""A relay that is newer than the desk: what the desk does not know ends its delivery, and stops nothing else."""

import asyncio
from pathlib import Path

import pytest
from helpers.link_bench import LinkBench, link_bench
from helpers.owned_tasks import until
from helpers.relay_running import Office, new_id, running_relay, small_pdf

from app.stage.status import LinkState
from relay.contract import codec, events
from relay.contract.events import Event
from relay.contract.names import ScreenId, TriggerId
from relay.contract.pairing import RelayAddress
from relay.contract.reports import Received
from relay.delivery.records import Draft, recipient_of

SCREEN = ScreenId("SCREEN-001")


@pytest.fixture
async def office(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setitem(
        events.SAID, "hologram", Event("hologram", "relay to screen", "durable", None, Received)
    )
    async with running_relay(tmp_path / "relay") as office:
        await office.add_order("WO-1", small_pdf("WO-1"))
        yield office


async def send_hologram(office: Office) -> str:
    id_, now = new_id(), office.clock.now_ms()
    payload = {
        "id": id_,
        "screenId": SCREEN,
        "timestamp": now,
        "expiresAt": now + 60_000,
        "windowId": "main",
        "colour": "blue",
    }
    draft = Draft(
        id=TriggerId(id_),
        recipient=recipient_of(SCREEN),
        screen_id=SCREEN,
        slot=None,
        verb="hologram",
        payload=codec.to_json(payload),
        body_hash=b"",
        sender="user:lead",
        created_at=now,
        expires_at=now + 60_000,
    )
    await office.relay.courier.send(draft)
    return id_


async def ended(office: Office, id_: str) -> dict:
    async with asyncio.timeout(10):
        while (report := await office.delivery(id_))["state"] in {"waiting", "sent", "received"}:
            await asyncio.sleep(0.02)
    return report


def relay_of(office: Office) -> RelayAddress:
    return RelayAddress(addresses=(office.url,), name="here")


async def bench_at(office: Office) -> str:
    return (await office.pair(SCREEN))["token"]


async def test_a_command_of_a_newer_relay_ends_as_unsupported_and_what_follows_is_shown(
    office: Office, tmp_path: Path
):
    token = await bench_at(office)
    async with link_bench(relay_of(office), tmp_path / "desk", token=token) as bench:
        await bench.reaches(LinkState.CONNECTED)
        unknown = await send_hologram(office)
        report = await ended(office, unknown)
        assert (report["state"], report["code"]) == ("failed", "UNSUPPORTED")
        assert report["detail"] == "This bench does not support that. hologram"
        assert (await office.trigger(orderId="WO-1", wait_ms=5000)).body["state"] == "shown"
    assert [type(command).__name__ for command in bench.performed] == ["Navigate"]


async def test_it_ends_so_also_when_it_waited_for_the_desk_among_others(office: Office, tmp_path: Path):
    token = await bench_at(office)
    first = office.body(orderId="WO-1", windowId="a")
    last = office.body(orderId="WO-1", windowId="b")
    await office.trigger(first)
    unknown = await send_hologram(office)
    await office.trigger(last)

    async with link_bench(relay_of(office), tmp_path / "desk", token=token) as bench:
        assert (await ended(office, unknown))["code"] == "UNSUPPORTED"
        for body in (first, last):
            assert (await ended(office, body["id"]))["state"] == "shown"
    # The desk comes back: nothing is sent again.
    async with link_bench(relay_of(office), tmp_path / "desk", token=token) as again:
        await again.reaches(LinkState.CONNECTED)
        assert (await office.trigger(orderId="WO-1", wait_ms=5000)).body["state"] == "shown"
    assert len(bench.performed) == 2
    assert len(again.performed) == 1


async def test_what_is_no_command_needs_no_answer_and_costs_no_line(office: Office, tmp_path: Path):
    office_events = events.SAID
    token = await bench_at(office)
    office_events["weather"] = Event("weather", "relay to client", "ephemeral")
    try:
        async with link_bench(relay_of(office), tmp_path / "desk", token=token) as bench:
            await bench.reaches(LinkState.CONNECTED)
            connection = office.relay.live.connection_of(SCREEN)
            assert connection is not None
            office.relay.live.send(connection, "weather", {"id": "sunny"})
            assert (await office.trigger(orderId="WO-1", wait_ms=5000)).body["state"] == "shown"
            await until(lambda: _states(bench) == {LinkState.CONNECTING, LinkState.CONNECTED})
    finally:
        del office_events["weather"]


def _states(bench: LinkBench) -> set[LinkState]:
    return {state for state, _ in bench.states}

"""The bench's line against the real relay, over TLS with its own certificate where that matters."""

import asyncio
import hashlib
import uuid

import pytest
from helpers.link_bench import link_bench
from helpers.owned_tasks import until
from helpers.real_desk import free_port
from helpers.relay_double import now_ms
from helpers.relay_running import running_relay, small_pdf

from app.errors import RelayRefused
from app.link.credential_store import CredentialStore
from app.link.credentials import Revoked
from app.link.library import Library
from app.link.pairing import NotConfirmed, claim, read_code, read_offer, this_device
from app.link.shelf import Shelf
from app.stage.status import LinkState
from relay.contract.commands import DocumentRef, Trigger

SCREEN = "SCREEN-001"
DEVICE = this_device(app_version="test")
# Not loopback to the relay's mind, so it serves TLS; still this very machine.
WITH_TLS = {"host": "127.0.0.2"}


async def pair(office, data):
    """Pair a bench on `data` as the app does, and return the access token that pairing brought."""
    if (await office.call("GET", f"/api/screens/{SCREEN}")).status == 404:
        await office.add_screen(SCREEN)
    claimed = await claim(read_offer((await office.offer(SCREEN))["link"]), DEVICE)
    await CredentialStore(data, "file").save(claimed.credential)
    return claimed


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay", **WITH_TLS) as office:
        await office.add_order("WO-1", small_pdf("WO-1"), revision="B")
        yield office


async def test_pairing_pins_the_relays_own_certificate_and_the_line_stands_on_it(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    relay = claimed.credential.relay
    assert relay.fingerprint is not None
    assert all(address.startswith("https://") for address in relay.addresses)
    async with link_bench(relay, tmp_path / "desk", token=claimed.access.text) as bench:
        await bench.reaches(LinkState.CONNECTED)
        report = (await office.trigger(orderId="WO-1", wait_ms=5000)).body
    assert report["state"] == "shown"
    assert [command.document.revision for command in bench.performed] == ["B"]


async def test_a_typed_code_does_not_trust_a_certificate_that_nobody_vouches_for(office):
    await office.add_screen(SCREEN)
    offer = await office.offer(SCREEN)
    with pytest.raises(NotConfirmed):
        await claim(read_code(office.url, offer["code"]), DEVICE)


async def test_an_offer_works_once(office, tmp_path):
    await office.add_screen(SCREEN)
    offered = read_offer((await office.offer(SCREEN))["link"])
    await claim(offered, DEVICE)
    with pytest.raises(RelayRefused) as caught:
        await claim(offered, DEVICE)
    assert caught.value.problem.code == "PAIRING_USED"


async def test_tokens_go_on_over_restarts_of_the_bench_and_lost_answers(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    relay = claimed.credential.relay
    for _ in range(3):
        async with link_bench(relay, tmp_path / "desk", token=None) as bench:
            await bench.reaches(LinkState.CONNECTED)
    # The answer came, but was not kept before the power went.
    store = CredentialStore(tmp_path / "desk", "file")
    before = await store.load()
    async with link_bench(relay, tmp_path / "desk", token=None) as bench:
        await bench.reaches(LinkState.CONNECTED)
    await store.save(before)
    async with link_bench(relay, tmp_path / "desk", token=None) as bench:
        await bench.reaches(LinkState.CONNECTED)


async def test_a_stolen_refresh_token_ends_the_session_and_the_bench_says_so(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=None) as bench:
        await bench.reaches(LinkState.CONNECTED)
        thief = {"refreshToken": claimed.credential.refresh_token, "attempt": "f" * 64}
        assert (await office.as_(None).call("POST", "/api/auth/refresh", json=thief)).status == 401
        await bench.reaches(LinkState.REVOKED)
        with pytest.raises(Revoked):
            await bench.credentials.token()


async def test_a_deleted_screen_is_revoked_at_once(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=claimed.access.text) as bench:
        await bench.reaches(LinkState.CONNECTED)
        await office.call("DELETE", f"/api/screens/{SCREEN}")
        await bench.reaches(LinkState.REVOKED, 3)


async def test_a_copy_of_the_bench_takes_over_and_the_first_one_does_not_fight(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    relay, token = claimed.credential.relay, claimed.access.text
    async with link_bench(relay, tmp_path / "desk", token=token) as first:
        await first.reaches(LinkState.CONNECTED)
        await CredentialStore(tmp_path / "copy", "file").save(claimed.credential)
        async with link_bench(relay, tmp_path / "copy", token=token) as second:
            await second.reaches(LinkState.CONNECTED)
            await first.reaches(LinkState.REPLACED)
            await asyncio.sleep(0.5)
            assert second.state is LinkState.CONNECTED


async def test_a_restarted_relay_is_found_again_and_hears_what_it_missed(tmp_path):
    port = free_port()
    async with running_relay(tmp_path / "relay", on_port=port) as office:
        await office.add_order("WO-1", small_pdf())
        claimed = await pair(office, tmp_path / "desk")
        relay = claimed.credential.relay
        async with link_bench(relay, tmp_path / "desk", token=claimed.access.text) as bench:
            await bench.reaches(LinkState.CONNECTED)
            body = office.body(orderId="WO-1")
            gate = bench.hold[body["id"]] = asyncio.Event()
            await office.trigger(body)
            await until(lambda: bool(bench.performed))
            await office.relay.live.close(after_ms=50)
            await until(lambda: LinkState.OFFLINE in [state for state, _ in bench.states])
            gate.set()
            await bench.reaches(LinkState.CONNECTED)

            async def is_shown() -> bool:
                return (await office.delivery(body["id"]))["state"] == "shown"

            async with asyncio.timeout(8):
                while not await is_shown():
                    await asyncio.sleep(0.02)
        assert len(bench.performed) == 1


async def test_while_the_bench_was_away_the_newest_won(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    ids = [(await office.trigger(orderId="WO-1")).body["id"] for _ in range(3)]
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=claimed.access.text) as bench:
        async with asyncio.timeout(8):
            while (await office.delivery(ids[-1]))["state"] != "shown":
                await asyncio.sleep(0.02)
    assert [command.id for command in bench.performed] == [ids[-1]]
    states = [(await office.delivery(id_))["state"] for id_ in ids]
    assert states == ["superseded", "superseded", "shown"]


async def test_a_document_comes_over_the_pinned_line_and_is_what_it_claims(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=claimed.access.text) as bench:
        await office.trigger(orderId="WO-1", wait_ms=5000)
        document: DocumentRef = bench.performed[0].document
        library = Library(Shelf(tmp_path / "library", now_ms), bench.credentials, spawn=bench.link._spawn)
        path = await library.fetch(document)
        assert hashlib.sha256(path.read_bytes()).hexdigest() == document.sha256
        with pytest.raises(Exception, match="DOCUMENT_NOT_FOUND"):
            await library.fetch(
                DocumentRef(id="x", kind="pdf", url=f"/api/documents/{'0' * 64}", sha256="0" * 64)
            )


async def test_a_scan_at_the_bench_is_shown_at_the_bench(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    async with link_bench(
        claimed.credential.relay, tmp_path / "desk", token=claimed.access.text, language="ko"
    ) as bench:
        await bench.reaches(LinkState.CONNECTED)
        scan = Trigger(id=str(uuid.uuid4()), screen_id=SCREEN, timestamp=1, order_id="WO-1")
        report = await bench.link.trigger(scan, wait_ms=5000)
        assert (report.state, report.revision) == ("shown", "B")
        unknown = Trigger(id=str(uuid.uuid4()), screen_id=SCREEN, timestamp=1, order_id="WO-9")
        with pytest.raises(RelayRefused) as caught:
            await bench.link.trigger(unknown, wait_ms=5000)
        assert caught.value.problem.code == "ORDER_NOT_FOUND"
        assert "WO-9" in caught.value.problem.detail


async def test_another_screen_cannot_be_triggered_with_this_benchs_token(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    await office.add_screen("SCREEN-002")
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=claimed.access.text) as bench:
        other = Trigger(id=str(uuid.uuid4()), screen_id="SCREEN-002", timestamp=1, order_id="WO-1")
        with pytest.raises(RelayRefused) as caught:
            await bench.link.trigger(other, wait_ms=500)
    assert caught.value.problem.code == "FORBIDDEN"


async def test_a_bench_that_gives_its_credential_up_is_gone_for_the_relay_too(office, tmp_path):
    claimed = await pair(office, tmp_path / "desk")
    async with link_bench(claimed.credential.relay, tmp_path / "desk", token=claimed.access.text) as bench:
        await bench.reaches(LinkState.CONNECTED)
        await bench.credentials.give_back()
        await bench.reaches(LinkState.REVOKED)
        with pytest.raises(Revoked):
            await bench.credentials.token()
    assert (await office.call("GET", f"/api/screens/{SCREEN}")).body["paired"] is False
    assert (await office.as_(claimed.access.text).trigger(orderId="WO-1")).status == 401

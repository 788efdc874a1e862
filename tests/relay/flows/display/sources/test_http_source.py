"""Orders that an ERP knows over HTTP: asked when they are scanned, kept, and shown also when the ERP is away."""

import stat
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import Desk
from helpers.erp import Erp, draft_of, running_erp
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay, small_pdf

from relay.flows.display.sources.reach import may_reach


@pytest.fixture
async def erp() -> AsyncIterator[Erp]:
    async with running_erp() as erp:
        erp.orders["ERP-1"] = ("C", small_pdf("ERP-1"))
        yield erp


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path, max_upload_bytes=2_000_000) as office:
        await office.add_screen()
        yield office


async def add(office: Office, draft: dict) -> dict:
    answer = await office.call("POST", "/api/sources", json=draft)
    assert answer.status == 201, answer.body
    return answer.body


async def test_a_scan_of_an_order_that_only_the_erp_knows_is_shown(office: Office, erp: Erp) -> None:
    await add(office, draft_of(erp))
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        shown = await office.trigger(orderId="ERP-1", wait_ms=15_000)
        assert (shown.status, shown.body["state"], shown.body["revision"]) == (200, "shown", "C")
        document = desk.commands[0][1]["document"]
        file = await office.as_(grant["token"]).call("GET", document["url"])
        assert file.body["bytes"] == small_pdf("ERP-1")
        assert "asOf" not in desk.commands[0][1]
        # Again, and nobody has to ask the ERP.
        again = await office.trigger(orderId="ERP-1", wait_ms=15_000)
        assert again.body["state"] == "shown"
    assert (erp.asked, erp.fetched) == (["ERP-1"], ["ERP-1"])
    order = (await office.call("GET", "/api/orders/ERP-1")).body
    assert (order["title"], order["dueDate"], order["origin"]["name"]) == ("하우징", "2026-12-05", "ERP")


async def test_an_own_order_asks_nobody(office: Office, erp: Erp) -> None:
    await add(office, draft_of(erp))
    await office.add_order("WO-1")
    assert (await office.trigger(orderId="WO-1")).status == 202
    assert erp.asked == []


async def test_what_nobody_knows_is_not_found_and_asked_for_once_in_a_while(office: Office, erp: Erp) -> None:
    await add(office, draft_of(erp))
    for _ in range(3):
        answer = await office.trigger(orderId="ERP-9")
        assert (answer.status, answer.body["code"]) == (404, "ORDER_NOT_FOUND")
    assert erp.asked == ["ERP-9"]


@pytest.mark.parametrize("mood", ["slow", "broken", "500", "away", "redirect", "elsewhere", "huge"])
async def test_an_erp_in_trouble_is_told_from_an_unknown_order(office: Office, erp: Erp, mood: str) -> None:
    draft = draft_of(erp, timeoutMs=300)
    if mood == "elsewhere":
        draft["http"]["documentPath"] = "doc.url"
    source = await add(office, draft)
    erp.mood = mood
    answer = await office.trigger(orderId="ERP-1")
    assert (answer.status, answer.body["code"]) == (503, "ORDER_SOURCE_UNAVAILABLE"), answer.body
    assert "ERP" in answer.body["detail"]
    tried = await office.call("POST", f"/api/sources/{source['sourceId']}/try", json={"orderId": "ERP-1"})
    assert tried.body["found"] is False
    assert tried.body["steps"][-1]["ok"] is False
    assert tried.body["steps"][-1]["detail"]
    assert (await office.call("GET", "/api/orders")).body["orders"] == []
    told = (await office.call("GET", "/api/sources")).body["sources"][0]
    assert told["failedAt"] > 0
    assert told["detail"] == tried.body["steps"][-1]["detail"] or mood == "slow"


async def test_a_redirect_within_the_server_is_followed(office: Office, erp: Erp) -> None:
    await add(office, draft_of(erp))
    erp.mood = "moved"
    assert (await office.trigger(orderId="ERP-1")).status == 202


async def test_a_private_address_needs_an_admins_word(office: Office, erp: Erp) -> None:
    source = await add(office, draft_of(erp, http={"allowPrivate": False}))
    tried = await office.call("POST", f"/api/sources/{source['sourceId']}/try", json={"orderId": "ERP-1"})
    assert "127.0.0.1" in tried.body["steps"][-1]["detail"]
    assert erp.asked == []


@pytest.mark.parametrize(
    ("address", "private", "public"),
    [
        ("93.184.216.34", True, True),
        ("10.0.0.5", True, False),
        ("127.0.0.1", True, False),
        ("::ffff:192.168.0.1", True, False),
        ("169.254.169.254", False, False),
        ("0.0.0.0", False, False),
        ("fe80::1%eth0", False, False),
        ("224.0.0.1", False, False),
    ],
)
def test_where_a_source_may_lead(address: str, private: bool, public: bool) -> None:
    assert may_reach(address, allow_private=True) is private
    assert may_reach(address, allow_private=False) is public


async def test_a_secret_is_sent_kept_to_the_relays_user_and_never_told(
    office: Office, erp: Erp, tmp_path: Path
) -> None:
    erp.key = "s3cret-key"
    http = {"auth": "header", "headerName": "X-Api-Key"}
    source = await add(office, draft_of(erp, http=http, secret="s3cret-key"))
    assert (await office.trigger(orderId="ERP-1")).status == 202
    told = await office.call("GET", "/api/sources")
    assert "s3cret" not in str(told.body)
    assert told.body["sources"][0]["hasSecret"] is True
    file = tmp_path / "source_secrets" / f"{source['sourceId']}.secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert b"s3cret" not in (tmp_path / "relay.db").read_bytes() + (tmp_path / "relay.db-wal").read_bytes()
    # Changing something else keeps it; a wrong one is told.
    path = f"/api/sources/{source['sourceId']}"
    changed = await office.call("PUT", path, json=draft_of(erp, http=http, name="ERP 2"))
    assert (changed.body["name"], changed.body["hasSecret"]) == ("ERP 2", True)
    await office.call("PUT", path, json=draft_of(erp, http=http, secret="expired"))
    erp.orders["ERP-2"] = ("A", small_pdf("ERP-2"))
    assert (await office.trigger(orderId="ERP-2")).body["code"] == "ORDER_SOURCE_UNAVAILABLE"
    tried = await office.call("POST", f"{path}/try", json={"orderId": "ERP-2"})
    assert "401" in tried.body["steps"][-1]["detail"]
    assert (await office.call("DELETE", path)).status == 204
    assert not file.exists()
    assert (await office.trigger(orderId="ERP-1")).status == 202  # what came from it stays


async def test_what_has_aged_is_asked_for_again_and_kept_while_the_erp_is_away(
    tmp_path: Path, erp: Erp
) -> None:
    clock = HandClock()
    async with running_relay(tmp_path, clock=clock) as office:
        await add(office, draft_of(erp, cacheSeconds=60))
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            await office.trigger(orderId="ERP-1", wait_ms=15_000)
            first_at = clock.now_ms()
            clock.turn(61)
            await office.trigger(orderId="ERP-1", wait_ms=15_000)
            assert (len(erp.asked), len(erp.fetched)) == (2, 2)  # asked, and told that nothing is new
            erp.orders["ERP-1"] = ("D", small_pdf("new"))
            clock.turn(61)
            shown = await office.trigger(orderId="ERP-1", wait_ms=15_000)
            assert shown.body["revision"] == "D"
            clock.turn(61)
            erp.mood = "away"
            kept = await office.trigger(orderId="ERP-1", wait_ms=15_000)
            assert (kept.body["state"], kept.body["revision"]) == ("shown", "D")
            assert desk.commands[-1][1]["asOf"] == first_at + 122_000
            order = (await office.call("GET", "/api/orders/ERP-1")).body
            assert order["origin"]["isStale"] is True
            erp.mood = ""
            del erp.orders["ERP-1"]
            clock.turn(61)
            assert (await office.trigger(orderId="ERP-1")).body["code"] == "ORDER_NOT_FOUND"


async def test_an_erp_that_keeps_failing_is_left_alone_for_a_while(office: Office, erp: Erp) -> None:
    await add(office, draft_of(erp))
    erp.mood = "500"
    for number in range(8):
        answer = await office.trigger(orderId=f"ERP-{number}")
        assert answer.body["code"] == "ORDER_SOURCE_UNAVAILABLE"
    assert len(erp.asked) == 5
    assert (await office.call("GET", "/api/sources")).body["sources"][0]["isResting"] is True


async def test_the_sources_are_asked_in_their_order(office: Office, erp: Erp) -> None:
    async with running_erp() as other:
        other.orders["ERP-1"] = ("Z", small_pdf("other"))
        first = await add(office, draft_of(erp))
        second = await add(office, draft_of(other, name="Other"))
        ids = [second["sourceId"], first["sourceId"]]
        answer = await office.call("PUT", "/api/sources", json={"sourceIds": ids})
        assert [each["name"] for each in answer.body["sources"]] == ["Other", "ERP"]
        assert (await office.trigger(orderId="ERP-1")).body["revision"] == "Z"
        # One that is away does not hide what the next one knows.
        other.mood = "500"
        erp.orders["ERP-2"] = ("A", small_pdf("two"))
        assert (await office.trigger(orderId="ERP-2")).status == 202
        again = draft_of(other, name="Other", isEnabled=False)
        await office.call("PUT", f"/api/sources/{second['sourceId']}", json=again)
        other.asked.clear()
        await office.trigger(orderId="ERP-3")
        assert other.asked == []


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"urlTemplate": "http://{orderId}.example/x"}, "urlTemplate"),
        ({"urlTemplate": "http://erp.example/orders"}, "urlTemplate"),
        ({"documentPath": "data[*].url"}, "documentPath"),
        ({"auth": "bearer"}, "secret"),
    ],
)
async def test_settings_that_cannot_work_are_refused(
    office: Office, erp: Erp, change: dict, field: str
) -> None:
    answer = await office.call("POST", "/api/sources", json=draft_of(erp, http=change))
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
    assert field in str(answer.body)


async def test_only_an_admin_sees_sources(office: Office) -> None:
    lead = await office.add_user("kim", "lead")
    for method, path in (("GET", "/api/sources"), ("POST", "/api/sources"), ("DELETE", "/api/sources/x")):
        assert (await lead.call(method, path, json={})).body["code"] == "FORBIDDEN"
    assert (await lead.call("GET", "/api/watched-folder")).body == {"filed": 0, "files": []}

"""The audit log: who did what to what, from where and with which outcome; durable, bounded, without secrets."""

import csv
import io
import json
import re

import aiohttp
import pytest
import socketio
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.house import python_files
from helpers.relay_running import running_relay
from helpers.running_clock import RunningClock
from sqlalchemy import text

from relay.contract.wording import LANGUAGES, Wording
from relay.identity.audit import Audit, Wanted, doing, noting
from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin
from relay.web.deeds import _DEEDS


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


async def entries(office, query: str = "") -> list[dict]:
    answer = await office.call("GET", f"/api/audit{query}")
    assert answer.status == 200, answer.body
    return answer.body["entries"]


async def test_a_deed_is_on_record_with_who_where_what_and_outcome(office):
    kim = await office.add_user("kim", "admin")
    await kim.add_screen("SCREEN-001")
    await kim.call("PATCH", "/api/screens/SCREEN-001", json={"name": "Line 1"})
    await kim.call("PUT", "/api/orders/WO-1", json={"title": "Sample"})
    await kim.call("DELETE", "/api/screens/SCREEN-001")
    found = [
        (each["actor"], each["address"], each["action"], each["target"], each["outcome"])
        for each in await entries(office, "?q=user:kim")
    ]
    assert found == [
        ("user:kim", "127.0.0.1", "screen.delete", "SCREEN-001", "done"),
        ("user:kim", "127.0.0.1", "order.put", "WO-1", "done"),
        ("user:kim", "127.0.0.1", "screen.change", "SCREEN-001", "done"),
        ("user:kim", "127.0.0.1", "screen.add", "SCREEN-001", "done"),
        ("user:kim", "127.0.0.1", "auth.sign_in", "kim", "done"),
    ]


async def test_what_was_refused_is_on_record_but_cannot_wash_the_log_out(office):
    lee = await office.add_user("lee", "viewer")
    for _ in range(20):
        assert (await lee.call("DELETE", "/api/screens/SCREEN-001")).status == 403
    refused = await entries(office, "?outcome=refused")
    assert [(each["actor"], each["action"], each["outcome"]) for each in refused] == [
        ("user:lee", "screen.delete", "FORBIDDEN")
    ]


async def test_people_s_triggers_are_here_and_programs_are_in_the_deliveries(office):
    await office.pair()
    kim = await office.add_user("kim", "operator")
    assert (await kim.trigger(command="identify")).status == 202
    program = office.as_(
        (await office.call("POST", "/api/tokens", json={"scopes": ["trigger:*"]})).body["token"]
    )
    assert (await program.trigger(command="identify")).status == 202
    found = await entries(office, "?action=screen.trigger")
    assert [(each["actor"], each["target"], each["detail"]) for each in found] == [
        ("user:kim", "SCREEN-001", "identify")
    ]


async def test_what_people_do_on_the_socket_is_on_record_too(office):
    await office.pair()
    kim = await office.add_user("kim", "operator")
    lee = await office.add_user("lee", "viewer")
    for person, success in ((kim, True), (lee, False)):
        async with socketio.AsyncSimpleClient() as client:
            await client.connect(office.url, auth={"token": person.token}, transports=["websocket"])
            for _ in range(1 if success else 5):
                told = await client.call("trigger", person.body(command="identify"), timeout=20)
                assert told["success"] is success
    found = await entries(office, "?action=screen.trigger")
    assert [(each["actor"], each["address"], each["target"], each["outcome"]) for each in found] == [
        ("user:lee", "127.0.0.1", "SCREEN-001", "FORBIDDEN"),
        ("user:kim", "127.0.0.1", "SCREEN-001", "done"),
    ]


async def test_no_secret_is_ever_in_it(office):
    kim = await office.add_user("kim", "admin", "a rare long passphrase")
    grant = await office.pair()
    token = (await kim.call("POST", "/api/tokens", json={"scopes": ["orders"]})).body["token"]
    await office.call("POST", "/api/auth/login", json={"username": "kim", "password": "wrong wrong wrong"})
    raw = json.dumps(await entries(office, "?limit=200"))
    for secret in ("passphrase", "wrong wrong", token, grant["token"], grant["refreshToken"]):
        assert secret not in raw
    assert "auth.sign_in" in raw


async def test_only_an_admin_reads_it_and_pages_follow_one_another(office):
    lee = await office.add_user("lee", "lead")
    assert (await lee.call("GET", "/api/audit")).status == 403
    assert (await lee.call("GET", "/api/audit/export")).status == 403
    for number in range(7):
        await office.add_screen(f"SCREEN-{number}")
    ids, cursor = [], ""
    while True:
        page = (await office.call("GET", f"/api/audit?action=screen&limit=3{cursor}")).body
        ids += [each["target"] for each in page["entries"]]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert ids == [f"SCREEN-{number}" for number in reversed(range(7))]
    assert (await office.call("GET", "/api/audit?limit=x")).status == 400


async def test_reading_it_and_taking_it_along_is_on_record_and_washes_nothing_out(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        kim, lee = await office.add_user("kim", "admin"), await office.add_user("lee", "admin")
        assert (await kim.call("GET", "/api/audit?limit=x")).status == 400
        for _ in range(20):
            assert (await kim.call("GET", "/api/audit?q=lee")).status == 200
        assert (await lee.call("GET", "/api/audit")).status == 200
        for _ in range(2):
            assert (await kim.call("GET", "/api/audit/export")).status == 200
        told = [
            (each["actor"], each["action"], each["target"])
            for each in reversed(await entries(office, "?action=audit"))
        ]
        assert told == [
            ("user:kim", "audit.read", "log"),
            ("user:lee", "audit.read", "log"),
            ("user:kim", "audit.export", "csv"),
            ("user:kim", "audit.export", "csv"),
        ]
        clock.skip(3601)
        office.token = mint_local_admin(Keys.open(tmp_path / "data"), clock)
        for _ in range(3):
            assert await entries(office)
        read = await entries(office, "?action=audit.read&q=command-line")
        assert len(read) == 2, "once in the first hour, once in the second"


async def test_the_export_opens_in_a_spreadsheet_and_runs_nothing_there(office):
    await office.add_screen("SCREEN-1")
    await office.call("PATCH", "/api/screens/SCREEN-1", json={"name": "=1+1"})
    answer = await office.call("GET", "/api/audit/export?action=screen")
    content = answer.body["bytes"]
    assert content.startswith(b"\xef\xbb\xbf")
    rows = list(csv.DictReader(io.StringIO(content.decode("utf-8-sig"))))
    assert [(row["action"], row["detail"]) for row in rows] == [
        ("screen.change", "'=1+1"),
        ("screen.add", ""),
    ]
    headers = {"Authorization": f"Bearer {office.token}"}
    async with office.session.get(
        f"{office.url}/api/audit/export?format=json&action=screen", headers=headers
    ) as told:
        lines = (await told.text()).splitlines()
    assert [json.loads(line)["target"] for line in lines] == ["SCREEN-1"] * 2
    assert [each["target"] for each in await entries(office, "?action=audit.export")] == ["json", "csv"]


async def test_a_note_and_its_deed_are_there_together_or_not_at_all(office):
    clock = HandClock()

    def work(connection):
        note(connection)
        raise ValueError("the deed failed")

    with doing("10.0.0.9", "user:kim"):
        note = noting("screen.add", "screen", "GONE", clock)
    with pytest.raises(ValueError, match="the deed failed"):
        await office.relay.database.write(work)
    assert await entries(office, "?target=GONE") == []


async def test_it_is_bounded_by_age_and_by_number(office):
    clock = HandClock()
    audit = Audit(office.relay.database, clock, days=30, rows=10)

    async def note(name: str) -> None:
        with doing("10.0.0.9", "user:kim"):
            await office.relay.database.write(noting("screen.add", "screen", name, clock))

    await office.relay.database.write(lambda c: c.execute(text("DELETE FROM audit")).rowcount)
    await note("OLD")
    clock.turn(31 * 24 * 3600)
    for number in range(15):
        await note(f"S{number}")
    assert await audit.purge() == 6
    kept = await audit.page(Wanted(), before=None, limit=100)
    assert [each.target for each in kept] == [f"S{number}" for number in reversed(range(5, 15))]


async def test_what_changes_orders_and_deliveries_is_noted_with_the_change_itself(office, monkeypatch):
    """As if the relay died right after the change: what is recorded once the answer is known never comes."""

    async def died(*_: object) -> None:
        return None

    grant = await office.pair()
    kim = await office.add_user("kim", "admin")
    monkeypatch.setattr(Audit, "record", died)
    await kim.add_order("WO-1")
    document = (await kim.call("GET", "/api/orders/WO-1")).body["documents"][0]["documentId"]
    table = aiohttp.FormData()
    table.add_field("file", "orderId,title\nWO-2,Two\nWO-3,Three\n", filename="orders.csv")
    assert (await kim.call("POST", "/api/orders/import", data=table)).body["orders"] == 2
    sql = {"url": f"sqlite:///{office.relay.settings.data}/erp.db", "query": "SELECT :orderId AS document"}
    source = (await kim.call("POST", "/api/sources", json={"name": "ERP", "sql": sql})).body
    assert (await kim.call("DELETE", f"/api/sources/{source['sourceId']}")).status == 204
    await kim.call("PUT", "/api/screens/SCREEN-001/upcoming", json={"query": "WO"})
    await kim.call("POST", "/api/screens/SCREEN-001/pairing")
    async with Desk(office.url, grant["token"]) as desk:
        desk.show = lambda command: {"id": command["id"], "state": "failed", "code": "DOCUMENT_UNREADABLE"}
        letters = [(await office.trigger(command="identify", wait_ms=8000)).body["id"] for _ in range(2)]
    waiting = (await office.trigger(orderId="WO-1")).body["id"]
    assert (await kim.call("DELETE", f"/api/trigger/{waiting}")).body["state"] == "cancelled"
    assert (await kim.call("POST", f"/api/dead-letters/{letters[0]}/retry")).status == 202
    assert (await kim.call("DELETE", f"/api/dead-letters/{letters[1]}")).status == 204
    await kim.call("DELETE", f"/api/orders/WO-1/documents/{document}")
    await kim.call("DELETE", "/api/orders/WO-1")
    found = [(each["action"], each.get("target", "")) for each in await entries(office, "?q=user:kim")]
    assert found == [
        ("order.delete", "WO-1"),
        ("order.delete_document", "WO-1"),
        ("delivery.discard", letters[1]),
        ("delivery.retry", letters[0]),
        ("delivery.cancel", waiting),
        ("screen.offer", "SCREEN-001"),
        ("screen.change", "SCREEN-001"),
        ("order_source.delete", source["sourceId"]),
        ("order_source.add", ""),
        ("order.import", ""),
        ("order.document", "WO-1"),
        ("order.put", "WO-1"),
        ("auth.sign_in", "kim"),
    ]


def test_every_deed_has_a_name_that_a_person_reads():
    called = {deed.action for deed in _DEEDS.values() if deed.is_kept}
    for file in python_files("relay"):
        called.update(re.findall(r'noting\(\s*"([a-z_.]+)"', file.read_text("utf-8")))
    assert "auth.token_reused" in called
    for language in LANGUAGES:
        wording = Wording(language)
        assert [action for action in called if not wording.knows(f"console.audit.deed.{action}")] == []

"""Scans of the time without the relay land in the journal once, exactly, and move nothing that is open there."""

import asyncio
import itertools
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.relay_running import Answer, Office, new_id, running_relay, small_pdf

PATH = "/api/screens/SCREEN-001/island"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path, clock=HandClock()) as office:
        await office.add_screen()
        await office.add_order("WO-1", revision="A")
        yield office


@pytest.fixture
async def desk(office: Office) -> Office:
    return office.as_((await office.pair())["token"])


async def document_of(office: Office, order_id: str = "WO-1") -> dict:
    return (await office.call("GET", f"/api/orders/{order_id}")).body["documents"][0]


async def scan(office: Office, order_id: str = "WO-1", **fields: object) -> dict:
    document = await document_of(office, order_id)
    return {
        "id": new_id(),
        "orderId": order_id,
        "number": 1,
        "documentId": document["documentId"],
        "sha256": document["sha256"],
        "revision": document["revision"],
        "title": document["title"],
        "state": "shown",
        "scannedMs": 60_000,
        "settledMs": 59_900,
        "ageMs": 3 * 3_600_000,
        "asOf": office.clock.now_ms() - 3 * 3_600_000,
        "display": {"displayId": "right", "index": 1, "name": "R"},
        "page": 1,
        **fields,
    }


async def report(desk: Office, *scans: dict) -> Answer:
    return await desk.call("POST", PATH, json={"scans": list(scans)})


async def test_a_scan_without_the_relay_becomes_a_delivery_that_has_ended(
    office: Office, desk: Office
) -> None:
    told = await scan(office)
    answer = await report(desk, told)
    assert answer.status == 200, answer.body
    (receipt,) = answer.body["receipts"]
    assert (receipt["id"], receipt["state"]) == (told["id"], "recorded")
    assert receipt["newest"]["sha256"] == told["sha256"]
    delivery = await office.delivery(told["id"])
    assert (delivery["state"], delivery["orderId"], delivery["revision"]) == ("shown", "WO-1", "A")
    assert delivery["display"] == {"displayId": "right", "index": 1, "name": "R"}
    assert delivery["createdAt"] == office.clock.now_ms() - 60_000
    (line,) = [each for each in delivery["history"] if "island" in each.get("detail", "")]
    assert (line["state"], line["at"]) == ("shown", office.clock.now_ms() - 59_900)
    assert told["sha256"][:12] in line["detail"]
    assert "10800 s" in line["detail"]
    listed = (await office.call("GET", "/api/deliveries?screenId=SCREEN-001")).body["deliveries"]
    assert [(each["id"], each["state"]) for each in listed] == [(told["id"], "shown")]


async def test_what_was_seen_is_on_record_exactly(office: Office, desk: Office) -> None:
    told = await scan(office, isExact=False)
    await report(desk, told)
    (record,) = (await office.call("GET", PATH)).body["scans"]
    assert record["sha256"] == told["sha256"]
    assert record["ageMs"] == told["ageMs"]
    assert record["scannedAt"] == office.clock.now_ms() - 60_000
    assert record["isExact"] is False
    delivery = await office.delivery(told["id"])
    assert any("own clock" in each.get("detail", "") for each in delivery["history"])


async def test_the_same_scan_told_again_changes_nothing(office: Office, desk: Office) -> None:
    told = await scan(office)
    await report(desk, told)
    before = await office.delivery(told["id"])
    office.clock.turn(30)
    again = await report(desk, told | {"scannedMs": 90_000, "id": told["id"].upper()})
    assert [each["state"] for each in again.body["receipts"]] == ["known"]
    assert await office.delivery(told["id"]) == before
    assert len((await office.call("GET", PATH)).body["scans"]) == 1


async def test_a_trigger_that_had_come_through_keeps_its_state_and_learns_of_the_island(
    office: Office, desk: Office
) -> None:
    body = office.body(orderId="WO-1")
    assert (await desk.trigger(body)).status == 202
    answer = await report(desk, await scan(office, id=body["id"]))
    assert [each["state"] for each in answer.body["receipts"]] == ["known"]
    delivery = await office.delivery(body["id"])
    assert delivery["state"] == "waiting"
    assert any("island" in each.get("detail", "") for each in delivery["history"])
    listed = (await office.call("GET", "/api/deliveries")).body["deliveries"]
    assert len(listed) == 1


async def test_a_report_supersedes_and_moves_nothing_that_is_open(office: Office, desk: Office) -> None:
    await office.add_order("WO-2")
    open_one = office.body(orderId="WO-2")
    await office.trigger(open_one)
    await report(desk, await scan(office))
    assert (await office.delivery(open_one["id"]))["state"] == "waiting"
    token = (await office.pair())["token"]
    async with Desk(office.url, token) as screen:
        await screen.until(lambda: len(screen.commands) == 1)
        assert screen.commands[0][1]["id"] == open_one["id"]
        newer = office.body(orderId="WO-1")
        shown = await office.trigger(newer, wait_ms=5000)
        assert shown.body["state"] == "shown"
        assert len(screen.commands) == 2
    seqs = [each["seq"] for each in (await office.call("GET", "/api/deliveries")).body["deliveries"]]
    assert len(set(seqs)) == 3


async def test_a_greeting_counts_what_was_reported(office: Office, desk: Office) -> None:
    await report(desk, await scan(office), await scan(office))
    token = (await office.pair())["token"]
    async with Desk(office.url, token) as screen:
        hello = await screen.hears("hello")
    assert hello["head"] == 2


async def test_a_newer_revision_is_told_with_the_receipt(office: Office, desk: Office) -> None:
    told = await scan(office)
    newer = await office.add_order("WO-1", small_pdf("newer"), revision="B")
    (receipt,) = (await report(desk, told)).body["receipts"]
    assert (receipt["newest"]["sha256"], receipt["newest"]["revision"]) == (newer["sha256"], "B")
    delivery = await office.delivery(told["id"])
    assert delivery["revision"] == "A"


async def test_an_order_that_is_gone_is_told_with_the_receipt_and_on_record_all_the_same(
    office: Office, desk: Office
) -> None:
    told = await scan(office)
    await office.call("DELETE", "/api/orders/WO-1")
    (receipt,) = (await report(desk, told)).body["receipts"]
    assert (receipt["state"], receipt["code"]) == ("recorded", "ORDER_NOT_FOUND")
    assert (await office.delivery(told["id"]))["state"] == "shown"


@pytest.mark.parametrize(
    ("fields", "state"),
    [
        ({"state": "failed", "code": "DOCUMENT_UNREADABLE", "error": "It is damaged."}, "failed"),
        ({"state": "superseded"}, "superseded"),
    ],
)
async def test_a_scan_that_was_not_shown_is_on_record_as_that(
    office: Office, desk: Office, fields: dict, state: str
) -> None:
    told = await scan(office, **fields)
    await report(desk, told)
    delivery = await office.delivery(told["id"])
    assert delivery["state"] == state


async def test_an_id_of_somebody_elses_delivery_is_refused_alone(office: Office, desk: Office) -> None:
    await office.add_screen("SCREEN-002")
    theirs = office.body("SCREEN-002", orderId="WO-1")
    await office.trigger(theirs)
    answer = await report(desk, await scan(office, id=theirs["id"]), await scan(office))
    assert [each["state"] for each in answer.body["receipts"]] == ["refused", "recorded"]
    assert not any(
        "island" in each.get("detail", "") for each in (await office.delivery(theirs["id"]))["history"]
    )


async def test_only_the_screen_itself_reports_and_only_its_own(office: Office, desk: Office) -> None:
    await office.add_screen("SCREEN-002")
    told = await scan(office)
    assert (await report(office, told)).status == 403
    elsewhere = await desk.call("POST", "/api/screens/SCREEN-002/island", json={"scans": [told]})
    assert elsewhere.status == 403
    assert (await desk.call("GET", "/api/screens/SCREEN-002/island")).status == 403
    assert (await office.call("GET", f"/api/trigger/{told['id']}")).status == 404


async def test_a_report_has_an_end_and_a_form(office: Office, desk: Office) -> None:
    told = await scan(office)
    assert (await report(desk)).body["code"] == "VALIDATION_ERROR"
    assert (await report(desk, *itertools.repeat(told, 101))).body["code"] == "VALIDATION_ERROR"
    assert (await report(desk, told | {"misspelt": 1})).body["code"] == "VALIDATION_ERROR"


async def test_the_record_is_read_page_by_page_the_newest_first(office: Office, desk: Office) -> None:
    told = [await scan(office) for _ in range(5)]
    await report(desk, *told)
    ids: list[str] = []
    cursor = ""
    while True:
        page = (await desk.call("GET", f"{PATH}?limit=2{cursor}")).body
        ids += [each["id"] for each in page["scans"]]
        if "next" not in page:
            break
        cursor = f"&cursor={page['next']}"
    assert ids == [each["id"] for each in reversed(told)]


async def test_two_reports_at_once_are_one(office: Office, desk: Office) -> None:
    told = await scan(office)
    answers = await asyncio.gather(*(report(desk, told) for _ in range(5)))
    states = [each.body["receipts"][0]["state"] for each in answers]
    assert sorted(states) == ["known"] * 4 + ["recorded"]

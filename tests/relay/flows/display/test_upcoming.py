"""What a screen is told to keep: what it showed, then what is due; newest revisions, narrowed by an admin, hinted."""

import datetime as dt
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.relay_running import Answer, Office, running_relay, small_pdf

from relay.contract.island import AS_OF_HEADER, MOST_UPCOMING
from relay.flows.display import upcoming

PATH = "/api/screens/SCREEN-001/upcoming"


@pytest.fixture
async def office(tmp_path: Path) -> AsyncIterator[Office]:
    async with running_relay(tmp_path, clock=HandClock()) as office:
        await office.add_screen()
        yield office


def day(office: Office, days: int) -> str:
    now = dt.datetime.fromtimestamp(office.clock.now_ms() / 1000, dt.UTC).date()
    return (now + dt.timedelta(days=days)).isoformat()


async def due(office: Office, order_id: str, days: int, **fields: str) -> dict:
    info = await office.add_order(order_id)
    order = {"title": "Sample", "dueDate": day(office, days), **fields}
    answer = await office.call("PUT", f"/api/orders/{order_id}", json=order)
    assert answer.status == 200, answer.body
    return info


async def listed(office: Office) -> list[str]:
    answer = await office.call("GET", PATH)
    assert answer.status == 200, answer.body
    return [each["orderId"] for each in answer.body["documents"]]


async def ask(office: Office, mark: str | None = None) -> Answer:
    return await office.call("GET", PATH, headers={"If-None-Match": mark} if mark else {})


async def test_the_nearest_day_comes_first_then_what_is_late_and_nothing_far_away(office: Office) -> None:
    for order_id, days in (("LATE", -2), ("VERY-LATE", -6), ("LONG-AGO", -8), ("FAR", 8)):
        await due(office, order_id, days)
    for order_id, days in (("NEXT-WEEK", 7), ("TOMORROW", 1), ("TODAY", 0)):
        await due(office, order_id, days)
    await office.add_order("WITHOUT-A-DAY")
    assert await listed(office) == ["TODAY", "TOMORROW", "NEXT-WEEK", "LATE", "VERY-LATE"]


async def test_what_the_screen_showed_comes_before_what_is_due(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await due(office, "TODAY", 0)
    for order_id in ("SHOWN-1", "SHOWN-2"):
        await office.add_order(order_id)
    grant = await office.pair()
    async with Desk(office.url, grant["token"]):
        for order_id in ("SHOWN-1", "SHOWN-2", "SHOWN-1"):
            assert (await office.trigger(orderId=order_id, wait_ms=5000)).body["state"] == "shown"
    assert await listed(office) == ["SHOWN-1", "SHOWN-2", "TODAY"]
    # The clock stands still here: what was shown now is older than nothing at all.
    monkeypatch.setattr(upcoming, "SHOWN_SINCE", dt.timedelta(milliseconds=-1))
    assert await listed(office) == ["TODAY"]


async def test_every_document_comes_with_its_number_and_its_newest_revision(office: Office) -> None:
    first = await due(office, "WO-1", 0)
    before = (await ask(office)).body["documents"]
    assert [each["number"] for each in before] == [1]
    newer = await office.add_order("WO-1", small_pdf("newer"), revision="Z")
    await office.call("PUT", "/api/orders/WO-1", json={"title": "Sample", "dueDate": day(office, 0)})
    (document,) = (await ask(office)).body["documents"]
    assert (document["document"]["sha256"], document["document"]["revision"]) == (newer["sha256"], "Z")
    assert document["document"]["sha256"] != first["sha256"]
    assert (document["size"], document["why"]) == (newer["size"], "due")
    assert document["dueDate"] == day(office, 0)


async def test_an_unchanged_list_is_not_sent_again_but_says_that_it_still_holds(office: Office) -> None:
    await due(office, "WO-1", 0)
    first = await ask(office)
    assert first.body["asOf"] == int(first.headers[AS_OF_HEADER]) == office.clock.now_ms()
    office.clock.turn(60)
    again = await ask(office, first.headers["Etag"])
    assert again.status == 304
    assert int(again.headers[AS_OF_HEADER]) == first.body["asOf"] + 60_000
    await due(office, "WO-2", 0)
    assert (await ask(office, first.headers["Etag"])).status == 200


async def test_an_admin_narrows_the_orders_that_are_due_by_a_search(office: Office) -> None:
    await due(office, "PUMP-1", 0)
    await due(office, "GEAR-1", 0, customer="다온 로보틱스")
    wished = await office.call("PUT", PATH, json={"query": " 다온 "})
    assert [each["orderId"] for each in wished.body["documents"]] == ["GEAR-1"]
    assert wished.body["query"] == "다온"
    assert (await office.call("PUT", PATH, json={"query": ""})).status == 200
    assert await listed(office) == ["PUMP-1", "GEAR-1"]


async def test_the_list_has_an_end(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(upcoming, "MOST_UPCOMING", 3)
    for number in range(5):
        await due(office, f"WO-{number}", 0)
    assert await listed(office) == ["WO-0", "WO-1", "WO-2"]
    assert MOST_UPCOMING == 200


async def test_a_screen_sees_its_own_list_and_nobody_elses(office: Office) -> None:
    await office.add_screen("SCREEN-002")
    desk = office.as_((await office.pair())["token"])
    assert (await desk.call("GET", PATH)).status == 200
    assert (await desk.call("GET", "/api/screens/SCREEN-002/upcoming")).status == 403
    assert (await desk.call("PUT", PATH, json={"query": "x"})).status == 403
    assert (await office.call("GET", "/api/screens/NOBODY/upcoming")).body["code"] == "SCREEN_NOT_FOUND"


async def test_a_connected_screen_is_hinted_once_after_many_changes(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        await desk.hears("hello")
        for number in range(4):
            await due(office, f"WO-{number}", 0)
        hint = await desk.hears("upcoming")
        assert hint == {"withinMs": 30_000}
        assert [name for name, _ in desk.events].count("upcoming") == 1


async def test_a_screen_is_hinted_at_once_when_its_own_search_changes(office: Office) -> None:
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        await desk.hears("hello")
        await office.call("PUT", PATH, json={"query": "pump"})
        assert await desk.hears("upcoming") == {"withinMs": 0}

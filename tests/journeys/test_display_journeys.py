"""The main job over real sockets: pair, trigger, shown; and everything that can stand in its way."""

import asyncio

import pytest
import socketio
from helpers.desk import Desk
from helpers.relay_running import Office, running_relay, small_pdf


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        yield office


@pytest.fixture
async def grant(office: Office) -> dict:
    await office.add_order("WO-1", small_pdf("WO-1"), revision="C")
    return await office.pair()


def desk_of(office: Office, grant: dict) -> Desk:
    return Desk(office.url, grant["token"])


async def test_a_scan_is_shown_and_the_scanner_hears_where_and_which_revision(office: Office, grant: dict):
    async with desk_of(office, grant):
        answer = await office.trigger(orderId="WO-1", displayIndex=1, wait_ms=5000)
    assert answer.status == 200
    assert answer.body["state"] == "shown"
    assert answer.body["revision"] == "C"
    assert answer.body["display"] == {"displayId": "right", "index": 1, "name": "R"}
    assert answer.body["timings"]["shownMs"] >= 0


async def test_the_command_that_travels_says_all_that_the_screen_needs(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        await office.trigger(orderId="WO-1", displayIndex=1, page=1, fit="width", wait_ms=5000)
    verb, command = desk.commands[0]
    assert verb == "navigate"
    assert command["document"]["kind"] == "pdf"
    assert command["document"]["url"] == f"/api/documents/{command['document']['sha256']}"
    assert command["document"]["revision"] == "C"
    assert (command["seq"], command["orderId"], command["displayIndex"], command["fit"]) == (
        1,
        "WO-1",
        1,
        "width",
    )
    assert command["expiresAt"] - command["timestamp"] == 15 * 60 * 1000
    file = await office.as_(grant["token"]).call("GET", command["document"]["url"])
    assert file.body["bytes"] == small_pdf("WO-1")


async def test_the_first_answer_says_202_and_where_to_look(office: Office, grant: dict):
    answer = await office.trigger(orderId="WO-1")
    assert answer.status == 202
    assert answer.body["state"] == "waiting"
    assert answer.body["seq"] == 1
    looked = await office.call("GET", answer.body["statusUrl"])
    assert looked.body["id"] == answer.body["id"]
    assert [stage["state"] for stage in looked.body["history"]] == ["waiting"]


async def test_whoever_returns_is_shown_the_newest_and_the_older_ones_are_on_record(
    office: Office, grant: dict
):
    for order in ("WO-2", "WO-3"):
        await office.add_order(order)
    ids = [(await office.trigger(orderId=order)).body["id"] for order in ("WO-1", "WO-2", "WO-3")]
    async with desk_of(office, grant) as desk:
        await desk.until(lambda: len(desk.commands) == 1)
        newest = await office.trigger({**(await _body_of(office, ids[2], "WO-3"))}, wait_ms=5000)
    assert newest.body["state"] == "shown"
    assert [command["orderId"] for _verb, command in desk.commands] == ["WO-3"]
    for id_ in ids[:2]:
        report = await office.delivery(id_)
        assert report["state"] == "superseded"
        assert report["code"] == "SUPERSEDED"
    assert (await office.delivery(ids[0]))["supersededBy"] == ids[1]
    assert (await office.delivery(ids[1]))["supersededBy"] == ids[2]
    listed = await office.call("GET", "/api/deliveries?screenId=SCREEN-001&state=superseded")
    assert {each["id"] for each in listed.body["deliveries"]} == set(ids[:2])


async def _body_of(office: Office, id_: str, order_id: str) -> dict:
    return {**office.body(orderId=order_id), "id": id_}


async def test_the_same_id_twice_is_shown_once_and_answered_alike(office: Office, grant: dict):
    body = office.body(orderId="WO-1", displayIndex=1)
    async with desk_of(office, grant) as desk:
        first = await office.trigger(body, wait_ms=5000)
        again = await office.trigger(body, wait_ms=5000)
        plain, plain_again = await office.trigger(body), await office.trigger(body)
        await asyncio.sleep(0.3)
    assert first.body == again.body
    assert first.status == again.status == 200
    assert plain.body == plain_again.body
    assert len(desk.commands) == 1


async def test_a_hundred_senders_of_one_id_make_one_delivery(office: Office, grant: dict):
    body = office.body(orderId="WO-1")
    answers = await asyncio.gather(*(office.trigger(body) for _ in range(100)))
    assert {answer.status for answer in answers} == {202}
    assert len({str(answer.body) for answer in answers}) == 1
    listed = await office.call("GET", "/api/deliveries")
    assert len(listed.body["deliveries"]) == 1


async def test_a_repeated_id_is_answered_even_when_its_order_and_its_time_are_gone(
    office: Office, grant: dict
):
    body = office.body(orderId="WO-1")
    first = await office.trigger(body)
    await office.call("DELETE", "/api/orders/WO-1")
    again = await office.trigger({**body, "timestamp": 1})
    assert again.status == 202
    assert again.body == first.body


async def test_a_screen_that_cannot_show_says_why(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        desk.show = lambda command: {"id": command["id"], "state": "failed", "code": "DISPLAY_NOT_AVAILABLE"}
        answer = await office.trigger(orderId="WO-1", displayIndex=1, wait_ms=5000)
        korean = await office.call("GET", f"/api/trigger/{answer.body['id']}", language="ko")
    assert answer.body["state"] == "failed"
    assert answer.body["code"] == "DISPLAY_NOT_AVAILABLE"
    assert "monitor" in answer.body["detail"]
    assert "모니터" in korean.body["detail"]


async def test_a_screen_may_refuse_a_command(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        desk.acknowledge = lambda c: {"received": False, "id": c["id"], "code": "UNSUPPORTED", "error": "no"}
        answer = await office.trigger(orderId="WO-1", wait_ms=5000)
    assert (answer.body["state"], answer.body["code"]) == ("failed", "UNSUPPORTED")


async def test_a_scanner_does_not_wait_long_for_a_bench_that_is_not_there(office: Office, grant: dict):
    async with asyncio.timeout(4):
        answer = await office.trigger(orderId="WO-1", wait_ms=30_000)
    assert answer.status == 202
    assert answer.body["state"] == "waiting"
    assert answer.body["code"] == "SCREEN_OFFLINE"


async def test_what_is_not_acknowledged_is_sent_again(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        desk.acknowledge = lambda c: None if len(desk.commands) < 3 else {"received": True, "id": c["id"]}
        answer = await office.trigger(orderId="WO-1", wait_ms=10_000)
    assert answer.body["state"] == "shown"
    assert [command["id"] for _verb, command in desk.commands] == [answer.body["id"]] * 3
    assert answer.body["attempts"] == 3


async def test_a_dropped_line_is_caught_up_and_costs_no_attempt(office: Office, grant: dict):
    desk = desk_of(office, grant)
    await desk.connect()
    desk.acknowledge = lambda command: None
    id_ = (await office.trigger(orderId="WO-1")).body["id"]
    await desk.until(lambda: len(desk.commands) == 1)
    await desk.vanish()
    async with desk_of(office, grant):
        report = await office.call("GET", f"/api/trigger/{id_}")
        async with asyncio.timeout(5):
            while report.body["state"] != "shown":
                await asyncio.sleep(0.02)
                report = await office.call("GET", f"/api/trigger/{id_}")
    assert "waiting" in [stage["state"] for stage in report.body["history"][1:]]


async def test_what_was_received_is_asked_for_after_a_drop_and_not_sent_again(office: Office, grant: dict):
    async with desk_of(office, grant) as first:
        first.show = lambda command: None
        id_ = (await office.trigger(orderId="WO-1")).body["id"]
        await first.until(lambda: len(first.commands) == 1)
        await asyncio.sleep(0.2)
    second = desk_of(office, grant)
    second.status = lambda question: {"id": question["id"], "state": "shown", "page": 1}
    async with second:
        await second.until(lambda: len(second.asked) == 1)
        async with asyncio.timeout(5):
            while (await office.delivery(id_))["state"] != "shown":
                await asyncio.sleep(0.02)
    assert second.commands == []


async def test_a_delivery_survives_a_restart_of_the_relay(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data) as office:
        await office.add_order("WO-1")
        grant = await office.pair()
        id_ = (await office.trigger(orderId="WO-1")).body["id"]
    async with running_relay(data) as office, Desk(office.url, grant["token"]) as desk:
        await desk.until(lambda: len(desk.commands) == 1)
        async with asyncio.timeout(5):
            while (await office.delivery(id_))["state"] != "shown":
                await asyncio.sleep(0.02)
        second = await office.trigger(orderId="WO-1", wait_ms=5000)
        assert second.body["seq"] == 2


async def test_a_trigger_expires_on_record_while_the_bench_is_away(office: Office, grant: dict):
    answer = await office.trigger(orderId="WO-1", expiresInMs=1000)
    async with asyncio.timeout(5):
        while (report := await office.delivery(answer.body["id"]))["state"] != "expired":
            await asyncio.sleep(0.05)
    assert report["code"] == "EXPIRED"
    async with desk_of(office, grant) as desk:
        await asyncio.sleep(0.3)
    assert desk.commands == []


async def test_a_screen_that_only_acknowledges_ends_in_received(office: Office, grant: dict):
    desk = desk_of(office, grant)
    desk.presence = None
    desk.show = lambda command: None
    async with desk:
        answer = await office.trigger(orderId="WO-1", wait_ms=5000)
    assert (answer.status, answer.body["state"]) == (200, "received")


async def test_a_newer_line_of_the_same_screen_replaces_the_older_one(office: Office, grant: dict):
    async with desk_of(office, grant) as older:
        await older.hears("hello")
        async with desk_of(office, grant) as newer:
            await older.hears("session:replaced")
            answer = await office.trigger(orderId="WO-1", wait_ms=5000)
            assert answer.body["state"] == "shown"
            assert (len(older.commands), len(newer.commands)) == (0, 1)
            hello = await newer.hears("hello")
            assert hello["gen"] == 2


async def test_a_deleted_screen_is_cut_and_cannot_come_back(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        await desk.hears("hello")
        assert (await office.call("DELETE", "/api/screens/SCREEN-001")).status in {200, 204}
        await desk.hears("session:revoked")
    with pytest.raises(socketio.exceptions.ConnectionError):
        await desk_of(office, grant).connect()
    assert (await office.as_(grant["token"]).trigger(orderId="WO-1")).status == 401


async def test_a_trigger_over_the_socket_is_answered_by_ack_and_event(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        body = office.body(orderId="WO-1")
        answer = await desk.say("trigger", body)
        assert answer["success"] is True
        assert answer["data"]["seq"] == 1
        assert await desk.hears("trigger:response") == answer
        refused = await desk.say("trigger", {**office.body(orderId="NOPE")})
        assert refused["code"] == "ORDER_NOT_FOUND"
        assert (await desk.hears("trigger:error"))["code"] == "ORDER_NOT_FOUND"
        skewed = await desk.say("trigger", {**office.body(orderId="WO-1"), "timestamp": 1})
        assert skewed["code"] == "CLOCK_SKEW"
        assert abs(skewed["serverTime"] - office.clock.now_ms()) < 20_000
        forbidden = await desk.say("trigger", office.body("SCREEN-002", orderId="WO-1"))
        assert forbidden["code"] == "FORBIDDEN"
        assert (await desk.say("trigger", "nonsense"))["code"] == "VALIDATION_ERROR"
        assert "timestamp" in await desk.say("ping", {})
        assert (await desk.say("no-such-event", {}))["code"] == "UNSUPPORTED"


async def test_other_verbs_travel_in_order_and_keep_to_their_arguments(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        await office.trigger(orderId="WO-1", wait_ms=5000)
        answer = await office.trigger(command="view", page=2, zoom=1.5, wait_ms=5000)
        assert answer.body["state"] == "shown"
        await office.trigger(command="close", wait_ms=5000)
        refused = await office.trigger(command="close", page=1)
    assert [verb for verb, _command in desk.commands] == ["navigate", "view", "close"]
    assert desk.commands[1][1]["zoom"] == 1.5
    assert (refused.body["code"], "page" in refused.body["detail"]) == ("VALIDATION_ERROR", True)


async def test_a_screen_is_seen_with_what_it_said_of_itself(office: Office, grant: dict):
    async with desk_of(office, grant) as desk:
        await desk.hears("hello")
        async with asyncio.timeout(5):
            while not (screen := (await office.call("GET", "/api/screens/SCREEN-001")).body)["displays"]:
                await asyncio.sleep(0.02)
        assert screen["online"] is True
        assert [display["displayId"] for display in screen["displays"]] == ["left", "right"]
    async with asyncio.timeout(5):
        while (await office.call("GET", "/api/screens/SCREEN-001")).body["online"]:
            await asyncio.sleep(0.02)


async def test_health_is_told_without_a_token(office: Office):
    office = office.as_(None)
    assert (await office.call("GET", "/health")).status == 200
    assert (await office.call("GET", "/ready")).status == 200
    words = (await office.call("GET", "/api/health")).body
    assert words["status"] == "ok"
    assert {"status", "timestamp", "uptime", "version"} == set(words)


async def test_the_outcome_of_a_screen_that_was_slow_to_introduce_itself_still_counts(
    office: Office, grant: dict
):
    desk = desk_of(office, grant)
    desk.presence = None
    desk.show = lambda command: None
    async with desk:
        answer = await office.trigger(orderId="WO-1", wait_ms=5000)
        assert answer.body["state"] == "received"
        await desk.say("outcome", {"id": answer.body["id"], "state": "shown", "page": 1})
    assert (await office.delivery(answer.body["id"]))["state"] == "shown"

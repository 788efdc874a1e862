"""What cannot be granted: each refusal by its problem, in words, and nothing is left behind."""

from io import BytesIO

import pytest
import socketio
from helpers.desk import Desk
from helpers.relay_running import Office, new_id, running_relay, small_pdf


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


async def test_the_same_id_with_another_body_is_refused_and_changes_nothing(office: Office, grant: dict):
    await office.add_order("WO-2")
    body = office.body(orderId="WO-1")
    await office.trigger(body)
    answer = await office.trigger({**body, "orderId": "WO-2"})
    assert (answer.status, answer.body["code"]) == (409, "IDEMPOTENCY_MISMATCH")
    assert (await office.delivery(body["id"]))["orderId"] == "WO-1"


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        ({"orderId": "NOPE"}, 404, "ORDER_NOT_FOUND"),
        ({"documentNumber": 9}, 404, "DOCUMENT_NOT_FOUND"),
        ({"screenId": "SCREEN-404"}, 404, "SCREEN_NOT_FOUND"),
        ({"timestamp": 1}, 401, "CLOCK_SKEW"),
        ({"timestamp": "now"}, 400, "VALIDATION_ERROR"),
        ({"id": "not-a-uuid"}, 400, "VALIDATION_ERROR"),
        ({"url": "http://example.com/"}, 400, "VALIDATION_ERROR"),
        ({"displayindex": 1}, 400, "VALIDATION_ERROR"),
        ({"displayIndex": -1}, 400, "VALIDATION_ERROR"),
        ({"page": 2}, 400, "VALIDATION_ERROR"),
        ({"page": 0}, 400, "VALIDATION_ERROR"),
        ({"orderId": None}, 400, "VALIDATION_ERROR"),
        ({"message": "hello"}, 400, "VALIDATION_ERROR"),
        ({"expiresInMs": 1}, 400, "VALIDATION_ERROR"),
    ],
)
async def test_what_cannot_be_granted_is_refused_and_leaves_nothing_behind(
    office, grant, change, status, code
):
    answer = await office.trigger({**office.body(orderId="WO-1"), **change})
    assert (answer.status, answer.body["code"]) == (status, code)
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    assert all(answer.body[field] for field in ("title", "detail", "action", "traceId"))
    assert (await office.call("GET", "/api/deliveries")).body == {"deliveries": []}


async def test_a_skewed_clock_is_told_the_relays_time(office: Office, grant: dict):
    answer = await office.trigger({**office.body(orderId="WO-1"), "timestamp": 1})
    assert abs(answer.body["serverTime"] - office.clock.now_ms()) < 5000


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"null", b"\xff\xfe", b"[" * 100_000])
async def test_what_is_no_trigger_at_all_gets_a_problem_and_no_traceback(office, grant, body):
    answer = await office.call("POST", "/api/trigger", data=body)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


async def test_a_body_beyond_the_limit_is_refused(office: Office, grant: dict):
    answer = await office.call("POST", "/api/trigger", data=BytesIO(b"x" * (1024 * 1024 + 1)))
    assert (answer.status, answer.body["code"]) == (413, "VALIDATION_ERROR")


async def test_who_may_trigger_is_decided_by_the_token(office: Office, grant: dict):
    other = await office.pair("SCREEN-002")
    viewer = await office.add_user("eye", "viewer")
    operator = await office.add_user("hand", "operator")
    body = office.body(orderId="WO-1")
    assert (await office.as_(None).trigger(body)).body["code"] == "TOKEN_INVALID"
    assert (await office.as_("rubbish").trigger(body)).body["code"] == "TOKEN_INVALID"
    assert (await office.as_(other["token"]).trigger(body)).body["code"] == "FORBIDDEN"
    assert (await viewer.trigger(body)).body["code"] == "FORBIDDEN"
    assert (await office.as_(grant["token"]).trigger(office.body(orderId="WO-1"))).status == 202
    assert (await operator.trigger(office.body(orderId="WO-1"))).status == 202


async def test_one_screen_cannot_answer_for_another(office: Office, grant: dict):
    other = await office.pair("SCREEN-002")
    id_ = (await office.trigger(orderId="WO-1")).body["id"]
    async with Desk(office.url, other["token"]) as desk:
        answer = await desk.say("outcome", {"id": id_, "state": "shown"})
        assert answer["code"] == "DELIVERY_NOT_FOUND"
    assert (await office.delivery(id_))["state"] == "waiting"


async def test_commands_for_one_screen_never_reach_another(office: Office, grant: dict):
    other = await office.pair("SCREEN-002")
    async with desk_of(office, grant) as mine, Desk(office.url, other["token"]) as theirs:
        await office.trigger(orderId="WO-1", wait_ms=5000)
        assert len(mine.commands) == 1
        assert theirs.commands == []


@pytest.mark.parametrize("token", ["", "rubbish", None, 7])
async def test_a_socket_without_a_valid_token_is_refused(office: Office, token):
    desk = Desk(office.url, token)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await desk.connect()
    assert desk.refusal["data"]["code"] == "TOKEN_INVALID"
    assert desk.refusal["data"]["action"]


async def test_an_unknown_delivery_has_its_problem(office: Office):
    answer = await office.call("GET", f"/api/trigger/{new_id()}")
    assert (answer.status, answer.body["code"]) == (404, "DELIVERY_NOT_FOUND")


async def test_unknown_paths_and_methods_have_their_problems(office: Office):
    assert (await office.call("GET", "/nowhere")).body["code"] == "NOT_FOUND"
    answer = await office.call("PATCH", "/api/trigger", json={})
    assert (answer.status, answer.body["code"]) == (405, "METHOD_NOT_ALLOWED")


async def test_a_disk_that_cannot_be_written_refuses_scans_and_heals_by_itself(office: Office, grant: dict):
    database = office.relay.database

    def pages(most: int):
        return lambda connection: connection.exec_driver_sql(f"PRAGMA max_page_count={most}").scalar()

    async with desk_of(office, grant) as desk:
        await office.trigger(orderId="WO-1", wait_ms=5000)
        await database.write(pages(1))
        # SQLite fills the free room of its last pages before it refuses.
        body = await _first_refused(office)
        # What is smaller than a scan may find room once more; then there is none for anything.
        while (await office.call("GET", "/ready")).status == 200:
            await office.trigger(office.body(orderId="WO-1"))
        assert (await office.call("GET", "/ready")).status == 503
        assert (await office.call("GET", "/api/orders/WO-1")).status == 200
        await database.write(pages(1_000_000))
        answer = await office.trigger(body, wait_ms=5000)
        assert answer.body["state"] == "shown"
        assert desk.commands[-1][1]["id"] == body["id"]


async def _first_refused(office: Office) -> dict:
    for _ in range(2000):
        body = office.body(orderId="WO-1")
        answer = await office.trigger(body)
        if answer.status == 503:
            assert answer.body["code"] == "RELAY_UNAVAILABLE"
            assert answer.headers["Retry-After"] == "1"
            return body
    raise AssertionError("the disk never filled")

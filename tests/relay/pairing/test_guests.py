"""Phones that join a screen: what a ticket is good for, what a guest may, and how it ends."""

import asyncio

import aiohttp
import pytest
import socketio
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay
from sqlalchemy import text

OURS = {"X-Benchcast": "1"}
ONE, OTHER = "SCREEN-001", "SCREEN-002"
WAIT_SECONDS = 20


class Phone:
    """A browser on a phone: it keeps cookies, and says what our page says."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.csrf = ""

    async def call(self, method: str, path: str, **kwargs) -> tuple[int, dict]:
        headers = OURS | ({"X-CSRF-Token": self.csrf} if self.csrf else {}) | kwargs.pop("headers", {})
        headers["Accept-Language"] = "en"
        async with self.session.request(
            method, self.office.url + path, headers=headers, **kwargs
        ) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            return response.status, await response.json(content_type=None) if is_json else {}

    async def join(self, secret: str, name: str = "") -> tuple[int, dict]:
        status, body = await self.call("POST", "/api/join", json={"ticket": secret, "name": name})
        self.csrf = body.get("csrfToken", self.csrf)
        return status, body

    async def socket(self) -> socketio.AsyncSimpleClient:
        ticket = (await self.call("POST", "/api/auth/browser/socket"))[1]["token"]
        client = socketio.AsyncSimpleClient()
        await client.connect(self.office.url, auth={"token": ticket}, transports=["websocket"])
        return client


@pytest.fixture
async def clock():
    return HandClock()


@pytest.fixture
async def office(tmp_path, clock):
    async with running_relay(tmp_path / "data", clock=clock) as opened:
        yield opened


@pytest.fixture
async def phones(office):
    """Make phones, as many as are asked for."""
    made: list[Phone] = []

    def make() -> Phone:
        made.append(Phone(office))
        return made[-1]

    yield make
    for phone in made:
        await phone.session.close()


async def ticket_of(caller: Office, screen_id: str = ONE) -> dict:
    answer = await caller.call("POST", f"/api/screens/{screen_id}/join")
    assert answer.status == 201, answer.body
    return answer.body


@pytest.fixture
async def desk(office):
    """Be the workstation of a screen, beside another screen."""
    await office.pair(OTHER)
    return office.as_((await office.pair(ONE))["token"])


async def test_a_screen_shows_a_ticket_and_the_phone_that_scans_it_may_trigger_there(desk, office, phones):
    ticket = await ticket_of(desk)
    assert ticket["link"] == f"{office.url}/scan/#join={ticket['ticket']}&screen={ONE}"
    assert len(ticket["ticket"]) == 26
    assert ticket["qrSvg"].startswith("<svg")
    phone = phones()
    status, session = await phone.join(ticket["ticket"].lower(), "김철수")
    assert status == 201
    assert session["guest"] is True
    assert session["screens"] == [ONE]
    assert session["name"].startswith("김철수#")
    assert "user" not in session
    assert (await phone.call("GET", "/api/auth/browser"))[1] | {"expiresIn": 0} == session | {"expiresIn": 0}
    status, report = await phone.call("POST", "/api/trigger", json=office.body(ONE, command="identify"))
    assert status == 202, report
    assert (await office.delivery(report["id"]))["sender"] == f"guest:{session['name']}"
    assert (await phone.call("GET", f"/api/trigger/{report['id']}"))[0] == 200
    assert [each["screenId"] for each in (await phone.call("GET", "/api/screens"))[1]["screens"]] == [ONE]


async def test_a_guest_needs_the_page_s_own_token_as_anybody_does(desk, office, phones):
    phone = phones()
    await phone.join((await ticket_of(desk))["ticket"])
    phone.csrf = "guess"
    status, body = await phone.call("POST", "/api/trigger", json=office.body(ONE, command="identify"))
    assert (status, body["code"]) == (403, "CSRF_FAILED")
    status, body = await phone.call(
        "POST", "/api/join", json={"ticket": "x" * 26}, headers={"Sec-Fetch-Site": "cross-site"}
    )
    assert (status, body["code"]) == (403, "CSRF_FAILED")


async def test_a_guest_sees_its_own_deliveries_and_the_documents_that_its_screen_shows_alone(
    desk, office, phones
):
    phone = phones()
    await phone.join((await ticket_of(desk))["ticket"])
    document = await office.add_order("WO-1")
    theirs = (await office.trigger(orderId="WO-1")).body["id"]
    file = f"/api/documents/{document['sha256']}"
    assert (await phone.call("GET", file))[1]["code"] == "FORBIDDEN"
    for path, code in (
        (f"/api/trigger/{theirs}", "DELIVERY_NOT_FOUND"),
        ("/api/deliveries", "FORBIDDEN"),
        (f"/api/deliveries?screenId={ONE}", "FORBIDDEN"),
        ("/api/dead-letters", "FORBIDDEN"),
        (f"/api/screens/{ONE}/upcoming", "FORBIDDEN"),
        (f"/api/screens/{ONE}/island", "FORBIDDEN"),
        (f"/api/screens/{OTHER}", "FORBIDDEN"),
        ("/api/orders", "FORBIDDEN"),
    ):
        assert (await phone.call("GET", path))[1]["code"] == code, path
    assert (await phone.call("DELETE", f"/api/trigger/{theirs}"))[1]["code"] == "DELIVERY_NOT_FOUND"
    assert (await phone.call("POST", f"/api/screens/{ONE}/join"))[1]["code"] == "FORBIDDEN"
    other = office.body(OTHER, command="identify")
    assert (await phone.call("POST", "/api/trigger", json=other))[1]["code"] == "FORBIDDEN"
    # The screen says that it shows the document: now its guest may see it, too.
    async with socketio.AsyncSimpleClient() as screen:
        await screen.connect(office.url, auth={"token": desk.token}, transports=["websocket"])
        shown = {"windowId": "main", "sha256": document["sha256"], "page": 1, "pages": 1}
        presence = {"appVersion": "1", "protocol": 1, "windows": [shown]}
        await screen.emit("presence", presence)
        async with asyncio.timeout(WAIT_SECONDS):
            while (await phone.call("GET", file))[0] != 200:
                await asyncio.sleep(0.05)
        assert (await phone.call("GET", f"{file}/preview"))[0] == 200


async def test_several_phones_join_by_one_ticket_until_it_expires(desk, clock, phones, office):
    ticket = await ticket_of(desk)
    for secret in (ticket["ticket"], ticket["code"], ticket["code"].lower()):
        assert (await phones().join(secret))[0] == 201
    hashes = await office.relay.database.read(
        lambda connection: connection.execute(text("SELECT * FROM join_tickets")).all()
    )
    assert ticket["ticket"] not in str(hashes)
    clock.turn(600)
    status, body = await phones().join(ticket["ticket"])
    assert (status, body["code"]) == (410, "JOIN_EXPIRED")


async def test_the_former_ticket_stays_good_for_whoever_has_just_scanned_it(desk, clock, phones):
    tickets = []
    for _ in range(4):
        tickets.append(await ticket_of(desk))
        clock.turn(60)
    assert (await phones().join(tickets[-2]["ticket"]))[0] == 201
    assert (await phones().join(tickets[0]["ticket"]))[1]["code"] == "JOIN_INVALID"


async def test_a_guest_ends_with_its_shift(desk, clock, phones):
    phone = phones()
    session = (await phone.join((await ticket_of(desk))["ticket"]))[1]
    assert session["expiresIn"] == 12 * 3600
    clock.turn(12 * 3600)
    assert (await phone.call("GET", "/api/screens"))[0] == 401


async def test_an_admin_lists_phones_and_ends_one_whose_line_is_cut_at_once(desk, office, phones):
    stays, goes = phones(), phones()
    ticket = (await ticket_of(desk))["ticket"]
    await stays.join(ticket, "stays")
    await goes.join(ticket, "goes")
    lines = [await stays.socket(), await goes.socket()]
    listed = (await office.call("GET", f"/api/screens/{ONE}/guests")).body["guests"]
    assert [each["name"].partition("#")[0] for each in listed] == ["goes", "stays"]
    assert all(each["online"] for each in listed)
    path = f"/api/screens/{ONE}/guests/{listed[0]['guestId']}"
    assert (await office.call("DELETE", path)).status == 204
    async with asyncio.timeout(WAIT_SECONDS):
        while (await lines[1].receive())[0] != "session:revoked":
            pass
    assert (await goes.call("GET", "/api/screens"))[1]["code"] == "TOKEN_INVALID"
    assert (await stays.call("GET", "/api/screens"))[0] == 200
    assert (await lines[0].call("watch", {"screenId": ONE}, timeout=WAIT_SECONDS))["success"]
    assert (await office.call("DELETE", path)).body["code"] == "GUEST_NOT_FOUND"
    assert (await office.call("DELETE", f"/api/screens/{ONE}/guests")).status == 204
    assert (await stays.call("GET", "/api/screens"))[1]["code"] == "TOKEN_INVALID"
    assert (await phones().join(ticket))[1]["code"] == "JOIN_INVALID"
    for line in lines:
        await line.disconnect()
    told = (await office.call("GET", "/api/audit?limit=20")).body["entries"]
    assert {"screen.join", "guest.end", "guest.end_all"} <= {each["action"] for each in told}
    joined = [each["actor"] for each in told if (each["action"], each["outcome"]) == ("screen.join", "done")]
    assert [actor.partition("#")[0] for actor in joined] == ["guest:goes", "guest:stays"]


async def test_a_phone_that_joins_elsewhere_has_left_where_it_was(desk, office, phones):
    phone = phones()
    await phone.join((await ticket_of(desk))["ticket"])
    await phone.join((await ticket_of(office, OTHER))["ticket"])
    assert (await phone.call("GET", "/api/auth/browser"))[1]["screens"] == [OTHER]
    assert (await office.call("GET", f"/api/screens/{ONE}/guests")).body["guests"] == []
    assert (await phone.call("DELETE", "/api/auth/browser"))[0] == 204
    assert (await office.call("GET", f"/api/screens/{OTHER}/guests")).body["guests"] == []
    assert (await phone.call("GET", "/api/auth/browser"))[0] == 401


async def test_what_a_workstation_showed_ends_when_it_is_cut_off_and_guests_end_with_the_screen(
    desk, office, phones
):
    ticket, phone = await ticket_of(desk), phones()
    await phone.join(ticket["ticket"])
    await office.pair(ONE)
    assert (await phones().join(ticket["ticket"]))[1]["code"] == "JOIN_INVALID"
    assert (await phone.call("GET", "/api/screens"))[0] == 200
    line = await phone.socket()
    assert (await office.call("DELETE", f"/api/screens/{ONE}")).status == 204
    assert (await phone.call("GET", "/api/screens"))[1]["code"] == "TOKEN_INVALID"
    await office.add_screen(ONE)
    assert (await phone.call("GET", "/api/screens"))[1]["code"] == "TOKEN_INVALID"
    await line.disconnect()


async def test_codes_are_guessed_in_vain(desk, phones):
    phone, code = phones(), (await ticket_of(desk))["code"]
    told = [(await phone.join("0000-0000"))[1]["code"] for _ in range(7)]
    assert told[:5] == ["JOIN_INVALID"] * 5
    assert told[-1] == "RATE_LIMITED"
    assert (await phone.join(code))[1]["code"] == "RATE_LIMITED"
    # A link's secret cannot be guessed, so nobody is kept waiting with one.
    assert (await phone.join((await ticket_of(desk))["ticket"]))[0] == 201


async def test_a_screen_has_so_many_guests_and_an_admin_may_want_none(tmp_path, phones):
    settings = {"guests_per_screen": 1, "phone_address": "https://bench.example.com"}
    async with running_relay(tmp_path / "few", **settings) as few:
        await few.add_screen(ONE)
        ticket = await ticket_of(few)
        assert ticket["link"].startswith("https://bench.example.com/scan/#join=")
        first, second = Phone(few), Phone(few)
        assert (await first.join(ticket["ticket"]))[0] == 201
        assert (await second.join(ticket["ticket"]))[1]["code"] == "JOIN_FULL"
        # Whoever comes back takes its own place.
        assert (await first.join(ticket["ticket"]))[0] == 201
        await first.session.close()
        await second.session.close()
    async with running_relay(tmp_path / "none", guests=False) as none:
        await none.add_screen(ONE)
        answer = await none.call("POST", f"/api/screens/{ONE}/join")
        assert (answer.status, answer.body["code"]) == (403, "GUESTS_NOT_ALLOWED")


async def test_a_key_that_was_changed_signs_nobody_out_over_a_restart(tmp_path, clock):
    async with running_relay(tmp_path / "data", clock=clock) as office:
        await office.add_screen(ONE)
        phone = Phone(office)
        await phone.join((await ticket_of(office))["ticket"])
        assert (await office.call("POST", "/api/keys/rotate")).status in {200, 201}
    clock.turn(3600)
    async with running_relay(tmp_path / "data", clock=clock) as phone.office, phone.session:
        assert (await phone.call("GET", "/api/screens"))[0] == 200

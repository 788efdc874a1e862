"""No way round a second factor: every entrance that takes a password, tried with a person who has one."""

import re

import aiohttp
import msgspec
import pytest
import socketio
from helpers.authenticator import App
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay

from relay.contract.api import CALLS

PASSWORD = "correct horse"
OURS = {"X-Benchcast": "1"}
STEP = 30
# Calls whose body holds a password, and which of them prove who somebody is by it.
PROVING = {
    "POST /api/auth/login",
    "POST /api/auth/browser",
    "POST /api/auth/browser/proof",
    "POST /api/auth/password",
    "POST /api/auth/second-factor",
}
CHOOSING = {"POST /api/auth/welcome", "POST /api/users", "PATCH /api/users/{name}"}


class Person:
    """Somebody at a browser and with programs, whose second factor is set up unless told otherwise."""

    def __init__(self, office: Office, name: str, clock: HandClock) -> None:
        self.office = office.as_(None)
        self.name = name
        self.clock = clock
        self.app: App | None = None
        self.codes: list[str] = []
        self.from_: dict[str, str] = {}

    async def call(self, method: str, path: str, **kwargs):
        return await self.office.call(method, path, **kwargs)

    async def login(self, **more: str):
        """Sign in as a program does."""
        self.clock.turn(1)
        said = {"username": self.name, "password": PASSWORD, **more}
        return await self.call("POST", "/api/auth/login", json=said, headers=self.from_)

    async def enter(self, **more: str) -> "Office":
        """Sign in for good."""
        answer = await self.login(**({"code": self.next_code()} if self.app else {}) | more)
        assert answer.status == 200, answer.body
        return self.office.as_(answer.body["accessToken"])

    async def set_up(self) -> "Person":
        session = await self.enter()
        draft = await session.call("POST", "/api/auth/second-factor", json={"currentPassword": PASSWORD})
        assert draft.status == 201, draft.body
        self.app = App(draft.body["key"], self.clock)
        told = await session.call("POST", "/api/auth/second-factor/confirm", json={"code": self.app.code()})
        assert told.status == 200, told.body
        self.codes = told.body["codes"]
        return self

    def next_code(self) -> str:
        """Wait for a code that has not counted yet."""
        assert self.app is not None
        self.clock.turn(2 * STEP)
        return self.app.code()


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def office(tmp_path, clock):
    behind = {"trusted_proxies": ("127.0.0.1/32",)}
    async with running_relay(tmp_path / "data", clock=clock, **behind) as office:
        await office.add_user("kim", "admin", PASSWORD)
        await office.add_user("lee", "lead", PASSWORD)
        yield office


@pytest.fixture
async def kim(office, clock) -> Person:
    return await Person(office, "kim", clock).set_up()


def password_fields(call) -> list[str]:
    if call.body is None:
        return []
    return [each.name for each in msgspec.structs.fields(call.body) if "password" in each.name]


def test_every_call_that_takes_a_password_is_one_of_these():
    """Whoever adds one has to say here which kind it is; the page /pair has a form of its own."""
    taking = {f"{call.method} {call.path}" for call in CALLS if password_fields(call)}
    assert taking == PROVING | CHOOSING


async def test_no_entrance_takes_the_password_alone(office, kim, clock):
    page = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def browser(path: str, body: dict, *, csrf: str = "") -> tuple[int, dict]:
        headers = {**OURS, "Accept-Language": "en", **({"X-CSRF-Token": csrf} if csrf else {})}
        async with page.post(office.url + path, json=body, headers=headers) as response:
            return response.status, await response.json(content_type=None) if response.status != 204 else {}

    async with page:
        named = {"username": "kim", "password": PASSWORD}
        # A program.
        answer = await kim.login()
        assert (answer.status, answer.body["code"]) == (401, "SECOND_FACTOR_NEEDED")
        assert "accessToken" not in answer.body
        assert "authenticator app" in answer.body["action"]
        # A page.
        status, body = await browser("/api/auth/browser", named)
        assert (status, body["code"]) == (401, "SECOND_FACTOR_NEEDED")
        assert list(page.cookie_jar) == []
        status, body = await browser("/api/auth/browser", named | {"code": kim.app.wrong()})
        assert (status, body["code"]) == (401, "SECOND_FACTOR_WRONG")
        assert list(page.cookie_jar) == []
        code = kim.next_code()
        status, session = await browser("/api/auth/browser", named | {"code": code})
        assert status == 200
        csrf = session["csrfToken"]
        # The code that let the page in lets nobody else in.
        answer = await kim.login(code=code)
        assert (answer.status, answer.body["code"]) == (401, "SECOND_FACTOR_USED")
        # Inside: the password again, and a new one.
        for path, own in (
            ("/api/auth/browser/proof", {"password": PASSWORD}),
            ("/api/auth/password", {"currentPassword": PASSWORD, "password": "battery staple"}),
        ):
            for more, wanted in (
                ({}, "SECOND_FACTOR_NEEDED"),
                ({"code": kim.app.wrong()}, "SECOND_FACTOR_WRONG"),
                ({"code": code}, "SECOND_FACTOR_USED"),
            ):
                status, body = await browser(path, own | more, csrf=csrf)
                assert (status, body["code"]) == (401, wanted), path
                clock.turn(5)
        # One factor is no way to another.
        status, body = await browser("/api/auth/second-factor", {"currentPassword": PASSWORD}, csrf=csrf)
        assert (status, body["code"]) == (400, "VALIDATION_ERROR")
        assert "set up already" in body["detail"]
        assert (await kim.login(code=kim.next_code())).status == 200, "the password is the old one"


async def test_the_page_that_pairs_asks_for_the_code_as_well(office, kim):
    device = {"device": {"name": "bench"}}
    shown = (await kim.call("POST", "/api/pair/requests", json=device)).body["userCode"]
    form = {"step": "sign-in", "code": shown, "username": "kim", "password": PASSWORD}

    async def sent(**more: str) -> str:
        return (await kim.call("POST", "/pair", data=form | more)).body["bytes"].decode()

    for more, told in (
        ({}, "A code is needed"),
        ({"factor": kim.app.wrong()}, "The code is wrong"),
    ):
        page = await sent(**more)
        assert told in page
        assert 'name="ticket"' not in page
        assert PASSWORD not in page
    page = await sent(factor=kim.next_code())
    assert re.search(r'name="ticket" value="[^"]{40,}"', page)


async def test_a_wrong_password_tells_nothing_of_a_second_factor(office, kim, clock):
    lee = Person(office, "lee", clock)
    nobody = Person(office, "nobody", clock)
    code = kim.next_code()
    answers = [
        await person.login(password="wrong", **more)
        for person in (kim, lee, nobody)
        for more in ({}, {"code": code}, {"code": kim.codes[0]})
    ]
    told = {
        (answer.status, answer.body["code"], answer.body["detail"], answer.body["action"])
        for answer in answers
    }
    assert len(told) == 1
    assert answers[0].body["code"] == "SIGN_IN_FAILED"
    clock.turn(600)
    # And neither of the codes was spent by it.
    for spare in (kim.codes[0], kim.next_code()):
        assert (await kim.login(code=spare)).status == 200


async def test_guessing_at_codes_waits_wherever_it_comes_from_and_keeps_the_person_out_of_nothing(
    office, kim, clock
):
    kim.next_code()
    outcomes = []
    for number in range(40):
        kim.from_ = {"X-Forwarded-For": f"192.0.2.{number + 1}"}
        outcomes.append((await kim.login(code=kim.app.wrong())).body["code"])
    assert outcomes[:5] == ["SECOND_FACTOR_WRONG"] * 5
    # A wait that doubles: in the forty seconds that this took, a handful more.
    assert outcomes.count("SECOND_FACTOR_WRONG") <= 11
    assert outcomes[-1] == "RATE_LIMITED"
    kim.from_ = {"X-Forwarded-For": "192.0.2.200"}
    assert (await kim.login(code=kim.app.code())).body["code"] == "RATE_LIMITED"
    # A recovery code cannot be guessed, so it does not wait.
    assert (await kim.login(code=kim.codes[0])).status == 200
    clock.turn(301)
    assert (await kim.login(code=kim.next_code())).status == 200


async def test_halves_of_good_sign_ins_use_up_nobodys_tries(office, kim):
    for number in range(110):
        kim.from_ = {"X-Forwarded-For": f"192.0.2.{number + 1}"}
        assert (await kim.login()).body["code"] == "SECOND_FACTOR_NEEDED", number
    assert (await kim.login(code=kim.next_code())).status == 200


async def test_what_changes_a_factor_ends_the_other_sessions_at_once(office, clock):
    lee = Person(office, "lee", clock)
    here, elsewhere = await lee.enter(), await lee.enter()
    draft = await here.call("POST", "/api/auth/second-factor", json={"currentPassword": PASSWORD})
    app = App(draft.body["key"], clock)
    told = await here.call("POST", "/api/auth/second-factor/confirm", json={"code": app.code()})
    assert (await elsewhere.call("GET", "/api/screens")).body["code"] == "TOKEN_INVALID"
    assert (await here.call("GET", "/api/screens")).status == 200
    lee.app = app
    elsewhere = await lee.enter()
    wrong = await here.call("POST", "/api/auth/second-factor/remove", json={"code": app.wrong()})
    assert wrong.body["code"] == "SECOND_FACTOR_WRONG"
    spare = {"code": told.body["codes"][0]}
    assert (await here.call("POST", "/api/auth/second-factor/remove", json=spare)).status == 204
    assert (await elsewhere.call("GET", "/api/screens")).body["code"] == "TOKEN_INVALID"
    assert (await here.call("GET", "/api/screens")).status == 200
    assert (await lee.login()).status == 200


async def test_an_admin_takes_a_lost_factor_off_somebody_and_nobody_else_does(office, kim, clock):
    lee = await Person(office, "lee", clock).set_up()
    session = await lee.enter()
    path = "/api/users/lee/second-factor"
    assert (await session.call("DELETE", path)).body["code"] == "FORBIDDEN"
    admin = await kim.enter()
    assert (await admin.call("DELETE", "/api/users/KIM/second-factor")).body["code"] == "FORBIDDEN"
    assert (await admin.call("DELETE", "/api/users/nobody/second-factor")).body["code"] == "USER_NOT_FOUND"
    async with socketio.AsyncSimpleClient() as line:
        await line.connect(office.url, auth={"token": session.token}, transports=["websocket"])
        assert (await admin.call("DELETE", path)).status == 204
        while (await line.receive(timeout=20))[0] != "session:revoked":
            pass
    assert (await session.call("GET", "/api/screens")).body["code"] == "TOKEN_INVALID"
    assert (await lee.login()).status == 200
    people = (await office.call("GET", "/api/users")).body["users"]
    assert {each["name"]: each.get("secondFactor", False) for each in people} == {"kim": True, "lee": False}
    (entry,) = (await office.call("GET", "/api/audit?action=factor.take_off&outcome=done")).body["entries"]
    assert (entry["actor"], entry["target"]) == ("user:kim", "lee")
    lee.app = None
    told = (await (await lee.enter()).call("GET", "/api/auth/account")).body["notices"]
    assert [(each["kind"], each["by"]) for each in told] == [
        ("factor_off", "user:kim"),
        ("factor_on", "user:lee"),
    ]
    # At the relay's own machine even the only admin gets back in.
    assert (await office.call("DELETE", "/api/users/kim/second-factor")).status == 204
    assert (await kim.login()).status == 200


async def test_who_lacks_a_demanded_factor_can_set_it_up_and_nothing_else(office, clock):
    kim, lee = Person(office, "kim", clock), Person(office, "lee", clock)
    admin, lead = await kim.enter(), await lee.enter()
    # At once, also for whoever has signed in before.
    chosen = {"values": {"second_factor": "admins"}}
    assert (await office.call("PATCH", "/api/settings", json=chosen)).status == 200
    assert (await lead.call("GET", "/api/screens")).status == 200
    open_to_kim = set()
    for call in CALLS:
        if call.access != "anybody":
            path = re.sub(r"\{\w+\}", "none", call.path.replace("{sha256}", "0" * 64))
            answer = await admin.call(call.method, path, json={}, allow_redirects=False)
            if answer.body.get("code") != "SECOND_FACTOR_MISSING":
                open_to_kim.add(f"{call.method} {call.path}")
    assert open_to_kim == {
        "GET /api/auth/browser",
        "GET /api/auth/second-factor",
        "POST /api/auth/second-factor",
        "POST /api/auth/second-factor/confirm",
        "POST /api/auth/second-factor/recovery-codes",
        "POST /api/auth/second-factor/remove",
    }
    assert (await admin.call("GET", "/api/auth/browser")).body["factorDue"] is True
    assert (await admin.call("GET", "/api/auth/second-factor")).body == {"demanded": True}
    line = socketio.AsyncSimpleClient()
    with pytest.raises(socketio.exceptions.ConnectionError):
        await line.connect(office.url, auth={"token": admin.token}, transports=["websocket"])
    form = {"step": "sign-in", "code": "ABCD-EFGH", "username": "kim", "password": PASSWORD}
    page = (await kim.call("POST", "/pair", data=form)).body["bytes"].decode()
    assert "Set up a second factor first" in page
    assert 'name="ticket"' not in page
    await kim.set_up()
    admin = await kim.enter()
    assert (await admin.call("GET", "/api/users")).status == 200
    assert "factorDue" not in (await admin.call("GET", "/api/auth/browser")).body
    # The command line, which holds the relay's keys, is no person.
    assert (await office.call("GET", "/api/users")).status == 200
    chosen = {"values": {"second_factor": "everybody"}}
    assert (await admin.call("PATCH", "/api/settings", json=chosen)).status == 200
    assert (await lead.call("GET", "/api/screens")).body["code"] == "SECOND_FACTOR_MISSING"

"""What a person sees and does about their own account: how long they stay signed in, where, and what changed."""

import pytest
from helpers.hand_clock import HandClock
from helpers.page_session import CHROME, page_of
from helpers.relay_running import running_relay
from sqlalchemy import text

HOUR, MINUTE = 3600, 60
NEW = "battery staple horse"
BEHIND = {"trusted_proxies": ("127.0.0.1/32",)}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def office(tmp_path, clock):
    async with running_relay(tmp_path / "relay", clock=clock, **BEHIND) as office:
        await office.add_user("kim", "admin")
        await office.add_user("lee", "operator")
        yield office


async def test_a_session_in_a_browser_ends_after_twelve_hours_whatever_is_refreshed(office, clock):
    begun = clock.now_ms()
    async with page_of(office) as page:
        body = await page.sign_in("kim")
        assert body["endsAt"] == begun + 12 * HOUR * 1000
        for _ in range(71):
            clock.turn(10 * MINUTE)
            assert (await page.refresh())[0] == 200
        clock.turn(9 * MINUTE)
        status, body = await page.refresh()
        assert (status, body["expiresIn"]) == (200, 60), "no token lives longer than its session"
        ticket = (await page.call("POST", "/api/auth/browser/socket"))[1]
        assert ticket["expiresIn"] == 60
        clock.turn(60)
        assert (await page.call("GET", "/api/screens"))[1]["code"] == "TOKEN_EXPIRED"
        assert (await page.refresh())[1]["code"] == "TOKEN_EXPIRED"
        # The refresh token of the cookie is none for programs, either.
        kept = {each.key: each.value for each in page.session.cookie_jar}["benchcast-plain-refresh"]
        answer = await office.as_(None).call("POST", "/api/auth/refresh", json={"refreshToken": kept})
        assert answer.body["code"] == "TOKEN_EXPIRED"


async def test_a_browser_s_refresh_token_gains_nothing_as_a_program_s(office, clock):
    async with page_of(office, "kim") as page:
        clock.turn(HOUR)
        kept = {each.key: each.value for each in page.session.cookie_jar}["benchcast-plain-refresh"]
        answer = await office.as_(None).call("POST", "/api/auth/refresh", json={"refreshToken": kept})
        assert answer.status == 200
        clock.turn(11 * HOUR)
        again = {"refreshToken": answer.body["refreshToken"]}
        assert (await office.as_(None).call("POST", "/api/auth/refresh", json=again)).status == 401


async def test_a_program_that_signed_in_goes_on_for_a_day_after_each_use(office, clock):
    said = {"username": "kim", "password": "correct horse"}
    tokens = (await office.as_(None).call("POST", "/api/auth/login", json=said)).body
    for _ in range(3):
        clock.turn(23 * HOUR)
        answer = await office.as_(None).call(
            "POST", "/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]}
        )
        assert answer.status == 200
        tokens = answer.body


async def test_a_session_that_nobody_uses_ends_if_so_set(office, clock):
    values = {"values": {"session_idle_minutes": 30, "session_hours": 2}}
    assert (await office.call("PATCH", "/api/settings", json=values)).status == 200
    async with page_of(office) as page, page_of(office, "kim") as idle:
        body = await page.sign_in("kim")
        assert body["idleSeconds"] == 1800
        for _ in range(6):
            clock.turn(14 * MINUTE)
            assert (await page.refresh())[0] == 200
            status, _body = await idle.refresh(is_attended=False)
            assert status == (200 if clock.now_ms() < body["endsAt"] - 90 * MINUTE * 1000 else 401)
        status, refused = await idle.call("GET", "/api/screens")
        assert (status, refused["code"]) == (401, "TOKEN_EXPIRED")
        clock.turn(29 * MINUTE)
        assert (await page.refresh())[0] == 200
        clock.turn(8 * MINUTE)
        assert (await page.refresh())[0] == 401, "and after two hours it ends also in use"


async def test_a_person_sees_their_sessions_and_ends_them_one_by_one(office, clock):
    async with (
        page_of(office, "kim", address="192.0.2.1") as desk,
        page_of(office, "kim", address="192.0.2.2") as phone,
        page_of(office, "kim", address="192.0.2.3") as third,
        page_of(office, "lee", address="192.0.2.4") as lee,
    ):
        clock.turn(MINUTE)
        assert (await phone.refresh())[0] == 200
        rows = (await desk.call("GET", "/api/auth/sessions"))[1]["sessions"]
        pages = [each for each in rows if each.get("isPage")]
        assert pages[0]["address"] == "192.0.2.2", "the last used first"
        assert {each["address"] for each in pages} == {"192.0.2.1", "192.0.2.2", "192.0.2.3"}
        assert all(each["agent"] == CHROME for each in pages)
        assert [each["address"] for each in pages if each.get("isThis")] == ["192.0.2.1"]
        of_phone = next(each for each in pages if each["address"] == "192.0.2.2")
        assert of_phone["usedAt"] - of_phone["begunAt"] == 60_000
        assert len(rows) == 4, "and the program that signed in before"

        path = f"/api/auth/sessions/{of_phone['id']}"
        assert (await lee.call("DELETE", path))[1]["code"] == "NOT_FOUND"
        assert (await phone.call("GET", "/api/screens"))[0] == 200
        assert (await desk.call("DELETE", path))[0] == 204
        assert (await phone.call("GET", "/api/screens"))[1]["code"] == "TOKEN_INVALID"
        assert (await third.call("GET", "/api/screens"))[0] == 200
        assert (await desk.call("DELETE", "/api/auth/sessions"))[0] == 204
        assert (await third.call("GET", "/api/screens"))[0] == 401
        assert (await desk.call("GET", "/api/screens"))[0] == 200
        assert (await lee.call("GET", "/api/screens"))[0] == 200
        assert len((await desk.call("GET", "/api/auth/sessions"))[1]["sessions"]) == 1
        deeds = (await desk.call("GET", "/api/audit"))[1]["entries"]
        assert [each["action"] for each in deeds][:2] == ["user.sessions_end", "user.session_end"]


SENSITIVE = {
    "adding a person": ("POST", "/api/users", {"name": "park", "role": "viewer", "password": NEW}),
    "another's password": ("PATCH", "/api/users/lee", {"password": NEW}),
    "another's role": ("PATCH", "/api/users/lee", {"role": "lead"}),
    "deleting a person": ("DELETE", "/api/users/lee", None),
    "deleting a screen": ("DELETE", "/api/screens/SCREEN-001", None),
    "another's second factor": ("DELETE", "/api/users/lee/second-factor", None),
    "a token": ("POST", "/api/tokens", {"scopes": ["orders"]}),
    "new keys": ("POST", "/api/keys/rotate", None),
    "a backup": ("GET", "/api/backups/none", None),
    "deleting a backup": ("DELETE", "/api/backups/none", None),
    "settings": ("PATCH", "/api/settings", {"values": {"url_private": True}}),
    "other sessions": ("DELETE", "/api/auth/sessions", None),
    "one session": ("DELETE", "/api/auth/sessions/none", None),
    "whether it would do": ("GET", "/api/auth/browser/proof", None),
}


@pytest.mark.parametrize("what", SENSITIVE)
async def test_what_matters_needs_a_password_given_lately(office, clock, what):
    await office.add_screen()
    method, path, body = SENSITIVE[what]
    async with page_of(office, "kim") as page:
        clock.turn(10 * MINUTE + 1)
        status, refused = await page.call(method, path, json=body)
        assert (status, refused.get("code")) == (403, "REAUTHENTICATION_NEEDED")
        status, refused = await page.call("POST", "/api/auth/browser/proof", json={"password": "wrong"})
        assert (status, refused["code"]) == (400, "VALIDATION_ERROR")
        assert (await page.call(method, path, json=body))[0] == 403
        right = {"password": "correct horse"}
        assert (await page.call("POST", "/api/auth/browser/proof", json=right))[0] == 204
        status, done = await page.call(method, path, json=body)
        assert status in {200, 201, 204, 404} or done["code"] == "VALIDATION_ERROR", done


async def test_programs_and_those_who_may_not_are_not_asked_for_a_password(office, clock):
    said = {"username": "kim", "password": "correct horse"}
    program = office.as_(
        (await office.as_(None).call("POST", "/api/auth/login", json=said)).body["accessToken"]
    )
    made = await office.call("POST", "/api/tokens", json={"scopes": ["orders"]})
    async with page_of(office, "lee") as page:
        clock.turn(11 * MINUTE)
        assert (await page.call("DELETE", "/api/users/kim"))[1]["code"] == "FORBIDDEN"
        assert (await page.call("GET", "/api/screens"))[0] == 200
    assert (await program.call("DELETE", "/api/users/lee")).status == 204
    assert (
        await office.as_(made.body["token"]).call("PUT", "/api/orders/WO-1", json={"title": "x"})
    ).status == 201


async def test_a_cookie_used_as_a_token_is_asked_as_the_browser_is(office, clock):
    async with page_of(office, "kim") as page:
        cookies = {each.key: each.value for each in page.session.cookie_jar}
        clock.turn(11 * MINUTE)
        answer = await office.as_(cookies["benchcast-plain"]).call("DELETE", "/api/users/lee")
        assert answer.body["code"] == "REAUTHENTICATION_NEEDED"


async def test_guesses_at_the_password_that_is_asked_again_are_slowed_down(office):
    async with page_of(office, "kim") as page:
        wrong = [
            (await page.call("POST", "/api/auth/browser/proof", json={"password": "no"}))[0] for _ in range(7)
        ]
        assert wrong == [400] * 5 + [429] * 2


async def notices(page) -> list[dict]:
    """Read what changed; the office itself signed in from elsewhere, which is another test's business."""
    told = (await page.call("GET", "/api/auth/account"))[1]["notices"]
    return [each for each in told if each["kind"] != "elsewhere"]


async def elsewhere(page) -> list[dict]:
    told = (await page.call("GET", "/api/auth/account"))[1]["notices"]
    return [each for each in told if each["kind"] == "elsewhere"]


async def test_a_person_is_told_what_changed_until_they_have_seen_it(office, clock):
    async with page_of(office, "lee", address="192.0.2.7") as before, page_of(office, "kim") as kim:
        assert await notices(before) == []
        clock.turn(MINUTE)
        at = clock.now_ms()
        assert (await kim.call("PATCH", "/api/users/lee", json={"role": "lead"}))[0] == 200
        assert (await office.call("PATCH", "/api/users/lee", json={"password": NEW})).status == 200
    async with page_of(office, "lee", NEW, address="192.0.2.7") as page:
        newest, older = await notices(page)
        assert (newest["kind"], newest["by"], newest["at"]) == ("password", "api:command-line", at)
        assert (older["kind"], older["by"], older["detail"]) == ("role", "user:kim", "lead")
        assert (await page.call("DELETE", f"/api/auth/notices/{older['id']}"))[0] == 204
        assert (await page.call("DELETE", f"/api/auth/notices/{older['id']}"))[0] == 404
        assert [each["kind"] for each in await notices(page)] == ["password"]
    async with page_of(office, "lee", NEW, address="192.0.2.7") as page, page_of(office, "kim") as kim:
        assert [each["kind"] for each in await notices(page)] == ["password"], "until it is dismissed"
        assert (await kim.call("DELETE", f"/api/auth/notices/{newest['id']}"))[0] == 404, "and by nobody else"


async def test_one_s_own_new_password_is_told_in_every_other_session(office):
    async with page_of(office, "lee") as page:
        body = {"currentPassword": "correct horse", "password": NEW}
        assert (await page.call("POST", "/api/auth/password", json=body))[0] == 204
        assert await notices(page) == []
    async with page_of(office, "lee", NEW) as page:
        told = await notices(page)
        assert [(each["kind"], each["by"]) for each in told] == [("password", "user:lee")]


async def test_a_sign_in_from_elsewhere_is_told_and_cannot_be_hidden_there(office, clock):
    new = {"name": "park", "role": "operator", "password": "correct horse"}
    assert (await office.call("POST", "/api/users", json=new)).status == 201
    async with page_of(office, "park", address="192.0.2.7") as known:
        assert await elsewhere(known) == [], "the first one is no news"
        async with page_of(office, "park", address="198.51.100.9") as thief:
            assert await elsewhere(thief) == []
            clock.turn(MINUTE)
            (told,) = await elsewhere(known)
            assert (told["address"], told["detail"]) == ("198.51.100.9", CHROME)
            assert (await thief.call("DELETE", f"/api/auth/notices/{told['id']}"))[0] == 404
        async with page_of(office, "park", address="192.0.2.7"):
            pass
        known.address = "203.0.113.4"
        await known.sign_in("park")
        assert len(await elsewhere(known)) == 1, "the same address, or the same browser, is no news"


async def test_a_person_reads_when_and_where_they_last_signed_in(office, clock):
    async with page_of(office, "lee", address="192.0.2.7"):
        at = clock.now_ms()
    clock.turn(HOUR)
    async with page_of(office, "lee", address="192.0.2.8") as page:
        account = (await page.call("GET", "/api/auth/account"))[1]
        assert account["lastSignIn"] == {"at": at, "address": "192.0.2.7", "agent": CHROME}


async def test_what_a_person_is_to_know_goes_along_with_another_name(office):
    await office.call("PATCH", "/api/users/lee", json={"role": "lead"})
    await office.call("PATCH", "/api/users/lee", json={"name": "이반장"})
    async with page_of(office, "이반장") as page:
        assert [each["kind"] for each in await notices(page)] == ["name", "role"]
        assert (await page.call("GET", "/api/auth/account"))[1]["lastSignIn"]


async def test_a_session_of_before_this_version_takes_the_new_terms_at_its_next_refresh(office, clock):
    async with page_of(office, "kim") as page:
        old = text("UPDATE sessions SET is_page = NULL, proved_at = NULL, expires_at = expires_at + 86400000")
        await office.relay.database.write(lambda connection: connection.execute(old).rowcount)
        clock.turn(11 * HOUR)
        assert (await page.refresh())[0] == 200
        clock.turn(HOUR)
        assert (await page.refresh())[0] == 401

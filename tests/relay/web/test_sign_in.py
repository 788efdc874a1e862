"""Signing in over HTTP, and the accounts that an admin makes."""

import pytest
from helpers.front_office import front_office


async def test_signing_in_is_answered_as_the_contract_says(office):
    await office.add_user("Kim", "lead")
    answer = await office.call(
        "POST", "/api/auth/login", json={"username": "KIM", "password": "correct horse"}
    )
    assert answer.status == 200
    assert set(answer.body) == {"accessToken", "refreshToken", "expiresIn", "user"}
    assert answer.body["expiresIn"] == 900
    assert answer.body["user"] == {"name": "Kim", "role": "lead"}
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize(
    "body", [{"username": "Kim", "password": "wrong"}, {"username": "Lee", "password": "wrong"}]
)
async def test_a_refused_sign_in_does_not_tell_what_was_wrong(office, body):
    await office.add_user("Kim")
    answer = await office.call("POST", "/api/auth/login", json=body)
    assert (answer.status, answer.code) == (401, "SIGN_IN_FAILED")
    assert answer.body["detail"] == "The user name or the password is wrong."


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"null", b'{"username": "Kim"}', b'{"username": "", "password": "x"}', b'{"username": 1}'],
)
async def test_a_malformed_sign_in_is_a_validation_error(office, body):
    assert (await office.call("POST", "/api/auth/login", data=body)).code == "VALIDATION_ERROR"


@pytest.mark.parametrize("text", ['"\\ud800"', '"a\\u0000b"', '"' + "x" * 100 + '"'])
async def test_a_strange_name_is_just_unknown(office, text):
    body = f'{{"username": {text}, "password": "correct horse"}}'.encode()
    assert (await office.call("POST", "/api/auth/login", data=body)).code in {
        "SIGN_IN_FAILED",
        "VALIDATION_ERROR",
    }


async def test_refreshing_and_logging_out(office):
    await office.add_user("Kim")
    first = await office.sign_in("Kim")
    second = await office.call("POST", "/api/auth/refresh", json={"refreshToken": first["refreshToken"]})
    assert set(second.body) == {"accessToken", "refreshToken", "expiresIn"}
    out = await office.call("POST", "/api/auth/logout", json={"refreshToken": second.body["refreshToken"]})
    assert out.status == 204
    gone = await office.call("POST", "/api/auth/refresh", json={"refreshToken": second.body["refreshToken"]})
    assert (gone.status, gone.code) == (401, "TOKEN_INVALID")
    assert gone.headers["WWW-Authenticate"] == "Bearer"


async def test_a_repeated_attempt_is_answered_alike(office):
    await office.add_user("Kim")
    body = {"refreshToken": (await office.sign_in("Kim"))["refreshToken"], "attempt": "0123456789abcdef"}
    answers = [await office.call("POST", "/api/auth/refresh", json=body) for _ in range(2)]
    assert answers[0].body["refreshToken"] == answers[1].body["refreshToken"]


async def test_guessing_a_password_is_limited_by_name_and_address(tmp_path):
    async with front_office(tmp_path / "data", per_minute=3) as office:
        await office.add_user("Kim")
        right = {"username": "Kim", "password": "correct horse"}
        for _ in range(6):
            assert (await office.call("POST", "/api/auth/login", json=right)).status == 200
        for _ in range(3):
            wrong = {"username": "kim", "password": "wrong"}
            assert (await office.call("POST", "/api/auth/login", json=wrong)).code == "SIGN_IN_FAILED"
        limited = await office.call("POST", "/api/auth/login", json=right)
        assert (limited.status, limited.code, limited.body["retryAfterMs"]) == (429, "RATE_LIMITED", 20_000)
        other = await office.call("POST", "/api/auth/login", json={"username": "Lee", "password": "wrong"})
        assert other.code == "RATE_LIMITED"
        office.clock.turn(20)
        assert (await office.call("POST", "/api/auth/login", json=right)).status == 200


async def test_only_an_admin_adds_people(office):
    body = {"name": "Lee", "role": "viewer", "password": "correct horse"}
    assert (await office.call("POST", "/api/users", json=body)).code == "TOKEN_INVALID"
    for role in ("lead", "operator", "viewer"):
        token = await office.signed_in_as(role)
        assert (await office.call("POST", "/api/users", json=body, token=token)).code == "FORBIDDEN"
    added = await office.call("POST", "/api/users", json=body, token=office.admin)
    assert (added.status, added.body) == (201, {"name": "Lee", "role": "viewer"})
    again = await office.call("POST", "/api/users", json=body | {"name": "LEE"}, token=office.admin)
    assert (again.status, again.code) == (409, "ALREADY_EXISTS")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"password": "1234567"}, "password"),
        ({"role": "boss"}, "role"),
        ({"name": ""}, "name"),
        ({"name": " \n "}, "name"),
        ({"admin": True}, "admin"),
    ],
)
async def test_a_person_that_does_not_fit_is_refused_at_the_field(office, change, field):
    body = {"name": "Lee", "role": "viewer", "password": "correct horse"} | change
    answer = await office.call("POST", "/api/users", json=body, token=office.admin)
    assert (answer.status, answer.code) == (400, "VALIDATION_ERROR")
    assert f"'{field}'" in answer.body["detail"]


async def test_an_admin_makes_a_token_for_a_program(office):
    await office.add_screen("SCREEN-001")
    body = {"scopes": ["trigger:SCREEN-001"], "name": "ERP", "days": 30}
    answer = await office.call("POST", "/api/tokens", json=body, token=office.admin)
    assert answer.status == 201
    assert set(answer.body) == {"tokenId", "token", "name", "scopes", "expiresAt"}
    caller = await office.access.verify(answer.body["token"])
    assert caller.subject == "api:ERP"
    forbidden = await office.call("POST", "/api/tokens", json=body, token=answer.body["token"])
    assert forbidden.code == "FORBIDDEN"


@pytest.mark.parametrize(
    "body",
    [
        {"scopes": []},
        {"scopes": ["admin"]},
        {"scopes": ["role:admin"]},
        {"scopes": ["trigger:a b"]},
        {"scopes": ["trigger:SCREEN-001\n"]},
        {"scopes": ["trigger:*"], "days": 0},
        {"scopes": ["trigger:*"], "days": 99999},
    ],
)
async def test_a_token_that_would_do_more_is_refused(office, body):
    answer = await office.call("POST", "/api/tokens", json=body, token=office.admin)
    assert answer.code == "VALIDATION_ERROR"

"""Pairing over HTTP: who may offer, how a claim is answered, and what a browser sees."""

import pytest
from helpers.front_office import ADDRESS, front_office

JSON = {"Accept": "application/json"}
CHROME = {"Accept": "text/html,application/xhtml+xml,application/json;q=0.9,*/*;q=0.8"}


@pytest.fixture
async def offer(office):
    await office.add_screen("SCREEN-001")
    answer = await office.call("POST", "/api/screens/SCREEN-001/pairing", token=office.admin)
    assert answer.status == 201
    return answer.body


async def test_only_an_admin_offers_a_screen(office, offer):
    lead = await office.signed_in_as("lead")
    assert (await office.call("POST", "/api/screens/SCREEN-001/pairing", token=lead)).code == "FORBIDDEN"
    assert (await office.call("POST", "/api/screens/SCREEN-001/pairing")).code == "TOKEN_INVALID"
    absent = await office.call("POST", "/api/screens/SCREEN-404/pairing", token=office.admin)
    assert (absent.status, absent.code) == (404, "SCREEN_NOT_FOUND")
    assert "SCREEN-404" in absent.body["detail"]


async def test_an_offer_has_the_fields_of_the_contract(office, offer):
    assert set(offer) == {"link", "code", "token", "expiresAt", "qrSvg", "check"}
    assert offer["qrSvg"].startswith("<svg")
    assert offer["link"].startswith(f"{ADDRESS.addresses[0]}/api/pair?screenId=SCREEN-001#")


async def test_a_claim_is_answered_with_the_grant(office, offer):
    body = {"screenId": "screen-001", "token": offer["token"], "device": {"name": "PC-7", "displays": 2}}
    answer = await office.call("POST", "/api/pair", json=body)
    assert answer.status == 200
    assert set(answer.body) == {"screenId", "token", "refreshToken", "expiresIn", "relay"}
    assert answer.body["screenId"] == "SCREEN-001"
    assert answer.headers["Cache-Control"] == "no-store"
    again = await office.call("POST", "/api/pair", json=body)
    assert (again.status, again.code) == (410, "PAIRING_USED")


async def test_a_late_claim_hears_that_it_is_late(office, offer):
    office.clock.turn(601)
    answer = await office.call(
        "POST", "/api/pair", json={"token": offer["code"]}, headers={"Accept-Language": "ko"}
    )
    assert (answer.status, answer.code) == (410, "PAIRING_EXPIRED")
    assert "10분" in answer.body["detail"]


@pytest.mark.parametrize(
    "body",
    [b"", b"{}", b"[]", b'{"token": 7}', b'{"token": "ABCD", "screenId": "a b"}', b'{"token": "\xff"}'],
)
async def test_a_malformed_claim_is_a_validation_error(office, body):
    assert (await office.call("POST", "/api/pair", data=body)).code == "VALIDATION_ERROR"


async def test_a_program_claims_with_a_get(office, offer):
    path = f"/api/pair?screenId=SCREEN-001&token={offer['token'].lower()}"
    answer = await office.call("GET", path, headers={**JSON, "User-Agent": "curl/8.5.0"})
    assert (answer.status, answer.body["screenId"]) == (200, "SCREEN-001")
    screen = await office.call("GET", "/api/screens/SCREEN-001", token=office.admin)
    assert (screen.body["paired"], screen.body["device"]) == (True, "curl/8.5.0")


@pytest.mark.parametrize(
    "query", ["", "?screenId=SCREEN-001", "?token=", "?token=ABCD&screenId=a%20b", "?token=%FF%FE"]
)
async def test_a_get_without_what_it_needs_is_a_problem(office, query):
    answer = await office.call("GET", f"/api/pair{query}", headers=JSON)
    assert answer.code in {"VALIDATION_ERROR", "PAIRING_INVALID"}


@pytest.mark.parametrize("headers", [CHROME, {"Accept": "*/*"}, {}], ids=["browser", "anything", "nothing"])
async def test_a_browser_gets_a_page_that_uses_nothing_up(office, offer, headers):
    path = f"/api/pair?screenId=SCREEN-001&token={offer['token']}"
    answer = await office.call("GET", path, headers=headers)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    await office.call("HEAD", path, headers=JSON)
    claimed = await office.call("POST", "/api/pair", json={"token": offer["token"]})
    assert claimed.status == 200


@pytest.mark.parametrize(("language", "words"), [("ko", "이 작업대를 연결하세요"), ("en", "Pair this bench")])
async def test_the_page_speaks_the_readers_language(office, language, words):
    answer = await office.call(
        "GET", "/api/pair?screenId=SCREEN-001", headers={**CHROME, "Accept-Language": language}
    )
    assert words in answer.text
    assert f'<html lang="{language}">' in answer.text
    assert "SCREEN-001" in answer.text


async def test_the_page_runs_no_script_and_loads_nothing(office):
    answer = await office.call("GET", "/api/pair?screenId=%3Cscript%3Ealert(1)%3C/script%3E", headers=CHROME)
    assert "<script" not in answer.text
    assert "alert(1)" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "unsafe-inline" not in policy
    assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_guesses_are_limited_per_address(tmp_path):
    async with front_office(tmp_path / "data", per_minute=5) as office:
        await office.add_screen("SCREEN-001")
        offer = (await office.call("POST", "/api/screens/SCREEN-001/pairing", token=office.admin)).body
        for number in range(5):
            guess = await office.call("POST", "/api/pair", json={"token": f"0000-000{number}"})
            assert guess.code == "PAIRING_INVALID"
        limited = await office.call("POST", "/api/pair", json={"token": offer["token"]})
        assert (limited.status, limited.code) == (429, "RATE_LIMITED")
        assert limited.body["retryAfterMs"] == 12_000
        assert limited.headers["Retry-After"] == "12"
        also = await office.call("GET", f"/api/pair?screenId=SCREEN-001&token={offer['token']}", headers=JSON)
        assert also.code == "RATE_LIMITED"
        office.clock.turn(12)
        assert (await office.call("POST", "/api/pair", json={"token": offer["token"]})).status == 200

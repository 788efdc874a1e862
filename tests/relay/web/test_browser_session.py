"""Signing in from a page: cookies that no script reads, and requests that only our own page can make."""

import aiohttp
import pytest
from helpers.relay_running import Office, running_relay

OURS = {"X-Benchcast": "1"}
KIM = {"username": "kim", "password": "correct horse"}


class Page:
    """A page's requests, with the cookies that its browser keeps."""

    def __init__(self, office: Office) -> None:
        self.office = office
        self.session = aiohttp.ClientSession(
            cookie_jar=aiohttp.CookieJar(unsafe=True), connector=aiohttp.TCPConnector(ssl=False)
        )
        self.csrf = ""

    async def call(self, method: str, path: str, **kwargs) -> tuple[int, dict]:
        async with self.session.request(method, self.office.url + path, **kwargs) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            self.set_cookies = response.headers.getall("Set-Cookie", [])
            return response.status, await response.json(content_type=None) if is_json else {}

    async def sign_in(self) -> dict:
        status, body = await self.call("POST", "/api/auth/browser", json=KIM, headers=OURS)
        assert status == 200, body
        self.csrf = body["csrfToken"]
        return body


@pytest.fixture
async def page(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        await office.add_user("kim", "admin")
        page = Page(office)
        async with page.session:
            yield page


async def test_a_page_that_signs_in_gets_cookies_and_never_sees_a_token(page: Page):
    body = await page.sign_in()
    assert body["user"] == {"name": "kim", "role": "admin"}
    assert set(body) == {"user", "csrfToken", "expiresIn", "endsAt"}
    assert len(page.set_cookies) == 3
    for cookie in page.set_cookies:
        assert "HttpOnly" in cookie
        assert "SameSite=Strict" in cookie
    assert sorted(each.split("Path=")[1].split(";")[0] for each in page.set_cookies) == [
        "/",
        "/",
        "/api/auth/browser",
    ]


async def test_over_tls_the_cookies_are_bound_to_this_host_and_to_tls(tmp_path):
    async with running_relay(tmp_path / "relay", host="0.0.0.0", announce=False) as office:
        await office.add_user("kim", "admin")
        page = Page(office)
        async with page.session:
            await page.sign_in()
            names = sorted(each.partition("=")[0] for each in page.set_cookies)
            assert names == ["__Host-benchcast", "__Host-benchcast-known", "__Secure-benchcast-refresh"]
            assert all("Secure" in each for each in page.set_cookies)
            assert (await page.call("GET", "/api/auth/browser"))[0] == 200


async def test_a_page_reads_with_its_cookie_alone(page: Page):
    await page.sign_in()
    assert (await page.call("GET", "/api/screens"))[0] == 200
    assert (await page.call("GET", "/api/auth/browser"))[1]["csrfToken"] == page.csrf


async def test_an_unsafe_request_needs_the_page_s_own_token(page: Page):
    await page.sign_in()
    new = {"screenId": "SCREEN-001", "name": "x"}
    for headers in (
        {},
        {"X-CSRF-Token": "guess"},
        {"X-CSRF-Token": page.csrf, "Sec-Fetch-Site": "cross-site"},
    ):
        status, body = await page.call("POST", "/api/screens", json=new, headers=headers)
        assert (status, body["code"]) == (403, "CSRF_FAILED")
    assert (await page.call("POST", "/api/screens", json=new, headers={"X-CSRF-Token": page.csrf}))[0] == 201


async def test_another_session_s_csrf_token_is_none(page: Page):
    await page.sign_in()
    first = page.csrf
    await page.sign_in()
    assert page.csrf != first
    status, body = await page.call(
        "POST", "/api/screens", json={"screenId": "S-1"}, headers={"X-CSRF-Token": first}
    )
    assert (status, body["code"]) == (403, "CSRF_FAILED")


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/auth/browser"), ("POST", "/api/auth/browser/refresh"), ("DELETE", "/api/auth/browser")],
)
async def test_a_foreign_page_can_neither_sign_in_nor_refresh_nor_sign_out(
    page: Page, method: str, path: str
):
    await page.sign_in()
    for headers in ({}, OURS | {"Sec-Fetch-Site": "cross-site"}, OURS | {"Sec-Fetch-Site": "same-site"}):
        status, body = await page.call(method, path, json=KIM, headers=headers)
        assert (status, body["code"]) == (403, "CSRF_FAILED")


async def test_a_page_goes_on_with_its_refresh_cookie_and_keeps_its_csrf_token(page: Page):
    await page.sign_in()
    status, body = await page.call("POST", "/api/auth/browser/refresh", headers=OURS)
    assert (status, body["csrfToken"]) == (200, page.csrf)
    assert len(page.set_cookies) == 2
    assert (await page.call("GET", "/api/screens"))[0] == 200


async def test_a_lost_answer_may_be_asked_for_again_with_the_same_attempt(page: Page):
    await page.sign_in()
    kept = {each.key: each.value for each in page.session.cookie_jar}
    attempt = {"X-Benchcast": "a" * 32}
    assert (await page.call("POST", "/api/auth/browser/refresh", headers=attempt))[0] == 200
    page.session.cookie_jar.update_cookies(kept, aiohttp.client.URL(page.office.url + "/api/auth/browser"))
    assert (await page.call("POST", "/api/auth/browser/refresh", headers=attempt, cookies=kept))[0] == 200


async def test_signing_out_takes_the_cookies_and_the_session(page: Page):
    await page.sign_in()
    kept = {each.key: each.value for each in page.session.cookie_jar}
    assert (await page.call("DELETE", "/api/auth/browser", headers=OURS))[0] == 204
    assert [each.key for each in page.session.cookie_jar] == ["benchcast-plain-known"]
    status, body = await page.call("GET", "/api/screens", cookies=kept)
    assert (status, body["code"]) == (401, "TOKEN_INVALID")


async def test_a_wrong_password_is_refused_as_anywhere(page: Page):
    status, body = await page.call("POST", "/api/auth/browser", json=KIM | {"password": "no"}, headers=OURS)
    assert (status, body["code"]) == (401, "SIGN_IN_FAILED")
    assert page.set_cookies == []


async def test_a_socket_ticket_is_good_on_the_socket_alone(page: Page):
    await page.sign_in()
    status, ticket = await page.call("POST", "/api/auth/browser/socket", headers={"X-CSRF-Token": page.csrf})
    assert (status, ticket["expiresIn"]) == (200, 900)
    answer = await page.office.as_(ticket["token"]).call("GET", "/api/screens")
    assert (answer.status, answer.body["code"]) == (401, "TOKEN_INVALID")


async def test_a_program_with_a_token_needs_no_csrf_token(page: Page):
    answer = await page.office.call("POST", "/api/screens", json={"screenId": "S-9", "name": ""})
    assert answer.status == 201

"""A page of a person, as the relay sees it: the cookies of a browser, the token that guards them, and no script."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import aiohttp
from helpers.relay_running import Office

OURS = {"X-Benchcast": "1"}
CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Safari/537.36"


class PageSession:
    """One browser of one person."""

    def __init__(self, office: Office, session: aiohttp.ClientSession, address: str | None) -> None:
        self.office = office
        self.session = session
        self.address = address
        self.csrf = ""

    async def call(self, method: str, path: str, **kwargs) -> tuple[int, dict]:
        headers = {**OURS, "User-Agent": CHROME, "X-CSRF-Token": self.csrf, **kwargs.pop("headers", {})}
        if self.address is not None:
            headers["X-Forwarded-For"] = self.address
        async with self.session.request(
            method, self.office.url + path, headers=headers, **kwargs
        ) as response:
            is_json = "json" in response.headers.get("Content-Type", "")
            return response.status, await response.json(content_type=None) if is_json else {}

    async def sign_in(self, name: str, password: str = "correct horse") -> dict:
        said = {"username": name, "password": password}
        status, body = await self.call("POST", "/api/auth/browser", json=said)
        assert status == 200, body
        self.csrf = body["csrfToken"]
        return body

    async def refresh(self, *, is_attended: bool = True) -> tuple[int, dict]:
        headers = {} if is_attended else {"X-Benchcast-Unattended": "1"}
        return await self.call("POST", "/api/auth/browser/refresh", headers=headers)


@asynccontextmanager
async def page_of(
    office: Office, name: str = "", password: str = "correct horse", address: str | None = None
) -> AsyncGenerator[PageSession]:
    """Open a browser and sign in there, if a name is given; behind a proxy from an address."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar, connector=aiohttp.TCPConnector(ssl=False)) as session:
        page = PageSession(office, session, address)
        if name:
            await page.sign_in(name, password)
        yield page

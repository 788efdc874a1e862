"""A person at a browser: Debian's Chromium, driven as a hand and an eye would, with everything it complains about."""

import os
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Any, Literal

from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = (
    *(("--no-sandbox",) if os.geteuid() == 0 else ()),
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
DESK: dict[str, Any] = {"viewport": {"width": 1280, "height": 800}}
PHONE: dict[str, Any] = {
    "viewport": {"width": 390, "height": 844},
    "device_scale_factor": 2,
    "is_mobile": True,
    "has_touch": True,
}
PATIENCE_MS = 20_000
expect.set_options(timeout=PATIENCE_MS)


@asynccontextmanager
async def chromium(*more: str) -> AsyncGenerator[Browser]:
    """Start the browser; `more` are further arguments of its command line."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*ARGUMENTS, *more])
        try:
            yield browser
        finally:
            await browser.close()


class Visitor:
    """One page of one person, and what went wrong on it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(f"error: {error}"))
        page.on("console", self._heard)

    async def sign_in(self, url: str, name: str, password: str) -> None:
        """Open the console and sign in; the first page is there when this returns."""
        await self.page.goto(f"{url}/console/")
        await self.page.locator("input[autocomplete=username]").fill(name)
        await self.page.locator("input[type=password]").fill(password)
        await self.page.locator("button[type=submit]").click()
        await self.page.locator("nav#menu").wait_for(state="attached")

    def _heard(self, message: Any) -> None:
        # A refusal that the page expects is logged by the browser too, with its status.
        if message.type == "error" and "Failed to load resource" not in message.text:
            self.complaints.append(f"console: {message.text}")


@asynccontextmanager
async def visitor(
    browser: Browser, *, language: Literal["ko", "en"] = "ko", size: dict[str, Any] | None = None
) -> AsyncGenerator[Visitor]:
    """Open a page of a person with a storage of their own; it must have had nothing to complain about at the end."""
    context: BrowserContext = await browser.new_context(
        locale={"ko": "ko-KR", "en": "en-GB"}[language], ignore_https_errors=True, **(size or DESK)
    )
    context.set_default_timeout(PATIENCE_MS)
    try:
        person = Visitor(await context.new_page())
        yield person
        assert person.complaints == []
    finally:
        await context.close()

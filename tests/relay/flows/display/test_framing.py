"""Which pages let themselves be framed, and which of them the relay asks at all."""

from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from helpers.relay_running import running_relay
from multidict import CIMultiDict, CIMultiDictProxy

from relay.flows.display.framing import lets_itself_be_framed

OWN = ("https://relay.plant:8440",)
PAGE = "https://erp.plant/orders"


@pytest.mark.parametrize(
    ("headers", "lets"),
    [
        ([], True),
        ([("X-Frame-Options", "DENY")], False),
        ([("X-Frame-Options", "SameOrigin")], False),
        ([("X-Frame-Options", "ALLOW-FROM https://relay.plant:8440")], True),  # no browser knows it any more
        ([("Content-Security-Policy", "default-src 'self'")], True),
        ([("Content-Security-Policy", "default-src 'self'; frame-ancestors 'none'")], False),
        ([("Content-Security-Policy", "frame-ancestors 'self'")], False),
        ([("Content-Security-Policy", "frame-ancestors *"), ("X-Frame-Options", "DENY")], True),
        ([("Content-Security-Policy", "frame-ancestors https:")], True),
        ([("Content-Security-Policy", "frame-ancestors http:")], False),
        ([("Content-Security-Policy", "frame-ancestors https://relay.plant:8440")], True),
        ([("Content-Security-Policy", "frame-ancestors relay.plant:*")], True),
        ([("Content-Security-Policy", "frame-ancestors relay.plant")], False),
        ([("Content-Security-Policy", "frame-ancestors *.plant:8440 https://x.example")], True),
        ([("Content-Security-Policy", "frame-ancestors *.example:8440")], False),
        ([("Content-Security-Policy", "frame-ancestors *, frame-ancestors 'none'")], False),
        ([("Content-Security-Policy", f"frame-ancestors {each}") for each in ("*", "'none'")], False),
    ],
)  # fmt: skip
def test_a_page_s_headers_are_read_as_a_browser_reads_them(headers, lets: bool):
    assert lets_itself_be_framed(CIMultiDictProxy(CIMultiDict(headers)), PAGE, OWN) is lets


@asynccontextmanager
async def site(**redirects: str):
    async def answer(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in redirects:
            return web.Response(status=302, headers={"Location": redirects[name]})
        return web.Response(text="there")

    app = web.Application()
    app.router.add_get("/{name}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()


async def test_only_what_may_be_shown_is_asked_and_a_redirect_leads_nowhere_else(tmp_path):
    async with site() as hidden, site(away=f"{hidden}/page", here="/page") as plant:
        host = plant.removeprefix("http://")
        async with running_relay(tmp_path / "relay", url_hosts=(host, "gone.invalid", "*")) as office:

            async def ask(url: str):
                answer = await office.call("GET", "/api/framing", params={"url": url})
                return answer.body.get("framing") or answer.body["code"]

            assert await ask(f"{plant}/page") == "allowed"
            assert await ask(f"{plant}/here") == "allowed"
            # `*` is not for this machine, however the relay is led there.
            assert await ask(f"{plant}/away") == "URL_NOT_ALLOWED"
            assert await ask(f"{hidden}/page") == "URL_NOT_ALLOWED"
            assert await ask("http://gone.invalid/") == "away"
            assert await ask(f"{office.url}/console/") == "refused"
            assert await ask("file:///etc/passwd") == "URL_NOT_ALLOWED"
            assert await ask("") == "VALIDATION_ERROR"
            assert (await office.as_(None).call("GET", "/api/framing?url=http://x")).status == 401

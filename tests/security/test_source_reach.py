"""Where an order source may lead the relay: to no machine that was not checked, however it is spelt or renamed."""

import asyncio
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from aiohttp import web

from relay.flows.display.sources.answers import SourceError, Steps
from relay.flows.display.sources.fetching import Fetching
from relay.flows.display.sources.reach import may_reach, reach

PUBLIC = "93.184.216.34"


@contextmanager
def names_lead_to(monkeypatch: pytest.MonkeyPatch, *addresses: str) -> Iterator[list[str]]:
    """Answer one look-up after the other with these addresses; the last one answers all that follow."""
    asked: list[str] = []

    async def look_up(host: str, port: int, **_more: object) -> list[tuple[object, ...]]:
        address = addresses[min(len(asked), len(addresses) - 1)]
        asked.append(host)
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [(family, socket.SOCK_STREAM, 6, "", (address, port))]

    with monkeypatch.context() as patched:
        patched.setattr(asyncio.get_running_loop(), "getaddrinfo", look_up)
        yield asked


async def refused(url: str, hosts: tuple[str, ...] = ("*",)) -> bool:
    try:
        await reach(url, hosts, allow_private=False, steps=Steps())
    except SourceError:
        return True
    return False


@pytest.mark.parametrize(
    "host",
    [
        *(
            "127.0.0.1",
            "127.1",
            "2130706433",
            "0x7f000001",
            "0177.0.0.1",
            "0",
            "0.0.0.0",
            "localhost",
            "127.0.0.1.",
        ),
        *("[::1]", "[::]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]"),
        *(
            "10.0.0.1",
            "169.254.169.254",
            "[::ffff:a9fe:a9fe]",
            "[fe80::1]",
            "[fd00::1]",
            "[ff02::1]",
            "224.0.0.1",
        ),
        *("good@127.0.0.1", "127.0.0.1:80@good", "１２７.0.0.1", "127。0。0。1"),
    ],
)
async def test_no_spelling_of_this_machine_is_reached(host: str) -> None:
    assert await refused(f"http://{host}/latest/meta-data/")


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd",
        "ftp://good/",
        "gopher://good/",
        "http:///x",
        "//good/",
        "good",
        "http://good\\@evil/",
    ],
)
async def test_what_is_no_web_address_is_not_asked(url: str) -> None:
    assert await refused(url, ("good", "*"))


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "169.254.169.254", "::1", "fe80::1%eth0", "::ffff:10.0.0.1", "0.0.0.0"),
        # IPv4 within IPv6: translated (RFC 6052), 6to4 (RFC 3056) and Teredo (RFC 4380).
        *("64:ff9b::a00:1", "64:ff9b::7f00:1", "64:ff9b:1::a00:1", "2002:a00:1::", "2001:0:a00:1::f5ff:fffe"),
    ],
)
async def test_a_name_that_leads_to_a_private_machine_is_refused(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with names_lead_to(monkeypatch, address):
        assert await refused("http://erp.example/", ("erp.example",))
    assert not may_reach(address, allow_private=False)


async def test_a_name_that_leads_to_the_internet_is_reached(monkeypatch: pytest.MonkeyPatch) -> None:
    with names_lead_to(monkeypatch, PUBLIC):
        assert not await refused("http://erp.example/", ("erp.example",))


@pytest.fixture
async def erp() -> "Callable[[], int]":
    """An ERP on two addresses of this machine; it sends whoever asks for `/moved` to `/order`."""
    heard: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        assert request.transport is not None
        heard.append(request.transport.get_extra_info("sockname")[0])
        if request.path == "/moved":
            raise web.HTTPFound("/order")
        return web.json_response({})

    app = web.Application()
    app.router.add_get("/{any}", answer)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    port = runner.addresses[0][1]
    await web.TCPSite(runner, "127.0.0.2", port).start()
    yield port, heard
    await runner.cleanup()


async def test_a_name_that_is_rebound_is_not_followed(erp, monkeypatch: pytest.MonkeyPatch) -> None:
    port, heard = erp
    fetching = Fetching(hosts=("erp.plant",), allow_private=True, seconds=5)
    with names_lead_to(monkeypatch, "127.0.0.1", "127.0.0.2") as asked:
        async with fetching.open(f"http://erp.plant:{port}/order", Steps()) as response:
            assert response.status == 200
    assert heard == ["127.0.0.1"], "it is connected to the address that was checked"
    assert asked == ["erp.plant"], "and the name is not looked up a second time"


async def test_a_redirect_is_checked_like_the_first_address(erp, monkeypatch: pytest.MonkeyPatch) -> None:
    port, heard = erp
    fetching = Fetching(hosts=("erp.plant",), allow_private=True, seconds=5)
    with names_lead_to(monkeypatch, "127.0.0.1", "169.254.169.254"), pytest.raises(SourceError) as caught:
        async with fetching.open(f"http://erp.plant:{port}/moved", Steps()):
            pass
    assert caught.value.args[0] == "what.source_private"
    assert heard == ["127.0.0.1"]

"""What holds beside single rules: nobody is asked unbidden, bugs tell nothing, numbers have ends, passwords no age."""

import asyncio
import itertools
import json
import logging
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import aiohttp
import msgspec
import pytest
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay, small_pdf
from structlog.testing import capture_logs
from yarl import URL

from relay.contract.api import CALLS
from relay.contract.events import EVENTS
from relay.flows.display.allowed import is_allowed
from relay.ops.health import HealthRoutes

# --- Nobody is asked unbidden (ASVS 10.2.1) -----------------------------------------------------------------------

HEARD: list[tuple[str, str]] = []
HERE = ("127.", "::1", "localhost", "0.0.0.0")
MULTICAST = ("224.0.0.251", "ff02::fb")


def _hear(event: str, arguments: tuple) -> None:
    """Note where sockets go. A hook cannot be taken off again, so it is quiet unless a test listens."""
    if not _hear.listens or event not in {
        "socket.connect",
        "socket.sendto",
        "socket.getaddrinfo",
        "socket.gethostbyname",
    }:
        return
    if event in {"socket.getaddrinfo", "socket.gethostbyname"}:
        HEARD.append((event, str(arguments[0])))
    elif arguments[0].family in {socket.AF_INET, socket.AF_INET6}:
        # A datagram socket that is only asked which address it would have sends nothing.
        is_asked_only = event == "socket.connect" and arguments[0].type == socket.SOCK_DGRAM
        if not is_asked_only:
            HEARD.append((event, str(arguments[1][0])))


_hear.listens = False
sys.addaudithook(_hear)


async def test_a_relay_of_which_nothing_was_asked_speaks_to_nobody_but_those_who_call(tmp_path: Path):
    HEARD.clear()
    _hear.listens = True
    try:
        async with running_relay(tmp_path / "relay") as office:
            await office.add_user("kim", "admin")
            grant = await office.pair()
            await office.add_order("WO-1", small_pdf())
            async with Desk(office.url, grant["token"]):
                assert (await office.trigger(orderId="WO-1", wait_ms=8000)).body["state"] == "shown"
            for path in (
                "/api/monitoring/health",
                "/api/monitoring/figures",
                "/metrics",
                "/api/app/version",
                "/api/sources",
            ):
                await office.call("GET", path)
            await office.call("POST", "/api/backups")
            refused = await office.trigger(url="https://planted.example/")
            assert refused.body["code"] == "URL_NOT_ALLOWED"
    finally:
        _hear.listens = False
    assert [where for what, where in HEARD if what == "socket.connect"], "the guard hears what there is"
    assert [(what, where) for what, where in HEARD if not where.startswith((*HERE, *MULTICAST))] == []


# --- One reading of addresses (13.1.1) ----------------------------------------------------------------------------

GOOD, EVIL = "good.plant", "evil.example"
BETWEEN = (
    "@", ":@", "%40", "\\", "\\@", "/", "//", "?", "#", "#@", "?@", ":", ":80", ":80@", ";", ",", "&", "%", "%2f",
    "%5c", "%23", "%00", "\t", "\n", "\r", " ", "\u3002", "\uff0e", "\u2044", "\uff0f", "\uff20", "\u00ad", "\u200b",
    ".", "..", "[", "]", "^", "|", "`", "'", '"', "<", "\x00", "\x7f", "\u212a", "\u00df", "_", "~", "*", "(", "!",
    "$", "+", "=",
)  # fmt: skip
STARTS = (
    "http://",
    "https://",
    "HTTP://",
    "http:",
    "http:/",
    "http:///",
    "http:\\\\",
    "//",
    "http://user:pw@",
    " http://",
    "http ://",
)


def read_by_a_browser(urls: list[str]) -> list[str | None]:
    """Ask Node for the hosts, whose reader is the standard's (WHATWG) as Chromium's is."""
    script = """
    let text = ""; process.stdin.on("data", (part) => text += part).on("end", () => console.log(JSON.stringify(
      JSON.parse(text).map((url) => { try { return new URL(url).hostname; } catch { return null; } }))));"""
    node = shutil.which("node")
    assert node is not None
    done = subprocess.run(
        [node, "-e", script], input=json.dumps(urls), capture_output=True, text=True, check=True
    )
    return json.loads(done.stdout)


def test_whatever_is_allowed_leads_to_the_same_host_for_a_browser_and_for_the_client_that_asks():
    hosts = [f"{a}{between}{b}" for a, b in ((GOOD, EVIL), (EVIL, GOOD)) for between in BETWEEN]
    ends = ("", "/", ":8080/x", "/..//", "?a", "#b")
    urls = [start + host + end for start, host, end in itertools.product(STARTS, [GOOD, *hosts], ends)]
    allowed = [url for url in urls if is_allowed(url, (GOOD,), ())]
    assert 20 < len(allowed) < len(urls) / 4, "some are, most are not"
    for url, browser in zip(allowed, read_by_a_browser(allowed), strict=True):
        assert (browser or "").rstrip(".") == GOOD, url
        assert (URL(url).host or "").rstrip(".") == GOOD, url


# --- Bugs tell nothing, also while somebody debugs (14.3.2) -------------------------------------------------------


async def broken(*_: object) -> None:
    raise RuntimeError("the inside of the relay")


async def heard(office: Office, kind: str) -> str:
    """Return what is said, with its headers; nothing when the line is cut instead."""
    try:
        async with office.session.get(f"{office.url}/health", headers={"Accept": kind}) as answer:
            return f"{answer.status} {dict(answer.headers)} {await answer.text()}"
    except aiohttp.ServerDisconnectedError:
        return ""


@pytest.mark.parametrize("where", ["in a call", "beside every call"])
async def test_a_bug_tells_nothing_of_itself_even_where_the_loop_is_debugged(
    tmp_path: Path, monkeypatch, caplog, where
):
    caplog.set_level(logging.CRITICAL, "aiohttp.server")
    if where == "in a call":
        monkeypatch.setattr(HealthRoutes, "health", broken)
    else:
        monkeypatch.setattr("relay.serving.shield", broken)
    asyncio.get_running_loop().set_debug(True)
    try:
        with capture_logs():
            async with running_relay(tmp_path / "relay") as office:
                for kind in ("text/html", "application/json"):
                    said = await heard(office, kind)
                    assert said.startswith("500") or where == "beside every call", said
                    for word in ("Traceback", "RuntimeError", "inside", ".py", "aiohttp", "<pre>"):
                        assert word not in said
    finally:
        asyncio.get_running_loop().set_debug(False)


# --- Numbers have ends (5.4.3) ------------------------------------------------------------------------------------

# Numbers without an end of their own, and what becomes of them; the test below says the largest ones.
ENDLESS = {
    "PostedOutcome.gen", "Presence.protocol", "Presence.appliedSeq", "WindowInfo.pages", "ViewportState.version",
    "ViewportState.pages", "ScreenPicture.size", "Timings.receivedMs", "Timings.loadedMs", "Timings.shownMs",
    "SettingChange.values",
}  # fmt: skip


def endless(schema: object, path: str) -> set[str]:
    if isinstance(schema, list):
        return {found for each in schema for found in endless(each, path)}
    if not isinstance(schema, dict):
        return set()
    found = {found for name, each in schema.items() if name != "properties" for found in endless(each, path)}
    for name, each in schema.get("properties", {}).items():
        found |= endless(each, f"{path}.{name}")
    is_number = schema.get("type") in {"integer", "number"}
    ends = {"maximum", "exclusiveMaximum"} & set(schema)
    begins = {"minimum", "exclusiveMinimum"} & set(schema)
    return found | ({path} if is_number and not (ends and begins) else set())


def test_every_number_that_somebody_says_has_a_range_or_is_known_to_have_none():
    said = {call.body for call in CALLS if call.body is not None}
    said |= {
        event.payload
        for event in EVENTS
        if getattr(event, "payload", None) is not None and event.way.startswith("client")
    }
    assert len(said) > 30
    _, schemas = msgspec.json.schema_components(said)
    found = {each for name, schema in schemas.items() for each in endless(schema, name)}
    assert found - ENDLESS == set()


async def test_a_number_beyond_every_machine_word_is_refused_or_kept_and_breaks_nothing(tmp_path: Path):
    with capture_logs() as lines:
        async with running_relay(tmp_path / "relay") as office:
            grant = await office.pair()
            desk = Desk(office.url, grant["token"])
            async with desk:
                await desk.hears("hello")
                for huge in (2**63, 2**64, 10**40, 1e300):
                    window = {"windowId": "main", "pages": huge}
                    for field in ({"appliedSeq": huge}, {"protocol": huge}, {"windows": [window]}):
                        answered = await desk.say("presence", {**(desk.presence or {}), **field})
                        assert "INTERNAL" not in str(answered)
                    await desk.say("viewport", {"windowId": "main", "version": huge, "pages": huge})
                    for name in ("guest_hours", "audit_rows", "triggers_per_minute"):
                        answer = await office.call("PATCH", "/api/settings", json={"values": {name: huge}})
                        assert answer.status == 400, (name, huge, answer.body)
                    for path in ("/api/deliveries?since=", "/api/audit?limit=", "/api/trigger/x?timeoutMs="):
                        assert (await office.call("GET", f"{path}{huge:.0f}")).status < 500, path
                assert (await office.call("GET", "/api/screens")).status == 200
    assert [line for line in lines if line["log_level"] in {"error", "critical"}] == []


# --- Passwords have no age (2.1.10) -------------------------------------------------------------------------------


async def test_a_password_is_good_after_twenty_years_and_an_earlier_one_may_come_back(tmp_path: Path):
    clock = HandClock()
    first, second = "correct horse", "battery staple"
    async with running_relay(tmp_path / "relay", clock=clock) as office:
        kim = await office.add_user("kim", "operator", first)
        for _ in range(20):
            clock.turn(366 * 24 * 3600)
        signed = await office.as_(None).call(
            "POST", "/api/auth/login", json={"username": "kim", "password": first}
        )
        assert signed.status == 200, signed.body
        assert not {"passwordExpires", "mustChange"} & set(signed.body)
        for current, new in ((first, second), (second, first)):
            kim = office.as_(signed.body["accessToken"])
            chosen = await kim.call(
                "POST", "/api/auth/password", json={"currentPassword": current, "password": new}
            )
            assert chosen.status < 300, chosen.body
            signed = await office.as_(None).call(
                "POST", "/api/auth/login", json={"username": "kim", "password": new}
            )
            assert signed.status == 200, signed.body

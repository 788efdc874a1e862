"""What every answer says to a browser, and how long the relay listens to who says nothing."""

import asyncio
import contextlib
import re
from urllib.parse import urlsplit

import pytest
from helpers.relay_running import running_relay

from relay.contract.api import CALLS
from relay.web import shield

PLACES = {"sha256": "0" * 64, "userCode": "BCDF-GHJK", "path": "nothing.js"}


def address_of(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda found: PLACES.get(found[1], "nothing"), path)


async def test_every_call_answers_with_what_keeps_a_browser_safe(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        for call in CALLS:
            for who in (office, office.as_(None)):
                answer = await who.call(call.method, address_of(call.path), allow_redirects=False)
                what = f"{call.method} {call.path}: {answer.status}"
                assert answer.status < 500 or call.path == "/ready", what
                said = {name.lower(): value for name, value in answer.headers.items()}
                assert said["x-content-type-options"] == "nosniff", what
                assert "frame-ancestors 'none'" in said["content-security-policy"] or (
                    "sandbox" in said["content-security-policy"]
                ), what
                assert said["x-frame-options"] == "DENY", what
                assert said["referrer-policy"] in {"no-referrer", "same-origin"}, what
                assert said["cross-origin-resource-policy"] == "same-origin", what
                assert "cache-control" in said, what
                assert "aiohttp" not in said["server"], what
                assert "access-control-allow-origin" not in said, what
                if answer.status >= 400:
                    assert said["content-type"].startswith("application/problem+json"), what


async def test_what_is_nowhere_answers_with_it_too(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        for path in ("/nothing", "/web/../relay.db", "/socket.io/", "/api/documents/../../relay.db"):
            answer = await office.call("GET", path)
            assert answer.status in {400, 404}, path
            assert answer.headers["X-Content-Type-Options"] == "nosniff", path


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/health", {"X-Long": "a" * 9000}, 400),
        ("/" + "a" * 9000, {}, 400),
        ("/health", {f"X-{number}": "a" for number in range(200)}, 400),
    ],
    ids=["a long header", "a long address", "many headers"],
)
async def test_a_head_that_is_too_large_is_refused(tmp_path, path, headers, status):
    async with running_relay(tmp_path / "data") as office:
        assert (await office.call("GET", path, headers=headers)).status == status


async def test_a_body_that_is_too_large_is_refused_before_it_is_read(tmp_path):
    async with running_relay(tmp_path / "data", max_body_bytes=2048) as office:
        answer = await office.call("POST", "/api/screens", data=b"x" * 3000)
        assert answer.status == 413
        assert answer.body["code"] == "VALIDATION_ERROR"


async def test_who_never_ends_a_request_is_cut_and_others_are_served(tmp_path, monkeypatch):
    monkeypatch.setattr(shield, "HEAD_SECONDS", 0.5)
    monkeypatch.setattr(shield, "BODY_GRACE_SECONDS", 0.5)
    monkeypatch.setattr(shield, "LOOK_SECONDS", 0.1)
    async with running_relay(tmp_path / "data") as office:
        parts = urlsplit(office.url)
        heads = [
            b"GET /health HTTP/1.1\r\nHost: relay\r\nX-Slow: ",
            b"",
            b"POST /api/auth/login HTTP/1.1\r\nHost: relay\r\nContent-Length: 500\r\n\r\n{",
        ]
        lines = [await asyncio.open_connection(parts.hostname, parts.port) for _ in heads]
        for (_, writer), head in zip(lines, heads, strict=True):
            writer.write(head)
        async with asyncio.timeout(20):
            for reader, writer in lines:
                with contextlib.suppress(ConnectionResetError):
                    assert await reader.read() == b""
                writer.close()
        assert (await office.call("GET", "/health")).status == 200


async def test_who_is_only_slow_is_listened_to(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        parts = urlsplit(office.url)
        reader, writer = await asyncio.open_connection(parts.hostname, parts.port)
        writer.write(b"GET /health HTTP/1.1\r\nHost: relay\r\n")
        await writer.drain()
        writer.write(b"Connection: close\r\n\r\n")
        async with asyncio.timeout(20):
            assert (await reader.read()).startswith(b"HTTP/1.1 200")
        writer.close()

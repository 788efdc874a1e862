"""Whether browsers are told to come by https alone: with a certificate of one's own, and where an admin wants it."""

from pathlib import Path

import pytest
from helpers.relay_running import running_relay

from relay.ops.certificate import open_certificate
from relay.settings import Settings

HEADER = "Strict-Transport-Security"
OVER_TLS = {"host": "127.0.0.2", "announce": False}


def own_certificate(folder: Path) -> dict[str, Path]:
    made = open_certificate(Settings(data=folder, host="127.0.0.2"))
    return {"tls_certificate": made.path, "tls_key": made.key_path}


@pytest.mark.parametrize(
    ("hsts", "is_own", "is_said"),
    [("auto", False, False), ("auto", True, True), ("on", False, True), ("off", True, False)],
)
async def test_it_is_said_with_a_certificate_of_ones_own_or_by_the_admins_wish(
    tmp_path, hsts, is_own, is_said
):
    own = own_certificate(tmp_path / "own") if is_own else {}
    async with running_relay(tmp_path / "data", hsts=hsts, **OVER_TLS, **own) as office:
        assert office.url.startswith("https:")
        for path in ("/health", "/console/", "/api/screens", "/nothing"):
            answer = await office.as_(None).call("GET", path)
            assert answer.headers.get(HEADER) == ("max-age=31536000" if is_said else None), path


async def test_it_is_never_said_over_plain_http(tmp_path):
    """Behind a proxy that speaks TLS, it is the proxy that says it (resources/docs/proxy.md)."""
    async with running_relay(tmp_path / "data", hsts="on", trusted_proxies=("127.0.0.1/32",)) as office:
        through = {"X-Forwarded-For": "192.0.2.7", "X-Forwarded-Proto": "https"}
        for headers in ({}, through):
            assert HEADER not in (await office.call("GET", "/health", headers=headers)).headers

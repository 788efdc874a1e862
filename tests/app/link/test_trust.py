"""Looking at a relay: each way to fail is told as what it is, and nothing is said before there is trust."""

import asyncio
import socket
from contextlib import asynccontextmanager

import pytest
from helpers.certificates import DAY, NOW, Authority
from helpers.relay_double import relay_double

from app.errors import RelayUnreachable
from app.link import trust
from app.link.trust import look
from relay.contract.pairing import RelayAddress
from relay.contract.pairing_check import check_number
from relay.contract.wording import LANGUAGES, Wording

NOW_MS = round(NOW.timestamp() * 1000)


@pytest.fixture
def authority(tmp_path, monkeypatch) -> Authority:
    made = Authority(tmp_path)
    made.trust(monkeypatch)
    return made


async def failure(*addresses: str, fingerprint: str | None = None, now_ms: int = NOW_MS) -> RelayUnreachable:
    with pytest.raises(RelayUnreachable) as caught:
        await look(RelayAddress(addresses=addresses, fingerprint=fingerprint), now_ms=lambda: now_ms)
    return caught.value


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@asynccontextmanager
async def somebody(serve):
    """Somebody who is no relay: `serve(reader, writer)` is all it does."""
    open_lines: set[asyncio.Task] = set()

    async def handle(reader, writer):
        open_lines.add(asyncio.current_task())
        try:
            await serve(reader, writer)
        finally:
            writer.close()

    server = await asyncio.start_server(handle, "127.0.0.1", 0)
    try:
        yield f"127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()
        for line in open_lines:
            line.cancel()
        await asyncio.gather(*open_lines, return_exceptions=True)


async def test_whom_an_authority_vouches_for_needs_no_comparing(authority):
    async with relay_double(context=authority.issue()) as relay:
        seen = await look(RelayAddress(addresses=(relay.url,)))
    assert (seen.check, seen.relay.fingerprint, seen.address) == (None, None, relay.url)
    assert relay.requests == []


async def test_a_certificate_of_the_relays_own_is_to_be_compared_and_then_pinned(tmp_path, authority):
    async with relay_double(tls=tmp_path) as relay:
        seen = await look(RelayAddress(addresses=(relay.url, "http://127.0.0.1:1")))
    assert seen.check == check_number(relay.fingerprint)
    assert seen.relay == RelayAddress(addresses=(relay.url,), fingerprint=relay.fingerprint)
    assert relay.requests == []


async def test_a_relay_in_clear_text_is_only_reached():
    async with relay_double() as relay:
        seen = await look(RelayAddress(addresses=(relay.url,)))
    assert (seen.check, seen.relay.fingerprint) == (None, None)


async def test_the_pinned_certificate_is_recognised(tmp_path):
    async with relay_double(tls=tmp_path) as relay:
        seen = await look(RelayAddress(addresses=(relay.url,), fingerprint=relay.fingerprint.upper()))
    assert (seen.check, seen.relay.fingerprint) == (None, relay.fingerprint)


async def test_another_certificate_than_the_pinned_one_is_named_with_both_numbers(tmp_path):
    async with relay_double(tls=tmp_path) as relay:
        wrong = await failure(relay.url, fingerprint="ab" * 32)
    assert wrong.step == "pin"
    for language in LANGUAGES:
        detail = wrong.problem(language).detail
        assert check_number("ab" * 32) in detail
        assert check_number(relay.fingerprint) in detail
    assert "ab" * 32 in wrong.reason
    assert relay.fingerprint in wrong.reason


async def test_a_pin_is_not_looked_for_in_clear_text():
    assert (await failure("http://127.0.0.1:1", fingerprint="ab" * 32)).step == "in_clear"


async def test_a_name_that_nobody_knows():
    assert (await failure("https://relay.invalid:8440")).step == "address"


async def test_an_address_that_nobody_listens_at():
    assert (await failure(f"https://127.0.0.1:{free_port()}")).step == "refused"


async def test_somebody_who_never_answers(monkeypatch):
    monkeypatch.setattr(trust, "LOOK_SECONDS", 0.3)

    async def silent(reader, _writer):
        await reader.read()
        await asyncio.Event().wait()

    async with somebody(silent) as place:
        assert (await failure(f"https://{place}")).step == "timeout"


async def test_somebody_who_speaks_no_tls():
    async with relay_double() as relay:
        assert (await failure(relay.url.replace("http:", "https:"))).step == "tls"


async def test_a_certificate_that_is_over(authority):
    context = authority.issue(begins=NOW - 30 * DAY, ends=NOW - DAY)
    async with relay_double(context=context) as relay:
        assert (await failure(relay.url)).step == "expired"


async def test_a_certificate_that_is_not_valid_yet(authority):
    context = authority.issue(begins=NOW + DAY, ends=NOW + 30 * DAY)
    async with relay_double(context=context) as relay:
        assert (await failure(relay.url)).step == "not_yet"


@pytest.mark.parametrize("off_days", [-4000, 4000])
async def test_a_clock_that_is_wrong_is_to_blame_and_not_the_certificate(authority, off_days):
    # Python asks the system's clock, which a test cannot set: a certificate that is over for it stands for that.
    context = authority.issue(begins=NOW - 30 * DAY, ends=NOW - DAY)
    async with relay_double(context=context) as relay:
        wrong = await failure(relay.url, now_ms=NOW_MS + off_days * 86_400_000)
    assert wrong.step == "clock"
    assert NOW.strftime("%Y-%m-%d") in wrong.problem("en").detail


async def test_a_certificate_for_another_name(authority):
    async with relay_double(context=authority.issue("other.example")) as relay:
        assert (await failure(relay.url)).step == "host"


async def test_the_next_address_is_tried_and_the_telling_failure_is_told(authority):
    async with relay_double(context=authority.issue("other.example")) as relay:
        dead = f"https://127.0.0.1:{free_port()}"
        assert (await failure(dead, relay.url, dead)).step == "host"
        assert (await failure(dead, dead)).step == "refused"
    async with relay_double() as good:
        assert (await look(RelayAddress(addresses=(dead, good.url)))).address == good.url


async def test_the_systems_proxy_hears_nothing(monkeypatch, tmp_path):
    heard = []

    async def proxy(reader, _writer):
        heard.append(await reader.read(1))

    async with somebody(proxy) as place, relay_double(tls=tmp_path) as relay:
        for name in ("http_proxy", "https_proxy", "all_proxy", "HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://{place}")
        await look(RelayAddress(addresses=(relay.url,)))
    assert heard == []


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "step",
    [
        "address",
        "refused",
        "timeout",
        "tls",
        "pin",
        "expired",
        "not_yet",
        "host",
        "untrusted",
        "clock",
        "in_clear",
        "answer",
    ],
)
def test_every_failure_says_what_to_do_next(step, language):
    values = {"expected": "1", "got": "2", "ours": "3", "theirs": "4"}
    problem = RelayUnreachable(step, "https://10.0.0.5:8440", **values).problem(language)
    assert problem.title
    assert problem.action
    assert "{" not in problem.detail
    assert "https://10.0.0.5:8440" in problem.detail
    assert Wording(language).knows(f"link.unreachable.{step}.action")

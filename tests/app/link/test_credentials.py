"""Tokens: refreshed in one place, one at a time, kept before they are used, and never asked for after a no."""

import asyncio
import threading

import msgspec
import pytest
from aiohttp import web
from helpers.relay_double import SCREEN, refuse, relay_double

from app.errors import RelayRefused, RelayUnreachable
from app.link import credential_store
from app.link.clock import monotonic
from app.link.credential_store import CannotKeep, CredentialStore
from app.link.credentials import AccessToken, Credential, Credentials, Revoked, attempt_of
from app.link.relay_http import RelayHttp
from relay.contract.problems import Code


class Bench:
    def __init__(self, relay, store) -> None:
        self.store = store
        self.http = RelayHttp(relay.address)
        self.credential = Credential(
            screen_id=SCREEN, refresh_token=relay.refresh_token, secret="s" * 32, relay=relay.address
        )
        self.credentials = Credentials(self.credential, store, self.http)

    def refreshes(self, relay) -> list[dict]:
        return [body for path, body in relay.requests if path == "/api/auth/refresh"]


@pytest.fixture
async def relay():
    async with relay_double() as double:
        yield double


@pytest.fixture
async def bench(relay, tmp_path):
    made = Bench(relay, CredentialStore(tmp_path, "file"))
    await made.store.save(made.credential)
    yield made
    await made.http.close()


async def test_a_token_is_refreshed_when_there_is_none_and_used_while_it_lasts(relay, bench):
    assert await bench.credentials.token() == "access-2"
    assert await bench.credentials.token() == "access-2"
    assert len(bench.refreshes(relay)) == 1
    assert 830 < bench.credentials.seconds_to_renewal <= 840


async def test_pairings_first_token_needs_no_refresh(relay, bench):
    access = AccessToken.issued("access-1", asked_at=monotonic(), lasts_seconds=900)
    credentials = Credentials(bench.credential, bench.store, bench.http, access=access)
    assert await credentials.token() == "access-1"
    assert bench.refreshes(relay) == []


async def test_many_who_need_a_token_cause_one_refresh(relay, bench):
    tokens = await asyncio.gather(*(bench.credentials.token() for _ in range(20)))
    assert set(tokens) == {"access-2"}
    assert len(bench.refreshes(relay)) == 1


async def test_callers_of_every_kind_share_one_refresh_while_the_relay_is_slow(relay, bench):
    """As link, library and scans do it: they come at any time, and some do not wait for the answer."""
    under_way, most = 0, 0
    call = bench.http.call

    async def slow(*arguments, **options):
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        try:
            await asyncio.sleep(0.05)
            return await call(*arguments, **options)
        finally:
            under_way -= 1

    bench.http.call = slow

    async def impatient() -> str:
        async with asyncio.timeout(0.02):
            return await bench.credentials.token()

    async def refused() -> str:
        bench.credentials.expired(await bench.credentials.token())  # the relay says TOKEN_EXPIRED
        return await bench.credentials.token()

    callers = [
        impatient() if n % 5 == 0 else refused() if n % 7 == 0 else bench.credentials.token()
        for n in range(60)
    ]
    answers = await asyncio.gather(*callers, return_exceptions=True)
    assert most == 1
    assert {type(each) for each in answers} == {str, TimeoutError}
    assert len({body["refreshToken"] for body in bench.refreshes(relay)}) == relay.issued - 1 <= 9
    assert (await bench.store.load()).refresh_token == relay.refresh_token
    assert await bench.credentials.token() == relay.accepted


async def test_a_write_that_nobody_waits_for_any_more_does_not_overwrite_a_later_one(
    relay, bench, monkeypatch
):
    """A thread that writes cannot be called back: here the first one is held up by the disk."""
    disk, began, ended = threading.Event(), threading.Event(), threading.Event()
    replace = credential_store._replace

    def replace_slowly(*given):
        if began.is_set():
            return replace(*given)
        began.set()
        disk.wait(5)
        replace(*given)
        ended.set()
        return None

    monkeypatch.setattr(credential_store, "_replace", replace_slowly)
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.3):
            await bench.credentials.token()
    assert began.is_set()
    asyncio.get_running_loop().call_later(0.5, disk.set)
    await bench.credentials.token()
    bench.credentials.expired(relay.accepted)
    assert await bench.credentials.token() == relay.accepted
    await asyncio.to_thread(ended.wait, 5)
    assert (await bench.store.load()).refresh_token == relay.refresh_token


async def test_a_bench_that_was_paired_anew_meanwhile_keeps_the_new_credential(relay, bench):
    call, answered, may_go_on = bench.http.call, asyncio.Event(), asyncio.Event()

    async def held(*arguments, **options):
        answer = await call(*arguments, **options)
        answered.set()
        await may_go_on.wait()
        return answer

    bench.http.call = held

    async def scan() -> type[BaseException] | None:
        try:
            await bench.credentials.token()
        except Revoked:
            return Revoked
        return None

    async def pair_anew() -> None:
        await answered.wait()
        await bench.credentials.leave()
        await bench.store.save(msgspec.structs.replace(bench.credential, refresh_token="of the new pairing"))
        may_go_on.set()

    ended, _ = await asyncio.gather(scan(), pair_anew())
    assert ended is Revoked
    assert (await bench.store.load()).refresh_token == "of the new pairing"


async def test_a_relay_that_is_restarted_between_rotating_and_answering_is_asked_again(relay, bench):
    answers = []

    def restart(_request, _body):
        answers.append(relay.refresh_token)
        return web.Response(status=502, text="bad gateway") if len(answers) < 3 else None

    relay.instead["/api/auth/refresh"] = restart
    for _ in range(2):
        with pytest.raises(RelayUnreachable):
            await bench.credentials.token()
    assert await bench.credentials.token() == "access-2"
    assert (
        answers == ["refresh-2"] * 3 or answers[1:] == ["refresh-2"] * 2
    )  # rotated once, however often asked
    assert relay.issued == 2


async def test_the_new_refresh_token_is_kept_before_the_access_token_is_given_out(relay, bench):
    kept = []
    save = bench.store.save

    async def watched(credential):
        kept.append((credential.refresh_token, bench.credentials._access))
        await save(credential)

    bench.store.save = watched
    await bench.credentials.token()
    assert kept == [("refresh-2", None)]
    assert (await bench.store.load()).refresh_token == "refresh-2"


async def test_a_lost_answer_is_asked_for_again_and_the_relay_does_not_take_us_for_a_thief(relay, bench):
    losses = [True]

    def lose(request, _body):
        if losses:
            losses.pop()
            request.transport.abort()

    relay.instead["/api/auth/refresh"] = lose
    assert await bench.credentials.token() == "access-2"
    first, second = bench.refreshes(relay)
    assert first == second
    assert first["attempt"] == attempt_of(bench.credential)
    assert len(first["attempt"]) == 64


async def test_a_crash_before_the_new_token_was_kept_costs_nothing(relay, bench):
    await bench.credentials.token()
    await bench.store.save(bench.credential)  # as if the write had not happened
    after = Credentials(await bench.store.load(), bench.store, bench.http)
    assert await after.token() == "access-2"
    after.expired("access-2")
    assert await after.token() == "access-3"


async def test_a_disk_that_is_full_does_not_end_the_day(relay, bench):
    async def full(_credential):
        raise CannotKeep(bench.store._file, "no space left")

    bench.store.save, save = full, bench.store.save
    assert await bench.credentials.token() == "access-2"
    bench.credentials.expired("access-2")
    assert await bench.credentials.token() == "access-2"
    bench.store.save = save
    bench.credentials.expired("access-2")
    assert await bench.credentials.token() == "access-2"
    bench.credentials.expired("access-2")
    assert await bench.credentials.token() == "access-3"


@pytest.mark.parametrize("code", [Code.TOKEN_INVALID, Code.TOKEN_EXPIRED])
async def test_a_refusal_is_final_and_asked_once(relay, bench, code):
    relay.instead["/api/auth/refresh"] = lambda _request, _body: refuse(code)
    for _ in range(3):
        with pytest.raises(Revoked):
            await bench.credentials.token()
    assert len(bench.refreshes(relay)) == 1


async def test_a_relay_in_trouble_is_not_a_refusal(relay, bench):
    relay.instead["/api/auth/refresh"] = lambda _request, _body: refuse(Code.RELAY_UNAVAILABLE)
    with pytest.raises(RelayRefused):
        await bench.credentials.token()
    relay.instead["/api/auth/refresh"] = lambda _request, _body: web.Response(status=502, text="bad gateway")
    with pytest.raises(RelayUnreachable):
        await bench.credentials.token()
    del relay.instead["/api/auth/refresh"]
    assert await bench.credentials.token() == "access-2"


async def test_the_relay_may_call_a_token_expired_but_not_the_one_that_followed_it(relay, bench):
    first = await bench.credentials.token()
    bench.credentials.expired(first)
    second = await bench.credentials.token()
    bench.credentials.expired(first)
    assert await bench.credentials.token() == second == "access-3"


async def test_listeners_hear_of_every_new_token_until_they_leave(relay, bench):
    heard = []
    leave = bench.credentials.listen(heard.append)
    await bench.credentials.token()
    leave()
    bench.credentials.expired("access-2")
    await bench.credentials.token()
    assert heard == ["access-2"]


def test_a_token_is_renewed_a_minute_before_its_end_and_a_short_one_is_not_renewed_all_the_time():
    assert AccessToken.issued("t", asked_at=0, lasts_seconds=900).renew_at == 840
    assert AccessToken.issued("t", asked_at=0, lasts_seconds=30).renew_at == 20


def test_the_attempt_belongs_to_the_token_and_to_the_bench():
    one = Credential(screen_id=SCREEN, refresh_token="a", secret="s", relay=None)
    assert attempt_of(one) == attempt_of(msgspec.structs.replace(one))
    assert attempt_of(one) != attempt_of(msgspec.structs.replace(one, refresh_token="b"))
    assert attempt_of(one) != attempt_of(msgspec.structs.replace(one, secret="t"))

"""A bench asks to be paired: what it shows, how it waits, and what it makes of every answer. With a turned clock."""

import asyncio

import pytest
from aiohttp import web
from helpers.relay_double import SCREEN, refuse, relay_double
from helpers.relay_running import running_relay

from app.errors import RelayRefused, RelayUnreachable
from app.link.asking import ask
from app.link.pairing import this_device
from app.stage.asking import Asking
from app.stage.scan_result import PairingStep
from relay.contract.pairing import RelayAddress
from relay.contract.pairing_check import check_number
from relay.contract.problems import Code

DEVICE = this_device(app_version="1.2.3", displays=2, monitors=("DELL U2419H",))
ASK, TOKEN, CANCEL = "/api/pair/requests", "/api/pair/requests/token", "/api/pair/requests/cancel"


class Wait:
    """Seconds that pass only while somebody sleeps; what stands in `then` happens in the next sleep."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.slept: list[float] = []
        self.then: list = []

    def seconds(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds
        if self.then:
            done = self.then.pop(0)()
            if done is not None:
                await done
        await asyncio.sleep(0)


class Desk:
    """A bench that asks, and what it showed."""

    def __init__(self) -> None:
        self.wait = Wait()
        self.shown: list[Asking] = []
        self.steps: list[PairingStep] = []

    async def ask(self, address: RelayAddress):
        async with asyncio.timeout(30):
            return await ask(
                address,
                DEVICE,
                shown=self.shown.append,
                on_step=lambda step, _detail: self.steps.append(step),
                seconds=self.wait.seconds,
                sleep=self.wait.sleep,
            )

    @property
    def codes(self) -> list[str]:
        return list(dict.fromkeys(each.code for each in self.shown))


def answers(relay, *token_answers):
    """Let the double take requests, and answer the questions for the token in this order."""
    numbers = iter(range(1, 100))
    left = list(token_answers)

    def begin(_request, _body):
        number = next(numbers)
        return web.json_response(
            {
                "deviceCode": f"DEVICE-{number}",
                "userCode": f"ABCD-000{number}",
                "verificationUri": "https://evil.example/pair",
                "verificationUriComplete": "https://evil.example/pair?code=x",
                "interval": 3,
                "expiresIn": 600,
            }
        )

    def token(_request, _body):
        return left.pop(0)() if left else granted(relay)

    relay.instead[ASK], relay.instead[TOKEN] = begin, token


def granted(relay, **more):
    relay_itself = {"addresses": [relay.url], **more}
    return web.json_response(
        {
            "screenId": SCREEN,
            "token": "access",
            "refreshToken": "refresh",
            "expiresIn": 900,
            "relay": relay_itself,
        }
    )


def pending():
    return refuse(Code.AUTHORIZATION_PENDING)


async def test_it_shows_code_page_qr_and_number_and_ends_with_the_pinned_credential(tmp_path):
    desk = Desk()
    async with relay_double(tls=tmp_path) as relay:
        answers(relay, pending, pending)
        claimed = await desk.ask(relay.address.__class__(addresses=(relay.url,)))
    check = check_number(relay.fingerprint)
    shown = desk.shown[0]
    assert (shown.code, shown.page, shown.check) == ("ABCD-0001", f"{relay.url}/pair", check)
    assert shown.qr == f"{relay.url}/pair?code=ABCD-0001&check={check.replace(' ', '')}"
    assert shown.seconds_left == 600
    assert desk.steps == [PairingStep.REACH, PairingStep.TRUST, PairingStep.CLAIM]
    assert desk.wait.slept == [3, 3, 3]
    assert claimed.credential.screen_id == SCREEN
    assert claimed.credential.relay.fingerprint == relay.fingerprint
    (_path, body) = relay.requests[0]
    assert body["device"]["monitors"] == ["DELL U2419H"]


async def test_a_certificate_that_nobody_compared_yet_is_not_ticked(tmp_path):
    desk = Desk()
    async with relay_double(tls=tmp_path) as relay:
        answers(relay, pending, lambda: refuse(Code.PAIRING_DENIED))
        with pytest.raises(RelayRefused):
            await desk.ask(RelayAddress(addresses=(relay.url,)))
    assert desk.steps == [PairingStep.REACH, PairingStep.TRUST]


async def test_an_address_that_the_relay_names_is_never_shown():
    desk = Desk()
    async with relay_double() as relay:
        answers(relay)
        await desk.ask(relay.address)
    assert "evil" not in repr(desk.shown)


async def test_it_asks_more_slowly_when_told_to():
    desk = Desk()
    async with relay_double() as relay:
        answers(relay, lambda: refuse(Code.SLOW_DOWN), pending, lambda: refuse(Code.SLOW_DOWN))
        await desk.ask(relay.address)
    assert desk.wait.slept == [3, 8, 8, 13]


async def test_a_code_that_expires_is_replaced_by_a_new_one_by_itself():
    desk = Desk()
    async with relay_double() as relay:
        answers(relay, lambda: refuse(Code.PAIRING_EXPIRED), pending, lambda: refuse(Code.PAIRING_INVALID))
        await desk.ask(relay.address)
    assert desk.codes == ["ABCD-0001", "ABCD-0002", "ABCD-0003"]
    polled = [body["deviceCode"] for path, body in relay.requests if path == TOKEN]
    assert polled == ["DEVICE-1", "DEVICE-2", "DEVICE-2", "DEVICE-3"]


async def test_a_code_lives_by_the_benchs_own_seconds_whatever_the_time_of_day():
    desk = Desk()
    async with relay_double() as relay:
        answers(relay, *[pending] * 200)
        await desk.ask(relay.address)
    assert desk.codes == ["ABCD-0001", "ABCD-0002"]
    assert len(desk.wait.slept) == 201


@pytest.mark.parametrize("code", [Code.PAIRING_DENIED, Code.PAIRING_USED])
async def test_a_decision_against_it_ends_it(code):
    desk = Desk()
    async with relay_double() as relay:
        answers(relay, pending, lambda: refuse(code))
        with pytest.raises(RelayRefused) as caught:
            await desk.ask(relay.address)
    assert caught.value.problem.code == code


async def test_a_relay_that_is_full_is_told_as_such():
    desk = Desk()
    async with relay_double() as relay:
        relay.instead[ASK] = lambda _request, _body: refuse(Code.RATE_LIMITED, retryAfterMs=30_000)
        with pytest.raises(RelayRefused) as caught:
            await desk.ask(relay.address)
    assert caught.value.problem.code == Code.RATE_LIMITED


async def test_a_relay_that_is_busy_is_asked_again():
    desk = Desk()
    async with relay_double() as relay:
        answers(
            relay, lambda: refuse(Code.RELAY_UNAVAILABLE), lambda: refuse(Code.RATE_LIMITED, retryAfterMs=1)
        )
        await desk.ask(relay.address)
    assert len(desk.wait.slept) == 3


async def test_whoever_stops_waiting_takes_the_request_back():
    desk = Desk()
    async with relay_double() as relay:
        answers(relay, *[pending] * 100)
        desk.wait.sleep = lambda _seconds: asyncio.Event().wait()
        waiting = asyncio.get_running_loop().create_task(desk.ask(relay.address))
        await relay.until(lambda: bool(relay.requests))
        while not desk.shown:
            await asyncio.sleep(0.01)
        relay.instead[CANCEL] = lambda _request, _body: web.Response(status=204)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert relay.requests[-1] == (CANCEL, {"deviceCode": "DEVICE-1"})


def last_word():
    response = pending()
    response.force_close()
    return response


async def test_a_certificate_that_changes_while_waiting_ends_it(tmp_path):
    desk = Desk()
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    async with relay_double(tls=tmp_path / "a") as relay:
        answers(relay, last_word)
        port = int(relay.url.rpartition(":")[2])
        address = RelayAddress(addresses=(relay.url,))
        other = relay_double(tls=tmp_path / "b", port=port)

        async def swap() -> None:
            await relay.close_site()
            answers(await other.__aenter__())

        desk.wait.then = [lambda: None, swap]
        with pytest.raises(RelayUnreachable) as caught:
            await desk.ask(address)
        await other.__aexit__(None, None, None)
    assert caught.value.step == "pin"


async def test_somebody_who_passes_our_words_on_is_noticed(tmp_path):
    desk = Desk()
    async with relay_double(tls=tmp_path) as relay:
        answers(relay, lambda: granted(relay, fingerprint="cd" * 32))
        with pytest.raises(RelayUnreachable) as caught:
            await desk.ask(RelayAddress(addresses=(relay.url,)))
    assert caught.value.step == "pin"


async def test_a_redirect_is_not_followed():
    desk = Desk()
    async with relay_double() as relay, relay_double() as other:
        answers(other)
        relay.instead[ASK] = lambda _request, _body: web.Response(
            status=307, headers={"Location": other.url + ASK}
        )
        with pytest.raises(RelayUnreachable) as caught:
            await desk.ask(relay.address)
    assert caught.value.step == "answer"
    assert other.requests == []


# With the real relay, over TLS.


async def approve(office, code: str, **more) -> None:
    answer = await office.call(
        "POST", f"/api/pair/requests/{code}/approve", json={"screenId": "SCREEN-007", **more}
    )
    assert answer.status == 200, answer.body


async def test_a_real_relay_approves_over_a_restart_in_between(tmp_path):
    desk = Desk()
    data = tmp_path / "data"
    wanted = {"host": "0.0.0.0", "announce": False, "addresses": ("https://127.0.0.1:1",)}
    first = running_relay(data, **wanted)
    office = await first.__aenter__()
    port = office.relay.port
    offices = [office]

    async def stop() -> None:
        await first.__aexit__(None, None, None)

    async def start() -> None:
        again = running_relay(data, on_port=port, **wanted)
        offices.append(await again.__aenter__())
        ends.append(again)
        offices[-1].url = f"https://127.0.0.1:{port}"
        shown = desk.shown[-1]
        await approve(offices[-1], shown.code, check=shown.check)

    ends: list = []
    desk.wait.then = [lambda: None, stop, lambda: None, start]
    try:
        claimed = await desk.ask(RelayAddress(addresses=(f"https://127.0.0.1:{port}",)))
    finally:
        for each in ends:
            await each.__aexit__(None, None, None)
    assert claimed.credential.screen_id == "SCREEN-007"
    assert claimed.credential.relay.fingerprint == offices[-1].relay.address.fingerprint
    assert any(each.is_away for each in desk.shown)
    assert len(desk.codes) == 1

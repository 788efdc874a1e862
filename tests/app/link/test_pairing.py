"""Pairing: an offer becomes a credential, over the pinned way and no other."""

import asyncio
import socket
from datetime import timedelta

import pytest
from aiohttp import web
from helpers.relay_double import SCREEN, refuse, relay_double

from app.errors import RelayRefused, RelayUnreachable
from app.link import relay_http
from app.link.pairing import NotAPairingLink, NotConfirmed, Offered, claim, read_code, read_offer, this_device
from app.stage.scan_result import PairingStep
from relay.contract.pairing import RelayAddress, write_link
from relay.contract.pairing_check import check_number
from relay.contract.problems import Code

DEVICE = this_device(app_version="1.2.3", displays=2)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


async def test_a_link_becomes_a_credential(tmp_path):
    async with relay_double() as relay:
        steps = []
        link = write_link(SCREEN, "ABCD2345", relay.address)
        claimed = await claim(read_offer(link), DEVICE, on_step=lambda step, _detail: steps.append(step))
    (path, body), *more = relay.requests
    assert (path, more) == ("/api/pair", [])
    assert (body["screenId"], body["token"]) == (SCREEN, "ABCD2345")
    assert body["device"]["appVersion"] == "1.2.3"
    assert body["device"]["displays"] == 2
    assert claimed.credential.screen_id == SCREEN
    assert claimed.credential.refresh_token == "refresh-1"
    assert claimed.access.text == "access-1"
    assert claimed.credential.relay.addresses == (relay.url,)
    assert steps == [PairingStep.REACH, PairingStep.TRUST, PairingStep.CLAIM]


async def test_two_benches_never_share_a_secret():
    async with relay_double() as relay:
        offered = Offered(relay=relay.address, token="ABCD2345", screen_id=SCREEN)
        one, other = await claim(offered, DEVICE), await claim(offered, DEVICE)
    assert one.credential.secret != other.credential.secret


async def test_a_typed_code_needs_no_screen_id():
    async with relay_double() as relay:
        claimed = await claim(read_code(relay.url.removeprefix("http://"), "abcd-2345"), DEVICE)
    assert "screenId" not in relay.requests[0][1]
    assert relay.requests[0][1]["token"] == "ABCD2345"
    assert claimed.credential.relay.addresses[0] == relay.url


async def test_the_pinned_certificate_is_trusted_though_no_authority_knows_it(tmp_path):
    async with relay_double(tls=tmp_path) as relay:
        claimed = await claim(read_offer(write_link(SCREEN, "ABCD2345", relay.address)), DEVICE)
    assert claimed.credential.relay.fingerprint == relay.fingerprint


async def test_another_certificate_than_the_pinned_one_hears_nothing_of_the_token(tmp_path):
    async with relay_double(tls=tmp_path) as relay:
        wrong = RelayAddress(addresses=(relay.url,), fingerprint="00" * 32)
        with pytest.raises(RelayUnreachable) as caught:
            await claim(Offered(relay=wrong, token="ABCD2345", screen_id=SCREEN), DEVICE)
    assert caught.value.step == "pin"
    assert relay.requests == []


async def test_a_typed_code_goes_to_an_unknown_certificate_only_after_its_number_was_compared(tmp_path):
    asked = []

    async def compare(seen) -> bool:
        assert relay.requests == []
        asked.append(seen.check)
        return True

    async with relay_double(tls=tmp_path) as relay:
        claimed = await claim(read_code(relay.url, "ABCD-2345"), DEVICE, confirm=compare)
    assert asked == [check_number(relay.fingerprint)]
    assert claimed.credential.relay.fingerprint == relay.fingerprint


@pytest.mark.parametrize("said", [False, None])
async def test_a_number_that_is_not_the_admins_ends_it_before_the_code_is_told(tmp_path, said):
    async def compare(_seen) -> bool:
        return False

    async with relay_double(tls=tmp_path) as relay:
        with pytest.raises(NotConfirmed):
            await claim(read_code(relay.url, "ABCD-2345"), DEVICE, confirm=None if said is None else compare)
    assert relay.requests == []


async def test_a_relay_that_names_another_certificate_than_it_shows_is_somebody_in_between(tmp_path):
    def passed_on(_request, _body):
        relay_itself = {"addresses": [relay.url], "fingerprint": "cd" * 32}
        return web.json_response(
            {"screenId": SCREEN, "token": "t", "refreshToken": "r", "expiresIn": 900, "relay": relay_itself}
        )

    async def compare(_seen) -> bool:
        return True

    async with relay_double(tls=tmp_path) as relay:
        relay.instead["/api/pair"] = passed_on
        with pytest.raises(RelayUnreachable) as caught:
            await claim(read_code(relay.url, "ABCD-2345"), DEVICE, confirm=compare)
    assert caught.value.step == "pin"


async def test_a_pinned_relay_is_never_spoken_to_in_clear_text():
    async with relay_double() as relay:
        pinned = RelayAddress(addresses=(relay.url,), fingerprint="ab" * 32)
        with pytest.raises(RelayUnreachable) as caught:
            await claim(Offered(relay=pinned, token="ABCD2345", screen_id=SCREEN), DEVICE)
    assert caught.value.step == "in_clear"
    assert relay.requests == []


async def test_the_addresses_are_tried_in_order_and_the_one_that_worked_is_remembered_first(tmp_path):
    async with relay_double() as relay:
        dead = f"http://127.0.0.1:{free_port()}"
        address = RelayAddress(addresses=(dead, relay.url))
        claimed = await claim(Offered(relay=address, token="ABCD2345", screen_id=SCREEN), DEVICE)
    assert claimed.credential.relay.addresses == (relay.url, dead)


async def test_a_redirect_is_not_followed():
    async with relay_double() as other, relay_double() as relay:
        relay.instead["/api/pair"] = lambda _request, _body: web.Response(
            status=307, headers={"Location": f"{other.url}/api/pair"}
        )
        with pytest.raises(RelayUnreachable) as caught:
            await claim(Offered(relay=relay.address, token="ABCD2345", screen_id=SCREEN), DEVICE)
    assert caught.value.step == "answer"
    assert other.requests == []


async def test_the_systems_proxy_is_not_asked(monkeypatch):
    monkeypatch.setenv("http_proxy", f"http://127.0.0.1:{free_port()}")
    async with relay_double() as relay:
        await claim(Offered(relay=relay.address, token="ABCD2345", screen_id=SCREEN), DEVICE)


async def test_a_refusal_comes_in_the_relays_own_words():
    async with relay_double() as relay:
        relay.instead["/api/pair"] = lambda request, _body: refuse(
            Code.PAIRING_EXPIRED, request.headers["Accept-Language"]
        )
        with pytest.raises(RelayRefused) as caught:
            await claim(Offered(relay=relay.address, token="ABCD2345"), DEVICE, language="ko")
    assert caught.value.problem.code == "PAIRING_EXPIRED"
    assert "페어링" in caught.value.problem.title


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_nobody_there_is_told_with_the_address(language):
    address = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(RelayUnreachable) as caught:
        await claim(Offered(relay=RelayAddress(addresses=(address,)), token="ABCD2345"), DEVICE)
    assert caught.value.step == "refused"
    problem = caught.value.problem(language)
    assert address in problem.detail
    assert problem.code == "CONNECTION_REFUSED"


async def test_a_name_that_does_not_exist_is_told_as_such():
    relay = RelayAddress(addresses=("http://relay.invalid:8440",))
    with pytest.raises(RelayUnreachable) as caught:
        await claim(Offered(relay=relay, token="ABCD2345"), DEVICE)
    assert caught.value.step == "address"


async def test_somebody_who_accepts_and_says_nothing_is_a_timeout(monkeypatch):
    heard, gone = asyncio.Event(), asyncio.Event()

    async def silent(reader, writer):
        heard.set()
        await reader.read()
        writer.close()
        await writer.wait_closed()
        gone.set()

    monkeypatch.setattr("app.link.pairing.PATIENCE", timedelta(seconds=0.2))
    server = await asyncio.start_server(silent, "127.0.0.1", 0)
    async with server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(RelayUnreachable) as caught:
            await claim(
                Offered(relay=RelayAddress(addresses=(f"http://127.0.0.1:{port}",)), token="ABCD2345"), DEVICE
            )
        async with asyncio.timeout(5):
            await gone.wait()  # before Python 3.12 a server does not wait for its connections
    assert heard.is_set()
    assert caught.value.step == "timeout"
    assert caught.value.code is Code.CONNECTION_TIMEOUT


async def test_a_web_server_that_is_no_relay_is_told_as_such():
    async with relay_double() as relay:
        relay.instead["/api/pair"] = lambda _request, _body: web.Response(text="<h1>It works!</h1>")
        with pytest.raises(RelayUnreachable) as caught:
            await claim(Offered(relay=relay.address, token="ABCD2345"), DEVICE)
        relay.instead["/api/pair"] = lambda _request, _body: web.Response(status=404, text="nothing here")
        with pytest.raises(RelayUnreachable) as also:
            await claim(Offered(relay=relay.address, token="ABCD2345"), DEVICE)
    assert (caught.value.step, also.value.step) == ("answer", "answer")


async def test_an_offer_is_claimed_once_even_when_the_answer_is_lost(monkeypatch):
    async with relay_double() as relay:

        def drop(request, _body):
            request.transport.abort()
            return web.Response()

        relay.instead["/api/pair"] = drop
        with pytest.raises(RelayUnreachable):
            await claim(Offered(relay=relay.address, token="ABCD2345"), DEVICE)
    assert len(relay.requests) == 1


async def test_an_endless_answer_does_not_fill_the_memory(monkeypatch):
    monkeypatch.setattr(relay_http, "LARGEST_ANSWER_BYTES", 1000)
    async with relay_double() as relay:
        relay.instead["/api/pair"] = lambda _request, _body: web.Response(body=b"x" * 5000)
        with pytest.raises(RelayUnreachable):
            await claim(Offered(relay=relay.address, token="ABCD2345"), DEVICE)


@pytest.mark.parametrize(
    ("address", "code", "missing"),
    [
        ("", "ABCD2345", "address"),
        ("https://", "ABCD2345", "address"),
        ("ftp://relay.test", "ABCD2345", "address"),
        ("relay test", "ABCD2345", "address"),
        ("https://[::1", "ABCD2345", "address"),
        ("relay.test:port", "ABCD2345", "address"),
        ("relay.test", "", "code"),
        ("relay.test", " - ", "code"),
    ],
)
def test_a_form_that_cannot_be_meant_names_what_is_missing(address, code, missing):
    with pytest.raises(NotAPairingLink) as caught:
        read_code(address, code)
    assert str(caught.value) == missing


def test_an_address_without_a_scheme_is_encrypted_unless_it_is_this_machine():
    assert read_code("relay.test:8440", "ABCD2345").relay.addresses == ("https://relay.test:8440",)
    assert read_code("127.0.0.1:8440", "ABCD2345").relay.addresses[-1] == "http://127.0.0.1:8440"
    assert read_code("http://relay.test:8440/", "ABCD2345").relay.addresses == ("http://relay.test:8440",)


def test_an_address_without_a_port_is_tried_where_relays_listen_and_then_where_the_web_does():
    assert read_code("Relay.test", "ABCD2345").relay.addresses == (
        "https://relay.test:8440",
        "https://relay.test",
    )


def test_a_damaged_pin_does_not_become_none():
    with pytest.raises(NotAPairingLink):
        read_offer("https://relay.test/api/pair?screenId=A#token=ABCD2345&sha256=ABC")

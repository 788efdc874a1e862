"""Somebody who guesses at a name makes guessing slow and keeps nobody out: no admin, and no plant behind one NAT."""

from contextlib import asynccontextmanager

import aiohttp
import pytest
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay

from relay.identity.keys import Keys
from relay.web.account_tries import KNOWN_ADDRESSES, STRANGERS
from relay.web.known_browsers import KnownBrowsers

PASSWORD = "correct horse"
BEHIND = {"trusted_proxies": ("127.0.0.1/32",), "attempts_per_minute": 10}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def office(tmp_path, clock):
    async with running_relay(tmp_path / "data", clock=clock, **BEHIND) as office:
        await office.add_user("boss", "admin", PASSWORD)
        yield office


async def sign_in(office: Office, address: str | None, password: str = PASSWORD, name: str = "boss") -> int:
    """Sign in from an address behind the proxy, or at the relay's own machine."""
    said = {"username": name, "password": password}
    headers = {} if address is None else {"X-Forwarded-For": address}
    return (await office.as_(None).call("POST", "/api/auth/login", json=said, headers=headers)).status


async def test_an_admin_gets_in_while_somebody_guesses_at_the_same_name(office, clock):
    guesses = [await sign_in(office, "192.0.2.66", "wrong") for _ in range(20)]
    assert guesses.count(401) == 5
    assert guesses[5:] == [429] * 15
    assert await sign_in(office, "192.0.2.66") == 429, (
        "nobody gets in there for a while, not even with the password"
    )
    assert await sign_in(office, "192.0.2.10") == 200, "the admin's own place is another one"
    clock.turn(301)
    assert await sign_in(office, "192.0.2.66") == 200, "and five minutes are the longest wait"


async def test_the_relays_own_machine_lets_its_admin_in_whatever_happens_outside(office):
    for _ in range(40):
        await sign_in(office, "192.0.2.66", "wrong")
    assert await sign_in(office, None) == 200, (
        "a browser at the machine, though the whole plant is one address"
    )
    # The office holds the command line's token, which is made at the machine with a key that lies there.
    answer = await office.call("PATCH", "/api/users/boss", json={"password": "battery staple"})
    assert answer.status == 200
    assert await sign_in(office, "192.0.2.10", "battery staple") == 200


async def test_a_shift_signs_in_behind_one_address_while_somebody_there_guesses(office):
    for number in range(12):
        await office.add_user(f"worker {number}", "operator", PASSWORD)
    for _ in range(20):
        await sign_in(office, "192.0.2.66", "wrong")
    assert [await sign_in(office, "192.0.2.66", name=f"worker {number}") for number in range(12)] == [
        200
    ] * 12


@asynccontextmanager
async def browser(office: Office, address: str, name: str = "boss"):
    """Somebody's browser, which has signed in once; `again` tries a password from any address."""
    jar = aiohttp.CookieJar(unsafe=True)
    async with aiohttp.ClientSession(cookie_jar=jar) as session:

        async def again(password: str = PASSWORD, address: str = address, name: str = name) -> int:
            said, headers = {"username": name, "password": password}, {"X-Forwarded-For": address}
            async with session.post(
                f"{office.url}/api/auth/browser", json=said, headers={"X-Benchcast": "1", **headers}
            ) as answer:
                return answer.status

        assert await again() == 200
        yield again


async def guess_from_everywhere(office: Office, count: int = 200, name: str = "boss") -> list[int]:
    return [
        await sign_in(office, f"198.51.{number // 250}.{number % 250 + 1}", "wrong", name)
        for number in range(count)
    ]


async def test_many_addresses_together_stop_at_a_hundred_an_hour_and_the_known_browser_goes_on(office, clock):
    async with browser(office, "192.0.2.10") as known, browser(office, "192.0.2.20") as other:
        assert await sign_in(office, "192.0.2.30") == 200, "a program, from where it always signs in"
        guesses = await guess_from_everywhere(office)
        assert guesses == [401] * STRANGERS + [429] * (200 - STRANGERS)
        assert STRANGERS + KNOWN_ADDRESSES + 24 < 100, "with those of the relay's own machine and of programs"
        assert await sign_in(office, "203.0.113.5") == 429, "a stranger waits, also with the password"
        assert await sign_in(office, "192.0.2.30") == 200, "the program does not"
        assert await sign_in(office, None) == 200, "nor does the relay's own machine"
        assert await known(address="203.0.113.5") == 200, "and a known browser travels"

        # A browser that somebody took along has few tries of its own, and takes none of the others'.
        tried = []
        for _ in range(30):
            clock.turn(10)
            tried.append(await other("wrong", address="203.0.113.6"))
        assert tried.count(401) <= 10
        assert await known() == 200

        clock.turn(3601)
        assert await sign_in(office, "203.0.113.5") == 200


async def test_names_that_nobody_has_are_treated_alike(office):
    assert await guess_from_everywhere(office, 80, "nobody") == [401] * STRANGERS + [429] * (80 - STRANGERS)


async def test_a_restart_gives_no_new_guesses(tmp_path, clock):
    async with running_relay(tmp_path / "data", clock=clock, **BEHIND) as office:
        await office.add_user("boss", "admin", PASSWORD)
        assert await sign_in(office, "192.0.2.30") == 200
        assert (await guess_from_everywhere(office, 40)).count(401) == 40
    clock.turn(60)
    async with running_relay(tmp_path / "data", clock=clock, **BEHIND) as office:
        guesses = await guess_from_everywhere(office, 60)
        assert guesses.count(401) == STRANGERS - 40
        assert await sign_in(office, "192.0.2.30") == 200, "and it is known where the program signs in"


def test_the_cookie_of_a_known_browser_is_good_for_its_person_and_for_half_a_year(tmp_path):
    clock = HandClock()
    browsers = KnownBrowsers(Keys.open(tmp_path), clock)
    cookie = browsers.add(browsers.add("", "boss"), "이반장")
    assert browsers.find(cookie, "BOSS")
    assert browsers.find(cookie, "이반장")
    assert browsers.find(cookie, "lee") is None
    assert KnownBrowsers(Keys.open(tmp_path / "other"), clock).find(cookie, "boss") is None
    assert all(browsers.find(nonsense, "boss") is None for nonsense in ("", ".", "a" * 36, "é" * 36))
    assert browsers.find(cookie[1:], "이반장") is None
    many = ""
    for number in range(20):
        many = browsers.add(many, f"worker {number}")
    assert len(many) < 500
    assert browsers.find(many, "worker 19")
    assert browsers.find(many, "worker 0") is None
    clock.turn(181 * 24 * 3600)
    assert browsers.find(cookie, "boss") is None

"""Somebody who guesses at a name makes guessing slow and keeps nobody out: no admin, and no plant behind one NAT."""

import pytest
from helpers.front_office import QUICK
from helpers.hand_clock import HandClock
from helpers.relay_running import Office, running_relay

PASSWORD = "correct horse"
BEHIND = {"trusted_proxies": ("127.0.0.1/32",), "attempts_per_minute": 10}


@pytest.fixture
def clock() -> HandClock:
    return HandClock()


@pytest.fixture
async def office(tmp_path, clock, monkeypatch):
    monkeypatch.setattr("relay.identity.users.PasswordHasher", lambda: QUICK)
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

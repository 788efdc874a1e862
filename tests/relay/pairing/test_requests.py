"""A workstation asks, an admin approves: the codes, their life, and what nobody else can do with them."""

import asyncio
import re

import pytest
from helpers.front_office import ADDRESS, ADMIN, front_office
from sqlalchemy import select, text

from relay.contract.pairing import CROCKFORD, Claim, Device
from relay.contract.pairing_check import check_number
from relay.contract.pairing_requests import PairingApproval, PairingRequest
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.pairing import requests as requests_module
from relay.pairing.tables import pairing_requests

CHECK = check_number(ADDRESS.fingerprint)
DEVICE = Device(
    name="bench-pc-7",
    platform="Linux",
    app_version="0.1.0",
    displays=2,
    monitors=("DELL U2419H", "LG 27UL850"),
)


@pytest.fixture
async def asked(office) -> PairingRequest:
    return await office.requests.ask(DEVICE, "192.168.0.31")


def approval(screen_id: str = "SCREEN-001", **more) -> PairingApproval:
    return PairingApproval(screen_id=screen_id, **more)


async def test_an_approved_workstation_gets_its_screen(office, asked):
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.AUTHORIZATION_PENDING
    approved = await office.requests.approve(asked.user_code, approval(name="3번 작업대", check=CHECK), ADMIN)
    assert (approved.screen_id, approved.device, approved.address) == ("SCREEN-001", DEVICE, "192.168.0.31")
    grant = await office.requests.redeem(asked.device_code)
    assert grant.screen_id == "SCREEN-001"
    assert grant.relay == ADDRESS
    caller = await office.access.verify(grant.token)
    assert (caller.kind, caller.name) == ("screen", "SCREEN-001")
    screen = await office.screens.get("screen-001")
    assert (screen.name, screen.paired, screen.device) == ("3번 작업대", True, "bench-pc-7 · Linux")


async def test_the_codes_are_what_the_standard_and_the_contract_ask(office, asked):
    assert re.fullmatch(rf"[{CROCKFORD}]{{4}}-[{CROCKFORD}]{{4}}", asked.user_code)
    assert re.fullmatch(rf"[{CROCKFORD}]{{26}}", asked.device_code)
    assert asked.verification_uri == f"{ADDRESS.addresses[0]}/pair"
    assert asked.verification_uri_complete == f"{ADDRESS.addresses[0]}/pair?code={asked.user_code}"
    assert (asked.interval, asked.expires_in) == (3, 600)
    mistyped = f" {asked.user_code.lower().replace('0', 'o').replace('1', 'i').replace('-', ' ')} "
    assert (await office.requests.look_up(mistyped)).device == DEVICE


async def test_no_code_is_on_disk(office, asked):
    await office.requests.approve(asked.user_code, approval(), ADMIN)
    rows = await office.database.read(lambda c: c.execute(select(pairing_requests)).all())
    kept = repr(rows).upper()
    for secret in (asked.user_code, asked.user_code.replace("-", ""), asked.device_code):
        assert secret not in kept
    for file in office.data.glob("relay.db*"):
        assert asked.device_code.encode() not in file.read_bytes()


async def test_a_request_lives_ten_minutes_also_over_a_restart(tmp_path):
    async with front_office(tmp_path / "data") as office:
        asked = await office.requests.ask(DEVICE, "192.168.0.31")
        now_ms = office.clock.now_ms()
    async with front_office(tmp_path / "data") as again:
        again.clock.turn((now_ms - again.clock.now_ms()) / 1000 + 599)
        assert await again.refused(again.requests.redeem(asked.device_code)) is Code.AUTHORIZATION_PENDING
        again.clock.turn(1)
        assert await again.refused(again.requests.redeem(asked.device_code)) is Code.PAIRING_EXPIRED
        assert (await again.requests.pending()).requests == ()
        late = again.requests.approve(asked.user_code, approval(), ADMIN)
        assert await again.refused(late) is Code.PAIRING_EXPIRED


async def test_an_approval_at_the_last_second_can_still_be_fetched(office, asked):
    office.clock.turn(599)
    await office.requests.approve(asked.user_code, approval(), ADMIN)
    office.clock.turn(100)
    assert (await office.requests.redeem(asked.device_code)).screen_id == "SCREEN-001"


async def test_an_approval_survives_a_restart(tmp_path):
    async with front_office(tmp_path / "data") as office:
        asked = await office.requests.ask(DEVICE, "192.168.0.31")
        await office.requests.approve(asked.user_code, approval(), ADMIN)
    async with front_office(tmp_path / "data") as again:
        assert (await again.requests.redeem(asked.device_code)).screen_id == "SCREEN-001"


async def test_an_answer_that_was_lost_is_given_again_for_two_minutes(office, asked):
    await office.requests.approve(asked.user_code, approval(), ADMIN)
    lost = await office.requests.redeem(asked.device_code)
    office.clock.turn(60)
    again = await office.requests.redeem(asked.device_code)
    assert (await office.access.verify(again.token)).name == "SCREEN-001"
    assert await office.refused(office.access.verify(lost.token)) is Code.TOKEN_INVALID
    office.clock.turn(61)
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.PAIRING_USED


async def test_haste_is_slowed_down_by_five_seconds_each_time(office, asked):
    poll = office.requests.redeem
    assert await office.refused(poll(asked.device_code)) is Code.AUTHORIZATION_PENDING
    office.clock.turn(3)
    assert await office.refused(poll(asked.device_code)) is Code.AUTHORIZATION_PENDING
    office.clock.turn(1)
    with pytest.raises(Refusal) as caught:
        await poll(asked.device_code)
    assert caught.value.code is Code.SLOW_DOWN
    assert caught.value.values["retryAfterMs"] == 8_000
    office.clock.turn(3)
    assert await office.refused(poll(asked.device_code)) is Code.SLOW_DOWN
    office.clock.turn(13)
    assert await office.refused(poll(asked.device_code)) is Code.AUTHORIZATION_PENDING


async def test_a_denied_workstation_hears_so(office, asked):
    await office.requests.deny(asked.user_code, ADMIN)
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.PAIRING_DENIED
    late = office.requests.approve(asked.user_code, approval(), ADMIN)
    assert await office.refused(late) is Code.PAIRING_DENIED


async def test_a_request_whose_code_nobody_knows_is_denied_by_its_id(office, asked):
    (pending,) = (await office.requests.pending()).requests
    await office.requests.deny(pending.request_id, ADMIN)
    assert (await office.requests.pending()).requests == ()


async def test_the_list_tells_who_asks_and_no_code(office, asked):
    listed = await office.requests.pending()
    (pending,) = listed.requests
    assert (pending.device, pending.address) == (DEVICE, "192.168.0.31")
    assert (pending.created_at, pending.expires_at - pending.created_at) == (office.clock.now_ms(), 600_000)
    assert listed.check == CHECK
    assert asked.user_code not in repr(listed)


async def test_another_certificate_at_the_bench_is_never_approved(office, asked):
    other = check_number("cd" * 32)
    with pytest.raises(Refusal) as caught:
        await office.requests.approve(asked.user_code, approval(check=other), ADMIN)
    assert caught.value.code is Code.CERTIFICATE_MISMATCH
    assert caught.value.values["what"] == CHECK
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.AUTHORIZATION_PENDING
    assert not await office.screens.exists("SCREEN-001")


async def test_a_paired_screen_keeps_its_device_unless_the_admin_says_so(office, asked):
    await office.add_screen("SCREEN-001")
    offer = await office.offers.make("SCREEN-001", ADMIN)
    former = await office.offers.claim(Claim(token=offer.token, device=Device(name="old-pc")))
    with pytest.raises(Refusal) as caught:
        await office.requests.approve(asked.user_code, approval("screen-001"), ADMIN)
    assert caught.value.code is Code.SCREEN_PAIRED
    assert caught.value.values["what"] == "old-pc"
    await office.requests.approve(asked.user_code, approval("screen-001", replace=True), ADMIN)
    assert (await office.access.verify(former.token)).name == "SCREEN-001", (
        "until the new one has fetched its own"
    )
    await office.requests.redeem(asked.device_code)
    assert await office.refused(office.access.verify(former.token)) is Code.TOKEN_INVALID
    assert office.cut == ["SCREEN-001"]


async def test_of_approvals_at_the_same_moment_one_counts(office, asked):
    async def attempt(number: int) -> Code | None:
        try:
            await office.requests.approve(asked.user_code, approval(f"SCREEN-{number}"), ADMIN)
        except Refusal as refusal:
            return refusal.code
        return None

    results = await asyncio.gather(*(attempt(number) for number in range(6)))
    assert sorted(results, key=str) == [None, *[Code.PAIRING_USED] * 5]
    assert len(await office.screens.list()) == 1


async def test_an_address_has_five_open_requests_and_its_newest_stay(office):
    made: list[PairingRequest] = []
    for number in range(7):
        office.clock.turn(1)
        made.append(await office.requests.ask(Device(name=f"pc-{number}"), "10.0.0.9"))
    other = await office.requests.ask(DEVICE, "10.0.0.10")
    names = [each.device.name for each in (await office.requests.pending()).requests]
    assert names == ["pc-2", "pc-3", "pc-4", "pc-5", "pc-6", "bench-pc-7"]
    assert await office.refused(office.requests.redeem(made[0].device_code)) is Code.PAIRING_INVALID
    assert await office.refused(office.requests.redeem(other.device_code)) is Code.AUTHORIZATION_PENDING


async def test_there_is_an_end_to_open_requests(office, monkeypatch):
    monkeypatch.setattr(requests_module, "MOST", 3)
    for number in range(3):
        await office.requests.ask(DEVICE, f"10.0.0.{number}")
    assert await office.refused(office.requests.ask(DEVICE, "10.0.0.9")) is Code.RATE_LIMITED
    office.clock.turn(600)
    await office.requests.ask(DEVICE, "10.0.0.9")


async def test_old_requests_are_forgotten(office, asked):
    office.clock.turn(1200)
    await office.requests.ask(DEVICE, "10.0.0.9")
    count = await office.database.read(
        lambda c: c.execute(text("SELECT count(*) FROM pairing_requests")).scalar()
    )
    assert count == 1


async def test_a_workstation_takes_its_request_back(office, asked):
    await office.requests.cancel(asked.device_code)
    await office.requests.cancel(asked.device_code)
    assert (await office.requests.pending()).requests == ()
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.PAIRING_INVALID


async def test_what_a_stranger_calls_itself_cannot_drive_a_terminal(office):
    await office.requests.ask(Device(name="\x1b]0;evil\x07bench\u202e\n", monitors=("\x1b[2J",)), "10.0.0.9")
    (pending,) = (await office.requests.pending()).requests
    assert pending.device.name.isprintable()
    assert pending.device.name == "]0;evil bench"
    assert pending.device.monitors == ("[2J",)


async def test_a_deleted_screen_takes_its_approval_along(office, asked):
    await office.requests.approve(asked.user_code, approval(), ADMIN)
    await office.screens.delete("SCREEN-001")
    assert await office.refused(office.requests.redeem(asked.device_code)) is Code.PAIRING_INVALID


# Over HTTP.


async def ask(office) -> dict:
    answer = await office.call("POST", "/api/pair/requests", json={"device": {"name": "PC-7"}})
    assert answer.status == 201, answer
    return answer.body


async def test_only_an_admin_decides(office):
    asked = await ask(office)
    lead = await office.signed_in_as("lead")
    one = f"/api/pair/requests/{asked['userCode']}"
    for token, code in ((None, "TOKEN_INVALID"), (lead, "FORBIDDEN")):
        assert (await office.call("GET", "/api/pair/requests", token=token)).code == code
        assert (await office.call("GET", one, token=token)).code == code
        body = {"screenId": "SCREEN-001"}
        assert (await office.call("POST", f"{one}/approve", token=token, json=body)).code == code
        assert (await office.call("POST", f"{one}/deny", token=token)).code == code
    assert not await office.screens.exists("SCREEN-001")


async def test_the_whole_flow_over_http(office):
    asked = await ask(office)
    poll = {"deviceCode": asked["deviceCode"]}
    pending = await office.call("POST", "/api/pair/requests/token", json=poll)
    assert (pending.status, pending.code, pending.body["retryAfterMs"]) == (
        400,
        "AUTHORIZATION_PENDING",
        3000,
    )
    one = f"/api/pair/requests/{asked['userCode']}"
    assert (await office.call("GET", one, token=office.admin)).body["device"]["name"] == "PC-7"
    body = {"screenId": "SCREEN-001", "check": CHECK}
    approved = await office.call("POST", f"{one}/approve", token=office.admin, json=body)
    assert (approved.status, approved.body["screenId"]) == (200, "SCREEN-001")
    grant = await office.call("POST", "/api/pair/requests/token", json=poll)
    assert grant.status == 200
    assert set(grant.body) == {"screenId", "token", "refreshToken", "expiresIn", "relay"}


async def test_user_codes_cannot_be_guessed_in_their_life(tmp_path):
    async with front_office(tmp_path / "data", per_minute=5) as office:
        asked = await ask(office)
        token = office.admin
        guesses = [await office.call("GET", f"/api/pair/requests/0000-000{n}", token=token) for n in range(5)]
        assert {guess.code for guess in guesses} == {"PAIRING_INVALID"}
        one = f"/api/pair/requests/{asked['userCode']}"
        for method, path in (("GET", one), ("POST", f"{one}/approve"), ("POST", f"{one}/deny")):
            answer = await office.call(method, path, token=token, json={"screenId": "SCREEN-001"})
            assert (answer.status, answer.code) == (429, "RATE_LIMITED")


async def test_device_codes_cannot_be_guessed_and_waiting_costs_nothing(tmp_path):
    async with front_office(tmp_path / "data", per_minute=5) as office:
        asked = await ask(office)
        for _ in range(10):
            office.clock.turn(0.1)
            answer = await office.call(
                "POST", "/api/pair/requests/token", json={"deviceCode": asked["deviceCode"]}
            )
            assert answer.code in {"AUTHORIZATION_PENDING", "SLOW_DOWN"}
        codes = [
            (await office.call("POST", "/api/pair/requests/token", json={"deviceCode": f"{n:026}"})).code
            for n in range(8)
        ]
        assert codes[-1] == "RATE_LIMITED"


async def test_strangers_cannot_ask_without_end(tmp_path):
    async with front_office(tmp_path / "data", per_minute=5) as office:
        body = {"device": {"name": "PC"}}
        statuses = [(await office.call("POST", "/api/pair/requests", json=body)).status for _ in range(6)]
    assert statuses == [201] * 5 + [429]

"""The page on which an admin approves: what each form shows, and that nothing happens without signing in."""

import re
from html import unescape

import pytest
from helpers.front_office import ADDRESS, ADMIN, front_office

from relay.contract.pairing import Claim, Device
from relay.contract.pairing_check import check_number

CHECK = check_number(ADDRESS.fingerprint)
WRONG = check_number("cd" * 32)
DEVICE = Device(name="bench-pc-7", platform="Linux", displays=2, monitors=("DELL U2419H", "LG <27>"))


@pytest.fixture
async def code(office) -> str:
    await office.add_user("Kim", "admin")
    return (await office.requests.ask(DEVICE, "192.168.0.31")).user_code


async def send(office, page: str = "", step: str = "sign-in", **fields: str):
    """Fill in the form of a page and press one of its buttons."""
    hidden = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', page))
    sent = {**{name: unescape(value) for name, value in hidden.items()}, "step": step, **fields}
    return await office.call("POST", "/pair", data=sent)


async def sign_in(office, code: str, *, check: str = "", name: str = "Kim", password: str = "correct horse"):
    page = (await office.call("GET", "/pair", params={"code": code, "check": check})).text
    return await send(office, page, code=code, username=name, password=password)


async def test_opening_the_page_consumes_nothing_and_shows_the_number(office, code):
    answer = await office.call("GET", "/pair", params={"code": code, "check": WRONG})
    assert answer.status == 200
    assert f'value="{code}"' in answer.text
    assert CHECK in answer.text
    assert (await office.requests.look_up(code)).device == DEVICE


@pytest.mark.parametrize("language", ["ko", "en"])
async def test_the_page_runs_no_script_and_is_kept_by_nobody(office, code, language):
    answer = await office.call("GET", "/pair", headers={"Accept-Language": language})
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "form-action 'self'" in policy
    assert "frame-ancestors 'none'" in policy
    assert answer.headers["Cache-Control"] == "no-store"
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert f'lang="{language}"' in answer.text


async def test_an_admin_compares_and_approves(office, code):
    page = (await sign_in(office, code)).text
    assert "bench-pc-7" in page
    assert "192.168.0.31" in page
    assert "LG &lt;27&gt;" in page
    assert CHECK in page
    assert 'name="compared" value="yes" required' in page
    assert "correct horse" not in page
    done = await send(office, page, "approve", screen_id="SCREEN-003", name="3번 작업대", compared="yes")
    assert "SCREEN-003" in done.text
    assert (await office.screens.get("SCREEN-003")).name == "3번 작업대"
    assert (await office.requests.pending()).requests == ()


async def test_without_the_tick_nothing_is_approved(office, code):
    page = (await sign_in(office, code)).text
    refused = await send(office, page, "approve", screen_id="SCREEN-003")
    assert "Invalid" in refused.text or "not right" in refused.text or 'role="alert"' in refused.text
    assert not await office.screens.exists("SCREEN-003")
    assert 'name="screen_id" type="text" value="SCREEN-003"' in refused.text


async def test_the_benchs_qr_compares_by_itself(office, code):
    page = (await sign_in(office, code, check=CHECK)).text
    assert "✓" in page
    assert 'name="compared"' not in page
    await send(office, page, "approve", screen_id="SCREEN-003")
    assert await office.screens.exists("SCREEN-003")


async def test_a_bench_that_sees_another_certificate_cannot_be_approved(office, code):
    page = (await sign_in(office, code, check=WRONG)).text
    assert "The check numbers differ" in page
    assert 'value="approve"' not in page
    forged = await send(office, page, "approve", screen_id="SCREEN-003", compared="yes")
    assert "The check numbers differ" in forged.text
    assert not await office.screens.exists("SCREEN-003")
    denied = await send(office, page, "deny")
    assert "Denied" in denied.text


async def test_a_paired_screen_is_replaced_only_when_the_admin_ticks_it(office, code):
    await office.add_screen("SCREEN-001")
    offer = await office.offers.make("SCREEN-001", ADMIN)
    await office.offers.claim(Claim(token=offer.token, device=Device(name="old-pc")))
    page = (await sign_in(office, code, check=CHECK)).text
    assert 'name="replace"' not in page
    asked = (await send(office, page, "approve", screen_id="SCREEN-001")).text
    assert "old-pc" in asked
    assert 'name="replace"' in asked
    done = await send(office, asked, "approve", screen_id="SCREEN-001", replace="yes")
    assert "Approved" in done.text


@pytest.mark.parametrize(
    ("name", "password"), [("Kim", "wrong"), ("nobody", "correct horse"), ("", ""), ("Lee", "correct horse")]
)
async def test_who_is_no_admin_sees_and_decides_nothing(office, code, name, password):
    await office.add_user("Lee", "lead")
    page = (await sign_in(office, code, name=name, password=password)).text
    assert "bench-pc-7" not in page
    assert 'role="alert"' in page
    assert 'type="password"' in page
    assert 'name="ticket"' not in page


async def test_a_stolen_or_late_ticket_decides_nothing(office, code):
    lead = await office.signed_in_as("lead")
    page = (await sign_in(office, code)).text
    for ticket in ("", "x", lead):
        answer = await send(office, page, "approve", ticket=ticket, screen_id="SCREEN-003", compared="yes")
        assert 'type="password"' in answer.text
    office.clock.turn(15 * 60)
    late = await send(office, page, "approve", screen_id="SCREEN-003", compared="yes")
    assert 'type="password"' in late.text
    assert not await office.screens.exists("SCREEN-003")


async def test_a_wrong_code_is_said_and_another_can_be_typed(office, code):
    page = (await sign_in(office, "AAAA-AAAA")).text
    assert "Pairing failed" in page
    found = (await send(office, page, "look", code=code.lower())).text
    assert "bench-pc-7" in found


async def test_passwords_cannot_be_guessed_here_either(tmp_path):
    async with front_office(tmp_path / "data", per_minute=5) as office:
        await office.add_user("Kim", "admin")
        for _ in range(5):
            await sign_in(office, "AAAA-AAAA", password="wrong")
        page = (await sign_in(office, "AAAA-AAAA")).text
        assert "Too many" in page
        login = await office.call(
            "POST", "/api/auth/login", json={"username": "Kim", "password": "correct horse"}
        )
        assert login.code == "RATE_LIMITED"


async def test_a_form_of_nonsense_is_answered_with_the_first_form(office):
    for data in ({}, {"step": "approve"}, {"step": "sign-in", "code": "x" * 5000}, b"\xff\xfe"):
        answer = await office.call("POST", "/pair", data=data)
        assert answer.status == 200
        assert 'type="password"' in answer.text


async def test_a_browser_that_lost_its_memory_is_offered_the_screen_that_it_was(office):
    await office.add_user("Kim", "admin")
    tv = Device(name="TV-LINE-3", platform="Chrome 156", screen_id="tv-line-3", is_browser=True)
    stranger = (await office.requests.ask(tv, "192.168.0.40")).user_code
    page = (await sign_in(office, stranger)).text
    # There is no such screen yet: its name is filled in, and nothing is offered.
    assert 'value="same"' not in page
    assert 'value="tv-line-3"' in page
    done = await send(office, page, "approve", screen_id="TV-LINE-3", compared="yes")
    assert "TV-LINE-3" in done.text

    asked = await office.requests.ask(tv, "192.168.0.40")
    assert "<svg" in asked.qr_svg
    page = (await sign_in(office, asked.user_code)).text
    assert 'value="same"' in page
    # It sees no certificate; its address bar does.
    assert CHECK not in page
    assert ADDRESS.addresses[0] in page
    assert 'name="compared" value="yes" required' in page
    forged = await send(office, page, "same")
    assert 'role="alert"' in forged.text
    done = await send(office, page, "same", compared="yes", screen_id="SOMETHING-ELSE")
    assert "TV-LINE-3" in done.text
    grant = await office.requests.redeem(asked.device_code)
    assert grant.screen_id == "TV-LINE-3"
    assert [screen.screen_id for screen in await office.screens.list()] == ["TV-LINE-3"]


async def test_a_device_that_names_no_screen_cannot_be_approved_as_the_same(office, code):
    page = (await sign_in(office, code)).text
    answer = await send(office, page, "same", compared="yes", screen_id="SCREEN-003")
    assert 'role="alert"' in answer.text
    assert not await office.screens.list()

"""The first admin's link, and keys that are rotated without anybody being signed out."""

import json
import stat

import aiohttp
import jwt
import msgspec
import pytest
from helpers.relay_running import running_relay
from helpers.running_clock import RunningClock

from relay.identity.keys import FILE_NAME, Keys, KeysUnreadableError
from relay.identity.tokens import mint_local_admin

OURS = {"X-Benchcast": "1"}


def wish(link: str, **changes: str) -> dict:
    secret = link.partition("#/welcome?secret=")[2]
    return {"secret": secret, "name": "kim", "password": "correct horse"} | changes


async def welcome(office, body: dict):
    return await office.as_(None).call("POST", "/api/auth/welcome", json=body, headers=OURS)


async def test_the_link_makes_one_admin_who_is_signed_in_then(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        link = office.relay.welcome_link
        assert link.startswith(f"{office.url}/console/#/welcome?secret=")
        easy = await welcome(office, wish(link, password="12345678"))
        assert easy.body["code"] == "VALIDATION_ERROR"
        done = await welcome(office, wish(link))
        assert (done.status, done.body["user"]) == (200, {"name": "kim", "role": "admin"})
        assert "HttpOnly" in done.headers["Set-Cookie"]
        again = await welcome(office, wish(link, name="lee"))
        assert (again.status, again.body["code"]) == (410, "WELCOME_ENDED")
        entries = (await office.call("GET", "/api/audit?action=user.first_admin")).body["entries"]
        assert [(each.get("target", ""), each["outcome"]) for each in entries] == [
            ("", "WELCOME_ENDED"),
            ("kim", "done"),
        ]
    async with running_relay(tmp_path / "data") as office:
        assert office.relay.welcome_link is None


async def test_the_link_leads_where_people_reach_the_relay(tmp_path):
    """In a container, or behind a proxy, that is not where it listens."""
    where = ("https://relay.plant", "https://10.0.0.5")
    async with running_relay(tmp_path / "data", addresses=where) as office:
        assert office.relay.welcome_link.startswith("https://relay.plant/console/#/welcome?secret=")


async def test_a_wrong_an_old_and_a_foreign_request_make_nobody(tmp_path):
    clock = RunningClock()
    async with running_relay(tmp_path / "data", clock=clock) as office:
        link = office.relay.welcome_link
        assert (await welcome(office, wish(link, secret="guess"))).body["code"] == "WELCOME_ENDED"
        plain = await office.as_(None).call("POST", "/api/auth/welcome", json=wish(link))
        assert plain.body["code"] == "CSRF_FAILED"
        clock.skip(3601)
        assert (await welcome(office, wish(link))).body["code"] == "WELCOME_ENDED"
        office.token = mint_local_admin(Keys.open(tmp_path / "data"), clock)
        assert (await office.call("GET", "/api/users")).body["users"] == []


async def test_an_admin_from_the_command_line_ends_the_link(tmp_path):
    async with running_relay(tmp_path / "data") as office:
        await office.add_user("lee", "viewer")
        assert (await welcome(office, wish(office.relay.welcome_link))).body["code"] == "WELCOME_ENDED"


async def test_a_rotation_signs_nobody_out(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data) as office:
        kim = await office.add_user("kim", "viewer")
        grant = await office.pair()
        program = (await office.call("POST", "/api/tokens", json={"scopes": ["trigger:*"]})).body["token"]
        before = Keys.open(data)
        told = await office.call("POST", "/api/keys/rotate")
        assert told.body["retired"] == [before.current]
        after = Keys.open(data)
        assert after.current == told.body["current"] != before.current
        assert after.secret == before.secret
        assert stat.S_IMODE((data / FILE_NAME).stat().st_mode) == 0o600
        login = {"username": "kim", "password": "correct horse"}
        fresh = (await office.as_(None).call("POST", "/api/auth/login", json=login)).body["accessToken"]
        assert jwt.get_unverified_header(fresh)["kid"] == after.current
        refresh = {"refreshToken": grant["refreshToken"]}
        assert (await office.as_(None).call("POST", "/api/auth/refresh", json=refresh)).status == 200
    async with running_relay(data) as office:
        # The restart has forgotten every verdict, so each is judged by its key.
        for token in (kim.token, fresh):
            assert (await office.as_(token).call("GET", "/api/screens")).status == 200
        assert (await office.as_(program).trigger(command="identify")).status == 202


async def test_an_old_key_signs_nothing_new(tmp_path):
    data = tmp_path / "data"
    clock = RunningClock()
    async with running_relay(data, clock=clock) as office:
        old = Keys.open(data)
        assert (await office.call("POST", "/api/keys/rotate")).status == 200
        assert (await office.call("GET", "/api/users")).status == 200
        clock.skip(2)
        thief = office.as_(mint_local_admin(old, clock))
        assert (await thief.call("GET", "/api/users")).body["code"] == "TOKEN_INVALID"
        claims = jwt.decode(office.token, options={"verify_signature": False})
        lasting = jwt.encode(
            claims | {"exp": claims["exp"] + 10_000_000},
            old.signing[old.current],
            "HS256",
            headers={"kid": old.current},
        )
        assert (await office.as_(lasting).call("GET", "/api/users")).body["code"] == "TOKEN_INVALID"


async def test_two_rotations_keep_what_the_first_key_signed_for_a_program(tmp_path):
    data = tmp_path / "data"
    async with running_relay(data) as office:
        await office.pair()
        made = (await office.call("POST", "/api/tokens", json={"scopes": ["trigger:*"], "days": 3650})).body
        for _ in range(2):
            assert (await office.call("POST", "/api/keys/rotate")).status == 200
    async with running_relay(data) as office:
        assert (await office.as_(made["token"]).trigger(command="identify")).status == 202


async def test_keys_may_come_from_the_environment_and_are_then_not_written(tmp_path, monkeypatch):
    Keys.open(tmp_path / "elsewhere")
    content = (tmp_path / "elsewhere" / FILE_NAME).read_text()
    monkeypatch.setenv("BENCHCAST_KEYS", content)
    async with running_relay(tmp_path / "data") as office:
        assert not (tmp_path / "data" / FILE_NAME).exists()
        assert (await office.call("GET", "/api/users")).status == 200
        answer = await office.call("POST", "/api/keys/rotate")
        assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")
        assert "environment" in answer.body["detail"]
    monkeypatch.delenv("BENCHCAST_KEYS")
    monkeypatch.setenv("BENCHCAST_KEYS_FILE", str(tmp_path / "elsewhere" / FILE_NAME))
    assert Keys.open(tmp_path / "data").current == json.loads(content)["current"]
    monkeypatch.setenv("BENCHCAST_KEYS_FILE", str(tmp_path / "missing"))
    with pytest.raises(KeysUnreadableError, match="missing"):
        Keys.open(tmp_path / "data")


def test_a_rotation_that_cannot_be_written_changes_nothing(tmp_path, monkeypatch):
    keys = Keys.open(tmp_path)
    before = keys.current
    monkeypatch.setattr("os.fsync", lambda _file: (_ for _ in ()).throw(OSError("the disk is full")))
    with pytest.raises(OSError, match="full"):
        keys.rotate(1000, 2000)
    assert keys.current == before
    assert Keys.open(tmp_path).current == before
    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]
    assert msgspec.json.decode((tmp_path / FILE_NAME).read_bytes())["current"] == before


async def test_a_page_cannot_be_made_to_welcome_by_another_site(tmp_path):
    async with running_relay(tmp_path / "data") as office, aiohttp.ClientSession() as session:
        headers = {**OURS, "Sec-Fetch-Site": "cross-site"}
        body = wish(office.relay.welcome_link)
        async with session.post(f"{office.url}/api/auth/welcome", json=body, headers=headers) as answer:
            assert (await answer.json(content_type=None))["code"] == "CSRF_FAILED"

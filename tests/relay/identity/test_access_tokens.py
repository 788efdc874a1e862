"""Access tokens: whom they stand for, for how long, and what ends them."""

import asyncio
import base64
import json

import jwt
import pytest
from helpers.front_office import ADMIN
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from relay.contract.accounts import NewApiToken
from relay.contract.identity import Refresh
from relay.contract.problems import Code
from relay.identity.tokens import LIFE_SECONDS, mint_local_admin


def claims_of(token: str) -> dict:
    return jwt.decode(token, options={"verify_signature": False})


def forge(
    office, claims: dict, *, algorithm: str = "HS256", key: bytes | str | None = None, **headers: object
) -> str:
    kid = {"kid": office.keys.current, **headers}
    signing = office.keys.signing[office.keys.current] if key is None else key
    return jwt.encode(claims, signing, algorithm, headers=kid)


@pytest.fixture
async def signed_in(office):
    await office.add_user("Kim", "lead")
    return await office.sign_in("Kim")


async def test_a_token_says_what_the_contract_promises(office, signed_in):
    token = signed_in["accessToken"]
    claims = claims_of(token)
    assert claims["sub"] == "Kim"
    assert claims["kind"] == "user"
    assert claims["scope"] == "role:lead"
    assert claims["exp"] - claims["iat"] == LIFE_SECONDS == 15 * 60
    assert claims["jti"]
    assert jwt.get_unverified_header(token)["kid"] == office.keys.current


async def test_a_token_stands_for_the_person_who_signed_in(office, signed_in):
    caller = await office.access.verify(signed_in["accessToken"])
    assert (caller.kind, caller.name, caller.role) == ("user", "Kim", "lead")


async def test_a_token_ends_after_fifteen_minutes_also_when_it_was_verified_before(office, signed_in):
    token = signed_in["accessToken"]
    office.clock.turn(LIFE_SECONDS - 1)
    await office.access.verify(token)
    office.clock.turn(1)
    assert await office.refused(office.access.verify(token)) == Code.TOKEN_EXPIRED
    assert await office.refused(office.access.verify(token)) == Code.TOKEN_EXPIRED


async def test_another_relays_token_is_invalid(office, signed_in):
    claims = claims_of(signed_in["accessToken"])
    assert (
        await office.refused(office.access.verify(forge(office, claims, key=b"x" * 32))) == Code.TOKEN_INVALID
    )
    assert (
        await office.refused(office.access.verify(forge(office, claims, kid="unknown"))) == Code.TOKEN_INVALID
    )


async def test_the_token_does_not_choose_its_algorithm(office, signed_in):
    claims = claims_of(signed_in["accessToken"])
    header = {"alg": "none", "kid": office.keys.current, "typ": "JWT"}
    encoded = [
        base64.urlsafe_b64encode(json.dumps(part).encode()).rstrip(b"=").decode() for part in (header, claims)
    ]
    for signature in ("", signed_in["accessToken"].rpartition(".")[2]):
        token = ".".join([*encoded, signature])
        assert await office.refused(office.access.verify(token)) == Code.TOKEN_INVALID
    other = forge(office, claims, algorithm="HS512", key=office.keys.signing[office.keys.current] * 2)
    assert await office.refused(office.access.verify(other)) == Code.TOKEN_INVALID
    same_key = jwt.encode(
        claims, office.keys.signing[office.keys.current] + b"", "HS256", headers={"kid": office.keys.current}
    )
    await office.access.verify(same_key)


async def test_claims_of_the_wrong_form_are_invalid(office, signed_in):
    claims = claims_of(signed_in["accessToken"])
    for change in (
        {"kind": "god"},
        {"exp": "soon"},
        {"sub": None},
        {"sid": "00"},
        {"sid": None},
        {"role": "god"},
    ):
        changed = {key: value for key, value in {**claims, **change}.items() if value is not None}
        assert await office.refused(office.access.verify(forge(office, changed))) == Code.TOKEN_INVALID, (
            change
        )


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    text=st.one_of(
        st.text(max_size=200),
        st.text(alphabet="eyJ.-_ABCab019=", max_size=120),
        st.binary(max_size=60).map(lambda data: data.decode("utf-8", "surrogateescape")),
    )
)
def test_nonsense_is_refused_as_invalid(keys_only, text):
    from relay.errors import Refusal
    from relay.identity.tokens import _read

    with pytest.raises(Refusal) as refused:
        _read(text, keys_only)
    assert refused.value.code == Code.TOKEN_INVALID


@pytest.fixture(scope="module")
def keys_only(tmp_path_factory):
    from relay.identity.keys import Keys

    return Keys.open(tmp_path_factory.mktemp("keys"))


async def test_after_a_logout_the_access_token_is_gone_at_once(office, signed_in):
    token = signed_in["accessToken"]
    await office.access.verify(token)
    await office.sessions.logout(signed_in["refreshToken"])
    assert await office.refused(office.access.verify(token)) == Code.TOKEN_INVALID


async def test_a_verification_under_way_does_not_outlive_a_revocation(office, signed_in):
    """The verdict is read before the logout and remembered after it, unless the verifier looks again."""
    read_before = asyncio.Event()
    go_on = asyncio.Event()
    real_read = office.database.read

    async def slow_read(work):
        result = await real_read(work)
        read_before.set()
        await go_on.wait()
        return result

    office.database.read = slow_read
    verifying = asyncio.get_running_loop().create_task(
        office.refused(office.access.verify(signed_in["accessToken"])), name="verify"
    )
    await asyncio.wait_for(read_before.wait(), 5)
    office.database.read = real_read
    await office.sessions.logout(signed_in["refreshToken"])
    go_on.set()
    assert await asyncio.wait_for(verifying, 5) == Code.TOKEN_INVALID


async def test_a_verified_token_costs_no_second_look_at_the_database(office, signed_in):
    await office.access.verify(signed_in["accessToken"])
    await office.database.close()
    caller = await office.access.verify(signed_in["accessToken"])
    assert caller.name == "Kim"


async def test_what_is_remembered_is_bounded(office, signed_in, monkeypatch):
    monkeypatch.setattr("relay.identity.tokens.REMEMBERED", 3)
    refresh_token = signed_in["refreshToken"]
    for _ in range(6):
        tokens = await office.sessions.refresh(Refresh(refresh_token=refresh_token))
        refresh_token = tokens.refresh_token
        await office.access.verify(tokens.access_token)
    assert len(office.access._remembered) == 3


async def test_an_old_signing_key_still_verifies_while_a_new_one_signs(office, signed_in):
    import dataclasses
    from types import MappingProxyType

    keys = office.keys
    rotated = dataclasses.replace(
        keys, current="next", signing=MappingProxyType({**keys.signing, "next": b"n" * 32})
    )
    office.access._keys = rotated
    caller = await office.access.verify(signed_in["accessToken"])
    assert caller.name == "Kim"
    newer = await office.sessions.refresh(Refresh(refresh_token=signed_in["refreshToken"]))
    assert jwt.get_unverified_header(newer.access_token)["kid"] == "next"


async def test_the_command_line_is_admin_for_five_minutes(office):
    token = mint_local_admin(office.keys, office.clock)
    caller = await office.access.verify(token)
    assert caller.has_role("admin")
    office.clock.turn(5 * 60)
    assert await office.refused(office.access.verify(token)) == Code.TOKEN_EXPIRED


async def test_an_api_token_may_trigger_its_screen_and_nothing_else(office):
    await office.add_screen("SCREEN-001")
    made = await office.tokens.issue(NewApiToken(scopes=("trigger:screen-001",), days=10), ADMIN)
    caller = await office.access.verify(made.token)
    assert caller.kind == "api"
    assert caller.may_trigger("SCREEN-001")
    assert caller.may_trigger("screen-001")
    assert not caller.may_trigger("SCREEN-002")
    assert not caller.has_role("viewer")
    office.clock.turn(10 * 24 * 3600)
    assert await office.refused(office.access.verify(made.token)) == Code.TOKEN_EXPIRED


async def test_an_api_token_for_a_screen_that_does_not_exist_is_not_made(office):
    wish = NewApiToken(scopes=("trigger:SCREEN-404",))
    assert await office.refused(office.tokens.issue(wish, ADMIN)) == Code.SCREEN_NOT_FOUND


async def test_an_api_token_that_is_not_on_record_is_invalid(office):
    await office.add_screen()
    made = await office.tokens.issue(NewApiToken(scopes=("trigger:*",)), ADMIN)
    claims = claims_of(made.token) | {"jti": "another"}
    assert await office.refused(office.access.verify(forge(office, claims))) == Code.TOKEN_INVALID

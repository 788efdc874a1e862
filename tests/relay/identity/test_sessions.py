"""Refresh tokens: each works once, a lost answer is told again, a copy ends the session."""

import asyncio

import pytest
from helpers.front_office import ADMIN
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from relay.contract.identity import Refresh
from relay.contract.pairing import Claim, Device
from relay.contract.problems import Code
from relay.identity.key_rotation import rotate
from relay.identity.keys import Keys
from relay.identity.sessions import _session_of
from relay.identity.tables import sessions

ATTEMPT = "attempt-0123456789"


def again(token: str, attempt: str | None = None) -> Refresh:
    return Refresh(refresh_token=token, attempt=attempt)


@pytest.fixture
async def first(office):
    await office.add_user("Kim", "lead")
    return (await office.sign_in("Kim"))["refreshToken"]


@pytest.fixture
async def paired(office):
    await office.add_screen("SCREEN-001")
    offer = await office.offers.make("SCREEN-001", ADMIN)
    return await office.offers.claim(
        Claim(token=offer.token, device=Device(name="bench 1", platform="Windows 11"))
    )


async def test_a_refresh_token_gives_the_next_pair(office, first):
    second = await office.sessions.refresh(again(first))
    third = await office.sessions.refresh(again(second.refresh_token))
    assert len({first, second.refresh_token, third.refresh_token}) == 3
    assert (await office.access.verify(third.access_token)).role == "lead"


async def test_a_refresh_token_that_is_used_again_revokes_the_whole_family(office, first):
    second = await office.sessions.refresh(again(first))
    await office.access.verify(second.access_token)
    assert await office.refused(office.sessions.refresh(again(first))) == Code.TOKEN_INVALID
    assert await office.refused(office.sessions.refresh(again(second.refresh_token))) == Code.TOKEN_INVALID
    assert await office.refused(office.access.verify(second.access_token)) == Code.TOKEN_INVALID


async def test_a_long_forgotten_refresh_token_still_gives_the_thief_away(office, first):
    newest = first
    for _ in range(4):
        newest = (await office.sessions.refresh(again(newest))).refresh_token
    assert await office.refused(office.sessions.refresh(again(first))) == Code.TOKEN_INVALID
    assert await office.refused(office.sessions.refresh(again(newest))) == Code.TOKEN_INVALID


async def test_another_session_of_the_same_person_goes_on(office, first):
    other = (await office.sign_in("Kim"))["refreshToken"]
    await office.sessions.refresh(again(first))
    await office.refused(office.sessions.refresh(again(first)))
    await office.sessions.refresh(again(other))


async def test_a_lost_answer_is_told_again(office, first):
    lost = await office.sessions.refresh(again(first, ATTEMPT))
    told = await office.sessions.refresh(again(first, ATTEMPT))
    assert told.refresh_token == lost.refresh_token
    assert (await office.access.verify(told.access_token)).name == "Kim"
    third = await office.sessions.refresh(again(told.refresh_token))
    assert third.refresh_token != told.refresh_token


async def test_who_asks_again_after_the_end_is_told_so_and_is_no_thief(office, first):
    await office.sessions.refresh(again(first, ATTEMPT))
    office.clock.turn(24 * 3600)
    assert await office.refused(office.sessions.refresh(again(first, ATTEMPT))) == Code.TOKEN_EXPIRED


async def test_an_answer_is_not_told_again_once_its_token_was_used(office, first):
    second = await office.sessions.refresh(again(first, ATTEMPT))
    third = await office.sessions.refresh(again(second.refresh_token, ATTEMPT))
    assert await office.refused(office.sessions.refresh(again(first, ATTEMPT))) == Code.TOKEN_INVALID
    assert await office.refused(office.sessions.refresh(again(third.refresh_token))) == Code.TOKEN_INVALID


@pytest.mark.parametrize("other", [None, "attempt-of-somebody-else"])
async def test_only_the_same_attempt_is_forgiven(office, first, other):
    second = await office.sessions.refresh(again(first, ATTEMPT))
    assert await office.refused(office.sessions.refresh(again(first, other))) == Code.TOKEN_INVALID
    assert await office.refused(office.sessions.refresh(again(second.refresh_token))) == Code.TOKEN_INVALID


async def test_an_attempt_named_only_afterwards_is_not_forgiven(office, first):
    await office.sessions.refresh(again(first))
    assert await office.refused(office.sessions.refresh(again(first, ATTEMPT))) == Code.TOKEN_INVALID


async def test_of_many_refreshes_at_once_with_one_attempt_all_hear_the_same(office, first):
    answers = await asyncio.gather(*(office.sessions.refresh(again(first, ATTEMPT)) for _ in range(8)))
    assert len({answer.refresh_token for answer in answers}) == 1


async def test_a_persons_refresh_token_lives_for_a_day(office, first):
    office.clock.turn(24 * 3600 - 1)
    second = (await office.sessions.refresh(again(first))).refresh_token
    office.clock.turn(24 * 3600)
    assert await office.refused(office.sessions.refresh(again(second))) == Code.TOKEN_EXPIRED


async def test_a_screens_lives_as_long_as_it_is_used_once_in_thirty_days(office, paired):
    token = paired.refresh_token
    for _ in range(5):
        office.clock.turn(29 * 24 * 3600)
        token = (await office.sessions.refresh(again(token))).refresh_token
    office.clock.turn(30 * 24 * 3600)
    assert await office.refused(office.sessions.refresh(again(token))) == Code.TOKEN_EXPIRED


async def test_a_screens_copied_token_cuts_its_socket(office, paired):
    await office.sessions.refresh(again(paired.refresh_token))
    await office.refused(office.sessions.refresh(again(paired.refresh_token)))
    assert office.cut == ["SCREEN-001"]
    assert not (await office.screens.get("SCREEN-001")).paired


async def test_logging_out_ends_the_family_also_with_a_token_that_was_used(office, first):
    second = await office.sessions.refresh(again(first))
    await office.sessions.logout(first)
    assert await office.refused(office.sessions.refresh(again(second.refresh_token))) == Code.TOKEN_INVALID
    await office.sessions.logout(first)
    await office.sessions.logout("nonsense")


async def test_no_token_can_be_read_from_the_database(office, first):
    second = await office.sessions.refresh(again(first, ATTEMPT))
    rows = await office.database.read(lambda connection: connection.execute(select(sessions)).all())
    assert len(rows) == 1
    kept = b"".join(value for value in rows[0] if isinstance(value, bytes))
    for secret in (first, second.refresh_token):
        assert secret.encode() not in kept
    assert ATTEMPT.encode() not in kept


async def test_people_who_do_not_come_back_leave_no_sessions(office, first):
    # A day after its end, in which it is told that it has expired.
    office.clock.turn(48 * 3600)
    await office.sign_in("Kim")
    rows = await office.database.read(lambda connection: connection.execute(select(sessions)).all())
    assert len(rows) == 1


async def test_a_rotation_makes_new_refresh_tokens_with_another_secret_and_ends_no_session(office, first):
    before = Keys.open(office.data)
    await rotate(office.keys, office.database, office.clock)
    second = (await office.sessions.refresh(again(first))).refresh_token
    now_ms = office.clock.now_ms()
    assert _session_of(before, second, now_ms) is None, "who found the old secret reads nothing of today"
    assert _session_of(Keys.open(office.data), second, now_ms) is not None, "nor has a restart forgotten it"
    third = (await office.sessions.refresh(again(second))).refresh_token
    assert await office.refused(office.sessions.refresh(again(first))) == Code.TOKEN_INVALID
    assert await office.refused(office.sessions.refresh(again(third))) == Code.TOKEN_INVALID, (
        "a copy from before the rotation still ends the family"
    )


async def test_an_answer_lost_over_a_rotation_is_told_again(office, first):
    lost = await office.sessions.refresh(again(first, ATTEMPT))
    for _ in range(2):
        await rotate(office.keys, office.database, office.clock)
    told = await office.sessions.refresh(again(first, ATTEMPT))
    assert told.refresh_token == lost.refresh_token
    await office.sessions.refresh(again(told.refresh_token))


async def test_a_former_secret_counts_until_the_last_token_that_it_made_has_ended(office, paired):
    await rotate(office.keys, office.database, office.clock)
    thief = Keys.open(office.data)
    office.clock.turn(29 * 24 * 3600)
    token = (await office.sessions.refresh(again(paired.refresh_token))).refresh_token
    office.clock.turn(24 * 3600 + 61)
    now_ms = office.clock.now_ms()
    assert _session_of(office.keys, paired.refresh_token, now_ms) is None
    assert _session_of(office.keys, token, now_ms) is not None
    await rotate(office.keys, office.database, office.clock)
    kept = {each.secret for each in Keys.open(office.data).refresh}
    assert (len(kept), thief.secret in kept) == (2, False), (
        "what nothing can be good of any more is thrown away"
    )


async def test_a_rotation_leaves_what_is_encrypted_on_disk_readable(office):
    before = office.keys.derive("second factor")
    await rotate(office.keys, office.database, office.clock)
    assert Keys.open(office.data).derive("second factor") == before


@given(text=st.one_of(st.text(max_size=100), st.text(alphabet="bcr_ABCDabcd0189-=", max_size=90)))
def test_invented_refresh_tokens_belong_to_nobody(text):
    assert _session_of(_KEYS, text, 0) is None


async def test_another_spelling_of_the_same_bytes_is_another_token(office, first):
    """The bits that the last letter of base64 leaves unused must not make a second token that works."""
    assert await office.refused(office.sessions.refresh(again(first + "="))) == Code.TOKEN_INVALID
    assert (
        await office.refused(office.sessions.refresh(again(first.removeprefix("bcr_")))) == Code.TOKEN_INVALID
    )
    await office.sessions.refresh(again(first))


class _KEYS:
    @staticmethod
    def derive_for_refresh(*_parts: object, now_ms: int) -> list[bytes]:
        return [b"\x01" * 32]

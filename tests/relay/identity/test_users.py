"""People: names, passwords, and how little a wrong sign-in tells."""

import statistics
import time
import unicodedata

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select, update

from relay.contract.accounts import NewUser
from relay.contract.problems import Code
from relay.identity.tables import users
from relay.identity.users import Users

PASSWORD = "correct horse"


def new(name: str, password: str = PASSWORD) -> NewUser:
    return NewUser(name=name, role="operator", password=password)


@pytest.fixture
async def people(office) -> Users:
    """People with passwords as the product hashes them."""
    return Users(office.database, office.clock)


async def kept_hash(office) -> str:
    row = await office.database.read(
        lambda connection: connection.execute(select(users.c.password_hash)).first()
    )
    return row.password_hash


@pytest.mark.parametrize("other", ["Kim", "kim", "KIM", " Kim ", "\uff2bim"])  # the last K is full-width
async def test_a_name_is_taken_in_every_spelling(office, other):
    await office.users.add(new("Kim"))
    assert await office.refused(office.users.add(new(other))) == Code.ALREADY_EXISTS
    assert (await office.users.check(other, PASSWORD)).name == "Kim"


async def test_a_korean_name_and_password_work_from_every_keyboard(office):
    """A Mac may send the letters of Hangul one by one."""
    await office.users.add(new("김철수", "나의 새로운 비밀번호입니다"))
    name, password = (unicodedata.normalize("NFD", text) for text in ("김철수", "나의 새로운 비밀번호입니다"))
    assert (await office.users.check(name, password)).name == "김철수"


@pytest.mark.parametrize("name", ["", "   ", "a\nb", "a\x00b", "\u200f\n", "\ue000"])
async def test_a_name_that_nobody_could_read_is_refused(office, name):
    assert await office.refused(office.users.add(new(name))) == Code.VALIDATION_ERROR


async def test_a_wrong_password_and_an_unknown_name_are_the_same_refusal(office):
    await office.users.add(new("Kim"))
    assert await office.refused(office.users.check("Kim", "wrong")) == Code.SIGN_IN_FAILED
    assert await office.refused(office.users.check("Lee", PASSWORD)) == Code.SIGN_IN_FAILED
    assert await office.refused(office.users.check("Kim", PASSWORD.upper())) == Code.SIGN_IN_FAILED


async def test_an_unknown_name_takes_as_long_as_a_wrong_password(office, people):
    await people.add(new("Kim"))

    async def cost(name: str) -> float:
        times = []
        for _ in range(5):
            began = time.process_time()
            await office.refused(people.check(name, "wrong"))
            times.append(time.process_time() - began)
        return statistics.median(times)

    await cost("Lee")
    unknown, wrong = await cost("Lee"), await cost("Kim")
    assert unknown > wrong / 2


async def test_passwords_are_kept_as_argon2id(office, people):
    await people.add(new("Kim"))
    kept = await kept_hash(office)
    # As argon2-cffi advises (RFC 9106, the second choice): more than OWASP's least of 19 MiB and 2 rounds.
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert PASSWORD not in kept


async def test_an_old_weaker_hash_is_made_anew_at_the_next_sign_in(office, people):
    await people.add(new("Kim"))
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
    await office.database.write(
        lambda connection: connection.execute(update(users).values(password_hash=weak)).rowcount
    )
    await people.check("Kim", PASSWORD)
    assert await kept_hash(office) != weak
    await people.check("Kim", PASSWORD)


async def test_a_damaged_hash_lets_nobody_in(office, people):
    await people.add(new("Kim"))
    await office.database.write(
        lambda connection: connection.execute(update(users).values(password_hash="damaged")).rowcount
    )
    assert await office.refused(people.check("Kim", PASSWORD)) == Code.SIGN_IN_FAILED

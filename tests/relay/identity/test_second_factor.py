"""Second factors: which code counts, for how long and how often, and what of them is on the disk."""

import base64
import re

import pytest
from helpers.authenticator import App
from pyotp.totp import TOTP
from sqlalchemy import select, text

from relay.contract.problems import Code
from relay.identity.keys import Keys
from relay.identity.second_factor import SecondFactors
from relay.identity.tables import recovery_codes, second_factors

SESSION = "ab" * 16
STEP = 30


async def set_up(office, name: str = "Kim") -> tuple[App, tuple[str, ...]]:
    """Give a person a second factor, and turn the clock past the code that confirmed it."""
    draft = office.factors.begin(name, SESSION, "Benchcast")
    app = App(draft.key, office.clock)
    codes = await office.factors.confirm(name, SESSION, app.code())
    office.clock.turn(STEP)
    return app, codes


@pytest.fixture
async def kim(office):
    await office.add_user("Kim")
    return await set_up(office)


async def refused(office, code: str, name: str = "Kim") -> Code | None:
    """Tell why a code does not count; None where it does."""
    try:
        return await office.refused(office.factors.prove(name, code))
    except AssertionError:
        return None


async def audited(office) -> list[str]:
    query = text("SELECT action FROM audit WHERE action LIKE 'factor.%' ORDER BY id")
    return list(await office.database.read(lambda connection: connection.execute(query).scalars().all()))


def test_the_codes_are_those_of_the_standard():
    """RFC 6238, appendix B, by its SHA-1 key; the last six of the eight digits."""
    codes = TOTP(base64.b32encode(b"12345678901234567890").decode())
    told = {59: "287082", 1111111109: "081804", 1234567890: "005924", 20000000000: "353130"}
    assert {at: codes.at(at) for at in told} == told


async def test_an_app_is_told_what_every_app_understands(office):
    await office.add_user("김 관리")
    draft = office.factors.begin("김 관리", SESSION, "1공장 Benchcast")
    assert len(base64.b32decode(draft.key)) == 20  # RFC 4226, R6
    assert re.fullmatch(r"otpauth://totp/[^?:]+:[^?]+\?secret=[A-Z2-7]{32}&issuer=[^&]+", draft.uri), (
        draft.uri
    )
    assert office.factors.begin("김 관리", SESSION, "1공장 Benchcast").key != draft.key


async def test_who_has_no_second_factor_is_asked_for_none(office):
    await office.add_user("Kim")
    assert await refused(office, "") is None
    assert await refused(office, "123456") is None


async def test_a_factor_counts_from_its_first_code_on(office):
    await office.add_user("Kim")
    draft = office.factors.begin("Kim", SESSION, "Benchcast")
    app = App(draft.key, office.clock)
    assert (
        await office.refused(office.factors.confirm("Kim", SESSION, app.wrong())) == Code.SECOND_FACTOR_WRONG
    )
    assert await refused(office, "") is None
    # Nobody else's session can confirm what was told here.
    assert await office.refused(office.factors.confirm("Kim", "cd" * 16, app.code())) == Code.VALIDATION_ERROR
    assert len(await office.factors.confirm("Kim", SESSION, app.code())) == 10
    assert await refused(office, "") == Code.SECOND_FACTOR_NEEDED


async def test_a_key_that_was_told_waits_for_ten_minutes(office):
    await office.add_user("Kim")
    app = App(office.factors.begin("Kim", SESSION, "Benchcast").key, office.clock)
    office.clock.turn(600)
    assert await office.refused(office.factors.confirm("Kim", SESSION, app.code())) == Code.VALIDATION_ERROR
    assert await refused(office, "") is None


async def test_a_code_lives_for_its_step_and_one_on_either_side(office, kim):
    app, _ = kim
    office.clock.turn(10 * STEP)
    assert await refused(office, app.code(steps=-2)) == Code.SECOND_FACTOR_WRONG
    assert await refused(office, app.code(steps=2)) == Code.SECOND_FACTOR_WRONG
    assert await refused(office, app.code(steps=-1)) is None
    assert await refused(office, app.code()) is None
    assert await refused(office, app.code(steps=1)) is None


async def test_a_code_counts_once_and_none_before_it_counts_any_more(office, kim):
    app, _ = kim
    office.clock.turn(10 * STEP)
    assert await refused(office, app.code()) is None
    assert await refused(office, app.code()) == Code.SECOND_FACTOR_USED
    assert await refused(office, app.code(steps=-1)) == Code.SECOND_FACTOR_USED
    office.clock.turn(STEP)
    assert await refused(office, app.code(steps=-1)) == Code.SECOND_FACTOR_USED
    assert await refused(office, app.code()) is None


async def test_the_code_that_set_it_up_counts_no_second_time(office):
    await office.add_user("Kim")
    app = App(office.factors.begin("Kim", SESSION, "Benchcast").key, office.clock)
    await office.factors.confirm("Kim", SESSION, app.code())
    assert await refused(office, app.code()) == Code.SECOND_FACTOR_USED


async def test_a_code_that_is_used_again_is_on_record_and_told_to_the_person(office, kim):
    app, _ = kim
    assert await refused(office, app.code()) is None
    assert await refused(office, app.code()) == Code.SECOND_FACTOR_USED
    assert await audited(office) == ["factor.set_up", "factor.code_reused"]
    told = text("SELECT kind FROM notices ORDER BY id")
    kinds = await office.database.read(lambda connection: connection.execute(told).scalars().all())
    assert list(kinds) == ["factor_on", "code_reused"]


@pytest.mark.parametrize("spelt", ["{} {}", "{}-{}", "\u2003{}{}\n"])
async def test_a_code_is_read_as_it_was_meant(office, kim, spelt):
    code = kim[0].code()
    assert await refused(office, spelt.format(code[:3], code[3:])) is None


async def test_digits_of_a_korean_keyboard_are_digits(office, kim):
    wide = str.maketrans("0123456789", "0123456789".translate({ord("0") + n: 0xFF10 + n for n in range(10)}))
    assert await refused(office, kim[0].code().translate(wide)) is None


@pytest.mark.parametrize(
    "code", ["1", "12345", "1234567", "0" * 60, "abcdef", "-", "٤٢٤٢٤٢", "\ud800", "ABCD-EFGH-JKMN-PQRS"]
)
async def test_what_is_no_code_is_wrong(office, kim, code):
    assert await refused(office, code) in {Code.SECOND_FACTOR_WRONG, Code.SECOND_FACTOR_NEEDED}


async def test_a_recovery_code_counts_once(office, kim):
    _, codes = kim
    assert await refused(office, codes[3].lower().replace("-", " ")) is None
    assert await refused(office, codes[3]) == Code.SECOND_FACTOR_WRONG
    assert (await office.factors.state("Kim")).recovery_codes_left == 9
    assert await refused(office, codes[4]) is None
    assert (await audited(office))[1:] == ["factor.recovery_used", "factor.recovery_used"]


async def test_recovery_codes_have_80_random_bits_and_none_is_like_another(office, kim):
    _, codes = kim
    await office.add_user("Lee")
    _, others = await set_up(office, "Lee")
    assert len({*codes, *others}) == 20
    assert all(re.fullmatch(r"([0-9A-HJKMNP-TV-Z]{4}-){3}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
    assert await refused(office, others[0]) == Code.SECOND_FACTOR_WRONG  # somebody else's


async def test_new_recovery_codes_make_the_old_ones_void(office, kim):
    _, codes = kim
    new = await office.factors.new_codes("Kim", SESSION)
    assert await refused(office, codes[0]) == Code.SECOND_FACTOR_WRONG
    assert await refused(office, new[0]) is None


async def test_the_database_alone_gives_no_code_away(office, kim):
    app, codes = kim
    draft_key = app._codes.secret
    factor = await office.database.read(lambda connection: connection.execute(select(second_factors)).one())
    assert base64.b32decode(draft_key) not in factor.key_sealed
    rows = await office.database.read(lambda connection: connection.execute(select(recovery_codes)).all())
    assert len({row.salt for row in rows}) == 10
    assert all(len(row.salt) * 8 >= 32 for row in rows)
    plain = [code.replace("-", "").encode() for code in codes]
    assert not [code for code in plain for row in rows if code in row.code_hash]
    await office.database.write(lambda connection: connection.execute(text("PRAGMA user_version")).first())
    files = [path for path in office.data.iterdir() if path.name.startswith("relay.db")]
    on_disk = b"".join(path.read_bytes() for path in files)
    assert factor.key_sealed in on_disk  # it is there that is looked
    for secret in (
        draft_key.encode(),
        base64.b32decode(draft_key),
        *plain,
        *(code.encode() for code in codes),
    ):
        assert secret not in on_disk


async def test_other_keys_than_the_relays_open_nothing(office, kim, tmp_path):
    app, codes = kim
    others = SecondFactors(office.database, office.clock, Keys.open(tmp_path / "other"), office.access)
    for code in (app.code(), codes[0]):
        assert await office.refused(others.prove("Kim", code)) == Code.SECOND_FACTOR_WRONG


async def test_a_factor_survives_a_change_of_signing_keys_and_of_the_name(office, kim):
    app, codes = kim
    office.keys.rotate(office.clock.now_ms(), office.clock.now_ms() + 1)
    from relay.contract.accounts import UserChange

    row = await office.accounts.change("Kim", UserChange(name="Park"))
    assert row.second_factor
    reopened = SecondFactors(office.database, office.clock, Keys.open(office.data), office.access)
    assert await office.refused(reopened.prove("Park", "")) == Code.SECOND_FACTOR_NEEDED
    await reopened.prove("Park", app.code())
    await reopened.prove("Park", codes[0])


async def test_who_is_gone_leaves_nothing(office, kim):
    await office.accounts.delete("Kim")
    for table in (second_factors, recovery_codes):
        assert await office.database.read(lambda c, table=table: c.execute(select(table)).all()) == []

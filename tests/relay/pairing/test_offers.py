"""Offers and claims: single use, ten minutes, one winner."""

import asyncio
import re

import pytest
import zxingcpp
from helpers.front_office import ADDRESS, ADMIN
from PIL import Image
from sqlalchemy import select

from relay.contract.identity import Refresh
from relay.contract.pairing import CROCKFORD, Claim, Device, read_link
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.tokens import LIFE_SECONDS
from relay.pairing.tables import offers


@pytest.fixture
async def offer(office):
    await office.add_screen("SCREEN-001")
    return await office.offers.make("screen-001", ADMIN)


def claim(secret: str, screen_id: str | None = None, device: str = "bench") -> Claim:
    return Claim(token=secret, screen_id=screen_id, device=Device(name=device))


async def test_the_link_says_all_that_a_device_needs(office, offer):
    link = read_link(offer.link)
    assert (link.screen_id, link.token) == ("SCREEN-001", offer.token)
    assert link.relay.addresses == ADDRESS.addresses
    assert link.relay.fingerprint == ADDRESS.fingerprint
    assert offer.token not in offer.link.partition("#")[0]
    assert offer.expires_at == office.clock.now_ms() + 600_000


async def test_the_secrets_are_long_enough_and_survive_scanners(office, offer):
    assert len(offer.token) >= 26
    assert set(offer.token) <= set(CROCKFORD)
    first, _, second = offer.code.partition("-")
    assert (len(first), len(second)) == (4, 4)
    assert set(first + second) <= set(CROCKFORD)


async def test_the_qr_holds_the_link(office, offer, tmp_path):
    assert read_qr(offer.qr_svg) == offer.link


def read_qr(svg: str) -> str:
    """Draw the path of segno's SVG (rows of one unit, written as `M`, `m`, `h`) and decode it."""
    size = int(re.search(r'width="(\d+)"', svg)[1])
    scale = 4
    image = Image.new("L", (size, size), 255)
    x = y = 0.0
    data = re.search(r'<path[^>]*stroke="#000"[^>]*d="([^"]+)"', svg) or re.search(
        r'd="(M[^"]+)"[^>]*/>\s*</svg>', svg
    )
    path = max(re.findall(r' d="([^"]+)"', svg), key=len)
    assert data or path
    for letter, numbers in re.findall(r"([Mmh])([-\d. ]+)", path):
        values = [float(number) for number in re.findall(r"-?\d*\.?\d+", numbers)]
        if letter == "h":
            box = [
                int(x * scale),
                int((y - 0.5) * scale),
                int((x + values[0]) * scale),
                int((y + 0.5) * scale),
            ]
            image.paste(0, (box[0], box[1], box[2], box[3]))
            x += values[0]
        elif letter == "M":
            x, y = values
        else:
            x, y = x + values[0], y + values[1]
    found = zxingcpp.read_barcodes(image)
    assert len(found) == 1
    return found[0].text


async def test_a_claim_gets_the_screens_credential(office, offer):
    grant = await office.offers.claim(claim(offer.token, "SCREEN-001"))
    assert (grant.screen_id, grant.expires_in, grant.relay) == ("SCREEN-001", LIFE_SECONDS, ADDRESS)
    caller = await office.access.verify(grant.token)
    assert (caller.kind, caller.name, caller.role) == ("screen", "SCREEN-001", None)
    assert caller.may_trigger("SCREEN-001")
    assert not caller.may_trigger("SCREEN-002")
    renewed = await office.sessions.refresh(Refresh(refresh_token=grant.refresh_token))
    assert (await office.access.verify(renewed.access_token)).subject == "screen:SCREEN-001"


async def test_the_code_is_enough_without_a_screen(office, offer):
    assert (await office.offers.claim(claim(offer.code))).screen_id == "SCREEN-001"


@pytest.mark.parametrize("part", ["token", "code"])
async def test_a_secret_is_read_however_it_was_typed(office, offer, part):
    secret = getattr(offer, part)
    typed = f" {secret.lower().replace('0', 'o').replace('1', 'l').replace('-', ' ')} "
    assert (await office.offers.claim(claim(typed, "screen-001"))).screen_id == "SCREEN-001"


@pytest.mark.parametrize("part", ["token", "code"])
async def test_an_offer_works_once(office, offer, part):
    await office.offers.claim(claim(offer.token))
    assert await office.refused(office.offers.claim(claim(getattr(offer, part)))) == Code.PAIRING_USED


async def test_an_offer_lives_for_ten_minutes(office, offer):
    office.clock.turn(600)
    assert await office.refused(office.offers.claim(claim(offer.token))) == Code.PAIRING_EXPIRED
    assert await office.refused(office.offers.claim(claim(offer.code))) == Code.PAIRING_EXPIRED


async def test_an_offer_is_good_until_its_last_moment(office, offer):
    office.clock.turn(599.9)
    await office.offers.claim(claim(offer.token))


async def test_a_new_offer_withdraws_the_older_one(office, offer):
    newer = await office.offers.make("SCREEN-001", ADMIN)
    assert await office.refused(office.offers.claim(claim(offer.token))) == Code.PAIRING_INVALID
    assert await office.refused(office.offers.claim(claim(offer.code))) == Code.PAIRING_INVALID
    await office.offers.claim(claim(newer.code))


@pytest.mark.parametrize("secret", ["0000", "0000-0000", "0" * 26, "x" * 200, "김철수!", "' OR 1=1 --"])
async def test_a_wrong_secret_is_refused_and_leaves_the_offer_open(office, offer, secret):
    assert await office.refused(office.offers.claim(claim(secret))) == Code.PAIRING_INVALID
    await office.offers.claim(claim(offer.token))


async def test_a_secret_does_not_open_another_screen(office, offer):
    await office.add_screen("SCREEN-002")
    assert await office.refused(office.offers.claim(claim(offer.token, "SCREEN-002"))) == Code.PAIRING_INVALID
    await office.offers.claim(claim(offer.token, "SCREEN-001"))


async def test_of_claims_at_the_same_moment_exactly_one_wins(office, offer):
    async def attempt(number: int) -> Code | None:
        try:
            await office.offers.claim(
                claim(offer.token if number % 2 else offer.code, device=f"bench {number}")
            )
        except Refusal as refusal:
            return refusal.code
        return None

    results = await asyncio.gather(*(attempt(number) for number in range(10)))
    assert results.count(None) == 1
    assert results.count(Code.PAIRING_USED) == 9
    assert office.cut == []


async def test_pairing_again_ends_the_former_device(office, offer):
    former = await office.offers.claim(claim(offer.token, device="old PC"))
    await office.access.verify(former.token)
    next_offer = await office.offers.make("SCREEN-001", ADMIN)
    assert office.cut == []
    await office.access.verify(former.token)

    newer = await office.offers.claim(claim(next_offer.token, device="new PC"))

    assert office.cut == ["SCREEN-001"]
    assert await office.refused(office.access.verify(former.token)) == Code.TOKEN_INVALID
    renewal = Refresh(refresh_token=former.refresh_token)
    assert await office.refused(office.sessions.refresh(renewal)) == Code.TOKEN_INVALID
    await office.access.verify(newer.token)
    assert (await office.screens.get("SCREEN-001")).device == "new PC"


async def test_there_is_no_offer_of_a_screen_that_does_not_exist(office):
    assert await office.refused(office.offers.make("SCREEN-404", ADMIN)) == Code.SCREEN_NOT_FOUND


async def test_no_secret_can_be_read_from_the_database(office, offer):
    row = await office.database.read(lambda connection: connection.execute(select(offers)).one())
    kept = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for secret in (offer.token, offer.code, offer.code.replace("-", "")):
        assert secret.encode() not in kept

"""Screens, by ids that ignore letter case."""

from helpers.front_office import ADMIN
from sqlalchemy import func, select

from relay.contract.identity import NewScreen, Refresh
from relay.contract.pairing import Claim, Device
from relay.contract.problems import Code
from relay.contract.reports import DisplayInfo
from relay.identity.screens import PresenceView
from relay.identity.tables import sessions
from relay.pairing.tables import offers


async def paired(office, screen_id: str = "SCREEN-001"):
    offer = await office.offers.make(screen_id, ADMIN)
    return await office.offers.claim(
        Claim(token=offer.token, device=Device(name="bench 1", platform="Windows 11"))
    )


async def test_an_id_is_taken_and_found_in_every_letter_case(office):
    await office.add_screen("Screen-1")
    refused = office.screens.add(NewScreen(screen_id="SCREEN-1"))
    assert await office.refused(refused) == Code.ALREADY_EXISTS
    assert (await office.screens.get("sCREEN-1")).screen_id == "Screen-1"
    assert await office.screens.exists("screen-1")
    assert not await office.screens.exists("screen-2")
    assert await office.refused(office.screens.get("screen-2")) == Code.SCREEN_NOT_FOUND


async def test_a_screen_without_a_name_is_called_by_its_id(office):
    await office.screens.add(NewScreen(screen_id="S-1", name="  "))
    await office.screens.rename("s-1", "Bench 1")
    assert (await office.screens.get("S-1")).name == "Bench 1"
    await office.screens.rename("s-1", "")
    assert (await office.screens.get("S-1")).name == "S-1"
    assert await office.refused(office.screens.rename("S-2", "x")) == Code.SCREEN_NOT_FOUND


async def test_a_screen_is_described_with_what_is_live(office):
    await office.add_screen("SCREEN-001")
    before = office.screens.describe(await office.screens.get("SCREEN-001"))
    assert (before.paired, before.online, before.device, before.last_seen_at) == (False, False, None, None)

    await paired(office)
    at_pairing = office.clock.now_ms()
    offline = office.screens.describe(await office.screens.get("screen-001"))
    assert (offline.paired, offline.device, offline.last_seen_at) == (
        True,
        "bench 1 · Windows 11",
        at_pairing,
    )

    display = DisplayInfo(display_id="d", index=0, name="A", width=1, height=1, scale=1.0, primary=True)
    office.present["SCREEN-001"] = PresenceView(
        online=True, last_seen_at=at_pairing + 5, app_version="1.2", displays=(display,)
    )
    live = office.screens.describe(await office.screens.get("screen-001"))
    assert (live.online, live.last_seen_at, live.app_version, live.displays) == (
        True,
        at_pairing + 5,
        "1.2",
        (display,),
    )


async def test_deleting_a_screen_ends_its_devices_credential_at_once(office):
    await office.add_screen("SCREEN-001")
    grant = await paired(office)
    await office.access.verify(grant.token)
    open_offer = await office.offers.make("SCREEN-001", ADMIN)

    await office.screens.delete("screen-001")

    assert office.cut == ["SCREEN-001"]
    assert await office.refused(office.access.verify(grant.token)) == Code.TOKEN_INVALID
    renewal = Refresh(refresh_token=grant.refresh_token)
    assert await office.refused(office.sessions.refresh(renewal)) == Code.TOKEN_INVALID
    assert await office.refused(office.offers.claim(Claim(token=open_offer.token))) == Code.PAIRING_INVALID
    assert await office.refused(office.screens.delete("SCREEN-001")) == Code.SCREEN_NOT_FOUND
    for table in (sessions, offers):
        count = select(func.count()).select_from(table)
        assert (
            await office.database.read(lambda connection, count=count: connection.execute(count).scalar())
            == 0
        )


async def test_a_new_screen_of_a_deleted_ones_name_does_not_know_the_old_device(office):
    await office.add_screen("SCREEN-001")
    grant = await paired(office)
    await office.screens.delete("SCREEN-001")
    await office.add_screen("SCREEN-001")
    assert await office.refused(office.access.verify(grant.token)) == Code.TOKEN_INVALID


async def test_screens_are_listed_by_id(office):
    for screen_id in ("b-2", "A-1", "c-3"):
        await office.add_screen(screen_id)
    assert [screen.screen_id for screen in await office.screens.list()] == ["A-1", "b-2", "c-3"]

"""A relay's data directory with thousands of paired screens, made by the relay's own classes before it starts.

Over HTTP the same would take minutes, of which most goes into drawing pairing QR codes. What is written here is what
pairing writes: a screen, its session, and tokens signed with the relay's own keys.
"""

import asyncio
import json
import shutil
from pathlib import Path

import msgspec
from helpers.relay_running import running_relay, small_pdf

from relay.clock import SystemClock
from relay.contract.identity import NewScreen
from relay.contract.names import ScreenId
from relay.identity.keys import Keys
from relay.identity.screens import Screens
from relay.identity.sessions import Sessions
from relay.identity.spelling import name_key
from relay.identity.tokens import AccessTokens, mint_local_admin
from relay.storage.database import Database

AT_ONCE = 1000
ORDERS = 20
SEED = "bench.json"


def screen_id(number: int) -> str:
    """Name a screen by its number."""
    return f"BENCH-{number:05}"


def order_id(number: int) -> str:
    """Name an order by its number."""
    return f"WO-{number % ORDERS:05}"


async def seed(data: Path, screens: int) -> None:
    """Make a data directory with orders, their documents, an API token for scanners, and paired screens."""
    async with running_relay(data) as office:
        for number in range(ORDERS):
            await office.add_order(
                order_id(number), small_pdf(order_id(number)), title="Housing, left", revision="C"
            )
        token = (
            await office.call("POST", "/api/tokens", json={"scopes": ["trigger:*"], "name": "scanners"})
        ).body
    sessions = await _pair(data, screens)
    content = {"token": token["token"], "sessions": [session.hex() for session in sessions]}
    (data / SEED).write_text(json.dumps(content), "utf-8")


async def _pair(data: Path, count: int) -> list[bytes]:
    clock = SystemClock()
    keys = Keys.open(data)
    database = Database(data / "relay.db", asyncio.get_running_loop())
    try:
        access = AccessTokens(keys, database, clock)
        screens, sessions = Screens(database, clock, access), Sessions(database, clock, access, keys)
        made: list[bytes] = []
        for first in range(0, count, AT_ONCE):
            names = [ScreenId(screen_id(number)) for number in range(first, min(first + AT_ONCE, count))]
            await asyncio.gather(*(screens.add(NewScreen(screen_id=name)) for name in names))
            begun = await asyncio.gather(
                *(
                    database.write(
                        lambda connection, name=name: sessions.begin_for_screen(
                            connection, name_key(name), "bench"
                        )
                    )
                    for name in names
                )
            )
            made += [session.session_id for session, _ in begun]
        return made
    finally:
        await database.close()


class Credentials:
    """The credentials of a seeded relay: access tokens as the relay would issue them on a refresh."""

    def __init__(self, data: Path) -> None:
        content = json.loads((data / SEED).read_text("utf-8"))
        self.scanner: str = content["token"]
        self._sessions = [bytes.fromhex(session) for session in content["sessions"]]
        self._keys = Keys.open(data)
        # Issuing a token asks neither the database nor the loop.
        self._access = AccessTokens(self._keys, None, SystemClock())  # type: ignore[arg-type]

    def auth_of(self, number: int) -> bytes:
        """Write what the screen of this number says when it connects: a fresh token of 15 minutes."""
        name = screen_id(number)
        token = self._access.issue(
            kind="screen", name=name, scope=f"screen:{name} trigger:{name}", session_id=self._sessions[number]
        )
        return msgspec.json.encode({"token": token})

    def token_of_admin(self) -> str:
        """Sign a token of the local admin, good for five minutes."""
        return mint_local_admin(self._keys, SystemClock())

    @property
    def scanner_auth(self) -> bytes:
        """Write what a scanner says when it triggers over the socket."""
        return msgspec.json.encode({"token": self.scanner})


def copy_of(seeded: Path, target: Path) -> Path:
    """Give a run its own copy of a seeded directory, so that every round starts alike."""
    shutil.copytree(seeded, target)
    return target

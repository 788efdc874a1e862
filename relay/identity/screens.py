"""Screens: the workstations that documents are shown at, by ids that ignore letter case."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Row, Select, delete, insert, select, update

from relay.clock import Clock
from relay.contract.identity import NewScreen, ScreenInfo
from relay.contract.problems import Code
from relay.contract.reports import DisplayInfo, WindowInfo
from relay.contract.watching import LastOutcome
from relay.errors import Refusal
from relay.identity.audit import noting
from relay.identity.groups import forget_permissions
from relay.identity.spelling import name_key
from relay.identity.tables import screens, sessions
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database


@dataclass(frozen=True, slots=True)
class PresenceView:
    """What the live side knows of a screen: whether it is there, when it last spoke, and what it said it shows."""

    online: bool
    last_seen_at: int | None = None
    app_version: str | None = None
    displays: tuple[DisplayInfo, ...] = ()
    windows: tuple[WindowInfo, ...] = ()
    version: int = 0
    last_outcome: LastOutcome | None = None


ABSENT = PresenceView(online=False)


@dataclass(frozen=True, slots=True)
class Screen:
    """A screen as the relay keeps it; `device` is what was paired last, `used_at` when it last refreshed its token."""

    screen_id: str
    name: str
    paired: bool
    device: str | None
    used_at: int | None
    paired_at: int | None = None

    def describe(self, presence: PresenceView | None = None) -> ScreenInfo:
        """Join what is kept with what is live."""
        live = presence or ABSENT
        seen = [at for at in (live.last_seen_at, self.used_at) if at is not None]
        return ScreenInfo(
            screen_id=self.screen_id,
            name=self.name,
            paired=self.paired,
            online=live.online,
            device=self.device,
            last_seen_at=max(seen, default=None),
            app_version=live.app_version,
            displays=live.displays,
            windows=live.windows,
            version=live.version,
            last_outcome=live.last_outcome,
            paired_at=self.paired_at,
        )


def _never_seen(_screen_id: str) -> PresenceView | None:
    return None


class Screens:
    """The screens of this relay. Ids are looked up ignoring letter case, and returned as they were added."""

    def __init__(
        self,
        database: Database,
        clock: Clock,
        access: AccessTokens,
        *,
        presence: Callable[[str], PresenceView | None] = _never_seen,
    ) -> None:
        """Keep screens in `database`; `access` hears of screens that are gone, `presence` tells what is live."""
        self._database = database
        self._clock = clock
        self._access = access
        self._presence = presence
        # Spellings by key; every trigger asks. This process alone writes screens: to forget after a delete is enough.
        self._spellings: dict[str, str] = {}
        self._deletions = 0

    @property
    def on_revoked(self) -> list[Callable[[str], None]]:
        """Whom to tell, by screen id, when a screen was deleted, re-paired or its credential revoked."""
        return self._access.on_screen_revoked

    def describe(self, screen: Screen) -> ScreenInfo:
        """Tell all that a person may see of a screen: what is kept, joined with what is live."""
        return screen.describe(self._presence(screen.screen_id))

    def shows(self, screen_id: str, sha256: str) -> bool:
        """Tell whether a screen says that it shows this file now."""
        live = self._presence(screen_id)
        return live is not None and any(window.sha256 == sha256 for window in live.windows)

    async def add(self, wish: NewScreen) -> Screen:
        """Add a screen, not paired yet. Raises ALREADY_EXISTS."""
        now_ms = self._clock.now_ms()
        name = wish.name.strip() or wish.screen_id
        note = noting("screen.add", "screen", wish.screen_id, self._clock)

        def insert_screen(connection: Connection) -> None:
            if (there := _find(connection, wish.screen_id)) is not None:
                raise Refusal(Code.ALREADY_EXISTS, what=there.screen_id)
            key = name_key(wish.screen_id)
            connection.execute(
                insert(screens).values(screen_key=key, screen_id=wish.screen_id, name=name, created_at=now_ms)
            )
            note(connection)

        await self._database.write(insert_screen)
        return Screen(wish.screen_id, name, paired=False, device=None, used_at=None)

    async def find(self, screen_id: str) -> Screen | None:
        """Return a screen, or None."""
        return await self._database.read(lambda connection: _find(connection, screen_id))

    async def get(self, screen_id: str) -> Screen:
        """Return a screen. Raises SCREEN_NOT_FOUND."""
        screen = await self.find(screen_id)
        if screen is None:
            raise _missing(screen_id)
        return screen

    async def spelling(self, screen_id: str) -> str:
        """Return the id of a screen as it was added. Raises SCREEN_NOT_FOUND."""
        key = name_key(screen_id)
        spelling = self._spellings.get(key)
        if spelling is None:
            deletions = self._deletions
            spelling = (await self.get(screen_id)).screen_id
            if deletions == self._deletions:  # or what was read may be gone
                self._spellings[key] = spelling
        return spelling

    async def exists(self, screen_id: str) -> bool:
        """Tell whether there is such a screen."""
        return await self.find(screen_id) is not None

    async def list(self) -> tuple[Screen, ...]:
        """Return all screens by id."""
        ordered = _with_session().order_by(screens.c.screen_key)
        return await self._database.read(
            lambda connection: tuple(map(_screen_of, connection.execute(ordered)))
        )

    async def rename(self, screen_id: str, name: str) -> Screen:
        """Give a screen another name; an empty one means its id. Raises SCREEN_NOT_FOUND."""
        note = noting("screen.change", "screen", screen_id, self._clock, name.strip())

        def change(connection: Connection) -> Screen | None:
            there = _find(connection, screen_id)
            if there is None:
                return None
            wanted = screens.c.screen_key == name_key(screen_id)
            connection.execute(update(screens).where(wanted).values(name=name.strip() or there.screen_id))
            note(connection)
            return _find(connection, screen_id)

        screen = await self._database.write(change)
        if screen is None:
            raise _missing(screen_id)
        return screen

    async def delete(self, screen_id: str) -> None:
        """Delete a screen; its device's credential is gone at once. Raises SCREEN_NOT_FOUND."""
        key = name_key(screen_id)
        note = noting("screen.delete", "screen", screen_id, self._clock)

        def remove(connection: Connection) -> tuple[str, list[bytes]] | None:
            there = _find(connection, screen_id)
            if there is None:
                return None
            ended = delete(sessions).where(sessions.c.screen_key == key).returning(sessions.c.session_id)
            session_ids = [row.session_id for row in connection.execute(ended)]
            connection.execute(delete(screens).where(screens.c.screen_key == key))
            forget_permissions(connection, "screen", there.screen_id)
            note(connection)
            return there.screen_id, session_ids

        removed = await self._database.write(remove)
        self._deletions += 1
        self._spellings.pop(key, None)
        if removed is None:
            raise _missing(screen_id)
        self._access.forget(removed[1], screen_id=removed[0])
        # Another screen of that id is not meant by what was permitted at this one.
        self._access.judge_again(lambda caller: caller.rights is not None and key in caller.rights.screens)


def _with_session() -> Select[Any, Any, Any, Any, Any]:
    session = (sessions.c.device, sessions.c.used_at, sessions.c.created_at)
    return select(screens.c.screen_id, screens.c.name, *session).select_from(
        screens.outerjoin(sessions, sessions.c.screen_key == screens.c.screen_key)
    )


def _find(connection: Connection, screen_id: str) -> Screen | None:
    row = connection.execute(_with_session().where(screens.c.screen_key == name_key(screen_id))).first()
    return None if row is None else _screen_of(row)


def _screen_of(row: Row[Any, Any, Any, Any, Any]) -> Screen:
    is_paired = row.used_at is not None
    return Screen(row.screen_id, row.name, is_paired, row.device or None, row.used_at, row.created_at)


def _missing(screen_id: str) -> Refusal:
    return Refusal(Code.SCREEN_NOT_FOUND, screenId=screen_id[:100])

"""Keeps what is due next: asks the relay for the list, remembers it, and fetches what is not here yet, one by one.

How it works: `run` asks after every new line, when the relay hints that something has changed, and every ten minutes
all the same, with a random part, so that a thousand benches do not ask at once. An unchanged list costs a 304, which
still says that every revision in it is the newest now. Documents come one at a time, in the list's order, behind
whatever somebody waits for (library), until four fifths of the library would be taken.

What must never happen: that it holds up a scan, or that it goes on asking a relay that is not there.
"""

import asyncio
import random
from collections.abc import Callable
from datetime import timedelta

import aiohttp
import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.clock import monotonic
from app.link.credentials import Credentials, Revoked
from app.link.island_clock import IslandClock
from app.link.island_scans import Memory
from app.link.island_store import IslandBroken, IslandStore
from app.link.library import Library
from app.link.relay_http import explain, limited
from app.link.triggers import TOKEN_REFUSED
from app.stage.displays import CannotShow
from relay.contract.codec import Malformed, convert, decode_json
from relay.contract.island import AS_OF_HEADER, Upcoming, UpcomingHint
from relay.contract.names import Sha256
from relay.contract.problems import Code

log = structlog.get_logger()

ASK_EVERY = timedelta(minutes=10)
AFTER_A_LINE = timedelta(seconds=5)
PATIENCE = timedelta(seconds=20)
# Of the library's room, for what is due; the rest is for what is scanned.
SHARE = 0.8
UNKNOWN_BYTES = 5 * 1024 * 1024
_UNCHANGED = 304


class UpcomingKeeper:
    """What is due next at one bench."""

    def __init__(
        self,
        *,
        store: IslandStore,
        clock: IslandClock,
        credentials: Credentials,
        library: Library,
        keep_for: timedelta,
        chance: Callable[[], float] = random.random,
    ) -> None:
        """Fetch into `library`, and let it forget what was not used for `keep_for`; `chance` is between 0 and 1."""
        self._store = store
        self._clock = clock
        self._credentials = credentials
        self._library = library
        self._keep_for = keep_for
        self._chance = chance
        self._line = asyncio.Event()
        self._wake = asyncio.Event()
        self._fetch = asyncio.Event()
        self._ask_at = 0.0
        self._mark: str | None = None
        self._listed: tuple[Memory, ...] = ()
        self._due: frozenset[Sha256] = frozenset()
        # What was hashed by this process already; what is used is hashed again all the same.
        self._sound: set[Sha256] = set()

    def due(self) -> frozenset[Sha256]:
        """Name the files that are due next and fit into the library."""
        return self._due

    def line_is(self, *, up: bool) -> None:
        """Hear that there is a line to the relay now, or none."""
        if not up:
            self._line.clear()
        elif not self._line.is_set():
            self._line.set()
            self._fetch.set()
            self._ask_at = monotonic() + ASK_EVERY.total_seconds()
            self.ask_within(AFTER_A_LINE)

    def ask_within(self, spread: timedelta) -> None:
        """Ask for the list after a random part of `spread`, or earlier if that was meant already."""
        self._ask_at = min(self._ask_at, monotonic() + spread.total_seconds() * self._chance())
        self._wake.set()

    def hinted(self, payload: object) -> None:
        """Hear the relay's hint that the list may have changed."""
        try:
            self.ask_within(timedelta(milliseconds=convert(payload, UpcomingHint).within_ms))
        except Malformed as malformed:
            log.warning("A hint of the relay cannot be read", field=malformed.field)

    async def run(self) -> None:
        """Keep the list and its documents, for ever; until cancelled."""
        try:
            self._mark = await self._store.mark()
            self._expect(await self._store.expected())
        except IslandBroken as error:
            log.exception("What is due next cannot be read", reason=str(error))
        async with asyncio.TaskGroup() as group:
            group.create_task(self._keep_asking(), name="upcoming: list")
            group.create_task(self._keep_fetching(), name="upcoming: documents")

    async def _keep_asking(self) -> None:
        while True:
            await self._line.wait()
            self._wake.clear()
            try:
                async with asyncio.timeout(max(0.0, self._ask_at - monotonic())):
                    await self._wake.wait()
                continue
            except TimeoutError:
                pass
            if not self._line.is_set():
                continue
            self._ask_at = monotonic() + ASK_EVERY.total_seconds() * (0.8 + 0.4 * self._chance())
            try:
                await self._ask()
            except (RelayRefused, RelayUnreachable, Revoked) as failure:
                log.info("What is due next could not be asked", reason=str(failure))
            except IslandBroken as error:
                log.exception("What is due next could not be kept", reason=str(error))
            else:
                self._fetch.set()
                await self._library.clear_out(self._keep_for)

    async def _ask(self) -> None:
        for is_last in (False, True):
            token = await self._credentials.token()
            try:
                return await self._ask_with(token)
            except RelayRefused as refusal:
                if refusal.problem.code not in TOKEN_REFUSED or is_last:
                    raise
                self._credentials.expired(token)
        raise AssertionError("the second attempt returns or raises")

    async def _ask_with(self, token: str) -> None:
        # The list may be some seconds on its way; they count as its age.
        at = self._clock.now()
        async with self._credentials.http.download(
            f"/api/screens/{self._credentials.screen_id}/upcoming",
            token=token,
            patience=PATIENCE,
            headers={"If-None-Match": self._mark} if self._mark else None,
            granted=(200, _UNCHANGED),
        ) as response:
            try:
                content = b"" if response.status == _UNCHANGED else await limited(response)
            except aiohttp.ClientError as error:
                raise explain(error, str(response.url.origin())) from error
            as_of, mark = response.headers.get(AS_OF_HEADER, ""), response.headers.get("ETag", "")
        if response.status == _UNCHANGED:
            if as_of.isdecimal():
                await self._store.still_expect(int(as_of), at)
            return
        try:
            upcoming = decode_json(content, Upcoming)
        except Malformed as error:
            raise RelayUnreachable("answer", str(response.url.origin()), str(error)) from error
        listed = tuple(
            Memory(
                order_id=each.order_id,
                number=each.number,
                document=each.document,
                as_of=upcoming.as_of,
                at=at,
                size=each.size,
            )
            for each in upcoming.documents
        )
        await self._store.expect(listed, mark)
        self._mark = mark
        self._expect(listed)
        log.info("What is due next has changed", documents=len(listed), files=len(self._due))

    def _expect(self, listed: tuple[Memory, ...]) -> None:
        room = self._library.limit_bytes * SHARE
        due: set[Sha256] = set()
        for each in listed:
            if each.document.sha256 is None or each.document.sha256 in due:
                continue
            room -= each.size or UNKNOWN_BYTES
            if room >= 0:
                due.add(each.document.sha256)
        self._listed, self._due = listed, frozenset(due)
        self._fetch.set()

    async def _keep_fetching(self) -> None:
        while True:
            await self._fetch.wait()
            await self._line.wait()
            self._fetch.clear()
            for each in self._listed:
                sha256 = each.document.sha256
                if sha256 is None or sha256 not in self._due or not self._line.is_set():
                    continue
                if sha256 in self._sound and self._library.has(sha256):
                    continue
                if not await self._prefetch(each):
                    break

    async def _prefetch(self, memory: Memory) -> bool:
        """Have one document here; returns whether it is worth going on with the next."""
        try:
            await self._library.prefetch(memory.document)
        except CannotShow as reason:
            log.info(
                "A document that is due could not be fetched", order_id=memory.order_id, code=reason.code
            )
            return reason.code not in {Code.CONNECTION_REFUSED, Code.CONNECTION_TIMEOUT, Code.TOKEN_INVALID}
        except RelayRefused as refusal:
            log.info("The relay gives no document now", code=refusal.problem.code)
            return False
        assert memory.document.sha256 is not None
        self._sound.add(memory.document.sha256)
        return True

"""Being paired: the credential is claimed, kept and given back, and the line to the relay lives as long as it does."""

import asyncio
from collections.abc import Awaitable, Callable

import structlog

from app.bridge import now_ms, spawn
from app.errors import RelayRefused, RelayUnreachable
from app.link.credential_store import CannotKeep, CredentialStore
from app.link.credentials import AccessToken, Claimed, Credential, Credentials
from app.link.discovery import Discovery, Found
from app.link.inbox import Inbox
from app.link.library import Library
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.link.shelf import Shelf
from app.stage.asking import FoundRelay
from app.stage.scan_result import NotKept, PairingFailure, PairingStep, PairingWish
from app.stage.status import Facts, LinkState
from app.wiring.claiming import Claiming
from app.wiring.workplace import Workplace
from relay.contract.commands import AnyCommand
from relay.contract.names import Sha256
from relay.contract.problems import Problem
from relay.contract.reports import Outcome, Presence
from relay.contract.wording import Wording

log = structlog.get_logger()


class Pairing:
    """Pairs and unpairs this bench, one at a time, and keeps its line to the relay."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        perform: Callable[[AnyCommand], Awaitable[Outcome]],
        describe: Callable[[], Presence],
    ) -> None:
        """Take what the line needs of this bench: how commands are performed, and what is shown."""
        self._workplace = workplace
        self._perform = perform
        self._describe = describe
        self._store = CredentialStore(workplace.settings.data, workplace.settings.keyring)
        self._inbox: Inbox | None = None
        self._link_task: asyncio.Task[object] | None = None
        self.started = asyncio.Event()  # what was kept is known: this bench is paired, or it is not
        self._claiming = Claiming(workplace)
        self._discovery = Discovery(self._found)
        self._pairing: asyncio.Task[object] | None = None
        workplace.status.listen(self._facts_changed)
        if workplace.settings.relay is not None:
            workplace.window.pairing.ways.expect(workplace.settings.relay)
        self._turn = asyncio.Lock()  # pairing, unpairing and starting change the link one at a time

    async def open(self) -> None:
        """Open the inbox. Raises InboxBroken."""
        self._inbox = await Inbox.open(self._workplace.settings.data / "inbox.sqlite", now_ms=now_ms)

    async def close(self) -> None:
        """Close the inbox; the line must have ended."""
        self.stop_waiting()
        await asyncio.to_thread(self._discovery.close)
        if self._inbox is not None:
            await self._inbox.close()

    async def begin(self) -> None:
        """Begin the line with the credential that was kept, or pair with the link that the start was given."""
        async with self._turn:
            # Whoever scans a link into a window that was just painted may have paired this bench before.
            if self._workplace.line.link is None:
                await self._begin_kept()
        self.started.set()
        link = self._workplace.settings.pair
        if link is not None:
            # The link of an earlier start may still stand in somebody's shortcut: a paired bench goes on.
            await self._pair(PairingWish(link=link), may_fail=self._workplace.line.link is not None)

    def asked(self, wish: PairingWish) -> None:
        """Pair as somebody at this bench wishes; what still waits for people is given up for it."""
        self.stop_waiting()
        self._pairing = spawn(self._pair(wish), "pair")

    def stop_waiting(self) -> None:
        """Give up what waits for people: an approval, or a number to compare."""
        if self._pairing is not None and self._claiming.waits:
            self._pairing.cancel()

    def refused(self) -> None:
        """Unpair as somebody at this bench wishes."""
        self.stop_waiting()
        spawn(self._unpair(), "unpair")

    async def end_line(self, *, give_back: bool = False) -> None:
        """End the line; `give_back` tells the relay that this bench leaves for good."""
        line, task = self._workplace.line, self._link_task
        http, credentials = line.http, line.credentials
        self._link_task = None
        line.clear()
        if task is not None:
            task.cancel()
            await asyncio.wait({task})
        if give_back and credentials is not None:
            try:
                await credentials.give_back()
            except (RelayRefused, RelayUnreachable) as failure:
                log.warning("The relay was not told that this bench left", reason=str(failure))
        if credentials is not None:
            await credentials.leave()
        if http is not None:
            await http.close()

    async def _begin_kept(self) -> None:
        credential = await self._store.load_patiently(self._keyring_locked)
        if credential is None:
            self._workplace.status.link_changed(LinkState.UNPAIRED)
        else:
            self._begin_line(credential)

    def _keyring_locked(self) -> None:
        say = Wording(self._workplace.language).say
        self._workplace.status.link_changed(LinkState.OFFLINE, say("link.keyring_locked"))

    async def _pair(self, wish: PairingWish, *, may_fail: bool = False) -> None:
        window = self._workplace.window
        async with self._turn:
            if not may_fail:
                window.pairing_began(wish)
            try:
                failure = await self._try_to_pair(wish)
            except asyncio.CancelledError:
                window.pairing_stopped()
                raise
            if failure is None:
                return
            log.warning("Pairing failed", failure=type(failure).__name__, kept=may_fail)
            if may_fail:
                return
            window.pairing_failed(failure)
            if isinstance(failure, Problem) and self._workplace.status.facts.link is not LinkState.UNPAIRED:
                # The pairing view is not to be seen now, so it is told where scans are told.
                number = window.scan_started(Wording(self._workplace.language).say("desk.pairing.title"))
                window.scan_answered(number, failure)

    async def _try_to_pair(self, wish: PairingWish) -> PairingFailure | None:
        step = self._workplace.window.pairing_step
        claimed = await self._claiming.claim(wish)
        if not isinstance(claimed, Claimed):
            return claimed
        step(PairingStep.KEEP)
        await self.end_line()  # its next refresh would overwrite the new credential
        try:
            await self._store.save(claimed.credential)
        except CannotKeep as error:
            await self._begin_kept()
            return NotKept(str(error.where))
        step(PairingStep.CONNECT)
        self._begin_line(claimed.credential, claimed.access)
        return None

    async def _unpair(self) -> None:
        async with self._turn:
            await self.end_line(give_back=True)
            await self._store.delete()
            self._workplace.director.clear()
            self._workplace.station.forget_pages()
            self._workplace.status.paired_as(None)
            self._workplace.status.link_changed(LinkState.UNPAIRED)

    def _begin_line(self, credential: Credential, access: AccessToken | None = None) -> None:
        assert self._inbox is not None, "the inbox is opened before the line begins"
        workplace, line = self._workplace, self._workplace.line
        line.http = RelayHttp(credential.relay, language=lambda: workplace.language)
        line.credentials = Credentials(credential, self._store, line.http, access=access)
        line.credentials.listen(lambda _token: self._show_bench(credential))
        line.library = Library(
            Shelf(workplace.settings.data / "library", now_ms),
            line.credentials,
            spawn=spawn,
            in_use=lambda: {Sha256(info.sha256) for info in workplace.director.showing() if info.sha256},
            due=lambda: line.upcoming.due() if line.upcoming is not None else (),
            limit_bytes=workplace.settings.library_bytes,
        )
        line.link = RelayLink(
            credentials=line.credentials,
            inbox=self._inbox,
            perform=self._perform,
            describe=self._describe,
            link_changed=workplace.status.link_changed,
            spawn=spawn,
            now_ms=now_ms,
            language=workplace.language,
        )
        workplace.status.paired_as(credential.screen_id, credential.relay.name)
        self._show_bench(credential)
        self._link_task = spawn(line.link.run(), "link")

    def _facts_changed(self, facts: Facts) -> None:
        if facts.link is LinkState.UNPAIRED and self._workplace.settings.find_relays:
            self._discovery.begin()
        else:
            self._discovery.end()

    def _found(self, found: Found) -> None:
        self._workplace.window.show_found(
            tuple(FoundRelay(each.name, each.version, each.addresses) for each in found)
        )

    def _show_bench(self, credential: Credential) -> None:
        self._workplace.window.show_bench(
            screen_id=credential.screen_id,
            name=credential.screen_id,
            relay=f"{credential.relay.name} ({credential.relay.addresses[0]})",
            kept=self._store.where,
        )

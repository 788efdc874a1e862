"""The only file that knows every room: it puts them together, lets them live, and says farewell in order.

How it works: `main` reads the settings, makes sure that it is the only Benchcast on its data, and runs a `Bench` on
the one loop of Qt and asyncio until something asks it to stop: the window, SIGINT or SIGTERM. Requests rise from the
window as callables, facts fall to it as method calls, and every one of these connections is made here.

What it must never do: call `QApplication.quit()` (the loop would end before the farewell), or take longer than three
seconds to end.
"""

import asyncio
import os
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
import structlog
from PySide6.QtWidgets import QApplication

from app.bridge import now_ms, pyside_none_safe, run_once, spawn, stop_on_signals
from app.errors import RelayRefused, RelayUnreachable
from app.link.credential_store import CannotKeep, CredentialStore
from app.link.credentials import AccessToken, Credential, Credentials
from app.link.inbox import Inbox, InboxBroken
from app.link.library import Library
from app.link.pairing import NotAPairingLink, claim, read_wish, this_device
from app.link.relay_http import RelayHttp
from app.link.relay_link import RelayLink
from app.logs import start_logging
from app.scan.burst import Burst
from app.scan.rules import Order, PairingLinkScanned, Unknown, read
from app.settings import Choices, Settings, SettingsError, keep_choices, load_settings
from app.stage.director import Director
from app.stage.displays import CannotShow
from app.stage.open_scans import OpenScans, make_trigger
from app.stage.scan_result import (
    BadLink,
    NotKept,
    NotPaired,
    PairingFailure,
    PairingStep,
    PairingWish,
    ScanNumber,
    Unreadable,
)
from app.stage.status import Facts, LinkState, Status
from app.windows.application import make_application
from app.windows.bench_window import BenchWindow
from app.windows.doorbell import Doorbell
from app.windows.sound import Sound
from app.windows.wedge import Wedge
from app.windows.workstation import Workstation
from relay.contract.commands import AnyCommand, DocumentRef, Trigger
from relay.contract.names import Sha256
from relay.contract.problems import Code, Problem
from relay.contract.reports import PROTOCOL, Outcome, Presence
from relay.contract.wording import Language, Wording

log = structlog.get_logger()

SCAN_WAIT_MS = 8_000
FAREWELL_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop app and return its exit status: 0, or 2 if it was started wrongly."""
    try:
        settings = load_settings(sys.argv[1:] if arguments is None else arguments)
    except SettingsError as error:
        return _complain(str(error))
    say = Wording(settings.language).say
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        return _complain(say("settings.no_screen"))
    if not pyside_none_safe():
        return _complain(say("settings.unsafe_qt"))
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        start_logging(settings.data / "logs", settings.log_level)
    except OSError as error:
        return _complain(
            say("settings.data_unwritable", data=str(settings.data), reason=error.strerror or "")
        )
    app = make_application(settings.language)
    doorbell = Doorbell(settings.data)
    if not doorbell.is_first():
        if doorbell.ring(settings.pair):
            return 0
        return _complain(say("settings.already_running", data=str(settings.data)))
    try:
        run_once(app, Bench(app, settings, doorbell).run)
    except InboxBroken as error:
        return _complain(say("settings.data_unwritable", data=str(settings.data), reason=str(error)))
    finally:
        doorbell.close()
    return 0


class Bench:
    """Everything that lives on this workstation, and what connects it."""

    def __init__(self, app: QApplication, settings: Settings, doorbell: Doorbell) -> None:
        """Make the rooms that need no network; nothing is shown yet."""
        self._settings = settings
        self._language: Language = settings.language
        self._choices = Choices(muted=settings.muted)
        self._doorbell = doorbell
        self._version = app.applicationVersion()
        # As the window has it at first: what follows is a change, and is told.
        self._status = Status(Facts(link=LinkState.CONNECTING))
        self._store = CredentialStore(settings.data, settings.keyring)
        self._station = Workstation(app, language=settings.language)
        self._sound = Sound(muted=settings.muted)
        self._window = BenchWindow(
            language=settings.language,
            sound=self._sound,
            on_order=lambda text: self._on_text(text, typed=True),
            on_pair=self._on_pair,
            on_unpair=self._on_unpair,
            on_language=self._on_language,
            on_mute=self._on_mute,
            on_quit=self._stop_now,
        )
        self._wedge = Wedge(Burst())
        self._director = Director(
            windows=self._station,
            fetch=self._fetch,
            default_display_index=settings.default_display_index,
            presence_changed=self._presence_changed,
            server_now_ms=lambda: self._link.server_now_ms() if self._link else now_ms(),
            language=settings.language,
        )
        self._app = app
        self._stop: asyncio.Event | None = None
        self._inbox: Inbox | None = None
        self._http: RelayHttp | None = None
        self._credentials: Credentials | None = None
        self._library: Library | None = None
        self._link: RelayLink | None = None
        self._link_task: asyncio.Task[object] | None = None
        self._turn = asyncio.Lock()  # pairing, unpairing and starting change the link one at a time
        self._scans = OpenScans()

    async def run(self) -> None:
        """Live until something asks to stop."""
        stop = self._stop = asyncio.Event()
        stop_on_signals(stop)
        self._wedge.follow(self._app)
        self._wedge.scanned.connect(self._on_text)
        self._status.listen(self._on_facts)
        self._station.listen(self._presence_changed)
        self._doorbell.answer(self._on_ring)
        self._window.appear()
        self._presence_changed()
        try:
            self._inbox = await Inbox.open(self._settings.data / "inbox.sqlite", now_ms=now_ms)
            spawn(self._start(), "start")
            await stop.wait()
        finally:
            await self._farewell()

    async def _farewell(self) -> None:
        log.info("Benchcast ends")
        self._wedge.leave()
        self._window.farewell()
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._end_link()
        except TimeoutError:
            log.warning("The line to the relay did not close in time")
        if self._inbox is not None:
            await self._inbox.close()
        self._station.dismiss()
        self._sound.close()
        await asyncio.sleep(0.05)  # a turn of the loop, in which Qt deletes what was dismissed

    # Being paired.

    async def _start(self) -> None:
        async with self._turn:
            await self._begin_kept()
        if self._settings.pair is not None:
            # The link of an earlier start may still stand in somebody's shortcut: a paired bench goes on.
            await self._pair(PairingWish(link=self._settings.pair), may_fail=self._link is not None)

    async def _begin_kept(self) -> None:
        credential = await self._store.load_patiently(self._keyring_locked)
        if credential is None:
            self._status.link_changed(LinkState.UNPAIRED)
        else:
            self._begin_link(credential)

    def _keyring_locked(self) -> None:
        self._status.link_changed(LinkState.OFFLINE, Wording(self._language).say("link.keyring_locked"))

    async def _pair(self, wish: PairingWish, *, may_fail: bool = False) -> None:
        async with self._turn:
            if not may_fail:
                self._window.pairing_began(wish)
            failure = await self._try_to_pair(wish)
            if failure is None:
                return
            log.warning("Pairing failed", failure=type(failure).__name__, kept=may_fail)
            if may_fail:
                return
            self._window.pairing_failed(failure)
            if isinstance(failure, Problem) and self._status.facts.link is not LinkState.UNPAIRED:
                # The pairing view is not to be seen now, so it is told where scans are told.
                number = self._window.scan_started(Wording(self._language).say("desk.pairing.title"))
                self._window.scan_answered(number, failure)

    async def _try_to_pair(self, wish: PairingWish) -> PairingFailure | None:
        try:
            offered = read_wish(wish)
        except NotAPairingLink as error:
            return msgspec.convert({"missing": str(error)}, BadLink)
        device = this_device(app_version=self._version, displays=len(self._station.displays()))
        try:
            claimed = await claim(offered, device, language=self._language, on_step=self._window.pairing_step)
        except (RelayRefused, RelayUnreachable) as failure:
            return self._problem(failure)
        self._window.pairing_step(PairingStep.KEEP)
        await self._end_link()  # its next refresh would overwrite the new credential
        try:
            await self._store.save(claimed.credential)
        except CannotKeep as error:
            await self._begin_kept()
            return NotKept(str(error.where))
        self._window.pairing_step(PairingStep.CONNECT)
        self._begin_link(claimed.credential, claimed.access)
        return None

    async def _unpair(self) -> None:
        async with self._turn:
            await self._end_link(give_back=True)
            await self._store.delete()
            self._director.clear()
            self._status.paired_as(None)
            self._status.link_changed(LinkState.UNPAIRED)

    def _begin_link(self, credential: Credential, access: AccessToken | None = None) -> None:
        assert self._inbox is not None
        http = self._http = RelayHttp(credential.relay, language=lambda: self._language)
        credentials = self._credentials = Credentials(credential, self._store, http, access=access)
        credentials.listen(lambda _token: self._show_bench(credential))
        self._library = Library(
            self._settings.data / "library",
            credentials,
            spawn=spawn,
            in_use=lambda: {Sha256(info.sha256) for info in self._director.showing() if info.sha256},
            limit_bytes=self._settings.library_bytes,
        )
        self._link = RelayLink(
            credentials=credentials,
            inbox=self._inbox,
            perform=self._perform,
            describe=self._describe,
            link_changed=self._status.link_changed,
            spawn=spawn,
            now_ms=now_ms,
            language=self._language,
        )
        self._status.paired_as(credential.screen_id, credential.relay.name)
        self._show_bench(credential)
        self._link_task = spawn(self._link.run(), "link")

    async def _end_link(self, *, give_back: bool = False) -> None:
        task, http, credentials = self._link_task, self._http, self._credentials
        self._link_task = self._link = self._library = self._http = self._credentials = None
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

    # Commands from the relay.

    async def _perform(self, command: AnyCommand) -> Outcome:
        outcome = await self._director.perform(command)
        self._status.ended(outcome)
        if (ended := self._scans.ended(outcome)) is not None:
            self._window.scan_answered(*ended)
        return outcome

    async def _fetch(self, document: DocumentRef) -> Path:
        if self._library is None:
            raise CannotShow(Code.CONNECTION_REFUSED)
        return await self._library.fetch(document)

    def _describe(self) -> Presence:
        return Presence(
            app_version=self._version,
            protocol=PROTOCOL,
            displays=tuple(display.info() for display in self._station.displays()),
            windows=self._director.showing(),
        )

    def _presence_changed(self) -> None:
        self._window.show_presence(self._describe())
        if self._link is not None:
            self._link.presence_changed()

    # What the operator does.

    def _on_text(self, text: str, *, typed: bool = False) -> None:
        match read(text, typed=typed):
            case Order() as order:
                self._on_order(order)
            case PairingLinkScanned(link):
                self._on_pair(PairingWish(link=link))
            case Unknown(reason):
                self._window.scan_answered(self._window.scan_started(text), Unreadable(reason))

    def _on_order(self, order: Order) -> None:
        number = self._window.scan_started(
            order.order_id if order.document_number is None else f"{order.order_id} +D{order.document_number}"
        )
        if self._link is None or self._status.facts.screen_id is None:
            self._window.scan_answered(number, NotPaired())
            return
        trigger = make_trigger(self._status.facts.screen_id, order.order_id, order.document_number, now_ms())
        spawn(self._ask(self._link, trigger, number), f"scan {number}")

    async def _ask(self, link: RelayLink, trigger: Trigger, number: ScanNumber) -> None:
        self._scans.begin(trigger.id, number)
        try:
            report = await link.trigger(trigger, wait_ms=SCAN_WAIT_MS)
        except (RelayRefused, RelayUnreachable) as failure:
            self._scans.refused(trigger.id)
            self._window.scan_answered(number, self._problem(failure))
        else:
            self._window.scan_answered(number, self._scans.answered(trigger.id, report))

    def _on_pair(self, wish: PairingWish) -> None:
        spawn(self._pair(wish), "pair")

    def _on_unpair(self) -> None:
        spawn(self._unpair(), "unpair")

    def _on_ring(self, link: str | None) -> None:
        self._window.showNormal()
        self._window.raise_()
        self._window.activateWindow()
        if link is not None:
            self._on_pair(PairingWish(link=link))

    def _on_language(self, language: Language) -> None:
        self._language = self._director.language = language
        self._station.speak(language)
        if self._link is not None:
            self._link.language = language
        self._choose(msgspec.structs.replace(self._choices, language=language))

    def _on_mute(self, muted: bool) -> None:
        self._choose(msgspec.structs.replace(self._choices, muted=muted))

    def _choose(self, choices: Choices) -> None:
        self._choices = choices
        try:
            keep_choices(self._settings.data, choices)
        except OSError as error:
            log.warning("The operator's choice could not be kept", reason=str(error))

    def _stop_now(self) -> None:
        if self._stop is not None:
            self._stop.set()

    # What the window is told.

    def _on_facts(self, facts: Facts) -> None:
        self._window.show_link(facts.link, facts.link_detail)

    def _problem(self, failure: RelayRefused | RelayUnreachable) -> Problem:
        return failure.problem if isinstance(failure, RelayRefused) else failure.problem(self._language)

    def _show_bench(self, credential: Credential) -> None:
        self._window.show_bench(
            screen_id=credential.screen_id,
            name=credential.screen_id,
            relay=f"{credential.relay.name} ({credential.relay.addresses[0]})",
            kept=self._store.where,
        )


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - there is no window yet, and no log
    return 2

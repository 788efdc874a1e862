"""Living on the desktop: tray and menu, the windows that they open, links from outside, and the watchdog's heartbeat.

How it works: nothing of this is needed to show a document, so it is made after the first paint. Everything that can be
opened can be opened from the bench window too, for a desktop may have no tray.
"""

import asyncio
import os
import sys
from collections.abc import Callable

import msgspec
import structlog

from app.bridge import spawn
from app.machine.autostart import open_autostart
from app.machine.heartbeat import Heartbeat
from app.machine.link_scheme import register_scheme
from app.machine.program import own_command
from app.stage.foreign_link import judge
from app.stage.scan_result import PairingWish, Tone
from app.stage.status import Facts
from app.windows.application import LinkEvents
from app.windows.desk_menu import DeskActions, DeskMenu
from app.windows.told import Told
from app.windows.tray import Tray
from app.wiring.history import History
from app.wiring.pairing import Pairing
from app.wiring.scanning import Scanning
from app.wiring.settings_desk import SettingsDesk
from app.wiring.showing import Showing
from app.wiring.support import Support
from app.wiring.updates import Updates
from app.wiring.workplace import Workplace
from relay.contract.problems import PROBLEM_TYPE, Code, Problem
from relay.contract.reports import Presence
from relay.contract.wording import Language, Wording

log = structlog.get_logger()


class Desktop:
    """Everything around the bench window. `begin()` after the first paint, `close()` at the end."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        showing: Showing,
        pairing: Pairing,
        scanning: Scanning,
        heartbeat: Heartbeat | None,
        wizard: Callable[[], None] | None = None,
    ) -> None:
        """Make what has no pixels."""
        self._workplace = workplace
        self._pairing = pairing
        self._heartbeat = heartbeat
        self._tray: Tray | None = None
        self._menus: list[DeskMenu] = []
        self._told: Told | None = None
        self._beating: asyncio.Task[None] | None = None
        self.history = History(
            workplace,
            is_own=scanning.is_own,
            show_again=lambda order: scanning.heard(order, typed=True),
        )
        self.updates = Updates(
            workplace, allowed=lambda: workplace.current_settings().update_check, tell=self._tell_beside_tray
        )
        self.support = Support(
            workplace,
            settings=workplace.current_settings,
            describe=showing.describe,
            history=self.history,
            tell=self.tell,
        )
        self.settings = SettingsDesk(
            workplace,
            autostart=open_autostart(own_command()),
            updates=self.updates,
            bundle=self.support.bundle,
            wizard=wizard,
            scanners=scanning.scanners,
            speak=self.use,
        )
        showing.listeners.append(self._presence_changed)
        showing.performed.append(self.history.performed)
        workplace.status.listen(self._facts_changed)

    def has_tray(self) -> bool:
        """Is there a tray from which the bench window comes back?"""
        return self._tray is not None and self._tray.is_there

    async def begin(self) -> None:
        """Make tray and menus, open the history, and keep the watchdog content."""
        workplace = self._workplace
        actions = DeskActions(
            open=workplace.window.come_forward,
            history=self.history.show,
            settings=self.settings.show,
            sheet=self.support.sheet,
            bundle=self.support.bundle,
            quit=workplace.window.ask_quit,
        )
        in_window, in_tray = DeskMenu(actions, parent=workplace.window), DeskMenu(actions)
        self._menus = [in_window, in_tray]
        workplace.window.state.take_menu(in_window)
        self._tray = Tray(in_tray, workplace.window.come_forward)
        self._links = LinkEvents(workplace.app, self.open_link)
        self._speak_state()
        if self._heartbeat is not None:
            if self._heartbeat.restarts:
                log.warning(
                    "Benchcast was started again by its watchdog", times=len(self._heartbeat.restarts)
                )
                say = Wording(workplace.language).say
                self._tell_beside_tray(say("desktop.restarted.title"), say("desktop.restarted.detail"))
            # At once: whoever waits for the first sign of life is patient for much longer than after it.
            self._heartbeat.beat()
            self._beating = spawn(self._beat(self._heartbeat), "heartbeat")
        workplace.station.listen_for_wear(self._worn_out)
        await self.history.open()
        if getattr(sys, "frozen", False):
            # Only a bundle has a place of its own; a checkout of the sources must not answer a user's links.
            await self._register_scheme()

    async def close(self) -> None:
        """Take everything away; the watchdog hears that this is on purpose."""
        if self._beating is not None:
            self._beating.cancel()
        self.settings.close()
        await self.history.close()
        if self._told is not None:
            self._told.close()
        if self._tray is not None:
            self._links.close()
            self._tray.close()
            for menu in self._menus:
                menu.deleteLater()

    def use(self, language: Language) -> None:
        """Use this language from now on, everywhere, and after the next start."""
        self._workplace.window.speak(language)
        self._workplace.speak(language)
        self._speak_state()
        self.history.speak(language)
        self.settings.speak(language)

    def hidden(self) -> None:
        """Hear that the bench window went out of sight; the first time, say where it is."""
        choices = self._workplace.choices
        if not choices.knows_the_tray:
            say = Wording(self._workplace.language).say
            self._tell_beside_tray(say("desktop.tray.hidden.title"), say("desktop.tray.hidden.detail"))
            self._workplace.choose(msgspec.structs.replace(choices, knows_the_tray=True))

    def rung(self, link: str | None) -> None:
        """Hear that the app was started once more, with a link if it had one."""
        if link is None:
            self._workplace.window.come_forward()
        else:
            self.open_link(link)

    def open_link(self, text: str) -> None:
        """Open a link that came from outside: a paired bench asks first, and what is no link of ours is refused."""
        self._workplace.window.come_forward()
        judged = judge(text)
        if judged is None:
            log.warning("A link from outside was refused", length=len(text))
            self._refuse_link()
            return
        spawn(self._follow(PairingWish(link=judged.link), judged.relay), "link")

    def tell(self, sentence: str, tone: Tone) -> None:
        """Say one thing to the operator."""
        if self._told is not None:
            self._told.close()
        window = self._workplace.window
        told = self._told = Told(
            window if window.isVisible() else None, Wording(self._workplace.language), sentence, tone
        )
        told.destroyed.connect(self._forget_told)
        told.show()

    def _forget_told(self) -> None:
        self._told = None

    async def _follow(self, wish: PairingWish, relay: str) -> None:
        await self._pairing.started.wait()
        if self._workplace.line.credentials is None:
            self._pairing.asked(wish)
        else:
            self._workplace.window.ask_pair(relay, lambda: self._pairing.asked(wish))

    def _refuse_link(self) -> None:
        window, say = self._workplace.window, Wording(self._workplace.language).say
        problem = Problem(
            type=PROBLEM_TYPE + "validation-error",
            title=say("desktop.link.refused.title"),
            code=Code.VALIDATION_ERROR.value,
            detail=say("desktop.link.refused.detail"),
            action=say("desktop.link.refused.action"),
            trace_id="",
        )
        if self._workplace.line.credentials is None:
            window.pairing_failed(problem)
        else:
            window.scan_answered(window.scan_started(problem.title), problem)

    async def _beat(self, heartbeat: Heartbeat) -> None:
        if heartbeat.interval_seconds <= 0:
            return
        while True:
            await asyncio.sleep(heartbeat.interval_seconds)
            heartbeat.beat()

    def _worn_out(self) -> None:
        """Documents can be drawn again only by a new process: end as after a crash, so that the watchdog starts one."""
        if self._heartbeat is not None and self._heartbeat.is_watched:
            log.error("The app ends so that its watchdog starts it anew: it cannot draw documents any more")
            os._exit(os.EX_TEMPFAIL if hasattr(os, "EX_TEMPFAIL") else 75)

    async def _register_scheme(self) -> None:
        try:
            await asyncio.to_thread(register_scheme, own_command())
        except OSError as error:
            log.warning("Links of ours are not registered", reason=str(error))

    def _facts_changed(self, facts: Facts) -> None:
        self._speak_state()
        self.updates.facts_changed(facts)
        self.settings.refresh()

    def _presence_changed(self, presence: Presence) -> None:
        self.history.presence_changed(presence)
        self.settings.refresh()

    def _speak_state(self) -> None:
        facts, wording = self._workplace.status.facts, Wording(self._workplace.language)
        state = wording.say(f"desk.link.{facts.link.value}")
        words = wording.say("desktop.tray.state", screen=facts.screen_id or "Benchcast", state=state)
        for menu in self._menus:
            menu.speak(wording, words)
        if self._tray is not None:
            self._tray.show_state(facts.link, words)

    def _tell_beside_tray(self, title: str, text: str) -> None:
        if self._tray is not None:
            self._tray.tell(title, text)

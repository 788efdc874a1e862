"""Everything that lives on this workstation: puts the parts of the wiring together, lets them live, says farewell.

How it works: requests rise from the window as callables, facts fall to it as method calls, and every one of these
connections is made here. The window is open before this file is even imported.

What it must never do: call `QApplication.quit()` (the loop would end before the farewell), or take longer than three
seconds to end.
"""

import asyncio

import msgspec
import structlog
from PySide6.QtWidgets import QApplication

from app.bridge import spawn, stop_on_signals
from app.machine.heartbeat import Heartbeat
from app.settings import Settings, read_choices
from app.stage.status import Facts
from app.windows.doorbell import Doorbell
from app.windows.opening import Opened, Requests
from app.windows.workstation import Workstation
from app.wiring.arrangement import Arranging, Memory
from app.wiring.desktop import Desktop
from app.wiring.guide import Guide
from app.wiring.invitation import Inviting
from app.wiring.pairing import Pairing
from app.wiring.scanning import Scanning
from app.wiring.showing import Showing
from app.wiring.workplace import Workplace
from relay.contract.reports import Outcome

log = structlog.get_logger()

FAREWELL_SECONDS = 2.0


class Bench:
    """Everything that lives on this workstation, and what connects it."""

    def __init__(
        self,
        app: QApplication,
        settings: Settings,
        doorbell: Doorbell,
        opened: Opened,
        heartbeat: Heartbeat | None = None,
    ) -> None:
        """Make the rooms around the window that is open already; nothing is shown in it yet."""
        self._doorbell = doorbell
        self._stop: asyncio.Event | None = None
        memory = Memory(settings)
        self._workplace = workplace = Workplace(
            app=app,
            settings=settings,
            station=Workstation(app, language=settings.language, monitors=memory.watch(app, settings)),
            sound=opened.sound,
            choices=read_choices(settings.data),
            language=settings.language,
        )
        self._showing = Showing(workplace, ended=self._on_ended)
        self._pairing = Pairing(workplace, perform=self._showing.perform, describe=self._showing.describe)
        self._scanning = Scanning(workplace, self._pairing, self._showing.island)
        self._guide = Guide(workplace, self._pairing, self._scanning.scanners)
        self._desktop = Desktop(
            workplace,
            showing=self._showing,
            pairing=self._pairing,
            scanning=self._scanning,
            heartbeat=heartbeat,
            wizard=self._guide.show,
        )
        opened.requests = Requests(
            order=lambda text: self._scanning.heard(text, typed=True),
            pair=self._pairing.asked,
            cancel=self._pairing.stop_waiting,
            unpair=self._pairing.refused,
            language=self._desktop.use,
            mute=self._on_mute,
            quit=self.stop_now,
            may_hide=self._desktop.has_tray,
            hidden=self._desktop.hidden,
        )
        workplace.furnish(opened.window, self._showing.director)
        self._inviting = Inviting(workplace, self._showing)
        self._arranging = Arranging(workplace, self._showing, memory)

    async def run(self) -> None:
        """Live until something asks to stop."""
        stop = self._stop = asyncio.Event()
        stop_on_signals(stop)
        self._scanning.begin()
        self._workplace.status.listen(self._on_facts)
        self._workplace.station.listen(self._showing.presence_changed)
        self._workplace.station.listen(self._guide.monitors_changed)
        self._doorbell.answer(self._desktop.rung)
        self._showing.presence_changed()
        try:
            await self._pairing.open()
            await self._showing.island.open()
            self._arranging.begin()
            spawn(self._pairing.begin(), "start")
            spawn(self._guide.begin(), "guide")
            await self._desktop.begin()
            await stop.wait()
        finally:
            await self._farewell()

    async def _farewell(self) -> None:
        log.info("Benchcast ends")
        self._scanning.end()
        self._inviting.close()
        await self._arranging.close()
        await self._desktop.close()
        self._workplace.window.farewell()
        try:
            async with asyncio.timeout(FAREWELL_SECONDS):
                await self._pairing.end_line()
        except TimeoutError:
            log.warning("The line to the relay did not close in time")
        await self._showing.island.close()
        await self._pairing.close()
        self._workplace.station.dismiss()
        self._workplace.sound.close()
        await asyncio.sleep(0.05)  # a turn of the loop, in which Qt deletes what was dismissed

    def _on_ended(self, outcome: Outcome) -> None:
        self._scanning.ended(outcome)

    def _on_mute(self, muted: bool) -> None:
        self._workplace.choose(msgspec.structs.replace(self._workplace.choices, muted=muted))

    def _on_facts(self, facts: Facts) -> None:
        self._workplace.window.show_link(facts.link, facts.link_detail)

    def stop_now(self) -> None:
        """End the app as if somebody had closed its window."""
        if self._stop is not None:
            self._stop.set()

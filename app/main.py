"""Puts the parts of the wiring together, lets them live, and says farewell in order.

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

import msgspec
import structlog
from PySide6.QtWidgets import QApplication

from app.bridge import pyside_none_safe, run_once, spawn, stop_on_signals
from app.link.inbox import InboxBroken
from app.logs import start_logging
from app.machine.heartbeat import Heartbeat
from app.machine.program import own_command, without_pairing
from app.settings import Settings, SettingsError, load_settings, read_choices
from app.stage.status import Facts
from app.windows.application import make_application
from app.windows.bench_window import BenchWindow
from app.windows.doorbell import Doorbell
from app.windows.sound import Sound
from app.windows.workstation import Workstation
from app.wiring.desktop import Desktop
from app.wiring.pairing import Pairing
from app.wiring.scanners import complaint_about
from app.wiring.scanning import Scanning
from app.wiring.showing import Showing
from app.wiring.workplace import Workplace
from relay.contract.reports import Outcome
from relay.contract.wording import Wording

log = structlog.get_logger()

FAREWELL_SECONDS = 2.0


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop app and return its exit status: 0, or 2 if it was started wrongly."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = load_settings(arguments)
    except SettingsError as error:
        return _complain(str(error))
    if (complaint := complaint_about(settings)) is not None:
        return _complain(complaint)
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
    heartbeat = Heartbeat(
        own_command(), without_pairing(arguments), settings.data / "logs", settings.watchdog_seconds
    )
    heartbeat.begin()
    status = 0
    try:
        run_once(app, Bench(app, settings, doorbell, heartbeat).run)
    except InboxBroken as error:
        status = _complain(say("settings.data_unwritable", data=str(settings.data), reason=str(error)))
    finally:
        doorbell.close()
    # Not reached by a bug: then the watchdog starts the app again.
    heartbeat.farewell()
    return status


class Bench:
    """Everything that lives on this workstation, and what connects it."""

    def __init__(
        self, app: QApplication, settings: Settings, doorbell: Doorbell, heartbeat: Heartbeat | None = None
    ) -> None:
        """Make the rooms that need no network; nothing is shown yet."""
        self._doorbell = doorbell
        self._stop: asyncio.Event | None = None
        self._workplace = workplace = Workplace(
            app=app,
            settings=settings,
            station=Workstation(app, language=settings.language),
            sound=Sound(muted=settings.muted, volume=settings.volume),
            choices=read_choices(settings.data),
            language=settings.language,
        )
        self._showing = Showing(workplace, ended=self._on_ended)
        self._pairing = Pairing(workplace, perform=self._showing.perform, describe=self._showing.describe)
        self._scanning = Scanning(workplace, self._pairing, self._showing.island)
        self._desktop = Desktop(
            workplace,
            showing=self._showing,
            pairing=self._pairing,
            scanning=self._scanning,
            heartbeat=heartbeat,
        )
        window = BenchWindow(
            language=settings.language,
            sound=workplace.sound,
            on_order=lambda text: self._scanning.heard(text, typed=True),
            on_pair=self._pairing.asked,
            on_unpair=self._pairing.refused,
            on_language=self._desktop.use,
            on_mute=self._on_mute,
            on_quit=self._stop_now,
            may_hide=self._desktop.has_tray,
            on_hidden=self._desktop.hidden,
        )
        workplace.furnish(window, self._showing.director)

    async def run(self) -> None:
        """Live until something asks to stop."""
        stop = self._stop = asyncio.Event()
        stop_on_signals(stop)
        self._scanning.begin()
        self._workplace.status.listen(self._on_facts)
        self._workplace.station.listen(self._showing.presence_changed)
        self._doorbell.answer(self._desktop.rung)
        self._workplace.window.appear()
        self._showing.presence_changed()
        try:
            await self._pairing.open()
            await self._showing.island.open()
            spawn(self._pairing.begin(), "start")
            await self._desktop.begin()
            await stop.wait()
        finally:
            await self._farewell()

    async def _farewell(self) -> None:
        log.info("Benchcast ends")
        self._scanning.end()
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

    def _stop_now(self) -> None:
        if self._stop is not None:
            self._stop.set()


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - there is no window yet, and no log
    return 2

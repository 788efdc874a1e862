"""What stands where, over restarts and pulled cables: who the monitors are, which window belongs on which, and that the
screen stays on while one of them shows something.

How it works: `Arranging` reads the memory before the first window opens and keeps it whenever something changes. At
the start every window gets its last content back from this machine's library, before and without the relay; the strip
says how old it is until the relay is there. What the relay sends wins: a window that it has spoken to is not brought
back. A window whose monitor is away waits for it, and presence says so.
"""

import asyncio
from collections.abc import Callable
from pathlib import Path

import structlog
from PySide6.QtGui import QGuiApplication

from app.bridge import now_ms, spawn
from app.link.shelf import Shelf
from app.settings import Settings
from app.stage.acquaintances import Acquaintances, Doubt
from app.stage.arrangement import Arrangement, KeptWindow, keep, read_arrangement, write_arrangement
from app.stage.displays import CannotShow
from app.stage.status import Facts, LinkState
from app.windows.monitors import Monitors
from app.windows.systems.awake import Awake
from app.wiring.showing import Showing
from app.wiring.workplace import Workplace
from relay.contract.commands import AnyCommand, Close, Navigate
from relay.contract.names import DisplayId, Sha256, WindowId
from relay.contract.problems import Code
from relay.contract.reports import Outcome, Presence, WindowInfo
from relay.contract.wording import Wording

log = structlog.get_logger()

KEEP_MS = 200  # several changes of a moment are one write


class Memory:
    """What is remembered of this bench, and who is asked when it is written down."""

    def __init__(self, settings: Settings) -> None:
        """Read it; nothing is shown yet, and no loop runs."""
        self._folder = settings.data
        self.kept = read_arrangement(settings.data, now_ms=now_ms())
        self.changed: Callable[[], None] = lambda: None
        self.wished: dict[WindowId, DisplayId] = {
            window.window_id: window.display_id for window in self.kept.windows
        }
        self.acquaintances = Acquaintances(
            self.kept.monitors,
            keep=lambda _known: self.changed(),
            needed=lambda: set(self.wished.values()),
        )

    def watch(self, app: QGuiApplication, settings: Settings) -> Monitors:
        """Watch the monitors with this memory of them."""
        return Monitors(app, acquaintances=self.acquaintances, missing=settings.missing_monitor)

    def write(self, windows: tuple[KeptWindow, ...]) -> None:
        """Write it down; a disk that does not take it is logged. Blocks."""
        try:
            write_arrangement(self._folder, Arrangement(windows=windows, monitors=self.acquaintances.known))
        except OSError as error:
            log.warning("What stands where could not be kept", reason=str(error))


class Arranging:
    """Brings windows back, keeps what stands where, asks who is who, and keeps the screen on."""

    def __init__(self, workplace: Workplace, showing: Showing, memory: Memory) -> None:
        """Connect what falls and rises; nothing is brought back before `begin`."""
        self._workplace = workplace
        self._showing = showing
        self._memory = memory
        self._shelf = Shelf(workplace.settings.data / "library", now_ms)
        self._waiting: dict[WindowId, KeptWindow] = {each.window_id: each for each in memory.kept.windows}
        self._as_of: dict[WindowId, tuple[str, int | None]] = {
            each.window_id: (each.trigger_id, each.as_of_ms) for each in memory.kept.windows
        }
        self._is_open = False
        self._timer: asyncio.TimerHandle | None = None
        self._write = asyncio.Lock()
        self._turn = asyncio.Lock()
        say = Wording(workplace.language).say
        self._awake = Awake(
            workplace.app.platformName(), spawn, application="Benchcast", reason=lambda: say("monitors.awake")
        )
        showing.waiting = self._say_waiting
        showing.listeners.append(self._presence_changed)
        showing.performed.append(self._performed)
        workplace.station.listen_for_holds(self._held)
        workplace.status.listen(self._facts_changed)

    def begin(self) -> None:
        """Begin to bring back what stood here, from this machine alone."""
        self._is_open = True
        self._memory.changed = self._keep_soon
        self._workplace.station.listen(self._monitors_changed)
        self._workplace.window.bench.monitors.on_doubt(self._answered, self._identify)
        spawn(self._bring_back(), "bring back")
        self._ask()
        self._keep_soon()

    async def close(self) -> None:
        """Write down what stands here now, and keep nothing more: windows are about to be taken away."""
        was_open, self._is_open = self._is_open, False
        self._memory.changed = lambda: None
        self._awake.close()
        if self._timer is not None:
            self._timer.cancel()
        if was_open:
            await self._keep()

    # Bringing back.

    async def _bring_back(self) -> None:
        async with self._turn:
            for window in tuple(self._waiting.values()):
                await self._bring_one_back(window)

    async def _bring_one_back(self, window: KeptWindow) -> None:
        director, window_id = self._workplace.director, window.window_id
        path: Path | None = None
        if window.sha256 is not None and window.kind != "web":
            path = await self._file(Sha256(window.sha256))
            if path is None:
                log.info("A document is not on this machine any more", window=window_id)
                self._waiting.pop(window_id, None)
                return
        # From here to the window's turn nothing else runs: what the relay sends later comes later.
        if self._waiting.get(window_id) is not window or not director.is_untouched(window_id):
            self._waiting.pop(window_id, None)
            return
        performed = await director.show_here(
            window.content(path),
            window.view(),
            window_id=window_id,
            display_id=window.display_id,
            place=window.place,
        )
        if performed.state == "failed" and performed.code == Code.DISPLAY_NOT_AVAILABLE.value:
            log.info("A window waits for its monitor", window=window_id)
            self._showing.presence_changed()
            return
        self._waiting.pop(window_id, None)
        if performed.state == "shown" and window.blank:
            await director.blank_here(window_id)

    async def _file(self, sha256: Sha256) -> Path | None:
        try:
            return await asyncio.to_thread(self._shelf.take, sha256)
        except OSError as error:
            log.warning("A kept document cannot be read", sha256=sha256[:12], reason=str(error))
            return None

    def _say_waiting(self) -> tuple[WindowInfo, ...]:
        director = self._workplace.director
        return tuple(
            window.waiting()
            for window_id, window in sorted(self._waiting.items())
            if director.held(window_id) is None
        )

    def _performed(self, command: AnyCommand, _outcome: Outcome) -> None:
        # Also when it failed: what stood here before a newer order was asked for never comes up in its stead.
        if isinstance(command, Navigate | Close):
            self._waiting.pop(command.window_id, None)

    def _facts_changed(self, facts: Facts) -> None:
        if facts.link is LinkState.UNPAIRED:
            # Nobody may show anything here any more, also not what was kept.
            self._waiting.clear()
            self._workplace.director.clear()
        self._keep_soon()

    # By hand.

    def _held(self, window_id: WindowId) -> None:
        spawn(self._close(window_id), "close by hand")

    async def _close(self, window_id: WindowId) -> None:
        performed = await self._workplace.director.close_here(window_id)
        log.info("A document was closed at the bench by hand", window=window_id, state=performed.state)

    # Who is who.

    def _monitors_changed(self) -> None:
        if self._waiting:
            spawn(self._bring_back(), "bring back")
        self._ask()

    def _ask(self) -> None:
        doubt = next(
            (each for each in self._workplace.station.monitors.doubts() if self._matters(each)), None
        )
        self._workplace.window.bench.monitors.ask(doubt)

    def _matters(self, doubt: Doubt) -> bool:
        return doubt.display_id in self._memory.wished.values()

    def _identify(self) -> None:
        spawn(self._show_numbers(), "identify")

    async def _show_numbers(self) -> None:
        try:
            await self._workplace.station.identify()
        except CannotShow as reason:
            log.info("The numbers of the monitors are not on all of them", code=reason.code.value)

    def _answered(self, display_id: DisplayId, chosen: DisplayId | None) -> None:
        self._workplace.station.monitors.answer(display_id, chosen)
        self._ask()

    # Keeping.

    def _presence_changed(self, presence: Presence) -> None:
        self._memory.wished = {
            window.window_id: window.wished_display_id
            for window in presence.windows
            if window.wished_display_id is not None
        }
        self._awake.keep(any(window.visible for window in presence.windows))
        self._keep_soon()

    def _keep_soon(self) -> None:
        if self._is_open and self._timer is None:
            loop = asyncio.get_running_loop()
            self._timer = loop.call_later(KEEP_MS / 1000, lambda: spawn(self._keep(), "keep what stands"))

    async def _keep(self) -> None:
        self._timer = None
        async with self._write:
            await asyncio.to_thread(self._memory.write, self._windows())

    def _windows(self) -> tuple[KeptWindow, ...]:
        director, station = self._workplace.director, self._workplace.station
        found: list[KeptWindow] = []
        # What others lie over is brought back before them.
        for info in sorted(director.showing(), key=lambda each: -len(each.covered_by)):
            content = director.held(info.window_id)
            if content is None:
                continue
            is_now = self._workplace.status.facts.link is LinkState.CONNECTED and not content.island
            trigger_id, as_of_ms = self._as_of.get(info.window_id, ("", None))
            if is_now:
                as_of_ms = self._showing.server_now_ms()
            elif trigger_id != content.trigger_id:
                as_of_ms = content.as_of_ms
            self._as_of[info.window_id] = (content.trigger_id, as_of_ms)
            window = keep(info, content, station.look(info.window_id), as_of_ms)
            if window is not None:
                found.append(window)
        have = {window.window_id for window in found}
        return (*found, *(each for each in self._waiting.values() if each.window_id not in have))

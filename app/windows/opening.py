"""The bench window, opened before the rest of the app is there: what is seen first needs neither network nor disk.

What it must never do: import a room that talks to the relay. That takes several times as long as the window itself,
and happens while a person looks at it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QEventLoop
from PySide6.QtWidgets import QApplication

from app.settings import Settings
from app.windows.bench_window import BenchWindow
from app.windows.sound import Sound
from relay.contract.wording import Language

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.scan_result import PairingWish

PAINT_MS = 1_000


@dataclass(frozen=True, kw_only=True)
class Requests:
    """What the bench window asks of the app."""

    order: Callable[[str], None]
    pair: Callable[[PairingWish], None]
    cancel: Callable[[], None]
    unpair: Callable[[], None]
    language: Callable[[Language], None]
    mute: Callable[[bool], None]
    quit: Callable[[], None]
    may_hide: Callable[[], bool]
    hidden: Callable[[], None]


class Opened:
    """The open window and its sound. `requests` are set before the event loop turns, and so before anybody asks."""

    def __init__(self, settings: Settings) -> None:
        """Build the window; `show` shows it."""
        self.requests: Requests | None = None
        self.sound = Sound(muted=settings.muted, volume=settings.volume)
        self.window = BenchWindow(
            language=settings.language,
            sound=self.sound,
            on_order=lambda text: self._ask().order(text),
            on_pair=lambda wish: self._ask().pair(wish),
            on_cancel=lambda: self._ask().cancel(),
            on_unpair=lambda: self._ask().unpair(),
            on_language=lambda language: self._ask().language(language),
            on_mute=lambda muted: self._ask().mute(muted),
            on_quit=lambda: self._ask().quit(),
            may_hide=lambda: self._ask().may_hide(),
            on_hidden=lambda: self._ask().hidden(),
        )

    def show(self, app: QApplication) -> None:
        """Show the window, and return when its first frame is painted, or after a second all the same."""
        self.window.appear()
        patience = QDeadlineTimer(PAINT_MS)
        quietly = QEventLoop.ProcessEventsFlag.ExcludeUserInputEvents
        while not patience.hasExpired():
            app.processEvents(quietly, 20)
            if self.window.windowHandle().isExposed():
                break
        app.processEvents(quietly)

    def _ask(self) -> Requests:
        assert self.requests is not None, "nobody asks before the loop turns"
        return self.requests

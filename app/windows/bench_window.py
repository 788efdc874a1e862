"""The operator's window on the main monitor: pairs the bench, and says in colour, text and sound how each
scan ended.

It is a view. It knows no network, no keyring and no clock of its own: main connects the callables below, and
tells it facts through the methods. Every method may be called at any time, in any order, from the Qt thread.
"""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtWidgets import QWidget

from app.stage.scan_result import (
    Kept,
    PairingFailure,
    PairingStep,
    PairingWish,
    ScanAnswer,
    ScanNumber,
    Tone,
)
from app.stage.status import LinkState
from relay.contract.reports import Presence
from relay.contract.wording import Language


class Sounds(Protocol):
    """What the window asks of a sound player (`sound.Sound`)."""

    muted: bool

    def play(self, tone: Tone) -> None:
        """Play the sound of `tone`, without waiting for it."""
        ...


class BenchWindow(QWidget):
    """The pairing view while unpaired, else the bench view; main shows it and bids it `farewell()`."""

    def __init__(
        self,
        *,
        language: Language,
        sound: Sounds,
        on_order: Callable[
            [str], None
        ],  # typed or pasted by hand; wedge scans go from Wedge.scanned straight to main
        on_pair: Callable[[PairingWish], None],
        on_unpair: Callable[[], None],  # already confirmed by the operator
        on_language: Callable[[Language], None],  # the window has switched already; main keeps the setting
        on_mute: Callable[[bool], None],  # the sound is muted already; main keeps the setting
        on_quit: Callable[[], None],  # already confirmed; main ends the app
    ) -> None:
        """Build both views; nothing is shown before the first `show_link`."""

    def show_link(self, state: LinkState, detail: str = "") -> None:
        """Tell how the line to the relay stands. `unpaired` turns to the pairing view."""

    def show_bench(self, *, screen_id: str, name: str, relay: str, kept: Kept | None) -> None:
        """Tell who this bench is, which relay it belongs to, and where its credential is kept."""

    def show_presence(self, presence: Presence) -> None:
        """Tell the monitors and what they show."""

    def scan_started(self, text: str) -> ScanNumber:
        """Show that `text` (the order as a person names it) was read and is on its way."""
        raise NotImplementedError

    def scan_answered(self, number: ScanNumber, answer: ScanAnswer) -> None:
        """Show how a scan stands. May come several times for one scan: waiting, then shown.

        Sentences of a problem or report are taken to be in the window's language. Only the newest scan is in
        the large panel; an older one changes its line in the list.
        """

    def pairing_step(self, step: PairingStep, detail: str = "") -> None:
        """Tell which step pairing has begun; earlier ones are ticked. `detail` is shown as it is."""

    def pairing_failed(self, failure: PairingFailure) -> None:
        """Say why pairing ended, at the step that it had reached, and offer to try again."""

    def farewell(self) -> None:
        """Close without asking."""

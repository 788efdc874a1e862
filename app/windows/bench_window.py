"""The operator's window on the main monitor: pairs the bench, and says in colour, text and sound how each
scan ended.

It is a view. It knows no network, no keyring and no clock of its own: main connects the callables below, and
tells it facts through the methods. Every method may be called at any time, in any order, from the Qt thread.
It keeps facts, not sentences, so that the language can change at any moment.

It is what is painted first. So it imports only what an empty window needs; the facts and words of scans, pairing and
monitors come when there are some.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QSize, QTime
from PySide6.QtGui import QCloseEvent, QGuiApplication
from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from app.stage.status import LinkState
from app.stage.tone import Tone
from app.windows.bench_history import LENGTH, Entry
from app.windows.bench_outcome import READINESS
from app.windows.bench_state import StateLine
from app.windows.bench_view import BenchView
from app.windows.theme import dress
from relay.contract.wording import Language, Wording

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from app.stage.asking import Asking, Comparing, FoundRelay
    from app.stage.scan_result import (
        Kept,
        PairingFailure,
        PairingStep,
        PairingWish,
        ScanAnswer,
        ScanNumber,
        ScanResult,
    )
    from app.windows.bench_confirm import Confirm
    from app.windows.pairing_view import PairingView
    from app.windows.wizard import Wizard
    from relay.contract.reports import Presence


class Sounds(Protocol):
    """What the window asks of a sound player (`sound.Sound`)."""

    muted: bool

    def play(self, tone: Tone) -> None:
        """Play the sound of `tone`, without waiting for it."""
        ...


# What a window system may add around a window, in logical pixels: generous, for none says it beforehand.
FRAME = QSize(16, 56)


@dataclass(frozen=True)
class _Scan:
    number: ScanNumber
    text: str
    time: str
    answer: ScanAnswer | None = None
    told_in: Language = "ko"

    def word(self, language: Language) -> ScanResult:
        from app.stage.wording_of_outcome import word_answer, word_start

        if self.answer is None:
            return word_start(self.text, language)
        return word_answer(self.answer, subject=self.text, language=language, told_in=self.told_in)


@dataclass(frozen=True)
class _Pairing:
    at: PairingStep | None = None
    detail: str = ""
    failure: PairingFailure | None = None
    told_in: Language = "ko"


class BenchWindow(QWidget):
    """The pairing view while unpaired, else the bench view; main shows it and bids it `farewell()`."""

    def __init__(
        self,
        *,
        language: Language,
        sound: Sounds,
        on_order: Callable[[str], None],  # typed or pasted by hand; wedge scans go from Wedge.scanned to main
        on_pair: Callable[[PairingWish], None],
        on_unpair: Callable[[], None],  # already confirmed by the operator
        on_language: Callable[[Language], None],  # the window has switched already; main keeps the setting
        on_mute: Callable[[bool], None],  # the sound is muted already; main keeps the setting
        on_quit: Callable[[], None],  # already confirmed; main ends the app
        on_cancel: Callable[[], None] = lambda: None,  # whoever waits for an approval waits no more
        may_hide: Callable[[], bool] = lambda: False,  # is there a tray to come back from?
        on_hidden: Callable[[], None] = lambda: None,
        time_of_day: Callable[[], QTime] = QTime.currentTime,
    ) -> None:
        """Build both views. Until the first `show_link` it says that the bench is connecting."""
        super().__init__()
        self.setObjectName("bench")
        self._wording = Wording(language)
        self._sound = sound
        self._on_unpair, self._on_language = on_unpair, on_language
        self._on_mute, self._on_quit = on_mute, on_quit
        self._on_pair = on_pair
        self._may_hide, self._on_hidden = may_hide, on_hidden
        self._time_of_day = time_of_day
        self._link, self._link_detail = LinkState.CONNECTING, ""
        # Without the relay, are scans answered from what this bench keeps?
        self.answers_alone = False
        self._relay, self._kept = "", None
        self._presence: Presence | None = None
        self._scans: list[_Scan] = []  # newest first
        self._scan_count = 0
        self._pairing = _Pairing()
        self._dialog: Confirm | None = None
        self._leaving = False
        self.state = StateLine(
            on_language=self.switch_language, on_mute=self._mute, on_repair=self.ask_repair
        )
        self.bench = BenchView(on_order=on_order, on_unpair=self._ask_unpair)
        self._on_cancel = on_cancel
        self._pairing_view: PairingView | None = None
        self.wizard: Wizard | None = None
        self._views = QStackedWidget()
        self._views.addWidget(self.bench)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(20, 14, 20, 12)
        layout.setSpacing(12)
        layout.addWidget(self.state)
        layout.addWidget(self._views, 1)
        self.setMinimumSize(1180, 620)  # below, text would be cut
        self.resize(1280, 720)
        dress(self)
        self.show_link(LinkState.CONNECTING)

    def appear(self) -> None:
        """Show the window on the main monitor; one without room for it and its frame is filled."""
        room = self.screen().availableSize()
        if room.width() < self.width() + FRAME.width() or room.height() < self.height() + FRAME.height():
            self.showMaximized()
        else:
            self.show()

    @property
    def pairing(self) -> PairingView:
        """The view that pairs this bench; made when it is first needed, which at most benches is never."""
        if self._pairing_view is None:
            from app.windows.pairing_view import PairingView

            self._pairing_view = PairingView(
                on_pair=self._begin_pairing, on_refused=self.pairing_failed, on_cancel=self._on_cancel
            )
            self._views.insertWidget(0, self._pairing_view)
            self._speak_pairing()
        return self._pairing_view

    def show_link(self, state: LinkState, detail: str = "") -> None:
        """Tell how the line to the relay stands. `unpaired` turns to the pairing view."""
        self._link, self._link_detail = state, detail
        self.state.show_state(state, detail)
        view: QWidget = self.pairing if state is LinkState.UNPAIRED else self.bench
        if self.wizard is None and view is not self._views.currentWidget():
            self._pairing = _Pairing()
            if self._pairing_view is not None:
                self._pairing_view.clear()
            self._views.setCurrentWidget(view)
            # A scan needs no field, but a field is where Enter presses nothing by chance.
            (self.bench.entry if view is self.bench else self.pairing.link).setFocus()
        self._speak()

    def show_bench(self, *, screen_id: str, name: str, relay: str, kept: Kept | None) -> None:
        """Tell who this bench is, which relay it belongs to, and where its credential is kept."""
        self.state.show_name(f"{name} · {screen_id}" if name and name != screen_id else screen_id)
        self._relay, self._kept = relay, kept
        self._speak()

    def show_presence(self, presence: Presence) -> None:
        """Tell the monitors and what they show."""
        self._presence = presence
        self.bench.monitors.speak(self._wording, presence)

    def scan_started(self, text: str) -> ScanNumber:
        """Show that `text` (the order as a person names it) was read and is on its way."""
        from app.stage.scan_result import ScanNumber

        self._scan_count += 1
        number = ScanNumber(self._scan_count)
        readable = "".join(sign if sign.isprintable() else " " for sign in text).strip()[:200]
        time = self._time_of_day().toString("HH:mm:ss")
        self._scans = [_Scan(number, readable, time), *self._scans][:LENGTH]
        self._speak_scans()
        return number

    def scan_answered(self, number: ScanNumber, answer: ScanAnswer) -> None:
        """Show how a scan stands. May come several times for one scan: waiting, then shown.

        Sentences of a problem or report are taken to be in the window's language. Only the newest scan is in
        the large panel and is heard; an older one changes its line in the list.
        """
        for place, scan in enumerate(self._scans):
            if scan.number != number:
                continue
            language = self._wording.language
            before = scan.word(language).tone if scan.answer else None
            told = replace(scan, answer=answer, told_in=language)
            self._scans[place] = told
            self._speak_scans()
            tone = told.word(language).tone
            if place == 0 and tone is not before:
                self._sound.play(tone)

    def pairing_step(self, step: PairingStep, detail: str = "") -> None:
        """Tell which step pairing has begun; earlier ones are ticked. `detail` is shown as it is."""
        self._pairing = _Pairing(step, detail)
        self._speak_pairing()

    def pairing_failed(self, failure: PairingFailure) -> None:
        """Say why pairing ended, at the step that it had reached, and offer to try again."""
        self._pairing = replace(self._pairing, failure=failure, told_in=self._wording.language)
        self._speak_pairing()
        self._sound.play(Tone.BAD)
        if self.pairing.retry.isVisible():
            self.pairing.retry.setFocus()

    def pairing_began(self, wish: PairingWish) -> None:
        """Tell that pairing was asked for from elsewhere: a scanned link, the command line."""
        from app.stage.scan_result import PairingStep

        if self.wizard is not None:
            self.wizard.turn_to("relay")
        self.pairing.begin(wish)
        self.pairing_step(PairingStep.READ)

    def pairing_stopped(self) -> None:
        """Tell that nobody waits any more: no failure, and nothing under way."""
        self._pairing = _Pairing()
        self._speak_pairing()
        self.pairing.rest()

    def pairing_asks(self, asking: Asking) -> None:
        """Show the code that an admin shall approve; comes again whenever something of it changes."""
        self.pairing.show_asking(self._wording, asking)

    def pairing_compares(self, comparing: Comparing, answered: Callable[[bool], None]) -> None:
        """Let the person here compare a number; `answered` is told once whether it is the same."""
        self.pairing.show_comparing(self._wording, comparing, answered)

    def show_found(self, found: tuple[FoundRelay, ...]) -> None:
        """Tell the relays that announce themselves on this network."""
        self.pairing.show_found(self._wording, found)

    def open_wizard(self, wizard: Wizard) -> None:
        """Show a guide in place of everything else; it may borrow the pairing view."""
        self.wizard = wizard
        self.state.hide()
        self._views.addWidget(wizard)
        self._views.setCurrentWidget(wizard)
        wizard.take_focus()

    def close_wizard(self) -> None:
        """Show what belongs here again, with the pairing view in its place."""
        wizard, self.wizard = self.wizard, None
        if wizard is None:
            return
        self._views.insertWidget(0, self.pairing)
        self._views.removeWidget(wizard)
        self.state.show()
        view = self.pairing if self._link is LinkState.UNPAIRED else self.bench
        self._views.setCurrentWidget(view)
        (self.bench.entry if view is self.bench else self.pairing.link).setFocus()

    def farewell(self) -> None:
        """Close without asking."""
        self._leaving = True
        if self._dialog is not None:
            self._dialog.reject()
        self.close()

    def closeEvent(self, event: QCloseEvent) -> None:  # noqa: N802 - Qt's name
        """Hide where a tray brings the window back; elsewhere closing means to end the app, which main does."""
        if self._leaving:
            event.accept()
            return
        event.ignore()
        app = QGuiApplication.instance()
        if isinstance(app, QGuiApplication) and app.isSavingSession():
            self._on_quit()  # whoever logs out of the machine has decided already
        elif self._may_hide():
            self.hide()
            self._on_hidden()
        else:
            self.ask_quit()

    def come_forward(self) -> None:
        """Show the window above the others, wherever it was."""
        if not self.isVisible():
            self.appear()
        if self.isMinimized():
            self.showNormal()
        self.raise_()
        self.activateWindow()

    def ask_quit(self) -> None:
        """End the app; ask before, if something is shown."""
        if self._presence is not None and any(window.visible for window in self._presence.windows):
            self.come_forward()
            self._ask("desk.confirm.quit", self._on_quit)
        else:
            self._on_quit()

    def ask_pair(self, relay: str, on_yes: Callable[[], None]) -> None:
        """Ask whether this bench may leave its relay for another one, as a link from elsewhere wants it."""
        self._ask("desktop.link.confirm", on_yes, relay=relay)

    def ask_repair(self) -> None:
        """Ask whether this bench shall be paired anew."""
        self._ask("desk.confirm.repair", self._on_unpair)

    def _begin_pairing(self, wish: PairingWish) -> None:
        from app.stage.scan_result import PairingStep

        self.pairing_step(PairingStep.READ)
        self._on_pair(wish)

    def _ask_unpair(self) -> None:
        self._ask("desk.confirm.unpair", self._on_unpair)

    def _ask(self, key: str, on_yes: Callable[[], None], **values: str) -> None:
        if self._dialog is not None:
            return
        from app.windows.bench_confirm import Confirm

        self._dialog = Confirm(self, key, self._wording, on_yes, **values)
        self._dialog.finished.connect(self._forget_dialog)
        self._dialog.open()

    def _forget_dialog(self) -> None:
        self._dialog = None

    def speak(self, language: Language) -> None:
        """Word everything in this language from now on."""
        self._wording = Wording(language)
        self._speak()
        if self.wizard is not None:
            self.wizard.speak(self._wording)

    def show_sound(self) -> None:
        """Show whether the sound is on, which was switched elsewhere."""
        self._speak_state()

    def switch_language(self, language: Language) -> None:
        """Word everything in this language, as somebody at this bench has chosen."""
        self.speak(language)
        self._on_language(language)

    def _mute(self, muted: bool) -> None:
        self._sound.muted = muted
        self._speak_state()
        self._on_mute(muted)

    def _speak(self) -> None:
        self.setWindowTitle(self._wording.say("desk.window_title"))
        self._speak_state()
        self._speak_scans()
        self._speak_pairing()

    def _speak_state(self) -> None:
        self.state.speak(self._wording, muted=self._sound.muted)

    def _speak_scans(self) -> None:
        language = self._wording.language
        self.bench.speak(
            self._wording,
            entries=[Entry(scan.time, scan.word(language)) for scan in self._scans],
            presence=self._presence,
            relay=self._relay,
            kept=self._kept,
            readiness="island" if self._is_island() else READINESS[self._link],
        )

    def _is_island(self) -> bool:
        return self.answers_alone and self._link is LinkState.OFFLINE

    def _speak_pairing(self) -> None:
        if self._pairing_view is None:
            return
        from app.stage.wording_of_outcome import word_pairing_failure

        now, words = self._pairing, None
        if now.failure:
            words = word_pairing_failure(now.failure, language=self._wording.language, told_in=now.told_in)
        self._pairing_view.speak(self._wording, now.at, now.detail, words)

"""The guide of the first start, in four steps: language, relay, monitor, scanner. Each can be skipped.

It stands in the bench window in place of everything else, borrows the pairing view for its second step, and asks
nothing itself: what is chosen goes to the callables at once, so that leaving it in the middle loses nothing.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from app.stage.displays import Display
from app.stage.scan_result import Tone
from app.windows.bench_mark import Mark
from app.windows.monitor_map import MonitorMap
from app.windows.pairing_view import PairingView
from app.windows.scanner_test import ScannerTest
from app.windows.theme import INK, MIDDLE_PX
from relay.contract.names import DisplayId
from relay.contract.wording import LANGUAGES, Language, Wording

STEPS = ("language", "relay", "monitor", "scanner")
_NATIVE: dict[Language, str] = {"ko": "한국어", "en": "English"}


@dataclass(frozen=True, kw_only=True)
class WizardActions:
    """What the guide asks for."""

    language: Callable[[Language], None]
    display: Callable[[DisplayId], None]
    identify: Callable[[], None]
    at_step: Callable[[str], None]  # the guide has come to this step, or been left at it
    close: Callable[[], None]  # it is finished, or to be continued later


class Wizard(QWidget):
    """Four pages, and the way between them. Told facts like every window here; `speak` words them."""

    def __init__(
        self,
        wording: Wording,
        actions: WizardActions,
        *,
        pairing: PairingView,
        scanner_test: ScannerTest,
        step: str = STEPS[0],
    ) -> None:
        """Build it and begin at `step`. It owns the scanner test; the pairing view goes back to its own window."""
        super().__init__()
        self._wording = wording
        self._actions = actions
        self._screen, self._relay = "", ""
        self._is_locked = False
        self.pairing = pairing
        self.scanner_test = scanner_test
        self.map = MonitorMap()
        self.title = QLabel()
        self.title.setProperty("role", "strong")
        self.marks = [QLabel() for _ in STEPS]
        self._pages = QStackedWidget()
        for page in (
            self._build_language(),
            self._build_relay(),
            self._build_monitor(),
            self._build_scanner(),
        ):
            self._pages.addWidget(page)
        self.later, self.back, self.skip, self.next = (QPushButton() for _ in range(4))
        self.next.setProperty("role", "main")
        for button, act in (
            (self.later, actions.close),
            (self.back, lambda: self._turn(-1)),
            (self.skip, lambda: self._turn(1)),
            (self.next, lambda: self._turn(1)),
        ):
            # Enter of a scanner that nobody recognises must press nothing.
            button.setAutoDefault(False)
            button.clicked.connect(act)
        self._lay_out()
        self._go(STEPS.index(step) if step in STEPS else 0)

    @property
    def step(self) -> str:
        """The step that is shown."""
        return STEPS[self._pages.currentIndex()]

    def turn_to(self, step: str) -> None:
        """Come to a step, such as the relay's when its link was scanned somewhere else."""
        if step != self.step:
            self._go(STEPS.index(step))

    def show_paired(self, screen: str | None, relay: str) -> None:
        """Tell as which screen this bench is paired, and with which relay; None: with none."""
        was_paired = bool(self._screen)
        self._screen, self._relay = screen or "", relay
        self._relay_pages.setCurrentWidget(self._paired if screen else self._unpaired)
        self._speak()
        if screen and not was_paired and self.step == "relay":
            self.next.setFocus()

    def show_monitors(
        self, displays: Sequence[Display], chosen: int | None, *, is_locked: bool = False
    ) -> None:
        """Tell the monitors, which of them is chosen by its index, and whether the admin has fixed that."""
        self._is_locked = is_locked
        self.map.show_monitors(self._wording, displays)
        self.map.select(next((each.display_id for each in displays if each.index == chosen), None))
        self.map.setEnabled(not is_locked)
        self._speak()

    def speak(self, wording: Wording) -> None:
        """Word everything in this language from now on."""
        self._wording = wording
        self.scanner_test.speak(wording)
        self._speak()

    def _speak(self) -> None:
        say = self._wording.say
        at = self._pages.currentIndex()
        self.title.setText(say("wizard.title"))
        for place, mark in enumerate(self.marks):
            name = say(f"wizard.{STEPS[place]}.name")
            mark.setText(say("wizard.step", number=place + 1, count=len(STEPS), name=name))
            mark.setProperty("role", "section" if place == at else "quiet")
            # A tick and a line say what the colour says.
            mark.setStyleSheet("text-decoration: underline; font-weight: bold" if place == at else "")
            mark.style().polish(mark)
        self.later.setText(say("wizard.close"))
        self.back.setText(say("wizard.back"))
        self.skip.setText(say("wizard.skip"))
        is_last = at == len(STEPS) - 1
        self.next.setText(say("wizard.finish" if is_last else "wizard.next"))
        self.back.setEnabled(at > 0)
        waits = self.step == "relay" and not self._screen
        self.skip.setVisible(waits)
        self.next.setVisible(not waits)
        self.language_title.setText(say("wizard.language.title"))
        self.language_how.setText(say("wizard.language.how"))
        for language, button in self.languages.items():
            button.setChecked(language == self._wording.language)
        self.paired_title.setText(say("wizard.relay.done"))
        self.paired_who.setText(say("wizard.relay.who", screen=self._screen, relay=self._relay))
        self.monitor_title.setText(say("wizard.monitor.title"))
        self.monitor_how.setText(say("wizard.monitor.locked" if self._is_locked else "wizard.monitor.how"))
        self.identify.setText(say("wizard.monitor.identify"))

    def _choose_language(self, language: Language) -> None:
        self._actions.language(language)

    def _choose_display(self, display_id: str) -> None:
        self._actions.display(DisplayId(display_id))

    def _turn(self, by: int) -> None:
        at = self._pages.currentIndex() + by
        if at >= len(STEPS):
            self._actions.close()
        elif at >= 0:
            self._go(at)

    def _go(self, at: int) -> None:
        self._pages.setCurrentIndex(at)
        self._speak()
        self._actions.at_step(STEPS[at])
        self.take_focus()

    def take_focus(self) -> None:
        """Put the focus where this step begins."""
        match self.step:
            case "language":
                self.languages[self._wording.language].setFocus()
            case "relay" if not self._screen:
                self.pairing.link.setFocus()
            case _:
                self.next.setFocus()

    def _build_language(self) -> QWidget:
        page = QWidget()
        self.language_title, self.language_how = QLabel(), QLabel()
        self.language_title.setProperty("role", "head")
        self.language_title.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.language_how.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.language_how.setStyleSheet(f"font-size: {MIDDLE_PX}px")
        row = QHBoxLayout()
        row.setSpacing(24)
        row.addStretch(1)
        group = QButtonGroup(self)
        self.languages: dict[Language, QPushButton] = {}
        for language in LANGUAGES:
            button = self.languages[language] = QPushButton(_NATIVE[language])
            button.setCheckable(True)
            button.setAutoDefault(False)
            button.setMinimumSize(280, 110)
            button.setStyleSheet("font-size: 32px; font-weight: bold")
            button.clicked.connect(partial(self._choose_language, language))
            group.addButton(button)
            row.addWidget(button)
        row.addStretch(1)
        layout = QVBoxLayout(page)
        layout.setSpacing(24)
        layout.addStretch(2)
        layout.addWidget(self.language_title)
        layout.addLayout(row)
        layout.addWidget(self.language_how)
        layout.addStretch(3)
        return page

    def _build_relay(self) -> QWidget:
        self._relay_pages = QStackedWidget()
        self._unpaired = QWidget()
        layout = QVBoxLayout(self._unpaired)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.pairing)
        self.pairing.show()  # the stack that it came from may have hidden it
        self._paired = QFrame()
        self._paired.setProperty("role", "panel")
        mark = Mark(72)
        mark.show_mark("shown", INK[Tone.GOOD])
        self.paired_title, self.paired_who = QLabel(), QLabel()
        self.paired_title.setProperty("role", "head")
        self.paired_who.setProperty("role", "large")
        self.paired_who.setWordWrap(True)
        self.paired_who.setTextFormat(Qt.TextFormat.PlainText)
        done = QVBoxLayout(self._paired)
        done.setSpacing(14)
        done.addStretch(1)
        done.addWidget(mark, 0, Qt.AlignmentFlag.AlignHCenter)
        for label in (self.paired_title, self.paired_who):
            label.setAlignment(Qt.AlignmentFlag.AlignCenter)
            done.addWidget(label)
        done.addStretch(2)
        self._relay_pages.addWidget(self._unpaired)
        self._relay_pages.addWidget(self._paired)
        return self._relay_pages

    def _build_monitor(self) -> QWidget:
        page = QWidget()
        self.monitor_title, self.monitor_how = QLabel(), QLabel()
        self.monitor_title.setProperty("role", "strong")
        self.monitor_how.setWordWrap(True)
        self.identify = QPushButton()
        self.identify.setAutoDefault(False)
        self.identify.clicked.connect(self._actions.identify)
        self.map.chosen.connect(self._choose_display)
        row = QHBoxLayout()
        row.addWidget(self.monitor_how, 1)
        row.addWidget(self.identify)
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(10)
        layout.addWidget(self.monitor_title)
        layout.addLayout(row)
        layout.addWidget(self.map, 1)
        return page

    def _build_scanner(self) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.scanner_test)
        return page

    def _lay_out(self) -> None:
        head = QHBoxLayout()
        head.setSpacing(28)
        head.addWidget(self.title)
        head.addStretch(1)
        for mark in self.marks:
            head.addWidget(mark)
        foot = QHBoxLayout()
        foot.setSpacing(12)
        foot.addWidget(self.later)
        foot.addStretch(1)
        for button in (self.back, self.skip, self.next):
            foot.addWidget(button)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(12)
        layout.addLayout(head)
        layout.addWidget(self._pages, 1)
        layout.addLayout(foot)

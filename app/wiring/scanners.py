"""All scanners of this bench as one: each scan is mended, read once, and given to the bench or to the scanner test.

How it works: the keyboard wedge is always heard; serial and evdev scanners live as long as they are set. What any of
them hears is put right (keyboards only), left out if the scanner read it twice, and given away with its meaning. A
borrower (the scanner test) gets everything instead, also what was read twice, and the keys as they come.
"""

import asyncio
import time
from collections.abc import Callable
from pathlib import Path
from typing import assert_never

import structlog
from PySide6.QtCore import QTimer
from PySide6.QtGui import QGuiApplication

from app.bridge import spawn
from app.scan.burst import Burst
from app.scan.evdev_scanner import EvdevScanner
from app.scan.framing import Framing
from app.scan.layout_tables import LAYOUTS
from app.scan.repair import KEYS, Repair, is_calibration, learn
from app.scan.repeats import Repeats
from app.scan.rule_table import BadRule, RuleTable, line_of_rule
from app.scan.rules import Ignored, Meaning, Order, PairingLinkScanned, Unknown, is_ours, read
from app.scanner_settings import LearnedLayout, ScannerSettings
from app.settings import Settings
from app.stage.scanners import Heard, Hearing, Lesson, RawKey, ScannerState, Understood
from app.windows.scanner_test import Borrower
from app.windows.serial_scanner import SerialScanner
from app.windows.wedge import Wedge
from relay.contract.controls import Control
from relay.contract.wording import Wording

log = structlog.get_logger()

# Between two of this app's windows nobody has the focus for a moment.
_FOCUS_MS = 400


class Scanners:
    """Begin it once; `learned` is kept by whoever is told of it."""

    def __init__(
        self,
        settings: ScannerSettings,
        learned: LearnedLayout | None,
        *,
        heard: Callable[[str, Meaning], None],
        changed: Callable[[tuple[ScannerState, ...]], None],
        keep: Callable[[LearnedLayout | None], None],
    ) -> None:
        """Take who hears what was read and what it means, and how the scanners stand. Raises BadRule."""
        self._settings = settings
        self._table = RuleTable(settings.rules)
        self._heard = heard
        self._changed = changed
        self._keep = keep
        self._repeats = Repeats(settings.again_within_ms / 1000)
        self._borrower: Borrower | None = None
        self._wedge = Wedge(Burst.of(settings))
        self._wedge.scanned.connect(self.hear)
        self._wedge.key_came.connect(self._on_key)
        self._wedge.has_focus_changed.connect(self._on_focus)
        self._focus = QTimer(singleShot=True, interval=_FOCUS_MS)
        self._focus.timeout.connect(self._tell_focus)
        self._states: dict[str, ScannerState] = {}
        self._serial: list[SerialScanner] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._learned = learned
        self._repair = self._make_repair()

    @property
    def longest_gap_ms(self) -> float:
        """The longest pause between two keys of a scanner that is a keyboard."""
        return float(self._settings.gap_ms)

    @property
    def has_learned(self) -> bool:
        """Is there a learned keyboard?"""
        return self._learned is not None

    @property
    def states(self) -> tuple[ScannerState, ...]:
        """How the scanners stand."""
        return tuple(self._states[name] for name in sorted(self._states))

    def begin(self, app: QGuiApplication) -> None:
        """Hear the scanners from now on."""
        self._wedge.follow(app)
        self._tell_focus()
        for place, serial in enumerate(self._settings.serial, start=1):
            scanner = SerialScanner(
                serial,
                scanner=f"serial-{place}",
                framing=Framing(serial.suffix),
                heard=self.hear,
                changed=self._on_state,
            )
            self._serial.append(scanner)
            scanner.begin()
        for place, device in enumerate(self._settings.evdev, start=1):
            name = f"evdev-{place}"
            reader = EvdevScanner(device, scanner=name, heard=self.hear, changed=self._on_state)
            self._tasks.append(spawn(reader.run(), name))

    def end(self) -> None:
        """Hear nothing any more."""
        self._focus.stop()
        self._wedge.leave()
        for scanner in self._serial:
            scanner.end()
        for task in self._tasks:
            task.cancel()
        self._serial.clear()
        self._tasks.clear()

    def lend(self, borrower: Borrower | None) -> None:
        """Give every key and scan to `borrower` from now on; None: to the bench again."""
        self._borrower = borrower
        self._wedge.tells_keys = borrower is not None
        if borrower is not None:
            borrower.show_states(self.states)

    def learn(self, scan: Understood) -> Lesson:
        """Learn from the keyboard test barcode, and keep it."""
        learned = learn(scan.heard)
        if learned is None or scan.heard.torn:
            return Lesson("failed")
        self._use(None if learned == LearnedLayout() else learned)
        if learned.layout == KEYS:
            return Lesson("keys")
        if learned.layout is not None:
            return Lesson("layout", layout=learned.layout)
        if learned.pairs:
            return Lesson("pairs", count=len(learned.pairs))
        return Lesson("caps_lock" if learned.compensates_caps_lock else "right")

    def forget(self) -> None:
        """Forget what was learned."""
        self._use(None)

    def hear(self, heard: Heard) -> None:
        """Take what a scanner has read."""
        mended = self._repair.mend(heard)
        meaning: Meaning = (
            Unknown("torn")
            if heard.torn
            else read(mended.text, table=self._table, group_separator=self._settings.group_separator)
        )
        if self._borrower is not None:
            self._borrower.hear_scan(_understand(heard, mended.text, mended.steps, meaning))
            return
        is_control = isinstance(meaning, Control)
        if self._repeats.is_repeat(heard.scanner, mended.text, time.monotonic(), control=is_control):
            log.info("The scanner read the same code again", scanner=heard.scanner)
            return
        if mended.steps:
            log.info("A scan was put right", scanner=heard.scanner, steps=mended.steps)
        self._heard(mended.text, meaning)

    def _use(self, learned: LearnedLayout | None) -> None:
        self._learned = learned
        self._repair = self._make_repair()
        self._keep(learned)

    def _make_repair(self) -> Repair:
        learned = self._learned or LearnedLayout(layout=self._settings.layout)
        return Repair(learned=learned, is_known=lambda text: is_ours(text, self._settings.known_prefixes))

    def _on_key(self, key: RawKey) -> None:
        if self._borrower is not None:
            self._borrower.hear_key(key)

    def _on_focus(self, has_focus: bool) -> None:
        if has_focus:
            self._focus.stop()
            self._tell_focus()
        else:
            self._focus.start()

    def _tell_focus(self) -> None:
        if self._settings.serial or self._settings.evdev:
            return  # they are heard wherever the focus is, and the keyboard is only what comes on top
        hearing = Hearing.READY if self._wedge.has_focus else Hearing.UNFOCUSED
        self._on_state(ScannerState("wedge", "wedge", "", hearing))

    def _on_state(self, state: ScannerState) -> None:
        if self._states.get(state.scanner) == state:
            return
        self._states[state.scanner] = state
        if state.hearing is not Hearing.UNFOCUSED and state.kind != "wedge":
            log.info(
                "A scanner changed", scanner=state.scanner, hearing=state.hearing.value, detail=state.detail
            )
        self._changed(self.states)
        if self._borrower is not None:
            self._borrower.show_states(self.states)


def complaint_about(settings: Settings) -> str | None:
    """Say what is wrong with the scanner settings, for the person who wrote them; None: nothing."""
    say, scanner = Wording(settings.language).say, settings.scanner
    for layout in (scanner.layout, *(device.layout for device in scanner.evdev)):
        if layout is not None and layout not in LAYOUTS:
            return say("scanner.layout_unknown", layout=layout, known=", ".join(LAYOUTS))
    try:
        RuleTable(scanner.rules)
    except BadRule as bad:
        file = settings.origin("scanner").detail
        return say(
            "scanner.rule.bad",
            file=file,
            line=_line_of(file, bad.number),
            number=bad.number,
            reason=say(f"scanner.rule.{bad.reason}", detail=bad.detail),
        )
    return None


def _line_of(file: str, number: int) -> int | str:
    try:
        return line_of_rule(Path(file).read_text("utf-8"), number) or "?"
    except (OSError, UnicodeDecodeError):
        return "?"


def _understand(heard: Heard, text: str, steps: tuple[str, ...], meaning: Meaning) -> Understood:
    if is_calibration(text):
        return Understood(heard, text, "calibration", steps=steps)
    match meaning:
        case Order(order_id, number):
            subject = order_id if number is None else f"{order_id} +D{number}"
            return Understood(heard, text, "order", subject=subject, steps=steps)
        case Control():
            return Understood(heard, text, "control", control=meaning, steps=steps)
        case PairingLinkScanned():
            return Understood(heard, text, "pairing", steps=steps)
        case Ignored():
            return Understood(heard, text, "ignored", steps=steps)
        case Unknown(reason, detail):
            return Understood(heard, text, "unreadable", reason=reason, detail=detail, steps=steps)
        case _:
            assert_never(meaning)

"""The scanners of a bench, played: what a test lends, and what it was asked."""

from dataclasses import dataclass, field

from app.stage.scanners import Heard, Hearing, Lesson, RawKey, ScannerState, Understood

WEDGE = ScannerState("wedge", "wedge", "", Hearing.READY)


@dataclass
class PlayedScanners:
    """A `ScannerSource`."""

    longest_gap_ms: float = 50.0
    has_learned: bool = False
    lesson: Lesson = field(default_factory=lambda: Lesson("right"))
    borrower: object = None
    lent: list[object] = field(default_factory=list)
    learned: list[Understood] = field(default_factory=list)
    states: tuple[ScannerState, ...] = (WEDGE,)

    def lend(self, borrower: object) -> None:
        self.borrower = borrower
        self.lent.append(borrower)
        if borrower is not None:
            borrower.show_states(self.states)

    def learn(self, scan: Understood) -> Lesson:
        self.learned.append(scan)
        self.has_learned = self.lesson.result in {"layout", "pairs", "keys", "caps_lock"}
        return self.lesson

    def forget(self) -> None:
        self.has_learned = False

    def press(self, text: str, gap_ms: float, *, enter: bool = True) -> None:
        """Keys as they come."""
        for place, sign in enumerate(text):
            self.borrower.hear_key(RawKey(sign.upper(), sign, gap_ms if place else None))
        if enter:
            self.borrower.hear_key(RawKey("Return", "\r", gap_ms))

    def scan(
        self, text: str, *, gap_ms: float = 3.0, came_as: str = "", steps: tuple[str, ...] = (), **more
    ) -> None:
        """A scan of a keyboard, its keys first."""
        self.press(came_as or text, gap_ms)
        meaning = {"means": "order", "subject": text} | more
        self.borrower.hear_scan(Understood(Heard(came_as or text), text, steps=steps, **meaning))

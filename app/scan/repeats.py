"""Knows a scan that the scanner read twice: the trigger was held, or the code lies under a presentation scanner."""

WITHIN_SECONDS = 2.0
# NEXT and NEXT again is what somebody means who scans it twice; only a scanner is faster than this.
CONTROLS_WITHIN_SECONDS = 0.5


class Repeats:
    """Remembers of each scanner what it read last, and when. A code that stays under it stays one scan."""

    def __init__(self, within_seconds: float = WITHIN_SECONDS) -> None:
        """Take the time within which the same code of the same scanner is one scan; 0: never."""
        self._within = within_seconds
        self._last: dict[str, tuple[str, float]] = {}

    def is_repeat(self, scanner: str, text: str, at_seconds: float, *, control: bool = False) -> bool:
        """Tell whether this is the scan before, read again; the time runs from the last reading."""
        within = min(self._within, CONTROLS_WITHIN_SECONDS) if control else self._within
        before = self._last.get(scanner)
        self._last[scanner] = (text, at_seconds)
        return before is not None and before[0] == text and 0 <= at_seconds - before[1] < within

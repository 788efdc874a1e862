"""Tells a keyboard-wedge scanner from a human by the time between keys. Pure: it is told the time.

A scanner "types" a barcode with a few milliseconds between characters and ends with Enter; a human needs 80
ms and more. So: at least four characters, never more than 50 ms apart, ended within 50 ms, are a scan.
Whoever delivers the keys holds them back meanwhile, and lets them go in order as soon as they turn out to be
a human's.
"""

LONGEST_GAP_SECONDS = 0.050
FEWEST_CHARACTERS = 4

# Times come as milliseconds from some platforms: 50 of them must not become 50.0000001.
_ROUNDING_SECONDS = 0.000_5


class Burst:
    """The characters that may become a scan."""

    def __init__(
        self, *, longest_gap_seconds: float = LONGEST_GAP_SECONDS, fewest_characters: int = FEWEST_CHARACTERS
    ) -> None:
        """Begin with nothing held."""
        self.longest_gap_seconds = longest_gap_seconds
        self._fewest = fewest_characters
        self._held: list[str] = []
        self._last_at = 0.0

    @property
    def holding(self) -> bool:
        """Are there characters of which it is not known yet whose they are?"""
        return bool(self._held)

    def feed(self, text: str, at_seconds: float) -> bool:
        """Hold one key's text. False: what was held before was a human's; let it go first."""
        joins = self._in_time(at_seconds)
        if not joins:
            self._held.clear()
        self._held.append(text)
        self._last_at = at_seconds
        return joins

    def end(self, at_seconds: float) -> str | None:
        """Hear the end key: the scanned text, or None if what was held (let it go) was a human's."""
        scanned = "".join(self._held) if self._in_time(at_seconds) else ""
        self._held.clear()
        return scanned if len(scanned) >= self._fewest else None

    def lapse(self) -> None:
        """Hear that the gap is over, or a key that no scanner sends: what was held was a human's."""
        self._held.clear()

    def _in_time(self, at_seconds: float) -> bool:
        if not self._held:
            return True
        return (
            0
            <= at_seconds - self._last_at + _ROUNDING_SECONDS
            <= self.longest_gap_seconds + 2 * _ROUNDING_SECONDS
        )

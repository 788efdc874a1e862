"""Tells a keyboard-wedge scanner from a human by the time between keys. Pure: it is told the time.

A scanner "types" a barcode with a few milliseconds between characters and ends with Enter; a human needs 80
ms and more. So: at least four characters, never more than 50 ms apart, ended within 50 ms, are a scan. A scanner
that is set to send something first (`prefix`) is known by that as well: whatever begins otherwise is a human's at
once. Whoever delivers the keys holds them back meanwhile, and lets them go in order as soon as they turn out to be a
human's.
"""

from app.scanner_settings import ScannerSettings
from app.stage.scanners import Heard

LONGEST_GAP_SECONDS = 0.050
FEWEST_CHARACTERS = 4
# Without an end key a quick roll of the fingers must not count, so more is asked for.
FEWEST_WITHOUT_END = 6
LONGEST_SCAN = 5_000  # a QR code holds 4,296 letters

# Times come as milliseconds from some platforms: 50 of them must not become 50.0000001.
_ROUNDING_SECONDS = 0.000_5


class Burst:
    """The characters that may become a scan."""

    def __init__(
        self,
        *,
        longest_gap_seconds: float = LONGEST_GAP_SECONDS,
        fewest_characters: int = FEWEST_CHARACTERS,
        prefix: str = "",
        suffix: str = "enter",
    ) -> None:
        """Begin with nothing held. `suffix` is `enter`, `tab`, `none`, or the characters that come last."""
        self.longest_gap_seconds = longest_gap_seconds
        self.ends_with_tab = suffix == "tab"
        self._fewest = 1 if prefix else fewest_characters
        self._prefix = prefix
        self._ends_by_silence = suffix == "none"
        self._ending = "" if suffix in {"enter", "tab", "none"} else suffix
        self._held: list[str] = []
        self._pressed: list[tuple[bool | None, int]] = []  # of each character: Shift, and the key's number
        self._last_at = 0.0

    @classmethod
    def of(cls, settings: ScannerSettings) -> "Burst":
        """Make one as the bench is set."""
        return cls(
            longest_gap_seconds=settings.gap_ms / 1000,
            fewest_characters=settings.fewest,
            prefix=settings.prefix,
            suffix=settings.suffix,
        )

    @property
    def holding(self) -> bool:
        """Are there characters of which it is not known yet whose they are?"""
        return bool(self._held)

    def takes(self, control: str) -> bool:
        """May this control character be a scanner's? A human who presses Ctrl and a key wants something else."""
        return self.holding or (bool(self._prefix) and self._prefix[0] == control)

    def feed(self, text: str, at_seconds: float, *, shift: bool | None = None, key: int = 0) -> bool:
        """Hold one key's text; `key` is its number, 0 if nobody knows.

        False: what was held before was a human's; let it go first. If nothing is held then, this key is a human's, too.
        """
        joins = self._in_time(at_seconds) and len(self._held) < LONGEST_SCAN
        if not joins:
            self.lapse()
        self._held.append(text)
        self._pressed += [(shift, key)] * len(text)
        self._last_at = at_seconds
        began = "".join(self._held[: len(self._prefix)])
        if not self._prefix.startswith(began[: len(self._prefix)]):
            self.lapse()
            return False
        return joins

    def complete(self) -> Heard | None:
        """Ask, after a key was fed, whether it was the last of a scanner that ends with characters."""
        if not self._ending or not "".join(self._held[-len(self._ending) :]).endswith(self._ending):
            return None
        text = "".join(self._held)
        if len(text) - len(self._prefix) - len(self._ending) < self._fewest:
            return None
        return self._take(len(self._ending))

    def end(self, at_seconds: float) -> Heard | None:
        """Hear the end key: the scan, or None if what was held (let it go) was a human's."""
        if not self._in_time(at_seconds) or len("".join(self._held)) - len(self._prefix) < self._fewest:
            self.lapse()
            return None
        return self._take()

    def quiet(self) -> Heard | None:
        """Hear that the gap is over: the scan of a scanner without an end, or None if it was a human's."""
        fewest = self._fewest if self._prefix else max(self._fewest, FEWEST_WITHOUT_END)
        if not self._ends_by_silence or len("".join(self._held)) - len(self._prefix) < fewest:
            self.lapse()
            return None
        return self._take()

    def lapse(self) -> None:
        """Hear a key that no scanner sends: what was held was a human's."""
        self._held.clear()
        self._pressed.clear()

    def _take(self, tail: int = 0) -> Heard:
        text, pressed = "".join(self._held), list(self._pressed)
        self.lapse()
        whole = slice(len(self._prefix), len(text) - tail)
        text, pressed = text[whole], pressed[whole]
        shifts = tuple(shift for shift, _ in pressed if shift is not None)
        keys = tuple(key for _, key in pressed if key)
        return Heard(
            text,
            shifts=shifts if len(shifts) == len(text) else (),
            keys=keys if len(keys) == len(text) else (),
        )

    def _in_time(self, at_seconds: float) -> bool:
        if not self._held:
            return True
        return (
            0
            <= at_seconds - self._last_at + _ROUNDING_SECONDS
            <= self.longest_gap_seconds + 2 * _ROUNDING_SECONDS
        )

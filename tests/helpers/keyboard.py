"""Keys for a virtual X display, at the pace of a scanner or of a hand, however busy the machine is.

    Keyboard(desk).scan("WO-1", again=clear)      # 1 ms between keys, then Enter; typed anew if the machine tore it
    Keyboard(desk).type("by hand", gap_ms=110)    # returns the longest gap that the X server really made

`xdotool type` is a process that has to be awake between two keys, and on a busy machine it is not; fake_keys.py lets
the X server keep the time, and measures it. A scan that even the server could not make in time was no scanner's: it
says nothing about the app, and is typed again.
"""

import json
import sys
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

from helpers.x11 import Desk

# The app takes 50 ms for the longest gap of a scanner; a stimulus that comes near it says nothing about the app.
LONGEST_GAP_OF_A_SCANNER_MS = 35
ATTEMPTS = 5
PROGRAM = Path(__file__).with_name("fake_keys.py")


class Keyboard:
    """The keyboard of a virtual display; its keys go to whatever has the focus."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def type(self, text: str, *, gap_ms: int, enter: bool = True, us_keys: bool = False) -> int:
        """Type, and Enter if wished; returns the longest gap between two keys, in ms by the X server's clock.

        With `us_keys` the keys of a US keyboard are pressed, as a scanner does, whatever they type on this display.
        """
        said = self._desk.run(sys.executable, str(PROGRAM), json.dumps([text, gap_ms, enter, us_keys]))
        pressed = json.loads(said)
        assert len(pressed) == len(text) + enter, f"{len(pressed)} keys went down for {text!r}"
        return max((after - before for before, after in pairwise(pressed)), default=0)

    def scan(self, text: str, *, gap_ms: int = 1, again: Callable[[], object], us_keys: bool = False) -> None:
        """Type as a scanner does, Enter included; `again` clears what a torn scan left before it is typed anew."""
        gaps: list[int] = []
        for attempt in range(ATTEMPTS):
            if attempt:
                again()
            gaps.append(self.type(text, gap_ms=gap_ms, us_keys=us_keys))
            if gaps[-1] <= LONGEST_GAP_OF_A_SCANNER_MS:
                return
        raise AssertionError(f"This machine cannot type like a scanner: gaps of {gaps} ms.")

    def clear_field(self) -> None:
        """Select everything in the field that has the focus, and delete it."""
        self._desk.run("xdotool", "key", "--clearmodifiers", "ctrl+a", "Delete")

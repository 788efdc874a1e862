"""The wedge on a real X display, with keys that come from the X server."""

import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.keyboard import Keyboard
from helpers.x11 import LEFT, Desk, child, wait_for, x_display

ROOT = Path(__file__).resolve().parents[3]
DRIVER = ROOT / "tests" / "helpers" / "wedge_driver.py"


class Driver:
    """The program under test, as its lines of output."""

    def __init__(self, desk: Desk, process: subprocess.Popen[bytes]) -> None:
        self.desk = desk
        self.keys = Keyboard(desk)
        self.lines: queue.Queue[str] = queue.Queue()
        threading.Thread(target=self._read, args=(process,), daemon=True).start()
        window = wait_for(lambda: desk.windows("wedge desk"), what="the window")[-1]
        desk.run("xdotool", "windowfocus", "--sync", window)

    def _read(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdout is not None
        for line in process.stdout:
            self.lines.put(line.decode().strip())

    def next(self) -> str:
        return self.lines.get(timeout=10)

    def scan(self, text: str, gap_ms: int) -> str:
        """Scan, and return the first line that came of it."""
        self.keys.scan(text, gap_ms=gap_ms, again=self.clear)
        return self.next()

    def type_by_hand(self, text: str) -> list[str]:
        """Type into the empty field, and return what was said until the whole text stands there."""
        self.keys.type(text, gap_ms=110, enter=False)
        said = [self.next()]
        while said[-1] != f"field {text}":
            said.append(self.next())
        return said

    def clear(self) -> None:
        """Empty the field and forget what was said so far."""
        self.desk.run("xdotool", "key", "Escape")
        while self.next() != "cleared":
            pass

    def silent_for(self, seconds: float) -> bool:
        try:
            self.lines.get(timeout=seconds)
        except queue.Empty:
            return True
        return False


@pytest.fixture
def driver() -> Iterator[Driver]:
    with (
        x_display((LEFT,), window_manager=True) as desk,
        child(
            [sys.executable, str(DRIVER)],
            env=desk.env | {"PYTHONPATH": str(ROOT)},
            cwd=ROOT,
            stdout=subprocess.PIPE,
        ) as process,
    ):
        yield Driver(desk, process)


@pytest.mark.x11
def test_a_scanner_s_keys_are_one_scan_and_a_human_s_stay_typing(driver: Driver) -> None:
    scanned = "WO-2025-0001+D2"
    for gap_ms in (1, 5, 12):
        assert driver.scan(scanned, gap_ms) == f"scan {scanned} field ''"
    assert driver.silent_for(0.3), "a scan arrives exactly once, and nothing of it reaches the field"

    assert driver.type_by_hand("Hand-7") == [f"field {'Hand-7'[:length]}" for length in range(1, 7)]
    driver.desk.run("xdotool", "key", "Return")
    assert driver.next() == "typed Hand-7"

    def begin_anew() -> None:
        driver.clear()
        driver.type_by_hand("Hand-7")

    driver.keys.scan("WO-9", gap_ms=2, again=begin_anew)
    assert driver.next() == "scan WO-9 field 'Hand-7'"
    assert driver.silent_for(0.3)

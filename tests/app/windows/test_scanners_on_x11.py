"""Scanners on a real X display: foreign layouts and Caps Lock do not corrupt a scan, and a lost focus loses none."""

import itertools
import json
import os
import queue
import subprocess
import sys
import threading
import time
import tty
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from helpers.keyboard import Keyboard
from helpers.x11 import LEFT, Desk, child, wait_for, workers_program, x_display

from app.scanner_settings import ScannerSettings
from relay.contract.controls import CALIBRATION, Control, write_control

ROOT = Path(__file__).resolve().parents[3]
PROGRAM = Path(__file__).resolve().parents[2] / "helpers" / "scanner_desk.py"

pytestmark = pytest.mark.x11

_numbers = itertools.count(1)


class Driver:
    """The desk's window, and what it said."""

    def __init__(self, desk: Desk, process: "subprocess.Popen[bytes]", title: str) -> None:
        self.desk, self.keys = desk, Keyboard(desk)
        self._process = process
        self._said: queue.Queue[dict] = queue.Queue()
        threading.Thread(target=self._read, daemon=True).start()
        self.window = wait_for(lambda: desk.windows(title), what="the window")[-1]
        self.focus()

    def _read(self) -> None:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            self._said.put(json.loads(line))

    def focus(self) -> None:
        self.desk.run("xdotool", "windowfocus", "--sync", self.window)

    def hears(self, name: str) -> dict:
        """The next thing said that has this name."""
        while name not in (said := self._said.get(timeout=20)):
            pass
        return said

    def state_is(self, scanner: str, hearing: str) -> None:
        while self.hears("states")["states"].get(scanner) != hearing:
            pass

    def scan(self, text: str) -> str:
        """What the desk hears of a scan."""
        self.type(text)
        said = self.hears("scan")
        assert said["field"] == "", "nothing of a scan stays in a field"
        return said["scan"]

    def type(self, text: str) -> None:
        """Type as a scanner does, whatever is heard of it."""
        self.keys.scan(text, again=self._begin_anew, us_keys=True)

    def _begin_anew(self) -> None:
        """Empty the field and forget what was said of a scan that the machine tore."""
        self.desk.run("xdotool", "key", "--clearmodifiers", "Escape")
        self.hears("cleared")
        # It may have been heard all the same, and would be taken for the same one read twice.
        time.sleep(ScannerSettings().again_within_ms / 1000)


@contextmanager
def scanner_desk(desk: Desk, **settings: object) -> Iterator[Driver]:
    title = f"scanner desk {next(_numbers)}"
    with child(
        [sys.executable, str(PROGRAM), json.dumps(settings), title],
        env=desk.env | {"PYTHONPATH": str(ROOT)},
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        yield Driver(desk, process, title)


@pytest.fixture(scope="module")
def x() -> Iterator[Desk]:
    with x_display((LEFT,), window_manager=True) as desk:
        yield desk
        desk.run("setxkbmap", "us")


@contextmanager
def keyboard_set_to(desk: Desk, layout: str, *, caps_lock: bool = False) -> Iterator[None]:
    desk.run("setxkbmap", *layout.split())
    if caps_lock:
        desk.run("xdotool", "key", "Caps_Lock")
    try:
        yield
    finally:
        if caps_lock:
            desk.run("xdotool", "key", "Caps_Lock")
        desk.run("setxkbmap", "us")


@pytest.fixture(scope="module")
def knowing(x: Desk) -> Iterator[Driver]:
    """A desk that knows how orders begin here."""
    with scanner_desk(x, known_prefixes=["WO-"]) as driver:
        yield driver


@pytest.mark.parametrize("layout", ["de", "fr", "tr", "ru", "us dvorak"])
@pytest.mark.parametrize("caps_lock", [False, True])
def test_a_foreign_layout_does_not_corrupt_a_scan(
    x: Desk, knowing: Driver, layout: str, caps_lock: bool
) -> None:
    knowing.focus()
    with keyboard_set_to(x, layout, caps_lock=caps_lock):
        # On a German keyboard + is a dead key, which Qt would join with the E.
        order = f"WO-{layout[:2].upper()}/Zy.{int(caps_lock)}+E+D2"
        assert knowing.scan(order) == order
        knowing.type(write_control(Control("display", 2 + caps_lock)))
        assert f"number={2 + caps_lock}" in knowing.hears("scan")["means"]


def test_one_barcode_teaches_a_layout_and_every_later_scan_is_right(x: Desk) -> None:
    with keyboard_set_to(x, "de"), scanner_desk(x, learned={"layout": "de"}) as driver:
        assert driver.scan("ZY-1_a/b:c") == "ZY-1_a/b:c"
        assert driver.scan(CALIBRATION) == CALIBRATION


def test_a_wedge_says_when_its_scans_would_go_elsewhere(x: Desk) -> None:
    with scanner_desk(x) as driver:
        driver.state_is("wedge", "ready")
        with workers_program(x):
            driver.state_is("wedge", "unfocused")
            driver.focus()
            driver.state_is("wedge", "ready")
        assert driver.scan("WO-1") == "WO-1"


def test_a_scan_through_an_unknown_layout_is_not_guessed_at(x: Desk) -> None:
    with keyboard_set_to(x, "de"), scanner_desk(x) as driver:
        assert driver.scan("ZY-1") == "YZß1"


def test_a_serial_scanner_is_heard_while_another_program_has_the_focus(x: Desk) -> None:
    ours, theirs = os.openpty()
    tty.setraw(theirs)
    port = os.ttyname(theirs)
    try:
        with scanner_desk(x, serial=[{"port": port}]) as driver, workers_program(x) as worker:
            driver.state_is("serial-1", "ready")
            assert x.focus() == worker.window
            os.write(ours, b"WO-2025-0001\r\n")
            assert driver.hears("scan")["scan"] == "WO-2025-0001"
            assert worker.type("mine") == "mine", "nothing of it reached the worker's program"
    finally:
        os.close(ours)
        os.close(theirs)


def test_the_same_code_read_twice_is_one_scan_and_another_one_is_heard(x: Desk) -> None:
    with scanner_desk(x) as driver:
        assert driver.scan("WO-1") == "WO-1"
        driver.type("WO-1")
        assert driver.scan("WO-2") == "WO-2", "the second WO-1 was left out"

"""`make demo`, as a person on a machine without a display would run it, and on one with a single monitor."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import zxingcpp
from helpers.house import ROOT
from helpers.x11 import LEFT, child, x_display
from PIL import Image

PATIENCE_SECONDS = 90


def environment(data: Path, **more: str) -> dict[str, str]:
    keep = {name: os.environ[name] for name in ("PATH", "HOME", "XDG_RUNTIME_DIR") if name in os.environ}
    return {**keep, "DEMO_DATA": str(data), "LANG": "C.UTF-8", **more}


@contextmanager
def demo(data: Path, **more: str) -> Iterator[subprocess.Popen[str]]:
    with child(
        [sys.executable, "packaging/demo"],
        cwd=ROOT,
        env=environment(data, **more),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as process:
        yield process


def left_behind(data: Path) -> list[str]:
    """List the programs that still run on this demo's folder."""
    found: list[str] = []
    for file in Path("/proc").glob("[0-9]*/environ"):
        try:
            of_this_demo = f"DEMO_DATA={data}\0".encode() in file.read_bytes()
            command = file.with_name("cmdline").read_bytes()
        except OSError:
            continue  # it ended while we looked
        if of_this_demo and command:
            found.append(command.replace(b"\0", b" ").decode(errors="replace"))
    return found


def read_until(process: subprocess.Popen[str], words: str) -> str:
    assert process.stdout is not None
    said = ""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        line = process.stdout.readline()
        said += line
        if words in line:
            return said
        assert line, f"The demo ended early:\n{said}"
    pytest.fail(f"{words!r} was never said:\n{said}")


def test_once_the_order_is_on_the_second_monitor_and_nothing_is_left_behind(tmp_path: Path) -> None:
    with demo(tmp_path, ONCE="1") as process:
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 0, said
    assert re.search(r"^Scanned: +WO-2025-0001 shown on display 2, revision C, \d+ ms$", said, re.MULTILINE)
    assert re.search(r"^Relay: +http://127\.0\.0\.1:\d+", said, re.MULTILINE)
    picture = re.search(r"^Picture: +(.+\.png)$", said, re.MULTILINE)
    assert picture
    with Image.open(picture[1]) as shown:
        assert shown.size == (1920, 1080)
        # What a scanner held before the monitor reads is the best judge of what a person sees there.
        assert [barcode.text for barcode in zxingcpp.read_barcodes(shown)] == ["WO-2025-0001"]
    assert left_behind(tmp_path) == []


def test_it_stays_and_scans_what_is_typed_until_it_is_interrupted(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        read_until(process, "Ctrl-C ends.")
        assert process.stdin is not None
        process.stdin.write("WO-2025-0003+D2\nWO-1999-0000\n")
        process.stdin.flush()
        said = read_until(process, "WO-1999-0000")
        assert re.search(r"^  WO-2025-0003\+D2 shown on display 2, revision B, \d+ ms$", said, re.MULTILINE)
        assert "WO-1999-0000 not shown: ORDER_NOT_FOUND." in said
        assert len(left_behind(tmp_path)) >= 4
        process.send_signal(signal.SIGINT)
        process.wait(PATIENCE_SECONDS)
        assert process.returncode == 0
    assert left_behind(tmp_path) == []


def test_a_demo_that_is_killed_takes_its_programs_with_it(tmp_path: Path) -> None:
    with demo(tmp_path) as process:
        read_until(process, "Ctrl-C ends.")
        process.kill()
        process.wait()
        deadline = time.monotonic() + 20
        while left_behind(tmp_path) and time.monotonic() < deadline:
            time.sleep(0.05)
    assert left_behind(tmp_path) == []


def test_with_one_monitor_the_scanner_hears_why_and_the_demo_fails(tmp_path: Path) -> None:
    with (
        x_display([LEFT], window_manager=False) as desk,
        demo(tmp_path, ONCE="1", DISPLAY=desk.env["DISPLAY"]) as process,
    ):
        said, _ = process.communicate(timeout=PATIENCE_SECONDS)
    assert process.returncode == 1, said
    assert "WO-2025-0001 not shown: DISPLAY_NOT_AVAILABLE." in said
    assert "make demo VIRTUAL=1" in said

"""What a person sees first needs neither the network's libraries nor what most benches never show.

The lists are exact on purpose: whoever needs one more file before the first paint puts it here, and thinks twice.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, os, sys
from app.windows.opening import Opened
show = Opened.show
def show_and_tell(opened, app):
    show(opened, app)
    modules = sorted(sys.modules)
    picture = opened.window.grab().toImage()
    colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
    print(json.dumps([modules, opened.window.isVisible(), len(colours)]), flush=True)
    os._exit(0)
Opened.show = show_and_tell
from app.main import main
main([])
"""
OURS = {
    "app.main",
    "app.settings",
    "app.settings_sources",
    "app.scanner_settings",
    "app.stage.status",
    "app.stage.tone",
    "app.windows.application",
    "app.windows.bench_doubt",
    "app.windows.bench_field",
    "app.windows.bench_history",
    "app.windows.bench_mark",
    "app.windows.bench_monitors",
    "app.windows.bench_outcome",
    "app.windows.bench_state",
    "app.windows.bench_text",
    "app.windows.bench_view",
    "app.windows.bench_window",
    "app.windows.doorbell",
    "app.windows.importing",
    "app.windows.opening",
    "app.windows.sound",
    "app.windows.theme",
    "relay.contract.codec",
    "relay.contract.controls",
    "relay.contract.names",
    "relay.contract.wording",
}
PACKAGES = {"app", "app.stage", "app.windows", "relay", "relay.contract"}
QT = {"PySide6.QtCore", "PySide6.QtGui", "PySide6.QtWidgets", "PySide6.QtSvg"}
# The signature modules are parts of shiboken.
LIBRARIES = {"PySide6", "shiboken6", "shibokensupport", "signature_bootstrap"}
LIBRARIES |= {"msgspec", "platformdirs", "typing_extensions"}
# Parts of Python that cost more than they give before anything can be seen. PySide6 itself imports argparse, logging
# and threading.
LATER = {
    "asyncio",
    "concurrent",
    "ctypes",
    "email",
    "hashlib",
    "http",
    "importlib.metadata",
    "multiprocessing",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "tomllib",
    "unittest",
    "urllib.request",
    "wave",
}


@pytest.fixture(scope="module")
def painted(tmp_path_factory: pytest.TempPathFactory) -> tuple[set[str], bool, int]:
    """The modules, whether the window is visible, and how many colours it has, at the first paint of the app."""
    folder = tmp_path_factory.mktemp("paint")
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        cwd=ROOT,
        env={
            **os.environ,
            "QT_QPA_PLATFORM": "offscreen",
            "HOME": str(folder),
            "BENCHCAST_DATA": str(folder / "desk"),
            "BENCHCAST_LANGUAGE": "ko",
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    modules, is_visible, colours = json.loads(done.stdout)
    return set(modules), is_visible, colours


def test_what_is_painted_first_is_the_bench_window_and_no_empty_frame(painted) -> None:
    _, is_visible, colours = painted
    assert is_visible
    assert colours > 10


def test_of_our_own_files_only_those_of_the_list_are_loaded_before_the_first_paint(painted) -> None:
    modules, _, _ = painted
    ours = {name for name in modules if name.split(".")[0] in {"app", "relay"}} - PACKAGES
    assert ours == OURS


def test_of_all_libraries_only_qt_and_three_small_ones_are_loaded_before_the_first_paint(painted) -> None:
    modules, _, _ = painted
    tops = {name.split(".")[0] for name in modules if not name.startswith("_")} - sys.stdlib_module_names
    assert tops - LIBRARIES - {"app", "relay", "sitecustomize"} == set()
    assert {name for name in modules if name.startswith("PySide6.Qt")} == QT


def test_no_heavy_part_of_python_is_loaded_before_the_first_paint(painted) -> None:
    modules, _, _ = painted
    assert LATER & modules == set()

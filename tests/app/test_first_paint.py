"""What a person sees first needs neither the network's libraries nor what most benches never show."""

import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import json, sys
from app.settings import load_settings
import app.main
from app.windows.application import make_application
from app.windows.opening import Opened
settings = load_settings(["--data", sys.argv[1]])
qt = make_application("ko")
opened = Opened(settings)
opened.show(qt)
picture = opened.window.grab().toImage()
colours = {picture.pixel(x, y) for x in range(0, picture.width(), 7) for y in range(0, picture.height(), 7)}
print(json.dumps([sorted(sys.modules), opened.window.isVisible(), len(colours)]))
"""
# Each of these costs more than the window itself, or is needed by a bench that shows something already.
LATER = (
    "aiohttp",
    "socketio",
    "engineio",
    "keyring",
    "zeroconf",
    "segno",
    "sqlite3",
    "PySide6.QtPdf",
    "PySide6.QtPrintSupport",
    "PySide6.QtWebEngineCore",
    "app.link",
    "app.wiring",
    "app.windows.wizard",
    "app.windows.pairing_view",
    "app.windows.settings_window",
    "app.windows.history_window",
    "app.windows.document_window",
)


def test_the_window_is_painted_before_anything_heavy_is_imported(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path)],
        cwd=ROOT,
        env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    modules, is_visible, colours = json.loads(done.stdout)
    assert is_visible
    assert colours > 10, "text and panels, and no empty frame"
    assert [name for name in LATER if name in modules] == []

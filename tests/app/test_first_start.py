"""What a newcomer meets: an unpaired bench asks to be paired, and a failure to pair is told there."""

import asyncio
from pathlib import Path

from helpers.qt_loop import run_qt

from app.bridge import spawn
from app.settings import load_settings
from app.windows.doorbell import Doorbell
from app.windows.opening import Opened
from app.wiring.bench import Bench


def test_a_bench_that_was_never_paired_asks_for_its_link_and_says_what_is_wrong_with_it(
    qapp, tmp_path: Path
) -> None:
    nobody = "http://127.0.0.1:9/api/pair?screenId=SCREEN-001#token=ABCD1234"
    settings = load_settings(
        ["--data", str(tmp_path / "desk"), "--language", "en"], environ={"BENCHCAST_KEYRING": "file"}
    )
    qapp.setApplicationVersion("test")

    async def main() -> tuple[bool, str]:
        doorbell = Doorbell(settings.data)
        opened = Opened(settings)
        opened.window.appear()  # `show` turns the events inside a task, which would die of it
        bench = Bench(qapp, settings, doorbell, opened)
        living = spawn(bench.run(), "bench")
        window = bench._workplace.window
        async with asyncio.timeout(10):
            while window.wizard is None or not window.wizard.isVisible():
                await asyncio.sleep(0.02)
            window.wizard.next.click()
            asks = window.pairing.isVisible() and not window.bench.isVisible()
            bench._scanning.heard(nobody)
            while "Relay not reachable" not in (words := _all_words(window)):
                await asyncio.sleep(0.02)
        bench.stop_now()
        await living
        doorbell.close()
        return asks, words

    asks, words = run_qt(qapp, main())
    assert asks
    assert "127.0.0.1:9" in words


def _all_words(window) -> str:
    from PySide6.QtWidgets import QLabel

    return " ".join(label.text() for label in window.pairing.findChildren(QLabel) if label.isVisible())

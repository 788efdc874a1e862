"""A small desk with all its scanners on a real X display: prints, a JSON line each, what it hears and how they stand.

python scanner_desk.py '{"knownPrefixes": ["WO-"]}'     # [scanner] as in benchcast.toml, or {"learned": {...}}
"""

import asyncio
import json
import sys

import structlog
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QLabel

from app.bridge import run_once
from app.scan.rules import Meaning
from app.scanner_settings import LearnedLayout, ScannerSettings
from app.stage.scanners import ScannerState
from app.windows.bench_field import Field
from app.wiring.scanners import Scanners
from relay.contract.codec import convert


def say(**facts: object) -> None:
    print(json.dumps(facts), flush=True)


def main() -> None:
    """Run until standard input ends."""
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    wished = json.loads(sys.argv[1])
    learned = wished.pop("learned", None)
    app = QApplication(sys.argv[:1])

    def heard(text: str, meaning: Meaning) -> None:
        say(scan=text, means=repr(meaning), field=field.text())

    def changed(states: tuple[ScannerState, ...]) -> None:
        say(states={state.scanner: state.hearing.value for state in states})

    field = Field(QLabel())  # as at the bench: no input method composes in it
    field.setWindowTitle(sys.argv[2])
    field.resize(400, 60)
    field.textChanged.connect(lambda text: say(field=text))

    def clear() -> None:
        field.clear()
        say(cleared=True)

    QShortcut(QKeySequence("Escape"), field, clear)
    scanners = Scanners(
        convert(wished, ScannerSettings),
        convert(learned, LearnedLayout) if learned else None,
        heard=heard,
        changed=changed,
        keep=lambda learned: say(learned=repr(learned)),
    )

    async def live() -> None:
        field.show()
        field.activateWindow()
        scanners.begin(app)
        loop, ended = asyncio.get_running_loop(), asyncio.Event()
        loop.add_reader(sys.stdin.fileno(), ended.set)
        await ended.wait()
        scanners.end()

    run_once(app, live)


if __name__ == "__main__":
    main()

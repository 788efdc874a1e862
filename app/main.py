"""Starts the app: settings, the one instance, the window; then everything else, which takes longer.

How it works: what is imported here is what the first paint needs, and nothing else. When the window can be seen come
the log and the watchdog, and then the rooms that speak to the relay; `app.wiring.bench` puts them together and lives on
the one loop of Qt and asyncio.
"""

import os
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from app.settings import Settings, SettingsError, load_settings
from app.windows.application import introduce, make_application, pyside_none_safe
from app.windows.doorbell import Doorbell
from app.windows.importing import import_meanwhile
from app.windows.opening import Opened
from relay.contract.wording import Wording

if TYPE_CHECKING:
    from app.machine.heartbeat import Heartbeat


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the desktop app and return its exit status: 0, or 2 if it was started wrongly."""
    arguments = list(sys.argv[1:] if arguments is None else arguments)
    try:
        settings = load_settings(arguments)
    except SettingsError as error:
        return _complain(str(error))
    say = Wording(settings.language).say
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        return _complain(say("settings.no_screen"))
    if not pyside_none_safe():
        return _complain(say("settings.unsafe_qt"))
    try:
        settings.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        _prove_writable(settings.data)
    except OSError as error:
        return _complain_of_data(settings, error.strerror or "")
    app = make_application(settings.language)
    doorbell = Doorbell(settings.data)
    if not doorbell.is_first():
        if doorbell.ring(settings.pair):
            return 0
        return _complain(say("settings.already_running", data=str(settings.data)))
    opened = Opened(settings)
    opened.show(app)
    painted_ms = time.time_ns() // 1_000_000
    doorbell.listen()
    # From here on a person has something to look at. What comes now takes longer than everything before.
    heartbeat = _begin_log(settings, arguments, painted_ms)
    try:
        status = _live(app, settings, doorbell, opened, heartbeat)
    finally:
        doorbell.close()
    # Not reached by a bug: then the watchdog starts the app again.
    heartbeat.farewell()
    return status


def _begin_log(settings: Settings, arguments: list[str], painted_ms: int) -> "Heartbeat":
    import_meanwhile("app.logs", "app.machine.heartbeat", "app.machine.program")
    import structlog

    from app.logs import start_logging
    from app.machine.heartbeat import Heartbeat
    from app.machine.program import own_command, without_pairing

    logs = settings.data / "logs"
    start_logging(logs, settings.log_level)
    heartbeat = Heartbeat(own_command(), without_pairing(arguments), logs, settings.watchdog_seconds)
    heartbeat.begin()
    structlog.get_logger().info("The bench window is painted", at_ms=painted_ms)
    return heartbeat


def _live(
    app: QApplication, settings: Settings, doorbell: Doorbell, opened: Opened, heartbeat: "Heartbeat"
) -> int:
    import_meanwhile("app.wiring.bench")
    from app.bridge import run_once
    from app.link.inbox import InboxBroken
    from app.wiring.bench import Bench
    from app.wiring.scanners import complaint_about

    introduce(app)
    if (complaint := complaint_about(settings)) is not None:
        opened.window.farewell()
        return _complain(complaint)
    try:
        run_once(app, Bench(app, settings, doorbell, opened, heartbeat).run)
    except InboxBroken as error:
        return _complain_of_data(settings, str(error))
    return 0


def _prove_writable(data: Path) -> None:
    """Raise OSError where the log cannot be written, while nothing is shown yet."""
    logs = data / "logs"
    logs.mkdir(mode=0o700, exist_ok=True)
    (logs / "benchcast.log").open("ab").close()


def _complain_of_data(settings: Settings, reason: str) -> int:
    say = Wording(settings.language).say
    return _complain(say("settings.data_unwritable", data=str(settings.data), reason=reason))


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - there is no window yet, and no log
    return 2

"""Starts the app: settings, log, the one instance, the window; then everything else, which takes longer.

How it works: what is imported here is what the first paint needs. The rooms that speak to the relay are imported when
the window can be seen; `app.wiring.bench` puts them together and lives on the one loop of Qt and asyncio.
"""

import os
import sys
from collections.abc import Sequence

import structlog
from PySide6.QtWidgets import QApplication

from app.bridge import pyside_none_safe, run_once
from app.logs import start_logging
from app.machine.heartbeat import Heartbeat
from app.machine.program import own_command, without_pairing
from app.settings import Settings, SettingsError, load_settings
from app.windows.application import know_version, make_application
from app.windows.doorbell import Doorbell
from app.windows.opening import Opened
from relay.contract.wording import Wording

log = structlog.get_logger()


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
        start_logging(settings.data / "logs", settings.log_level)
    except OSError as error:
        return _complain(
            say("settings.data_unwritable", data=str(settings.data), reason=error.strerror or "")
        )
    app = make_application(settings.language)
    doorbell = Doorbell(settings.data)
    if not doorbell.is_first():
        if doorbell.ring(settings.pair):
            return 0
        return _complain(say("settings.already_running", data=str(settings.data)))
    heartbeat = Heartbeat(
        own_command(), without_pairing(arguments), settings.data / "logs", settings.watchdog_seconds
    )
    heartbeat.begin()
    try:
        status = _live(app, settings, doorbell, heartbeat)
    finally:
        doorbell.close()
    # Not reached by a bug: then the watchdog starts the app again.
    heartbeat.farewell()
    return status


def _live(app: QApplication, settings: Settings, doorbell: Doorbell, heartbeat: Heartbeat) -> int:
    opened = Opened(settings)
    opened.show(app)
    log.info("The bench window is painted")
    know_version(app)
    # From here on a person has something to look at. What comes now takes longer than everything before.
    from app.link.inbox import InboxBroken
    from app.wiring.bench import Bench
    from app.wiring.scanners import complaint_about

    if (complaint := complaint_about(settings)) is not None:
        opened.window.farewell()
        return _complain(complaint)
    try:
        run_once(app, Bench(app, settings, doorbell, opened, heartbeat).run)
    except InboxBroken as error:
        say = Wording(settings.language).say
        return _complain(say("settings.data_unwritable", data=str(settings.data), reason=str(error)))
    return 0


def _complain(sentence: str) -> int:
    print(sentence, file=sys.stderr)  # noqa: T201 - there is no window yet, and no log
    return 2

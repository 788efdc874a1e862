"""`benchcast --gave-up`: a program of its own that says why the app is not started any more, and starts it if asked."""

import subprocess
import sys

from app.machine.program import own_command
from app.machine.watchdog import GAVE_UP_FLAG
from app.settings import SettingsError, load_settings
from app.windows.application import make_application
from app.windows.gave_up import GaveUp


def main() -> int:
    """Show the message until somebody answers it; returns the exit status."""
    arguments = [argument for argument in sys.argv[1:] if argument != GAVE_UP_FLAG]
    try:
        settings = load_settings(arguments)
    except SettingsError as error:
        print(error, file=sys.stderr)  # noqa: T201 - there is no window to say it in
        return 2
    app = make_application(settings.language)
    dialog = GaveUp(settings.language, str(settings.data / "logs"), lambda: _start(arguments))
    dialog.finished.connect(app.quit)
    dialog.show()
    return app.exec()


def _start(arguments: list[str]) -> None:
    command = [*own_command(), *arguments]
    subprocess.Popen(command, stdin=subprocess.DEVNULL, start_new_session=True)  # noqa: S603 - this very program

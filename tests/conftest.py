"""What every test stands on: the machine's desktop is not touched, and nothing that is missing is skipped."""

import gc
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from hypothesis import settings

TESTS = Path(__file__).resolve().parent
sys.path.insert(0, str(TESTS))
# What helpers assert is told as what tests assert.
pytest.register_assert_rewrite("helpers")

# Programs that the tests start, and the package of Debian that brings each. `make test` installs them.
PROGRAMS = {
    "Xvfb": "xvfb",
    "Xorg": "xserver-xorg-core",
    "xrandr": "x11-xserver-utils",
    "xdotool": "xdotool",
    "xprop": "x11-utils",
    "openbox": "openbox",
    "import": "imagemagick",
    "dbus-run-session": "dbus-x11",
    "gnome-keyring-daemon": "gnome-keyring",
    "pdftoppm": "poppler-utils",
    "node": "nodejs",
    "gcc": "gcc",
    "setpriv": "util-linux",
    "systemd-analyze": "systemd",
    "sway": "sway",
    "grim": "grim",
}

settings.register_profile("bench", deadline=None, max_examples=100)
# The same examples in every run of the CI: what turns red there was changed by the commit.
settings.register_profile("ci", deadline=None, max_examples=200, derandomize=True)
settings.load_profile("ci" if os.environ.get("CI") else "bench")

# Before any Qt, keyring or platformdirs is imported: windows stay off the screen, secrets out of the real
# keyring, files out of the real home.
_HOME = tempfile.TemporaryDirectory(prefix="benchcast-tests-")
for name in ("DATA", "CONFIG", "CACHE", "STATE"):
    folder = Path(_HOME.name) / name.lower()
    folder.mkdir()
    os.environ[f"XDG_{name}_HOME"] = str(folder)
runtime = Path(_HOME.name) / "runtime"
runtime.mkdir(mode=0o700)
os.environ["XDG_RUNTIME_DIR"] = str(runtime)
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"
os.environ["QT_QPA_PLATFORM"] = "offscreen"
if sys.platform != "win32" and os.geteuid() == 0:
    os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"  # Chromium refuses to run as root with it
for name in [name for name in os.environ if name.startswith("BENCHCAST_")]:
    del os.environ[name]  # a developer's own settings change no test
os.environ["BENCHCAST_WATCHDOG_SECONDS"] = "0"  # what a test kills stays dead, unless the test is about that


def pytest_sessionstart(session: pytest.Session) -> None:
    """Fail the whole run, with names, when a program is missing that a test will start."""
    if not sys.platform.startswith("linux"):
        return
    missing = {program: package for program, package in PROGRAMS.items() if shutil.which(program) is None}
    if missing:
        names = ", ".join(missing)
        packages = " ".join(sorted(set(missing.values())))
        pytest.exit(
            f"Missing: {names}. `make test` installs them, or: apt-get install {packages}", returncode=2
        )


def pytest_configure(config: pytest.Config) -> None:
    """Collect garbage on the main thread alone, as the app does: any other would crash with a forgotten Qt object."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Spare the collector what stays to the end: the modules and the tests themselves."""
    gc.collect()
    gc.freeze()


_torn_down = 0


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Collect what the test left: the young after every test, everything after every twentieth."""
    global _torn_down
    _torn_down += 1
    gc.collect(1 if _torn_down % 20 else 2)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Leave nothing behind."""
    _HOME.cleanup()


@pytest.fixture(autouse=True)
def _logs_stay_as_they_were() -> Iterator[None]:
    """Let a test that starts a program's logging leave none of it to the next one: its output is closed by then."""
    before = structlog.get_config()
    yield
    if structlog.get_config() != before:
        structlog.configure(**before)

"""The watchdog: a frozen or crashed app comes back once, a sleeping machine is no frozen app, and a quit is a quit."""

import json
import os
import queue
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from helpers.x11 import child, wait_for

from app.machine.heartbeat import Heartbeat
from app.machine.watchdog import (
    BEAT,
    FAREWELL,
    GAVE_UP_FLAG,
    RESTARTS,
    Silence,
    may_restart,
    restarts_of,
    watch,
)

ROOT = Path(__file__).resolve().parents[3]
PATIENCE = 6  # on a machine with two cores that does other things besides

# Freezes as a bug would: the event loop never comes round again. Nothing of this is in the product, and the watchdog
# starts the product.
ENDLESS = """
import sys
from pathlib import Path
from app.wiring.desktop import Desktop
begin = Desktop.begin
async def stuck(self):
    await begin(self)
    Path(sys.argv[1]).touch()
    while True:
        pass
Desktop.begin = stuck
from app.main import main
sys.exit(main(sys.argv[2:]))
"""


# What it decides.


def test_silence_is_counted_only_while_the_watchdog_itself_was_awake() -> None:
    silence = Silence(20.0, 90.0)
    now = 100.0
    silence.heard(now)
    for _ in range(3):
        now += 5
        assert not silence.is_over(now)
    now += 8 * 3600  # the lid was closed over night
    assert silence.is_over(now), "it was silent for 15 s before, and one tick more"
    silence.heard(now)
    now += 8 * 3600
    assert not silence.is_over(now), "a night alone is one tick"
    silence.heard(now)
    assert not silence.is_over(now + 5)


def test_an_app_that_starts_is_given_a_minute() -> None:
    silence = Silence(4.0, 0.0)
    assert [now for now in range(1, 62) if silence.is_over(now)] == [60, 61]
    silence.heard(61)
    assert [now for now in range(62, 67) if silence.is_over(now)] == [65, 66]


def test_there_are_three_restarts_in_ten_minutes_and_then_a_person_is_told() -> None:
    assert may_restart((), 1000.0)
    assert may_restart((500.0, 700.0), 1000.0)
    assert not may_restart((500.0, 700.0, 999.0), 1000.0)
    assert may_restart((399.0, 700.0, 999.0), 1000.0), "the oldest is more than ten minutes ago"
    assert may_restart((5000.0, 6000.0, 7000.0), 10.0), "the machine was started again, and its clock with it"
    assert restarts_of("1.5,nonsense,,3") == (1.5, 3.0)
    assert restarts_of(None) == ()


@pytest.mark.parametrize(
    ("words", "ending"),
    [
        ((BEAT, BEAT + BEAT, FAREWELL), "farewell"),
        ((BEAT + FAREWELL, b""), "farewell"),
        ((BEAT, b""), "crashed"),
        ((b"",), "crashed"),
        ((BEAT,), "frozen"),
    ],
)
def test_what_became_of_the_app_is_known_by_its_last_word(words: tuple[bytes, ...], ending: str) -> None:
    heard: queue.Queue[bytes] = queue.Queue()
    for word in words:
        heard.put(word)
    assert watch(heard, Silence(0.05, time.monotonic()), time.monotonic) == ending


# What it does, with the real app.


@pytest.fixture
def env(tmp_path: Path) -> dict[str, str]:
    home = tmp_path / "home"
    home.mkdir(mode=0o700)
    return {
        **os.environ,
        "QT_QPA_PLATFORM": "offscreen",
        "HOME": str(home),
        "XDG_RUNTIME_DIR": str(home),
        "BENCHCAST_LANGUAGE": "en",
        "BENCHCAST_KEYRING": "file",
        "BENCHCAST_WATCHDOG_SECONDS": str(PATIENCE),
    }


@pytest.fixture
def data(tmp_path: Path) -> Iterator[Path]:
    """A data directory; whatever the watchdogs have started on it is ended afterwards."""
    folder = tmp_path / "desk"
    yield folder
    # First the watchdogs, or they would start what is ended.
    for wanted in ("--watchdog", str(folder)):
        for pid in _processes(wanted, folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _processes(words: str, data: Path) -> list[int]:
    """List the living processes of this test whose command says these words."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        with suppress(OSError):
            command = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode()
            ours = str(data.parent / "home").encode() in (entry / "environ").read_bytes()
            if ours and words in command and (entry / "stat").read_text().split(") ")[1][0] != "Z":
                found.append(int(entry.name))
    return found


def owner(data: Path) -> int | None:
    """Read who holds the data directory."""
    with suppress(OSError, ValueError, IndexError):
        pid = int((data / "benchcast.lock").read_text().splitlines()[0])
        # One that nobody has buried yet is dead all the same.
        if Path(f"/proc/{pid}/stat").read_text().split(") ")[1][0] != "Z":
            return pid
    return None


def watchdog_of(pid: int, data: Path) -> int | None:
    for watchdog in _processes("--watchdog", data):
        with suppress(OSError):
            if int(Path(f"/proc/{watchdog}/stat").read_text().split(") ")[1].split()[1]) == pid:
                return watchdog
    return None


def lives(pid: int, data: Path) -> bool:
    """Has it its lock, its watchdog, and has it come as far as the history, which is opened after the first beat?"""
    return owner(data) == pid and watchdog_of(pid, data) is not None and (data / "history.sqlite").exists()


def events(data: Path) -> list[str]:
    with suppress(OSError):
        lines = (data / "logs" / "watchdog.log").read_text("utf-8").splitlines()
        return [json.loads(line)["event"] for line in lines]
    return []


@contextmanager
def app(env: dict[str, str], data: Path, *command: str) -> Iterator[subprocess.Popen[bytes]]:
    with child(
        [sys.executable, *(command or ("-m", "app")), "--data", str(data)],
        env=env,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    ) as process:
        yield process


def successor(old: int, data: Path) -> int:
    """Wait until another app lives on the data, and is the only one."""

    def come() -> int | None:
        pid = owner(data)
        return pid if pid not in {None, old} and lives(pid, data) else None

    pid = wait_for(come, seconds=40, what="the app to be started again")
    assert [each for each in _processes(f"--data {data}", data) if each != old] == [pid], "there is one app"
    return pid


def test_a_frozen_app_is_ended_and_comes_back_once(env: dict[str, str], data: Path) -> None:
    with app(env, data) as first:
        wait_for(lambda: lives(first.pid, data), seconds=30, what="the app")
        first.send_signal(signal.SIGSTOP)
        second = successor(first.pid, data)
        assert first.wait(5) == -signal.SIGKILL
    assert events(data) == ["The app frozen", "The app is started again"]
    # On purpose it ends for good, and its watchdog with it.
    watchdog = watchdog_of(second, data)
    os.kill(second, signal.SIGTERM)
    wait_for(lambda: second not in _processes("app", data), what="the end")
    wait_for(lambda: watchdog not in _processes("--watchdog", data), what="the watchdog's end")
    assert owner(data) is None
    assert len(events(data)) == 2


def test_an_endless_loop_in_the_interface_is_a_freeze_and_its_place_is_written_down(
    env: dict[str, str], data: Path, tmp_path: Path
) -> None:
    stuck = tmp_path / "stuck"
    with app(env, data, "-c", ENDLESS, str(stuck)) as first:
        wait_for(stuck.exists, seconds=30, what="the loop")
        successor(first.pid, data)
    assert "stuck" in (data / "logs" / "crash-before.txt").read_text("utf-8"), "which function never returned"


def test_a_crash_that_comes_again_and_again_is_given_up_after_three_restarts(
    env: dict[str, str], data: Path
) -> None:
    now = time.monotonic()
    env[RESTARTS] = f"{now - 700:.3f},{now - 60:.3f},{now - 30:.3f}"  # two of them within ten minutes
    with app(env, data) as first:
        wait_for(lambda: lives(first.pid, data), seconds=30, what="the app")
        watchdog = watchdog_of(first.pid, data)
        assert watchdog is not None
        os.kill(watchdog, signal.SIGKILL)
        wait_for(
            lambda: watchdog_of(first.pid, data) not in {None, watchdog}, seconds=20, what="another watchdog"
        )
        first.send_signal(signal.SIGSEGV)
        second = successor(first.pid, data)
        assert "Segmentation fault" in (data / "logs" / "crash-before.txt").read_text("utf-8")
        os.kill(second, signal.SIGSEGV)
        said = wait_for(lambda: _processes(GAVE_UP_FLAG, data), seconds=20, what="the last message")
        assert owner(data) is None, "the message is no second app"
        assert len(said) == 1
    assert events(data) == [
        "The app crashed",
        "The app is started again",
        "The app crashed",
        "The app was restarted three times within ten minutes and is not restarted again",
    ]


def test_a_watchdog_that_does_not_read_never_holds_the_app_up(tmp_path: Path) -> None:
    sleeper = tmp_path / "sleeper"
    sleeper.write_text("#!/bin/sh\nexec sleep 60\n")
    sleeper.chmod(0o700)
    heart = Heartbeat((str(sleeper),), (), tmp_path, 4)
    heart.begin()
    try:
        started = time.monotonic()
        for _ in range(100_000):  # more than a pipe holds
            heart.beat()
        assert heart.is_watched
        assert time.monotonic() - started < 30
    finally:
        assert heart._watchdog is not None
        heart._watchdog.kill()
        heart.farewell()


def test_with_no_patience_there_is_no_watchdog(tmp_path: Path) -> None:
    heart = Heartbeat(("/nonexistent",), (), tmp_path, 0)
    heart.begin()
    heart.beat()
    assert not heart.is_watched
    heart.farewell()


def test_an_order_that_cannot_be_read_ends_the_watchdog_quietly() -> None:
    for text in (b"", b"no json\n", b'{"pid": 1}\n'):
        done = subprocess.run(
            [sys.executable, "-m", "app", "--watchdog"],
            input=text,
            cwd=ROOT,
            capture_output=True,
            timeout=20,
            check=False,
        )
        assert (done.returncode, done.stderr) == (0, b"")


def test_the_watchdog_is_tiny() -> None:
    program = "import sys; import app.machine.watchdog; print(*sorted(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=20, check=True
    )
    modules = done.stdout.split()
    assert not [
        name for name in modules if name.split(".")[0] in {"PySide6", "asyncio", "structlog", "msgspec"}
    ]

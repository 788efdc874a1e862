"""Runs every test, three runs of pytest side by side: most tests wait for something, and two cores can wait for more.

`python packaging/suite` is what `make test` calls. The rules and types are looked at meanwhile; where they do not hold,
nothing else is worth waiting for. The folders of tests are handed out one after another, the longest
first, to whichever run is free; what a run printed is shown when it has ended. A folder of tests that nobody would run
is an error.

Tests that failed beside others are run once more, alone: on two busy cores a window or a browser may be starved beyond
any patience. Those that pass then are named at the end, with what they printed above, for somebody to look at: some of
our worst bugs were seen there first. One that fails alone, too, fails the suite.
"""

import signal
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Executor, ThreadPoolExecutor, as_completed
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TESTS = ROOT / "tests"
BESIDE = 3
# The longest first, so that no long one begins last. A folder that is named here is not run again with its parent.
ORDER = (
    "app/windows",
    "journeys",
    "browser",
    "faults",
    "relay",
    "packaging",
    "app",
    "security",
    "relay/flows",
    "relay/web",
    "conformance",
    "house",
    "bench",
    "contract",
    "app/wiring",
    "resources",
)
RULES = ("make", "--no-print-directory", "check")
# pytest's own word for it; any other status than this and 0 is no matter of single tests.
TESTS_FAILED = 1
# `make relay-package` runs what is in `deployment`: it needs root, and minutes.
NO_TESTS = {"helpers", "js", "deployment"}

# What was started and has not ended, so that nothing goes on when this is interrupted.
_running: set[subprocess.Popen[bytes]] = set()
_printing = threading.Lock()


def pytest_command(folder: str, files: Path, *more: str) -> list[str]:
    """Return the command that runs the tests of a folder, without those of its folders that are run by themselves.

    Their files lie in `files`: pytest's own choice is tidied up by runs beside this one.
    """
    apart = [each for each in ORDER if each.startswith(f"{folder}/")]
    return [
        sys.executable,
        "-m",
        "pytest",
        "--durations=10",
        f"--basetemp={files}",
        "-o",
        f"cache_dir=.pytest_cache/{folder.replace('/', '-')}",
        *(f"--ignore=tests/{each}" for each in apart),
        *more,
        f"tests/{folder}",
    ]


def run(folder: str, *more: str) -> tuple[str, int, float]:
    """Run a folder's tests and print what they printed; returns its name, exit status and seconds.

    `more` are further arguments of pytest's.
    """
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="bt-", ignore_cleanup_errors=True) as files:
        status = show(*pytest_command(folder, Path(files) / "t", *more))
    return folder, status, time.monotonic() - began


def show(*command: str) -> int:
    """Run a command to its end and then print what it printed; returns its exit status."""
    with tempfile.TemporaryFile() as output:
        process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
        _running.add(process)
        status = process.wait()
        _running.discard(process)
        output.seek(0)
        with _printing:
            sys.stdout.flush()
            for line in output:
                sys.stdout.buffer.write(line)
            sys.stdout.flush()
    return status


def stop(*pools: Executor) -> None:
    """Begin nothing more, and end what was begun."""
    for pool in pools:
        pool.shutdown(wait=False, cancel_futures=True)
    for process in list(_running):
        process.send_signal(signal.SIGINT)  # so that pytest ends what its tests have started


def unknown_folders() -> set[str]:
    """Name the folders of tests that nobody would run."""
    here = {path.name for path in TESTS.iterdir() if path.is_dir() and path.name[0] not in "._"}
    return here - {folder.split("/")[0] for folder in ORDER if "/" not in folder} - NO_TESTS


def main() -> int:
    """Run all folders to their ends."""
    if missing := unknown_folders():
        print(f"Nobody runs the tests of {sorted(missing)}.", file=sys.stderr)
        return 2
    # A job in a shell's background is made to ignore it, and what it starts would ignore it too.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with ThreadPoolExecutor(1) as apart, ThreadPoolExecutor(BESIDE) as pool:
        rules = apart.submit(show, *RULES)
        runs = [pool.submit(run, folder) for folder in ORDER]
        try:
            for each in as_completed([rules, *runs]):
                if each is rules and rules.result() != 0:
                    stop(pool)
                    return rules.result()
            ended = [each.result() for each in runs]
        except BaseException:
            stop(apart, pool)
            raise
    alone = [run(folder, "--last-failed") for folder, status, _ in ended if status == TESTS_FAILED]
    print("\nFolders, in the order in which they began:")
    for folder, status, seconds in ended:
        print(f"  {folder:<14} {seconds:7.0f} s  {'passed' if status == 0 else f'FAILED ({status})'}")
    for folder, status, seconds in alone:
        said = (
            "passed alone, look above for what failed beside others" if status == 0 else f"FAILED ({status})"
        )
        print(f"  {folder:<14} {seconds:7.0f} s  {said}")
    if not alone:
        print("Nothing had to be run again.")
    wrong = [status for _, status, _ in ended if status not in {0, TESTS_FAILED}]
    return next((status for status in [*wrong, *(status for _, status, _ in alone)] if status), 0)


if __name__ == "__main__":
    sys.exit(main())

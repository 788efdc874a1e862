"""Runs every test, in three parts side by side: most of them wait for something, and two cores can wait for more.

`python packaging/suite` is what `make test` calls. The first part is shown as it goes, the others when they have ended;
the exit status is that of a part that failed. A folder of tests that stands in no part is an error.
"""

import shutil
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
# Alike in time, and the windows apart from what loads the machine most.
PARTS = (
    ("app",),
    ("browser", "faults", "journeys", "relay"),
    ("contract", "house", "resources", "conformance", "security", "packaging", "bench"),
)
NO_TESTS = {"helpers", "js"}


def pytest_command(folders: tuple[str, ...], cache: str) -> list[str]:
    """Return the command that runs these folders of tests."""
    paths = [f"tests/{folder}" for folder in folders]
    return [
        sys.executable,
        "-m",
        "pytest",
        "--durations=15",
        "-o",
        f"cache_dir=.pytest_cache/{cache}",
        *paths,
    ]


def main() -> int:
    """Run all parts to their ends."""
    here = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name[0] not in "._"}
    if missing := here - {folder for part in PARTS for folder in part} - NO_TESTS:
        print(f"No part of the suite runs {sorted(missing)}.", file=sys.stderr)
        return 2
    with ExitStack() as stack:
        beside: list[tuple[subprocess.Popen[bytes], IO[bytes]]] = []
        for number, folders in enumerate(PARTS[1:], start=2):
            output = stack.enter_context(tempfile.TemporaryFile())
            command = pytest_command(folders, f"part{number}")
            process = subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT)
            stack.callback(_end, process)
            beside.append((process, output))
        status = subprocess.run(pytest_command(PARTS[0], "part1"), cwd=ROOT, check=False).returncode
        for process, output in beside:
            status = process.wait() or status
            output.seek(0)
            sys.stdout.flush()
            shutil.copyfileobj(output, sys.stdout.buffer)
            sys.stdout.flush()
    return status


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    process.wait()


if __name__ == "__main__":
    sys.exit(main())

"""Runs every test, in two halves side by side: most of them wait for something, and two cores can wait for more.

`python packaging/suite` is what `make test` calls. The first half is shown as it goes, the other one when it has ended;
the exit status is that of the half that failed. A folder of tests that stands in no half is an error.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
# Alike in time, and the windows apart from what loads the machine most.
HALVES = (
    ("app", "bench", "contract", "house", "packaging", "resources", "conformance", "security"),
    ("browser", "faults", "journeys", "relay"),
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
    """Run both halves to their ends."""
    here = {path.name for path in (ROOT / "tests").iterdir() if path.is_dir() and path.name[0] not in "._"}
    if missing := here - {folder for half in HALVES for folder in half} - NO_TESTS:
        print(f"No half of the suite runs {sorted(missing)}.", file=sys.stderr)
        return 2
    with tempfile.TemporaryFile() as output:
        beside = subprocess.Popen(
            pytest_command(HALVES[1], "beside"), cwd=ROOT, stdout=output, stderr=subprocess.STDOUT
        )
        try:
            first = subprocess.run(pytest_command(HALVES[0], "first"), cwd=ROOT, check=False).returncode
            second = beside.wait()
        finally:
            beside.terminate()
            beside.wait()
        output.seek(0)
        sys.stdout.flush()
        sys.stdout.buffer.write(output.read())
        sys.stdout.flush()
    return first or second


if __name__ == "__main__":
    sys.exit(main())

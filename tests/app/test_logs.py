"""The log: one line per event, readable by programs, bounded, and without local variables."""

import json
import logging
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

PROGRAM = """
import sys
from pathlib import Path
import logging, structlog
from app import logs
logs.FILE_BYTES = 20_000
logs.start_logging(Path(sys.argv[1]), "info")
log = structlog.get_logger("app.test")
for number in range(1000):
    log.info("A thing happened", number=number)
log.debug("Nobody wants to know this")
logging.getLogger("some.library").warning("A library says something")
token = "secret-token"
try:
    raise ValueError("broken")
except ValueError:
    log.exception("A thing failed")
"""


def test_events_are_lines_in_files_that_do_not_grow_for_ever(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, str(tmp_path / "logs")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=20,
        check=True,
    )
    files = sorted((tmp_path / "logs").iterdir())
    assert 2 <= len(files) <= 6
    assert all(file.stat().st_size < 25_000 for file in files)
    lines = [
        json.loads(line) for line in (tmp_path / "logs" / "benchcast.log").read_text("utf-8").splitlines()
    ]
    events = [line["event"] for line in lines]
    assert "A library says something" in events
    assert "Nobody wants to know this" not in events
    failed = lines[-1]
    assert failed["event"] == "A thing failed"
    assert "ValueError: broken" in failed["exception"]
    assert "A thing failed" in done.stderr
    for text in (json.dumps(lines), done.stderr):
        assert "secret-token" not in text
    assert logging.getLogger("some.library").handlers == []

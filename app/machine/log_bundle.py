"""Packs what support needs into one zip: logs, settings, monitors, the line, counts and recent outcomes; no secrets.

How it works: every text goes through `Eraser`, which knows the secrets of this bench by value and the forms that any
secret takes (tokens of links, bearer tokens, JSON Web Tokens, refresh tokens). It is written beside its target and
put there in one step, so that nobody sends half of it.

What it must never do: read the credential's file, the keyring or the library, or put any document into the zip.
"""

import json
import platform
import re
import sqlite3
import sys
import zipfile
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from pathlib import Path

LARGEST_LOG_BYTES = 2 * 1024 * 1024
_REMOVED = "[removed]"
# Tokens of ours are Crockford's base32 or URL-safe base64; a JSON Web Token begins with `eyJ`.
_FORMS = (
    re.compile(
        r"(?i)((?:token|secret|password|authorization)[\"']?\s*[=:]\s*[\"']?(?:bearer\s+)?)[^\s\"'&,;}]+"
    ),
    re.compile(r"(?i)(bearer\s+)[A-Za-z0-9._~+/=-]{8,}"),
    re.compile(r"()eyJ[A-Za-z0-9_-]{6,}\.[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]*)?"),
)
_LOGS = ("benchcast.log*", "watchdog.log*", "crash*.txt")


class Eraser:
    """Takes secrets out of texts."""

    def __init__(self, secrets: Iterable[str]) -> None:
        """Know these secrets by value; what is shorter than four letters is none."""
        known = sorted({secret for secret in secrets if len(secret) >= 4}, key=len, reverse=True)
        self._known = re.compile("|".join(map(re.escape, known))) if known else None

    def clean(self, text: str) -> str:
        """Return the text without them."""
        if self._known is not None:
            text = self._known.sub(_REMOVED, text)
        for form in _FORMS:
            text = form.sub(rf"\1{_REMOVED}", text)
        return text


def write_bundle(
    target: Path, *, data: Path, facts: Mapping[str, object], secrets: Iterable[str], version: str
) -> int:
    """Write the zip and return its size in bytes. `facts` become a JSON file each, named by key. Raises OSError."""
    eraser = Eraser(secrets)
    files = {f"{name}.json": _json(value) for name, value in facts.items()}
    files["about.json"] = _json({"version": version, **_machine()})
    files["inbox.json"] = _json(inbox_counts(data / "inbox.sqlite"))
    files["outcomes.json"] = _json(recent_outcomes(data / "inbox.sqlite"))
    draft = target.with_name(f"{target.name}.part")
    try:
        with zipfile.ZipFile(draft, "w", zipfile.ZIP_DEFLATED) as bundle:
            for name, text in files.items():
                bundle.writestr(name, eraser.clean(text))
            for file in _log_files(data / "logs"):
                bundle.writestr(f"logs/{file.name}", eraser.clean(_tail(file)))
        draft.replace(target)
    except OSError:
        with suppress(OSError):
            draft.unlink()
        raise
    return target.stat().st_size


def inbox_counts(file: Path) -> dict[str, object]:
    """Count what the inbox holds, without touching it; says why where it cannot."""
    return _ask(
        file,
        "SELECT verb, outcome IS NOT NULL, reported, count(*) FROM delivery GROUP BY 1, 2, 3",
        lambda row: {"verb": row[0], "ended": bool(row[1]), "reported": bool(row[2]), "count": row[3]},
    )


def recent_outcomes(file: Path) -> dict[str, object]:
    """List how the latest deliveries ended, the newest first."""
    return _ask(
        file,
        "SELECT id, seq, verb, taken_at, outcome FROM delivery WHERE outcome IS NOT NULL "
        "ORDER BY taken_at DESC LIMIT 50",
        lambda row: {
            "id": row[0],
            "seq": row[1],
            "verb": row[2],
            "takenAt": row[3],
            "outcome": _decoded(row[4]),
        },
    )


def _ask(file: Path, question: str, row_of: Callable[[tuple[object, ...]], object]) -> dict[str, object]:
    try:
        db = sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True, timeout=2)
    except sqlite3.Error as error:
        return {"unreadable": str(error)}
    try:
        return {"rows": [row_of(row) for row in db.execute(question)]}
    except (sqlite3.Error, ValueError, TypeError) as error:
        return {"unreadable": str(error)}
    finally:
        db.close()


def _decoded(outcome: object) -> object:
    return json.loads(outcome) if isinstance(outcome, bytes | str) else None


def _machine() -> dict[str, object]:
    return {
        "python": sys.version,
        "platform": platform.platform(),
        "system": platform.system(),
        "machine": platform.machine(),
        "frozen": bool(getattr(sys, "frozen", False)),
    }


def _log_files(folder: Path) -> list[Path]:
    return sorted(file for pattern in _LOGS for file in folder.glob(pattern) if file.is_file())


def _tail(file: Path) -> str:
    """Read the end of a log; a line that is cut is left out."""
    try:
        with file.open("rb") as log:
            size = log.seek(0, 2)
            start = max(0, size - LARGEST_LOG_BYTES)
            log.seek(start)
            content = log.read()
    except OSError as error:
        return str(error)
    if start:
        content = content.partition(b"\n")[2]
    return content.decode("utf-8", "replace")


def _json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1, default=str)

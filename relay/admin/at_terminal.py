"""`benchcast-relay backup`, `restore` and `doctor`: what an admin does at the machine itself, relay running or not.

All three work on the data directory: a backup reads it beside the relay, a restore refuses while one runs.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any, Protocol

import filelock

from relay.clock import SystemClock
from relay.contract.wording import Wording
from relay.ops.doctor import Doctor
from relay.ops.findings import Found
from relay.ops.health import app_version
from relay.settings import Settings
from relay.storage.backup import DOCUMENTS, Manifest, make_backup
from relay.storage.restore import BackupUnreadableError, restore_backup

Command = Callable[[argparse.Namespace, Settings, Wording], Coroutine[object, object, int]]
MARKS = {"good": "✓", "warn": "!", "bad": "✕"}
COLOURS = {"good": "\x1b[32m", "warn": "\x1b[33m", "bad": "\x1b[31m"}


class Commands(Protocol):
    """What argparse calls its subparsers."""

    def add_parser(self, name: str, **words: Any) -> argparse.ArgumentParser:
        """Add a command."""
        ...


def add_commands(commands: Commands, common: argparse.ArgumentParser, wording: Wording) -> None:
    """Describe the three commands."""
    say = wording.say
    backup = commands.add_parser("backup", parents=[common], help=say("cli.backup"))
    backup.add_argument("file", type=Path, metavar="FILE", help=say("cli.backup.file"))
    backup.set_defaults(command=back_up)
    restore = commands.add_parser("restore", parents=[common], help=say("cli.restore"))
    restore.add_argument("file", type=Path, metavar="FILE", help=say("cli.restore.file"))
    restore.set_defaults(command=put_back)
    commands.add_parser("doctor", parents=[common], help=say("cli.doctor")).set_defaults(command=examine)


async def back_up(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Back the data directory up; a relay that serves goes on. Raises StorageUnavailableError."""
    now_ms = SystemClock().now_ms()
    manifest = await asyncio.to_thread(
        make_backup, settings.data, arguments.file, version=app_version(), now_ms=now_ms
    )
    _say(wording, "cli.backup.made", path=str(arguments.file), **_values(manifest))
    for name in manifest.damaged:
        _say(wording, "cli.backup.damaged", path=name)
    return 1 if manifest.damaged else 0


async def put_back(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Restore a backup, unless a relay runs; what was there is kept aside. Raises StorageUnavailableError."""
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        with filelock.FileLock(settings.data / "relay.lock").acquire(timeout=0):
            manifest, aside = await asyncio.to_thread(restore_backup, arguments.file, settings.data)
    except filelock.Timeout:
        _trouble(wording, "cli.already_running", data=str(settings.data))
        return 1
    except BackupUnreadableError as error:
        _trouble(wording, "cli.restore.unreadable", reason=str(error))
        return 1
    _say(wording, "cli.restore.done", path=str(settings.data), **_values(manifest))
    if aside is not None:
        _say(wording, "cli.restore.aside", path=str(aside))
    return 0


async def examine(_arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Print a verdict on each check as it comes; 1 if any is bad."""
    found = await asyncio.to_thread(_examine, settings, wording)
    counts = {verdict: sum(each.verdict == verdict for each in found) for verdict in MARKS}
    _say(wording, "cli.doctor.total", **counts)
    return 1 if counts["bad"] else 0


def _examine(settings: Settings, wording: Wording) -> list[Found]:
    found: list[Found] = []
    start, end = (COLOURS, "\x1b[0m") if sys.stdout.isatty() else (dict.fromkeys(MARKS, ""), "")
    for each in Doctor(settings, SystemClock()).examine():
        words = each.worded(wording.language)
        _write(f"{start[each.verdict]}{MARKS[each.verdict]} {words.title}{end}: {words.detail}")
        if words.action:
            _write(f"    → {words.action}")
        found.append(each)
    return found


def _values(manifest: Manifest) -> dict[str, str | int]:
    documents = sum(file.path.startswith(f"{DOCUMENTS}/") for file in manifest.files)
    return {"documents": documents, "size": f"{manifest.size / 1e6:.1f} MB"}


def _say(wording: Wording, key: str, **values: str | int) -> None:
    _write(wording.say(key, **values))


def _trouble(wording: Wording, key: str, **values: str) -> None:
    for part in ("title", "detail", "action"):
        sys.stderr.write(wording.say(f"{key}.{part}", **values) + "\n")


def _write(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()

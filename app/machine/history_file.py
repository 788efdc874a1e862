"""Writes the history as a table that a spreadsheet opens: UTF-8 with a mark, so that Hangul is read as Hangul."""

import csv
import datetime as dt
from collections.abc import Iterable
from pathlib import Path

from app.stage.shown_before import ShownRecord
from relay.contract.wording import Wording

COLUMNS = ("time", "subject", "title", "revision", "display", "source", "ending", "left")
# A spreadsheet takes what begins so for a formula, and a barcode is written by strangers.
_FORMULAS = ("=", "+", "-", "@", "\t", "\r")


def write_history(file: Path, records: Iterable[ShownRecord], wording: Wording) -> None:
    """Write the table in one step. Raises OSError."""
    draft = file.with_name(f"{file.name}.part")
    with draft.open("w", encoding="utf-8-sig", newline="") as out:
        table = csv.writer(out)
        table.writerow([wording.say(f"desktop.history.column.{name}") for name in COLUMNS])
        for record in records:
            table.writerow([_plain(text) for text in _row(record, wording)])
    draft.replace(file)


def _row(record: ShownRecord, wording: Wording) -> list[str]:
    say = wording.say
    ending = record.code or say("desktop.history.now" if record.left is None else "desktop.history.was_shown")
    return [
        _time(record.at_ms),
        record.order_id or record.url or "",
        record.title or "",
        record.revision or "",
        record.display,
        say(f"desktop.history.source.{record.source}"),
        ending,
        _time(record.left_ms) if record.left_ms else "",
    ]


def _time(ms: int) -> str:
    return dt.datetime.fromtimestamp(ms / 1000, dt.UTC).astimezone().isoformat(sep=" ", timespec="seconds")


def _plain(text: str) -> str:
    return f"'{text}" if text.startswith(_FORMULAS) else text

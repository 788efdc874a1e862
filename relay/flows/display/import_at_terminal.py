"""An import at the command line: what is read, and what is told of every line of it."""

import sys
from pathlib import Path

from relay.contract.orders import ImportReport
from relay.contract.wording import Wording
from relay.errors import Refusal
from relay.flows.display.import_files import Batch, read_batches


def batches_of(source: Path) -> list[Batch]:
    """Read a table or a folder. Blocks. Raises OSError."""
    try:
        return list(read_batches(source))
    except Refusal:
        # No table of orders: the relay says what is wrong with it, in words.
        return [Batch(table=source.read_bytes())]


def tell_report(report: ImportReport, batch: Batch, wording: Wording) -> None:
    """Tell what became of every line: failures on standard error."""
    for line in report.lines:
        file = batch.file_of_line.get(line.line)
        key = "cli.import" + (".file" if file else ".line") + ("_ok" if line.ok else "_failed")
        words = {
            "line": line.line,
            "file": file or "",
            "orderId": line.order_id or "-",
            "detail": line.detail or "",
        }
        out = sys.stdout if line.ok else sys.stderr
        out.write(wording.say(key, **words) + "\n")

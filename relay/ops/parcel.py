"""Sends a table of orders, with the files that it names, to the relay for import."""

from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from relay.contract.orders import ImportReport
from relay.ops.line import Line


async def send(line: Line, table: bytes, files: Mapping[str, Path]) -> ImportReport:
    """Have the relay import a table. Raises ProblemAnsweredError when it refuses the whole, OSError for its files."""
    form = aiohttp.FormData()
    form.add_field("file", table, filename="orders.csv", content_type="text/csv")
    with ExitStack() as stack:
        for name, path in files.items():
            file = stack.enter_context(path.open("rb"))
            form.add_field(name, file, filename=path.name, content_type="application/octet-stream")
        return await line.ask("POST", "/api/orders/import", ImportReport, form=form)

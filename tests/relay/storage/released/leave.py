"""Leaves what a relay of this checkout leaves: runs it with a bit of everything, and writes its database down as SQL.

`python leave.py OUT.sql` from the root of a checkout of the version in question, with `tests` in PYTHONPATH. What it
wrote is kept here and never written again: it stands for the databases that are out there.
"""

import asyncio
import sqlite3
import sys
import tempfile
from pathlib import Path

from helpers.desk import Desk
from helpers.relay_running import running_relay


async def leave(data: Path) -> None:
    async with running_relay(data) as office:
        await office.add_user("kim", "admin")
        await office.add_user("이반장", "lead")
        await office.add_order("WO-1", title="하우징")
        grant = await office.pair()
        async with Desk(office.url, grant["token"]) as desk:
            for _ in range(2):
                assert (await office.trigger(orderId="WO-1", wait_ms=15_000)).body["state"] == "shown"
            desk.show = lambda command: {
                "id": command["id"],
                "state": "failed",
                "code": "DOCUMENT_UNREADABLE",
            }
            assert (await office.trigger(orderId="WO-1", wait_ms=15_000)).body["state"] == "failed"
        await office.trigger(orderId="WO-1")
        await office.trigger(orderId="WO-1", expiresInMs=30 * 24 * 3_600_000)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        data = Path(folder) / "relay"
        asyncio.run(leave(data))
        connection = sqlite3.connect(data / "relay.db")
        # STRICT tables are text to the dump, whatever the age of SQLite.
        Path(sys.argv[1]).write_text("\n".join(connection.iterdump()) + "\n", "utf-8")
        connection.close()


if __name__ == "__main__":
    main()

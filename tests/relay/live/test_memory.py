"""What a connection costs: the memory of a real relay, before and after two thousand of them that say nothing."""

import asyncio
import subprocess
import sys
from pathlib import Path

from helpers.raw_line import open_many
from helpers.real_desk import free_port
from helpers.relay_process import relay_process

CONNECTIONS = 2_000
MOST_BYTES_EACH = 20 * 1024


def resident_bytes(process: subprocess.Popen[bytes]) -> int:
    pages = int(Path(f"/proc/{process.pid}/statm").read_text("ascii").split()[1])
    return pages * 4096


async def test_an_idle_connection_costs_no_more_than_twenty_kilobytes_and_gives_them_back(tmp_path: Path):
    if not sys.platform.startswith("linux"):
        return  # the figure is read from /proc
    async with relay_process(tmp_path / "relay", free_port()) as (office, process):
        for line in await open_many(office.url, office.token, 50):
            line.drop()
        before = resident_bytes(process)
        lines = await open_many(office.url, office.token, CONNECTIONS)
        each = (resident_bytes(process) - before) / CONNECTIONS
        assert each <= MOST_BYTES_EACH
        for line in lines:
            line.drop()
        # What was freed is used again: a second crowd costs nothing.
        await asyncio.sleep(0.5)
        again = await open_many(office.url, office.token, CONNECTIONS)
        assert (resident_bytes(process) - before) / CONNECTIONS <= each + 2048
        print(f"{each:.0f} bytes each")
        for line in again:
            line.drop()

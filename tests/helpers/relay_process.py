"""The relay as an admin starts it, in a process of its own that can be killed."""

import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from helpers.relay_running import Office
from helpers.x11 import child

from relay.clock import SystemClock
from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

ROOT = Path(__file__).resolve().parents[2]


@asynccontextmanager
async def relay_process(data: Path, port: int) -> AsyncGenerator[tuple[Office, subprocess.Popen[bytes]]]:
    """Serve `data` until the block ends; yields its local admin and the process."""
    arguments = [sys.executable, "-m", "relay", "serve", "--data", str(data), "--port", str(port)]
    env = os.environ | {"BENCHCAST_ATTEMPTS_PER_MINUTE": "10000"}
    log = data.with_suffix(".log")
    with (
        log.open("ab") as output,
        child(arguments, cwd=ROOT, env=env, stdout=subprocess.DEVNULL, stderr=output) as process,
    ):
        async with aiohttp.ClientSession() as session:
            url = f"http://127.0.0.1:{port}"
            async with asyncio.timeout(20):
                while not await _is_ready(session, url):
                    assert process.poll() is None, log.read_text("utf-8", "replace")
                    await asyncio.sleep(0.05)
            clock = SystemClock()
            yield Office(None, session, mint_local_admin(Keys.open(data), clock), clock, url), process


async def _is_ready(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(f"{url}/ready") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False

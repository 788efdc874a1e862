"""Programs that look at a file in a process of their own, which a hostile file may crash, hang or bloat as it likes."""

import asyncio
import contextlib
import os
import sys
from datetime import timedelta
from pathlib import Path

from relay.contract.problems import Code
from relay.errors import Refusal

INSTALLED_IN = Path(__file__).resolve().parents[2]
# Nothing of the relay's own environment (it may hold secrets) but what a process needs to start.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")


async def run_worker(module: str, *arguments: str, patience: timedelta) -> tuple[int | None, bytes]:
    """Run `python -m module arguments`, and return its exit status and what it wrote.

    Raises DOCUMENT_UNREADABLE when it takes longer than `patience`; it is ended then, and when the caller is cancelled.
    """
    environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        *arguments,
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
        env=environment | {"PYTHONPATH": str(INSTALLED_IN), "PYTHONDONTWRITEBYTECODE": "1"},
        cwd=INSTALLED_IN,
    )
    try:
        async with asyncio.timeout(patience.total_seconds()):
            output, _ = await process.communicate()
    except TimeoutError as error:
        raise Refusal(Code.DOCUMENT_UNREADABLE, what="what.too_much") from error
    finally:
        if process.returncode is None:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await asyncio.shield(process.wait())
    return process.returncode, output

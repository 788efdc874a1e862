"""Has files inspected by a process of their own, which a hostile file may crash, hang or bloat as it likes."""

import asyncio
import contextlib
import os
import sys
from datetime import timedelta
from pathlib import Path

import structlog
from msgspec import Struct

from relay.contract.codec import Malformed, decode_json
from relay.contract.names import DocumentKind
from relay.contract.problems import Code
from relay.errors import Refusal

log = structlog.get_logger()

PATIENCE = timedelta(seconds=30)
AT_ONCE = 2
INSTALLED_IN = Path(__file__).resolve().parents[2]
# Nothing of the relay's own environment (it may hold secrets) but what a process needs to start.
KEPT_VARIABLES = ("PATH", "LANG", "LC_ALL", "SYSTEMROOT", "TEMP", "TMP", "LD_LIBRARY_PATH")


class Inspected(Struct, frozen=True, kw_only=True, rename="camel"):
    """What the other process says."""

    kind: DocumentKind | None = None
    media_type: str = ""
    pages: int = 0
    problem: str | None = None


class Inspector:
    """Starts the processes, a few at once: starting one costs about 100 ms, which an upload can bear."""

    def __init__(self, patience: timedelta = PATIENCE) -> None:
        """Give each file this much time."""
        self._patience = patience
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def inspect(self, path: Path) -> Inspected:
        """Say what a file is. Raises DOCUMENT_UNREADABLE with the reason."""
        async with self._turns:
            output = await self._run(path)
        try:
            inspected = decode_json(output, Inspected)
        except Malformed:
            inspected = Inspected(problem="what.broken")
            log.warning("An inspection ended without an answer", file=path.name)
        if inspected.kind is None:
            raise Refusal(Code.DOCUMENT_UNREADABLE, what=inspected.problem or "what.broken")
        return inspected

    async def _run(self, path: Path) -> bytes:
        environment = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "relay.documents.inspect",
            str(path),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=environment | {"PYTHONPATH": str(INSTALLED_IN), "PYTHONDONTWRITEBYTECODE": "1"},
            cwd=INSTALLED_IN,
        )
        try:
            async with asyncio.timeout(self._patience.total_seconds()):
                output, _ = await process.communicate()
        except TimeoutError as error:
            log.warning("An inspection took too long", file=path.name)
            raise Refusal(Code.DOCUMENT_UNREADABLE, what="what.too_much") from error
        finally:
            if process.returncode is None:
                with contextlib.suppress(ProcessLookupError):
                    process.kill()
                await asyncio.shield(process.wait())
        return output

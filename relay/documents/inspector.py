"""Has files inspected by a process of their own, which a hostile file may crash, hang or bloat as it likes."""

import asyncio
from datetime import timedelta
from pathlib import Path

import structlog
from msgspec import Struct

from relay.contract.codec import Malformed, decode_json
from relay.contract.names import DocumentKind
from relay.contract.problems import Code
from relay.documents.workers import run_worker
from relay.errors import Refusal

log = structlog.get_logger()

PATIENCE = timedelta(seconds=30)
AT_ONCE = 2


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
            _, output = await run_worker("relay.documents.inspect", str(path), patience=self._patience)
        try:
            inspected = decode_json(output, Inspected)
        except Malformed:
            inspected = Inspected(problem="what.broken")
            log.warning("An inspection ended without an answer", file=path.name)
        if inspected.kind is None:
            raise Refusal(Code.DOCUMENT_UNREADABLE, what=inspected.problem or "what.broken")
        return inspected

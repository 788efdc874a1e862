"""What the threads of the database tell the log; a log that cannot be written (a full disk) stops none of them."""

from contextlib import suppress
from typing import Literal

import structlog

log = structlog.get_logger()


def notice(
    level: Literal["debug", "info", "warning", "error", "critical", "exception"],
    sentence: str,
    **fields: object,
) -> None:
    """Log one constant sentence with its fields; `exception` adds the one that is being handled."""
    # A full disk raises OSError, a closed stream ValueError.
    with suppress(OSError, ValueError):
        getattr(log, level)(sentence, **fields)

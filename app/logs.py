"""One event, one line: in a file of the data directory that does not grow for ever, and on stderr if there is one."""

import logging
import logging.handlers
import sys
from pathlib import Path

import structlog

FILE_BYTES = 1024 * 1024
FILES = 5


def start_logging(folder: Path, level: str) -> None:
    """Write everything that is logged from now on, ours and the libraries', to `folder`. Raises OSError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        stamp,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    lines = logging.handlers.RotatingFileHandler(
        folder / "benchcast.log", maxBytes=FILE_BYTES, backupCount=FILES, encoding="utf-8"
    )
    lines.setFormatter(_formatter(shared, structlog.processors.JSONRenderer(ensure_ascii=False)))
    handlers: list[logging.Handler] = [lines]
    # A Windows program without a console has none.
    if sys.stderr is not None:  # pyright: ignore[reportUnnecessaryComparison]
        console = logging.StreamHandler(sys.stderr)
        # Plain tracebacks: the rich ones print local variables, and a token may be among them.
        renderer = structlog.dev.ConsoleRenderer(
            colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
        )
        console.setFormatter(_formatter(shared, renderer))
        handlers.append(console)
    logging.basicConfig(handlers=handlers, level=level.upper(), force=True)
    for name in ("asyncio", "qasync", "keyring", "aiohttp"):
        logging.getLogger(name).setLevel(logging.WARNING)


def _formatter(
    shared: list[structlog.typing.Processor], renderer: structlog.typing.Processor
) -> structlog.stdlib.ProcessorFormatter:
    before: list[structlog.typing.Processor] = [structlog.stdlib.ProcessorFormatter.remove_processors_meta]
    if isinstance(renderer, structlog.processors.JSONRenderer):
        before.append(structlog.processors.format_exc_info)
    return structlog.stdlib.ProcessorFormatter(foreign_pre_chain=shared, processors=[*before, renderer])

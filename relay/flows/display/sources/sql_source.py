"""An ERP whose database is asked: one SELECT per order, read-only by the database's own means.

How it works: SQLite is opened read-only with `query_only`; PostgreSQL gets a read-only transaction with a statement
time-out before it hears the query. The order's number is always a bound value. Each question has a connection of its
own, on a thread, so that a database that hangs holds nothing of ours but this thread, and that only for its time-out.
"""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, make_url, text
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from relay.contract.names import OrderId
from relay.contract.sources import SqlSource
from relay.flows.display.naming import stem_of
from relay.flows.display.sources.answers import Answer, Body, Known, SourceError, Steps
from relay.flows.display.sources.fetching import Fetching
from relay.flows.display.sources.reach import reach_host
from relay.storage.dialect import connect_read_only, sqlite

BOUND = ":orderId"
DRIVERS = {"sqlite", "postgresql"}
POSTGRESQL_PORT = 5432
CHUNK_BYTES = 256 * 1024
STEPS_BETWEEN_LOOKS = 10_000
GRACE_SECONDS = 2.0
_NOISE = re.compile(r"--[^\n]*|/\*.*?\*/|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"", re.DOTALL)


class QueryError(ValueError):
    """The settings of the source cannot work; the message is the field, `reason` without its `reason.`."""

    def __init__(self, field: str, reason: str) -> None:
        """Name both."""
        super().__init__(field)
        self.field = field
        self.reason = reason


def check_query(query: str) -> str:
    """Return the one SELECT without its semicolon. Raises QueryError for anything else."""
    bare = _NOISE.sub(" ", query).strip()
    plain = query.strip()
    if bare.endswith(";"):
        bare, plain = bare[:-1].rstrip(), plain.rstrip("; \n\t\r")
    if ";" in bare or not re.match(r"(?i)(select|with)\b", bare):
        raise QueryError("query", "one_select")
    if BOUND not in bare:
        raise QueryError("query", "bound_order")
    return plain


def check_url(url: str) -> URL:
    """Read the database's address. Raises QueryError where it is none of ours, or holds a password."""
    try:
        address = make_url(url)
    except ArgumentError as error:
        raise QueryError("url", "database_url") from error
    if address.get_backend_name() not in DRIVERS or not address.database:
        raise QueryError("url", "database_url")
    if address.password is not None:
        raise QueryError("url", "password_in_url")
    return address


class SqlConnector:
    """Asks as these settings say."""

    def __init__(self, source: SqlSource, secret: str, seconds: float) -> None:
        """Prepare to ask. Raises QueryError."""
        self._url = check_url(source.url)
        self._query = check_query(source.query)
        self._secret = secret
        self._seconds = seconds
        self._folder = Path(source.folder) if source.folder else None
        self._allow_private = source.allow_private
        self._fetching = Fetching(source.hosts, source.allow_private, seconds)

    async def ask(self, order_id: OrderId, known: Known, steps: Steps) -> Answer | None:
        """Ask for an order; None where there is no row of it. Raises SourceError."""
        if self._url.get_backend_name() == "postgresql":
            port = self._url.port or POSTGRESQL_PORT
            await reach_host(
                self._url.host or "localhost", port, allow_private=self._allow_private, steps=steps
            )
        try:
            async with asyncio.timeout(self._seconds + GRACE_SECONDS):
                row = await asyncio.to_thread(self._row, order_id)
        except TimeoutError as error:
            raise SourceError("what.source_slow", seconds=f"{self._seconds:g}") from error
        except (SQLAlchemyError, OSError, ValueError) as error:
            cause = getattr(error, "orig", None) or error
            raise SourceError("what.source_sql", reason=str(cause)[:300]) from error
        if row is None:
            return None
        steps.good("source.step.row", columns=", ".join(row))
        words = {name: _word(row.get(name)) for name in ("title", "revision", "customer", "due_date")}
        path, url = _word(row.get("path")), _word(row.get("url"))
        if path is not None:
            file = self._file(path)
            return Answer(partial(_open_file, file, steps), name=stem_of(file.name), **words)
        if url is None:
            raise SourceError("what.source_columns")
        etag = known.etag if known.revision is not None and known.revision == words["revision"] else None
        return Answer(partial(self._fetching.document, url, etag, steps), name=stem_of(url), **words)

    def _file(self, path: str) -> Path:
        if self._folder is None:
            raise SourceError("what.source_folder")
        file = (self._folder / path.replace("\\", "/")).resolve()
        if not file.is_relative_to(self._folder.resolve()):
            raise SourceError("what.source_outside", file=path[:200])
        return file

    def _row(self, order_id: OrderId) -> Mapping[str, Any] | None:
        engine = self._engine()
        try:
            with engine.connect() as connection, connection.begin():
                self._forbid_writing(connection)
                result = connection.execute(text(self._query), {"orderId": order_id})
                row = result.mappings().first()
                return None if row is None else {str(key).lower(): value for key, value in row.items()}
        finally:
            engine.dispose()

    def _engine(self) -> Engine:
        if self._url.get_backend_name() == "sqlite":
            return create_engine("sqlite://", module=sqlite, creator=self._open_sqlite, poolclass=NullPool)
        address = self._url.set(drivername="postgresql+pg8000", password=self._secret or None)
        return create_engine(address, poolclass=NullPool, connect_args={"timeout": self._seconds})

    def _open_sqlite(self) -> Any:
        path = Path(self._url.database or "")
        if not path.is_file():
            raise FileNotFoundError(str(path))
        connection = connect_read_only(path)
        connection.execute("PRAGMA query_only=ON")
        deadline = time.monotonic() + self._seconds
        connection.set_progress_handler(lambda: time.monotonic() > deadline, STEPS_BETWEEN_LOOKS)
        return connection

    def _forbid_writing(self, connection: Connection) -> None:
        if self._url.get_backend_name() == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION READ ONLY")
            connection.exec_driver_sql(f"SET LOCAL statement_timeout = {int(self._seconds * 1000)}")


@asynccontextmanager
async def _open_file(path: Path, steps: Steps) -> AsyncGenerator[Body]:
    try:
        file = await asyncio.to_thread(path.open, "rb")
    except OSError as error:
        raise SourceError("what.source_file", file=path.name) from error
    steps.good("source.step.file", file=path.name)

    async def chunks() -> AsyncGenerator[bytes]:
        while chunk := await asyncio.to_thread(file.read, CHUNK_BYTES):
            yield chunk

    try:
        yield Body(chunks())
    finally:
        await asyncio.to_thread(file.close)


def _word(value: object) -> str | None:
    return None if value is None else str(value).strip() or None

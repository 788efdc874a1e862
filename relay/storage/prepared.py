"""A statement of the hot path: compiled once, then handed straight to the driver's cursor.

SQLAlchemy Core costs 50 to 150 us for each execution on the kind of machine that we measured; the driver itself takes
2 to 10. A `Prepared` is written in Core all the same, so it keeps both dialects and the checks of the tables, and runs
inside whatever transaction its connection is in. What Core would convert on the way in or out (dates, enumerations,
JSON, booleans) is not converted here, so columns of such types are refused at the first use.
"""

from typing import Any, NamedTuple

from sqlalchemy import Connection, Delete, Enum, Insert, Integer, LargeBinary, Select, String, Update
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.types import NullType, TypeEngine

Statement = Select[Any] | Insert | Update | Delete
PLAIN = (Integer, LargeBinary, NullType, String)


class Ran(NamedTuple):
    """What a statement did: the rows that it returned (none unless it selects or has RETURNING) and how many it met."""

    rows: list[tuple[Any, ...]]
    rowcount: int


class Prepared:
    """One statement with named parameters (`bindparam("b_id")`, or the columns of a bare `insert(table)`)."""

    __slots__ = ("_compiled", "_statement")

    def __init__(self, statement: Statement) -> None:
        """Keep `statement`; it is compiled at its first use, for the dialect of the connection that it meets."""
        self._statement = statement
        self._compiled: tuple[str, _Compiled] | None = None

    def run(self, connection: Connection, **values: object) -> Ran:
        """Run it in the transaction that `connection` is in, with every parameter named.

        Raises TypeError for a parameter that is missing or unknown, and what SQLAlchemy would raise for what the
        database refuses (IntegrityError, OperationalError).
        """
        dialect = connection.dialect
        compiled = self._compiled
        if compiled is None or compiled[0] != dialect.name:
            compiled = self._compiled = (dialect.name, _Compiled(self._statement, dialect))
        return compiled[1].run(connection, values)


class _Compiled:
    """A statement as text, and how its parameters are handed over."""

    __slots__ = ("_fixed", "_names", "_positions", "_returns", "_text")

    def __init__(self, statement: Statement, dialect: Dialect) -> None:
        compiled = statement.compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        results = _result_types(statement)
        for what, kind in [(name, bind.type) for name, bind in compiled.binds.items()] + [
            ("a result", kind) for kind in results
        ]:
            if not isinstance(kind, PLAIN) or isinstance(kind, Enum):
                raise TypeError(f"{what} is of type {kind!r}, which would have to be converted")
        due = {name for name, bind in compiled.binds.items() if bind.required}
        # Values that stand in the statement itself stay with it; a list of them (`IN`) is written out here, once.
        expanded = compiled.construct_expanded_state(dict.fromkeys(due))
        self._text = expanded.statement
        self._returns = bool(results or compiled.effective_returning)
        self._names = frozenset(due)
        self._fixed = {name: value for name, value in expanded.parameters.items() if name not in due}
        self._positions = tuple(expanded.positiontup or ()) if compiled.positional else None

    def run(self, connection: Connection, values: dict[str, object]) -> Ran:
        if values.keys() != self._names:
            raise TypeError(
                f"Parameters {sorted(values)} were given, {sorted(self._names)} are due: {self._text}"
            )
        named = {**self._fixed, **values} if self._fixed else values
        parameters: Any = (
            tuple(map(named.__getitem__, self._positions)) if self._positions is not None else named
        )
        driver: Any = connection.connection.driver_connection
        cursor = driver.cursor()
        try:
            cursor.execute(self._text, parameters)
            if not self._returns:
                return Ran([], cursor.rowcount)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
            return Ran(rows, len(rows))
        except connection.dialect.loaded_dbapi.Error as error:
            raise DBAPIError.instance(
                self._text,
                parameters,
                error,
                connection.dialect.loaded_dbapi.Error,
                dialect=connection.dialect,
            ) from error
        finally:
            cursor.close()


def _result_types(statement: Statement) -> list[TypeEngine[Any]]:
    """List the types of the columns that come back, none when nothing does."""
    if isinstance(statement, Select):
        return [column["type"] for column in statement.column_descriptions]
    return [column["type"] for column in statement.returning_column_descriptions]

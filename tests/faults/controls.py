"""What the negative controls leave out, each by its name: a protection that is taken away must turn the checker red.

Nothing here can be reached through a setting of the product; a child of a fault run patches itself before it starts.
"""

from collections.abc import Callable
from typing import Any


def leave_out(names: list[str]) -> None:
    """Take these protections away from this process."""
    for name in names:
        _CONTROLS[name]()


def _without_sync() -> None:
    """The journal as `synchronous=OFF` would keep it."""
    from relay.storage import dialect

    connect = dialect.sqlite.connect

    class Careless(dialect.sqlite.Connection):
        def execute(self, sql: str, *values: object) -> Any:
            return super().execute(sql.replace("synchronous=FULL", "synchronous=OFF"), *values)

    class Module:
        def __getattr__(self, name: str) -> Any:
            return getattr(_real, name)

        def connect(self, *values: Any, **options: Any) -> Any:
            return connect(*values, factory=Careless, **options)

    _real = dialect.sqlite
    dialect.sqlite = Module()


def _without_inbox_check() -> None:
    """The desk without its memory of ids and seqs: whatever comes is new, and is performed."""
    from app.link import inbox, intake

    def take(self: Any, command: Any, late: Any) -> inbox.Taken:
        real(self, command, late)
        return inbox.Taken("new")

    real = inbox._Book.take
    inbox._Book.take = take
    begin = intake.Intake._begin

    def begin_again(self: Any, command: Any, arrived: float) -> None:
        begin(self, command, arrived)
        self._under_way.discard(command.id.lower())

    intake.Intake._begin = begin_again


_CONTROLS: dict[str, Callable[[], None]] = {
    "sync": _without_sync,
    "inbox check": _without_inbox_check,
}

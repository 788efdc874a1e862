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


def _without_fencing() -> None:
    """The relay as a room per screen would be: a newer connection replaces nobody, and every one is sent everything."""
    from relay.contract.names import VERBS
    from relay.live.server import LiveServer

    def replace_nobody(self: Any, connection: Any, screen_id: str) -> None:
        self._screens[screen_id.casefold()] = connection

    def send_to_all(self: Any, connection: Any, event: str, payload: Any, on_answer: Any = None) -> None:
        if event in VERBS:
            for other in list(self._connections.values()):
                if other is not connection and other.screen_id == connection.screen_id:
                    send(self, other, event, payload, lambda _answer: None)
        send(self, connection, event, payload, on_answer)

    send = LiveServer.send
    LiveServer._replace = replace_nobody  # type: ignore[method-assign]
    LiveServer.send = send_to_all  # type: ignore[method-assign]


_CONTROLS: dict[str, Callable[[], None]] = {
    "sync": _without_sync,
    "inbox check": _without_inbox_check,
    "fencing": _without_fencing,
}

"""The acknowledgements that one connection still owes: numbered from 1, bounded, gone with the connection.

python-socketio's own table is not used: a client that acknowledges number 0 breaks it for good, and a callback whose
answer never comes stays in it until the client leaves (python-socketio 5.18, base_manager.py and async_manager.py).
"""

from collections.abc import Callable

OnAnswer = Callable[[object], None]

# A screen has a window of deliveries in flight and a question or two; who owes more than this is not going to answer.
MOST = 256


class Acks:
    """Who waits for which answer of one client."""

    __slots__ = ("_last", "_waiting")

    def __init__(self) -> None:
        """Start with nothing asked."""
        self._last = 0
        self._waiting: dict[int, OnAnswer] | None = None

    def __len__(self) -> int:
        """Count the answers that are still awaited."""
        return len(self._waiting) if self._waiting else 0

    def expect(self, on_answer: OnAnswer) -> int:
        """Return the number to send along; beyond 256 the oldest question is given up, and its answer not heard."""
        if self._waiting is None:
            self._waiting = {}
        elif len(self._waiting) >= MOST:
            del self._waiting[next(iter(self._waiting))]
        self._last += 1
        self._waiting[self._last] = on_answer
        return self._last

    def answer(self, number: int, value: object) -> None:
        """Pass an answer on, once; a number that was never sent or is answered already is nobody's."""
        if self._waiting is not None and (on_answer := self._waiting.pop(number, None)) is not None:
            on_answer(value)

    def clear(self) -> None:
        """Give up every question, as its connection is gone."""
        self._waiting = None

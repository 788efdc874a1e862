"""What the pure core of delivery wants done: the courier does it, a simulator may do it too."""

from typing import Literal

from msgspec import Struct


class Send(Struct, frozen=True):
    """Put this letter on the line; `attempt` counts from 1, and the next would follow after `patience` seconds."""

    recipient: str
    id: str
    attempt: int
    patience: float


class Ask(Struct, frozen=True):
    """Ask the screen what became of this letter (`status?`); with no letter it is a probe of its life."""

    recipient: str
    id: str | None


class Received(Struct, frozen=True):
    """The screen has this letter on disk; from a screen that reports no outcomes that is its last word."""

    recipient: str
    id: str
    attempt: int
    is_last_word: bool


class Finish(Struct, frozen=True):
    """End a letter: `expired`, or `dead` with the reason."""

    recipient: str
    id: str
    state: Literal["expired", "dead"]
    reason: str = ""


class Cut(Struct, frozen=True):
    """Give up the line of this screen: it looks alive and nothing comes back on it."""

    recipient: str
    reason: str


class Dropped(Struct, frozen=True):
    """The line was lost with these letters unacknowledged on it: they wait again."""

    recipient: str
    ids: tuple[str, ...]


class BreakerOpened(Struct, frozen=True):
    """Nothing is sent to this screen for `seconds`; whoever waits for it should hear so now."""

    recipient: str
    seconds: float


class BreakerClosed(Struct, frozen=True):
    """The screen answers again."""

    recipient: str


Action = Send | Ask | Received | Finish | Cut | Dropped | BreakerOpened | BreakerClosed

"""What can be written down about a fault run: one small frozen event for each thing that somebody saw happen.

Every event says when (`at`, seconds of one monotonic clock that all sources of the run share) and who saw it
(`source`: a client, a screen, the relay, the one who plans the faults). Nobody writes down what he did not see: an
`Accepted` is a client's own 202, a `Painted` is a screen's own list, an `Ended` is what the relay says afterwards.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Something that was seen."""

    at: float
    source: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted(Event):
    """A client is about to ask for this for the first time; repeats of the same id are not written down."""

    id: str
    screen: str
    slot: str = "main"
    body_hash: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted(Event):
    """A client holds a 202 for this id."""

    id: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Painted(Event):
    """A screen has put this on its list of what it painted. `life` counts the starts of the screen's process."""

    id: str
    screen: str
    seq: int
    slot: str = "main"
    life: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Event):
    """A screen has the outcome of this on its disk; from now on nothing excuses painting it again."""

    id: str
    screen: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended(Event):
    """How a delivery stands at the relay after the faults; `state` is one of the contract's."""

    id: str
    state: str
    screen: str
    seq: int
    slot: str = "main"
    superseded_by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DeadLetter(Event):
    """The relay lists this id among its dead letters."""

    id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultBegan(Event):
    """Something was broken on purpose."""

    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultEnded(Event):
    """It is whole again, as far as the one who broke it is concerned. No `screens` means: all of the run."""

    kind: str
    screens: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class BackAgain(Event):
    """A screen works again, by itself: it painted something that was asked for after the fault."""

    screen: str

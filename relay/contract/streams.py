"""What travels where there is no WebSocket: events that are asked for, and answers that are posted."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from relay.contract.names import Label, PageNumber, WireTriggerId, WireWindowId
from relay.contract.reports import DeliveryState, DisplayName, ProblemCode, ScreenPicture, Timings

Gen = Annotated[int, Meta(ge=0, description="As `hello` said it on the line over which the command came.")]
# A page that keeps to its pace has three wishes unanswered; the rest is for one that comes out of a tunnel.
MOST_SAID = 32
Cursor = Annotated[str, Meta(min_length=1, max_length=64)]


class LineClosed(Struct, frozen=True, kw_only=True, rename="camel"):
    """`line:closed`: the last event of a line that is no WebSocket; `code` is what its close frame would say."""

    code: int
    reason: str


class PolledEvent(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One event of `GET /api/events/poll`; `id` is what a new line may begin behind (`lastEventId`)."""

    event: str
    data: dict[str, Any]
    id: str | None = None


class PolledEvents(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a line had to say. The next request brings the `cursor`, which confirms these events; until then they stay.

    A request with the cursor before is answered with the same events again.
    """

    cursor: Cursor
    events: tuple[PolledEvent, ...]


class Saying(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """One event that a client says; `data` is what a socket would send with it."""

    event: Annotated[str, Meta(min_length=1, max_length=64)]
    data: dict[str, Any] = {}


class Sayings(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """What a client says on a line without WebSocket, in its order; `line` is as that line's `hello` named it."""

    line: Cursor
    events: Annotated[tuple[Saying, ...], Meta(min_length=1, max_length=MOST_SAID)]


class Answered(Struct, frozen=True, kw_only=True, rename="camel"):
    """The acknowledgement of each event, in the same order: what a socket would have been answered."""

    answers: tuple[dict[str, Any], ...]


class PostedOutcome(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What a screen without WebSocket says of a delivery: that it has it, or will not take it, or how it ended.

    `received` and `refused` are the acknowledgement of a command; they count for the line whose `gen` they bring, and
    for no other, so they must bring it. `status?` is answered by what is true: `received`, `shown`, `failed`, or
    `unknown` for a delivery that the screen never heard of. The other fields are those of `outcome`.
    """

    id: WireTriggerId
    state: Literal["received", "refused", "unknown", "shown", "failed"]
    gen: Gen | None = None
    code: ProblemCode | None = None
    error: Annotated[str, Meta(max_length=1000)] | None = None
    display: DisplayName | None = None
    page: PageNumber | None = None
    revision: Label | None = None
    timings: Timings | None = None
    covers: Annotated[tuple[WireWindowId, ...], Meta(max_length=64)] = ()
    screenshot: ScreenPicture | None = None


class OutcomeReceipt(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How the delivery stands now. `counted` is false for what was known before, or is over: nothing was changed.

    Without `state`, the question was about no delivery, but whether anybody is there.
    """

    id: WireTriggerId
    counted: bool
    state: DeliveryState | None = None

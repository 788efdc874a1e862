"""What a screen tells the relay, and what the relay tells the one who triggered."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import (
    DisplayIndex,
    Epoch,
    Label,
    Millis,
    PageNumber,
    Place,
    WireDisplayId,
    WireDocumentId,
    WireOrderId,
    WireSha256,
    WireTriggerId,
    WireWindowId,
)

ProblemCode = Annotated[str, Meta(pattern=r"^[A-Z][A-Z_]{2,39}$(?!\n)")]
DeliveryState = Literal[
    "waiting", "sent", "received", "shown", "failed", "superseded", "expired", "dead", "cancelled"
]
OPEN_STATES: tuple[DeliveryState, ...] = ("waiting", "sent", "received")
END_STATES: tuple[DeliveryState, ...] = ("shown", "failed", "superseded", "expired", "dead", "cancelled")


class Received(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The acknowledgement of a command: the screen has it on disk, or says why it will not take it."""

    received: bool
    id: WireTriggerId
    error: Annotated[str, Meta(max_length=1000)] | None = None
    code: ProblemCode | None = None


class DisplayName(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The monitor that something was shown on, as a person and a program would name it."""

    display_id: WireDisplayId
    index: DisplayIndex
    name: Label = ""


class Timings(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Milliseconds on the screen's own clock since the command arrived there."""

    received_ms: Annotated[float, Meta(ge=0)] | None = None
    loaded_ms: Annotated[float, Meta(ge=0)] | None = None
    shown_ms: Annotated[float, Meta(ge=0)] | None = None


class ScreenPicture(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A picture of a screen that the relay holds for a while under `url`; sizes in pixels and bytes."""

    url: Annotated[str, Meta(min_length=1, max_length=200)]
    media_type: Literal["image/png", "image/jpeg"]
    width: Annotated[int, Meta(ge=1, le=100_000)]
    height: Annotated[int, Meta(ge=1, le=100_000)]
    size: Annotated[int, Meta(ge=1)]
    taken_at: Millis


class Outcome(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """How a command ended at the screen. `shown` means that a frame of the new content was painted there.

    `shown` with a `code`: it cannot be had now for that reason, and its last good picture was painted, marked as such.

    `covers` names the windows that this one hides now, because it lies over their place on the same monitor.
    """

    id: WireTriggerId
    state: Literal["shown", "failed"]
    code: ProblemCode | None = None
    error: Annotated[str, Meta(max_length=1000)] | None = None
    display: DisplayName | None = None
    page: PageNumber | None = None
    revision: Label | None = None
    timings: Timings | None = None
    covers: Annotated[tuple[WireWindowId, ...], Meta(max_length=64)] = ()
    screenshot: ScreenPicture | None = None


class DisplayInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=False):
    """A monitor of the workstation: its size in native pixels and its scale (1.0 = 96 dpi)."""

    display_id: WireDisplayId
    index: DisplayIndex
    name: Label
    width: Annotated[int, Meta(ge=0, le=100_000)]
    height: Annotated[int, Meta(ge=0, le=100_000)]
    scale: Annotated[float, Meta(gt=0, le=16)]
    primary: bool


class WindowInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A window of the workstation and what it holds.

    `as_of` is set while a web page is not there, and its last good picture, taken then, stands in for it.
    `visible` is false while its monitor is away, while it is blank, and while other windows (`covered_by`) lie over it.
    `wished_display_id` is the monitor that it belongs on, `display_id` the one that it is on: another one by the
    bench's fallback rule, none while it waits for its own.
    """

    window_id: WireWindowId
    display_id: WireDisplayId | None = None
    wished_display_id: WireDisplayId | None = None
    visible: bool = True
    trigger_id: WireTriggerId | None = None
    order_id: WireOrderId | None = None
    document_id: WireDocumentId | None = None
    sha256: WireSha256 | None = None
    url: Annotated[str, Meta(max_length=2000)] | None = None
    page: PageNumber | None = None
    pages: Annotated[int, Meta(ge=0)] | None = None
    revision: Label | None = None
    place: Place = "full"
    blank: bool = False
    covered_by: Annotated[tuple[WireWindowId, ...], Meta(max_length=64)] = ()
    as_of: Millis | None = None


class Presence(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What is true at the workstation now. Sent after connecting, which starts catch-up, and on every change."""

    app_version: Label
    protocol: Annotated[int, Meta(ge=1)]
    applied_seq: Annotated[int, Meta(ge=0)] = 0
    epoch: Epoch | None = None
    displays: Annotated[tuple[DisplayInfo, ...], Meta(max_length=64)] = ()
    windows: Annotated[tuple[WindowInfo, ...], Meta(max_length=64)] = ()
    capabilities: Annotated[tuple[Label, ...], Meta(max_length=64)] = ()


PROTOCOL = 1
CAPABILITY_OUTCOME = "outcome"
CAPABILITY_UNDO = "undo"


class Stage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One line of a delivery's history."""

    state: DeliveryState
    at: Millis
    detail: str | None = None


class DeliveryReport(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A delivery as the one who triggered it sees it; `timings` adds the relay's own milliseconds since accept.

    `retry_of` names the dead letter that it repeats, `retried_as` the delivery that repeats it. `verb` is what it tells
    the screen to do, `sender` who asked for it, such as `user:kim` or `api:erp`.
    """

    id: WireTriggerId
    seq: int
    state: DeliveryState
    screen_id: str
    status_url: str
    order_id: str | None = None
    code: ProblemCode | None = None
    detail: str | None = None
    action: str | None = None
    superseded_by: str | None = None
    display: DisplayName | None = None
    page: PageNumber | None = None
    covers: tuple[str, ...] | None = None
    screenshot: ScreenPicture | None = None
    revision: str | None = None
    document: str | None = None
    timings: dict[str, float] | None = None
    created_at: Millis | None = None
    expires_at: Millis | None = None
    attempts: int | None = None
    history: tuple[Stage, ...] | None = None
    retry_of: str | None = None
    retried_as: str | None = None
    verb: str | None = None
    sender: str | None = None


class DeliveryPage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A page of deliveries, newest first; `next` is the cursor of the following one, absent on the last."""

    deliveries: tuple[DeliveryReport, ...]
    next: str | None = None


class TriggerResponse(Struct, frozen=True, kw_only=True, rename="camel"):
    """`trigger:response`: the socket's twin of the answer to `POST /api/trigger`."""

    id: WireTriggerId
    success: bool
    data: DeliveryReport


class TriggerError(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`trigger:error`: why a trigger that came over the socket was refused."""

    id: str | None
    error: str
    code: ProblemCode
    action: str | None = None
    server_time: Millis | None = None
    retry_after_ms: Millis | None = None


class Pong(Struct, frozen=True, kw_only=True, rename="camel"):
    """The acknowledgement of `ping`."""

    timestamp: Millis

"""What a client asks of the relay (`Trigger`), and what the relay tells a screen to do."""

from typing import Annotated, Literal

import msgspec
from msgspec import Meta, Struct

from relay.contract.names import (
    MAIN_WINDOW,
    DisplayIndex,
    DocumentKind,
    Epoch,
    Fit,
    Label,
    Millis,
    NoticeLevel,
    NoticeSeconds,
    PageNumber,
    Place,
    WireDisplayId,
    WireDocumentId,
    WireOrderId,
    WireScreenId,
    WireSha256,
    WireTriggerId,
    WireUrl,
    WireWindowId,
    Zoom,
)

Rotation = Literal[0, 90, 180, 270]
Turn = Literal[90, 180, 270]
PageStep = Literal["next", "previous", "first", "last"]
ZoomStep = Literal["in", "out"]
Fraction = Annotated[float, Meta(ge=-100, le=100, description="Of the visible room; 1.0 is all of it.")]


class Scroll(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Move the page under the window: `dy` 0.9 shows what lies just below, `dx` -0.5 half a window to the left.

    Scrolling ends at the page's edge.
    """

    dx: Fraction = 0.0
    dy: Fraction = 0.0


class Trigger(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """Put something on a screen: exactly one of `order_id`, `document_id`, `url` and `command` is given.

    Unknown fields are refused, because a misspelt `displayIndex` would show the document on the wrong monitor.
    """

    id: WireTriggerId
    screen_id: WireScreenId
    timestamp: Millis
    order_id: WireOrderId | None = None
    document_number: Annotated[int, Meta(ge=1, le=999)] | None = None
    document_id: WireDocumentId | None = None
    url: WireUrl | None = None
    certificate_sha256: WireSha256 | None = None
    command: Literal["close", "undo", "view", "move", "identify", "blank", "notify", "screenshot"] | None = (
        None
    )
    display_index: DisplayIndex | None = None
    display_id: WireDisplayId | None = None
    window_id: WireWindowId = MAIN_WINDOW
    page: PageNumber | None = None
    fit: Fit | None = None
    zoom: Zoom | None = None
    rotate: Rotation | None = None
    reload: bool = False
    step: PageStep | None = None
    zoom_step: ZoomStep | None = None
    rotate_by: Turn | None = None
    scroll: Scroll | None = None
    place: Place | None = None
    on: bool | None = None
    message: Annotated[str, Meta(min_length=1, max_length=500)] | None = None
    level: NoticeLevel | None = None
    sound: bool | None = None
    seconds: NoticeSeconds | None = None
    whole_monitor: bool = False
    expires_in_ms: Annotated[int, Meta(ge=1_000, le=30 * 24 * 3_600_000)] | None = None


class DocumentRef(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One revision of one document. `url` is a path on the relay for files, the address itself for web pages.

    `certificate_sha256` is the one certificate (SHA-256 of its DER form) that a web page's own host may show although
    nobody vouches for it; it holds for this document alone.
    """

    id: WireDocumentId
    kind: DocumentKind
    url: Annotated[str, Meta(min_length=1, max_length=2000)]
    sha256: WireSha256 | None = None
    media_type: Label | None = None
    pages: Annotated[int, Meta(ge=0)] | None = None
    revision: Label | None = None
    title: Label | None = None
    certificate_sha256: WireSha256 | None = None


class Command(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """What every message to a screen carries. `seq` counts the screen's mailbox without gaps, from 1."""

    id: WireTriggerId
    seq: Annotated[int, Meta(ge=1)]
    screen_id: WireScreenId
    timestamp: Millis
    expires_at: Millis
    window_id: WireWindowId = MAIN_WINDOW


class Navigate(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Show `document`, or the page at `url`, in the window, on the wished monitor. `display_id` wins over the index.

    `place` is the part of the monitor that the window takes; absent: the one that it has, at first the whole.
    """

    order_id: WireOrderId | None = None
    document: DocumentRef | None = None
    url: WireUrl | None = None
    certificate_sha256: WireSha256 | None = None  # as a document's, for the page at `url`
    display_index: DisplayIndex | None = None
    display_id: WireDisplayId | None = None
    page: PageNumber | None = None
    fit: Fit | None = None
    zoom: Zoom | None = None
    place: Place | None = None
    # The order's own source could not be asked: this is what it said at that time.
    as_of: Millis | None = None
    hosts: tuple[str, ...] = ()  # `host` or `host:port` that a web page may load from, beside its own


class Close(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Close the window."""


class Undo(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Show what the window held before, also after it was closed; what is still loading is given up instead.

    For screens that say `undo` among their presence's capabilities, and while they are connected.
    """


class View(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Turn what the window shows, or load it again. Fields that are absent stay.

    `page` or a `step` from the present one; `zoom` and `fit`, or a `zoom_step`; `rotate` to, or `rotate_by`, clockwise.
    A step beyond the first or last page stays there. `scroll` comes last.
    """

    page: PageNumber | None = None
    fit: Fit | None = None
    zoom: Zoom | None = None
    rotate: Rotation | None = None
    reload: bool = False
    step: PageStep | None = None
    zoom_step: ZoomStep | None = None
    rotate_by: Turn | None = None
    scroll: Scroll | None = None


class Move(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Move the window to another monitor, or to another place on its own one when no monitor is named."""

    display_index: DisplayIndex | None = None
    display_id: WireDisplayId | None = None
    place: Place | None = None


class Identify(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Show every monitor's number and name on it, large."""


class Blank(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Make the window black without forgetting its content, or, with `on` false, show the content again."""

    on: bool = True


class Notify(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Show a message over what can be seen: on the wished monitor, else on the window's, else on the bench's own.

    Absent `sound`: warnings and alarms are heard. Absent `seconds`: the more serious, the longer it stays.
    """

    message: Annotated[str, Meta(min_length=1, max_length=500)]
    level: NoticeLevel = "info"
    sound: bool | None = None
    seconds: NoticeSeconds | None = None
    display_index: DisplayIndex | None = None
    display_id: WireDisplayId | None = None


class Screenshot(Command, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Send a picture of the window, or of the whole monitor that it is on: `PUT /api/trigger/{id}/screenshot`.

    The bench's own privacy switch decides what of it is granted (SCREENSHOT_NOT_ALLOWED).
    """

    whole_monitor: bool = False


AnyCommand = Navigate | Close | Undo | View | Move | Identify | Blank | Notify | Screenshot

COMMANDS: dict[str, type[AnyCommand]] = {
    "navigate": Navigate,
    "close": Close,
    "undo": Undo,
    "view": View,
    "move": Move,
    "identify": Identify,
    "blank": Blank,
    "notify": Notify,
    "screenshot": Screenshot,
}


def verb_of(command: AnyCommand) -> str:
    """Name the event that carries this command."""
    return type(command).__name__.lower()


class Hello(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """The relay's first word after connecting. Another `epoch` than before means: forget your counters.

    `line` names a line without WebSocket, for what its client has to say (`POST /api/events/say`).
    """

    epoch: Epoch
    gen: int
    server_time: Millis
    head: int
    heartbeat_ms: Millis
    line: str | None = None


class StatusQuestion(Struct, frozen=True, kw_only=True, rename="camel"):
    """`status?`: what became of this delivery? Asked instead of sending it again once it was received."""

    id: WireTriggerId


class TokenRenewal(Struct, frozen=True, kw_only=True, rename="camel"):
    """`auth:renew`: keep this live connection, with a fresh access token."""

    token: Annotated[str, Meta(min_length=1, max_length=4096)]


def subject_count(trigger: Trigger) -> int:
    """Count how many of the four subjects of a trigger are given; a valid one has exactly one."""
    subjects = (trigger.order_id, trigger.document_id, trigger.url, trigger.command)
    return sum(subject is not None for subject in subjects)


def payload_of(command: AnyCommand) -> dict[str, object]:
    """Turn a command into the JSON object that travels, without the fields that say nothing."""
    return msgspec.to_builtins(command)

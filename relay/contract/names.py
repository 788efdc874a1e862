"""The names of things, and which spellings of them are allowed on the wire."""

from typing import Annotated, Literal, NewType

from msgspec import Meta

# `(?!\n)` because Python's `$` would let a trailing line feed through.
ScreenId = NewType("ScreenId", str)
OrderId = NewType("OrderId", str)
DocumentId = NewType("DocumentId", str)
TriggerId = NewType("TriggerId", str)
WindowId = NewType("WindowId", str)
DisplayId = NewType("DisplayId", str)
Sha256 = NewType("Sha256", str)
Epoch = NewType("Epoch", str)

SCREEN_ID_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$(?!\n)"
ORDER_ID_PATTERN = r"^[^\s\x00-\x1f\x7f]([^\x00-\x1f\x7f]{0,98}[^\s\x00-\x1f\x7f])?$(?!\n)"
TRIGGER_ID_PATTERN = (
    r"^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[47][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$(?!\n)"
)
SHA256_PATTERN = r"^[0-9a-f]{64}$(?!\n)"

WireScreenId = Annotated[
    ScreenId, Meta(pattern=SCREEN_ID_PATTERN, description="A screen: a bench's workstation.")
]
WireOrderId = Annotated[
    OrderId, Meta(pattern=ORDER_ID_PATTERN, description="The text of the order's barcode.")
]
WireDocumentId = Annotated[DocumentId, Meta(min_length=1, max_length=64)]
WireTriggerId = Annotated[
    TriggerId, Meta(pattern=TRIGGER_ID_PATTERN, description="UUID v4 or v7, made by the sender.")
]
WireWindowId = Annotated[WindowId, Meta(pattern=SCREEN_ID_PATTERN)]
WireDisplayId = Annotated[DisplayId, Meta(min_length=1, max_length=200)]
WireSha256 = Annotated[Sha256, Meta(pattern=SHA256_PATTERN)]
WireUrl = Annotated[
    str, Meta(min_length=8, max_length=2000, pattern=r"^[hH][tT][tT][pP][sS]?://[^\s]+$(?!\n)")
]
Millis = Annotated[int, Meta(ge=0, le=2**53 - 1, description="UTC milliseconds since 1970, or a duration.")]
DisplayIndex = Annotated[int, Meta(ge=0, le=63, description="Counts from 0, the primary monitor.")]
PageNumber = Annotated[int, Meta(ge=1, le=1_000_000, description="Counts from 1.")]
Zoom = Annotated[float, Meta(ge=0.1, le=8.0, description="1.0 is the document's own size at 96 dpi.")]
NoticeSeconds = Annotated[int, Meta(ge=1, le=3600, description="How long a notice stays.")]
Label = Annotated[str, Meta(max_length=200)]

DocumentKind = Literal["pdf", "image", "web"]
Fit = Literal["page", "width"]
Place = Literal["full", "left", "right", "top", "bottom"]  # the part of a monitor that a window takes
NoticeLevel = Literal["info", "good", "warning", "alarm"]
Verb = Literal["navigate", "close", "undo", "view", "move", "identify", "blank", "notify", "screenshot"]
VERBS: tuple[Verb, ...] = (
    "navigate",
    "close",
    "undo",
    "view",
    "move",
    "identify",
    "blank",
    "notify",
    "screenshot",
)

MAIN_WINDOW = WindowId("main")

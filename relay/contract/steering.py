"""Steering: how a phone takes part of a page nearer and points at it, and what the screen says is seen.

What the numbers mean, for every screen and every client:

- The *page* is one page of a document as it is turned now: `rotate` has been applied, x runs to the right and y
  downwards as on the monitor, and the page's own edges are 0 and 1. The *room* is the part of the window that
  documents are drawn in: without captions, bands and bars.
- `Viewport.x`, `Viewport.y` name the point of the page that lies in the middle of the room. `zoom` is measured against
  the whole page in the room: at 1.0 the page is as large as it can be with all of it visible (`fit: page`), at 2.0
  twice as wide and high as that. With `pageAspect` a and `roomAspect` r (width by height) there is visible a share of
  min(1, max(1, r/a) / zoom) of the page's width, and of min(1, max(1, a/r) / zoom) of its height.
- A screen keeps what is asked within its ends instead of refusing it: `zoom` within 1 and `MOST_ZOOM`, and the point so
  that no ground is seen beyond an edge while page is hidden at the other. Along an axis on which all of the page is
  visible it lies in the middle, and the point is 0.5 there. What a screen tells as `viewport` is what is seen then, not
  what was asked; a command (`view` with a `zoom`) may have led it beyond these ends.
- `Pointer.x`, `Pointer.y` are a point of the page, too, so that it lies on the same detail whatever part the client
  shows. On a web page, which has no page that the relay knows, they are fractions of the room.
- `sheet` names what is seen, for as long as the numbers have the same meaning: this content, this page, this way up. It
  is the screen's own word and means nothing to others. A wish that names another sheet is late, and nothing is done.

How a wish is performed: at once, in the next frame, in the window that holds something; nothing is loaded, placed,
raised or focused, and nothing is written down. A wish that cannot be performed is not answered. The newest wish holds,
whoever it is from. A pointer that was not heard of for `POINTER_MS` fades away by itself, so whoever points says so at
least twice in that time. `by` and `hand` name who steers, and are gone `STEERING_MS` after the last wish.
"""

from typing import Annotated, Literal

from msgspec import UNSET, Meta, Struct, UnsetType

from relay.contract.commands import Rotation
from relay.contract.names import (
    MAIN_WINDOW,
    DocumentKind,
    Label,
    Millis,
    PageNumber,
    WireDocumentId,
    WireOrderId,
    WireScreenId,
    WireSha256,
    WireWindowId,
)

CAPABILITY_STEER = "steer"
MOST_ZOOM = 16.0
POINTER_MS = 1500
STEERING_MS = 2000
# A client says no more than this many wishes a second; a screen tells of a window no more often than this.
MOST_WISHES = 30
MOST_TOLD = 10

Share = Annotated[
    float, Meta(ge=0, le=1, description="Of the page as it is turned; 0 is its left or top edge.")
]
Magnification = Annotated[
    float, Meta(ge=0.001, le=1000, description="1.0 fits the whole page into the room.")
]
Aspect = Annotated[float, Meta(gt=0, le=100_000, description="Width by height.")]
Hand = Annotated[
    str, Meta(min_length=1, max_length=40, description="What a client calls itself, to know its own doing.")
]
SheetName = Annotated[str, Meta(min_length=1, max_length=200)]
Steerable = Literal["viewport", "pointer"]


class Viewport(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Which part of a page is seen: its middle, and how large the page is against the room."""

    x: Share
    y: Share
    zoom: Magnification


class Pointer(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Where a finger points."""

    x: Share
    y: Share


class Steer(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`steer`: look at this part of the page, point there. What is absent stays; a `pointer` of null takes it away.

    `by` (as `user:kim`) and `at` are the relay's word; what a client says there is not believed. Of several wishes that
    come faster than the relay passes them on, the screen gets one with the newest of each part.
    """

    screen_id: WireScreenId
    window_id: WireWindowId = MAIN_WINDOW
    hand: Hand | None = None
    sheet: SheetName | None = None
    viewport: Viewport | None = None
    pointer: Pointer | UnsetType | None = UNSET
    by: Label | None = None
    at: Millis | None = None


class ViewportState(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`viewport`: what a window of a screen shows now, and which part of it. Of two, the higher `version` holds.

    A screen tells one for every window with content when its line is up, and one at every change, whatever caused it:
    a wish, a command, a control barcode, other content. Without `kind` the window holds nothing any more. `screen_id`
    and `version` are the relay's word. Whoever watches one screen (`watch` with its name) is told at once how its
    windows are; whoever watches all of them is not told. A screen without WebSocket posts it to `/api/steering`.

    `can` says what of this content can be steered; a web page only takes a pointer. `viewport` is absent where it
    cannot. `by` and `hand` name who steers now.
    """

    screen_id: WireScreenId | None = None
    window_id: WireWindowId = MAIN_WINDOW
    version: Annotated[int, Meta(ge=0)] = 0
    kind: DocumentKind | None = None
    sheet: SheetName | None = None
    page: PageNumber | None = None
    pages: Annotated[int, Meta(ge=0)] | None = None
    rotate: Rotation = 0
    page_aspect: Aspect | None = None
    room_aspect: Aspect | None = None
    viewport: Viewport | None = None
    pointer: Pointer | None = None
    can: Annotated[tuple[Steerable, ...], Meta(max_length=8)] = ()
    by: Label | None = None
    hand: Hand | None = None
    order_id: WireOrderId | None = None
    document_id: WireDocumentId | None = None
    sha256: WireSha256 | None = None
    title: Annotated[str, Meta(max_length=2000)] | None = None
    revision: Label | None = None
    blank: bool = False

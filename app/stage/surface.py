"""The promise that a document window makes: turn to new content, and answer only when it is painted where
it was wished.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from app.stage.camera import Snapshot
from app.stage.displays import CannotShow, Display
from app.stage.notices import Notice
from relay.contract.commands import PageStep, Rotation, Scroll, Turn, ZoomStep
from relay.contract.names import DocumentId, DocumentKind, Fit, OrderId, Sha256, TriggerId, WindowId

__all__ = ["CannotShow", "Content", "Painted", "Stale", "Surface", "ViewWish", "Windows"]


@dataclass(frozen=True, kw_only=True)
class Content:
    """What a window shows: a file that is already on this machine (`path`), or a web page (`url`)."""

    trigger_id: TriggerId
    kind: DocumentKind
    path: Path | None = None
    url: str | None = None
    media_type: str | None = None
    title: str | None = None
    order_id: OrderId | None = None
    document_id: DocumentId | None = None
    sha256: Sha256 | None = None
    revision: str | None = None
    pages: int | None = None
    hosts: tuple[str, ...] = ()  # `host` or `host:port` that a web page may load from, beside its own
    certificate_sha256: Sha256 | None = None  # the one certificate that its own host may show unvouched for
    cached: bool = False  # came from this machine's library without asking the relay
    as_of_ms: int | None = None  # the relay's time when it last said that this is the newest revision
    island: bool = False  # shown without the relay


@dataclass(frozen=True, kw_only=True)
class ViewWish:
    """How to look at the content. What is None stays as it is; new content begins at page 1, fit to the
    page.
    """

    page: int | None = None
    fit: Fit | None = None
    zoom: float | None = None
    rotate: Rotation | None = None
    reload: bool = False
    step: PageStep | None = None  # from the page that is shown; stays at the first and the last one
    zoom_step: ZoomStep | None = None
    rotate_by: Turn | None = None
    scroll: Scroll | None = None  # in fractions of the visible room, after everything else; stays at the edge


@dataclass(frozen=True, kw_only=True)
class Stale:
    """A web page is not there, for this reason: what is seen is its last picture, taken at `as_of_ms` (UTC of this
    machine), or none.
    """

    reason: CannotShow
    as_of_ms: int | None = None


@dataclass(frozen=True, kw_only=True)
class Painted:
    """A frame of the content was painted on the monitor. Milliseconds count since the call."""

    page: int | None = None
    pages: int | None = None
    loaded_ms: float = 0.0
    shown_ms: float = 0.0
    stale: Stale | None = None  # not the page itself was painted, but its last picture


class Surface(Protocol):
    """One document window. Every method that fails raises CannotShow, and the old content stays visible."""

    async def turn_to(self, content: Content, view: ViewWish, display: Display) -> Painted:
        """Show `content` on `display`; returns after its first frame was painted there.

        Cancellable. A newer call on the same window ends an older one with CannotShow(SUPERSEDED).
        """
        ...

    async def view(self, wish: ViewWish) -> Painted:
        """Look at the present content differently; returns after that was painted."""
        ...

    async def move(self, display: Display) -> Painted:
        """Take the present content to another monitor; returns after it was painted there."""
        ...

    async def blank(self, on: bool) -> Painted:
        """Make the window black and keep its content, or show the content again; returns after that was painted.

        Turning, viewing and moving end the black as well.
        """
        ...

    def close(self) -> None:
        """Take the window away and forget its content; a load that is under way ends."""
        ...


class Windows(Protocol):
    """All document windows and monitors of the workstation."""

    def displays(self) -> tuple[Display, ...]:
        """List the monitors that are connected now, in the order of their index."""
        ...

    def absent(self) -> tuple[Display, ...]:
        """List the monitors that were met before and are not connected now, the latest first."""
        ...

    def seat(self, wished: Display) -> Display | None:
        """Tell on which connected monitor a window is that belongs on `wished`: there, or where the bench's rule for
        missing monitors puts it; None while it waits.
        """
        ...

    def surface(self, window_id: WindowId) -> Surface:
        """Return the window of that name; it opens when it is first asked to show something."""
        ...

    def release(self, window_id: WindowId) -> None:
        """Let go of a window that was closed: its name may never be used again."""
        ...

    async def identify(self) -> None:
        """Show every monitor's number and name on it for a few seconds; returns after they were painted."""
        ...

    async def notify(self, notice: Notice, display: Display, life_seconds: float) -> None:
        """Show a message over what is on this monitor; returns after it was painted there.

        Raises CannotShow: EXPIRED if there was no room for it within `life_seconds`.
        """
        ...

    async def photograph(self, display: Display, window_id: WindowId | None) -> Snapshot:
        """Take a picture of a window, or, without one, of all that is on the monitor. Raises CannotShow."""
        ...

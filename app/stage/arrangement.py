"""What stands where at this bench, over restarts: every window's content and monitor, and the monitors that were met.

How it works: the file is written whole, beside the old one, synced, and put in its place; so a power cut leaves the
old or the new one. One that cannot be read is set aside as evidence, and the bench begins without a memory: the relay
brings the newest content anyway.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Annotated

import structlog
from msgspec import Meta, Struct

from app.stage.acquaintances import Acquaintance
from app.stage.surface import Content, ViewWish
from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.commands import Rotation
from relay.contract.names import (
    DocumentKind,
    Fit,
    Label,
    Millis,
    PageNumber,
    Place,
    Sha256,
    WireDisplayId,
    WireDocumentId,
    WireOrderId,
    WireSha256,
    WireTriggerId,
    WireWindowId,
    Zoom,
)
from relay.contract.reports import WindowInfo

log = structlog.get_logger()

FILE = "arrangement.json"
SET_ASIDE_MOST = 3


class KeptWindow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A window: what it showed, how, and on which monitor it belongs. `as_of_ms` is the relay's time when it was the
    newest.
    """

    window_id: WireWindowId
    display_id: WireDisplayId
    trigger_id: WireTriggerId
    kind: DocumentKind
    place: Place = "full"
    url: Annotated[str, Meta(max_length=2000)] | None = None
    media_type: Label | None = None
    title: Annotated[str, Meta(max_length=1000)] | None = None
    order_id: WireOrderId | None = None
    document_id: WireDocumentId | None = None
    sha256: WireSha256 | None = None
    revision: Label | None = None
    pages: Annotated[int, Meta(ge=0)] | None = None
    hosts: tuple[str, ...] = ()
    certificate_sha256: WireSha256 | None = None
    page: PageNumber | None = None
    fit: Fit | None = None
    zoom: Zoom | None = None
    rotate: Rotation = 0
    blank: bool = False
    cached: bool = False
    island: bool = False
    as_of_ms: Millis | None = None

    def content(self, path: Path | None) -> Content:
        """Describe the content again; `path` is its file on this machine, None for a web page."""
        return Content(
            trigger_id=self.trigger_id,
            kind=self.kind,
            path=path,
            url=self.url,
            media_type=self.media_type,
            title=self.title,
            order_id=self.order_id,
            document_id=self.document_id,
            sha256=self.sha256,
            revision=self.revision,
            pages=self.pages,
            hosts=self.hosts,
            certificate_sha256=None if self.certificate_sha256 is None else Sha256(self.certificate_sha256),
            cached=self.cached,
            island=self.island,
            as_of_ms=self.as_of_ms,
        )

    def view(self) -> ViewWish:
        """Say how it was looked at."""
        if self.kind == "web":
            return ViewWish(zoom=self.zoom)
        return ViewWish(page=self.page, fit=self.fit, zoom=self.zoom, rotate=self.rotate or None)

    def waiting(self) -> WindowInfo:
        """Describe the window while it waits for its monitor: nobody sees it."""
        return WindowInfo(
            window_id=self.window_id,
            wished_display_id=self.display_id,
            visible=False,
            trigger_id=self.trigger_id,
            order_id=self.order_id,
            document_id=self.document_id,
            sha256=self.sha256,
            url=self.url,
            page=self.page,
            pages=self.pages,
            revision=self.revision,
            place=self.place,
            blank=self.blank,
        )


class Arrangement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All that is remembered; windows from the bottom to the top."""

    windows: tuple[KeptWindow, ...] = ()
    monitors: tuple[Acquaintance, ...] = ()
    version: Annotated[int, Meta(ge=1, le=1)] = 1


def keep(info: WindowInfo, content: Content, look: ViewWish, as_of_ms: int | None) -> KeptWindow | None:
    """Describe a window to be remembered; None if there is nothing to bring it back from."""
    display_id = info.wished_display_id or info.display_id
    if display_id is None or (content.url is None and content.sha256 is None):
        return None
    return KeptWindow(
        window_id=info.window_id,
        display_id=display_id,
        trigger_id=content.trigger_id,
        kind=content.kind,
        place=info.place,
        url=content.url,
        media_type=content.media_type,
        title=content.title,
        order_id=content.order_id,
        document_id=content.document_id,
        sha256=content.sha256,
        revision=content.revision,
        pages=content.pages,
        hosts=content.hosts,
        certificate_sha256=content.certificate_sha256,
        page=info.page,
        fit=look.fit,
        zoom=look.zoom,
        rotate=look.rotate or 0,
        blank=info.blank,
        cached=content.cached,
        island=content.island,
        as_of_ms=as_of_ms,
    )


def read_arrangement(folder: Path, *, now_ms: int) -> Arrangement:
    """Read what was kept in `folder`; a file that cannot be understood is set aside. Never raises."""
    file = folder / FILE
    try:
        return decode_json(file.read_bytes(), Arrangement)
    except FileNotFoundError:
        return Arrangement()
    except OSError as error:
        log.warning("What stood where could not be read", reason=str(error))
        return Arrangement()
    except Malformed as error:
        aside = file.with_name(f"{file.stem}.damaged-{now_ms}.json")
        with suppress(OSError):
            file.replace(aside)
            for older in sorted(folder.glob(f"{file.stem}.damaged-*.json"))[:-SET_ASIDE_MOST]:
                older.unlink()
        log.warning("What stood where is damaged and begun anew", kept_as=str(aside), reason=str(error))
        return Arrangement()


def write_arrangement(folder: Path, arrangement: Arrangement) -> None:
    """Keep it so that a power cut leaves this or what was kept before. Raises OSError."""
    draft = folder / f"{FILE}.draft"
    with draft.open("wb") as stream:
        stream.write(to_json(arrangement))
        stream.flush()
        os.fsync(stream.fileno())
    draft.replace(folder / FILE)
    if hasattr(os, "O_DIRECTORY"):
        directory = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)

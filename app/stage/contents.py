"""From a command of the relay to what a window shows, and how it is looked at."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from app.stage.displays import CannotShow
from app.stage.surface import Content, ViewWish
from relay.contract.commands import DocumentRef, Navigate, View
from relay.contract.names import Sha256
from relay.contract.problems import Code


async def content_of(command: Navigate, fetch: Callable[[DocumentRef], Awaitable[Path]]) -> Content:
    """Bring what a navigate wants to be shown to this machine. Raises CannotShow and what `fetch` raises."""
    document = command.document
    if document is None:
        if command.url is None:
            raise CannotShow(Code.VALIDATION_ERROR, field="document", reason="reason.missing")
        return Content(
            trigger_id=command.id,
            kind="web",
            url=command.url,
            order_id=command.order_id,
            hosts=command.hosts,
            certificate_sha256=_pin(command.certificate_sha256),
        )
    content = Content(
        trigger_id=command.id,
        kind=document.kind,
        media_type=document.media_type,
        title=document.title,
        order_id=command.order_id,
        document_id=document.id,
        sha256=document.sha256,
        revision=document.revision,
        pages=document.pages,
        hosts=command.hosts,
        # Shown as what is kept, with its age: where the order comes from could not be asked whether it still holds.
        cached=command.as_of is not None,
        as_of_ms=command.as_of,
    )
    if document.kind == "web":
        return replace(content, url=document.url, certificate_sha256=_pin(document.certificate_sha256))
    return replace(content, path=await fetch(document))


def wish_of(command: View) -> ViewWish:
    """Say how a view wants the content to be looked at."""
    return ViewWish(
        page=command.page,
        fit=command.fit,
        zoom=command.zoom,
        rotate=command.rotate,
        reload=command.reload,
        step=command.step,
        zoom_step=command.zoom_step,
        rotate_by=command.rotate_by,
        scroll=command.scroll,
    )


def _pin(certificate_sha256: str | None) -> Sha256 | None:
    return None if certificate_sha256 is None else Sha256(certificate_sha256)

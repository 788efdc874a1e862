"""`GET /api/documents/{sha256}`: a file as it came, or a small picture of one page, in a form that can do no harm."""

from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

from aiohttp import ETag, web

from relay.contract.problems import Code
from relay.documents.documents import Documents, StoredFile
from relay.documents.previews import WIDTHS, Previews
from relay.errors import Refusal, invalid
from relay.web.access import caller_of

CACHE = "private, max-age=31536000, immutable"
# Whatever a file holds, a browser runs none of it and loads nothing for it.
POLICY = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"
SUFFIXES = {"application/pdf": ".pdf", "image/png": ".png", "image/jpeg": ".jpg", "image/svg+xml": ".svg"}
ORDERS_SCOPE = "orders"


class DocumentRoutes:
    """The HTTP face of the files."""

    def __init__(self, documents: Documents, is_shown: Callable[[str, str], bool]) -> None:
        """Give out these files and the pictures of their pages.

        `is_shown` tells whether a screen shows a file now, by the screen's id and the file's SHA-256.
        """
        self._documents = documents
        self._is_shown = is_shown
        self._previews = Previews(documents, documents.folder.parent / "previews")

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get(r"/api/documents/{sha256:[0-9a-f]{64}}", self.file),
            web.get(r"/api/documents/{sha256:[0-9a-f]{64}}/preview", self.preview),
        ]

    async def preview(self, request: web.Request) -> web.Response:
        """Give out a small picture of a page."""
        await self._require_reader(request)
        sha256 = request.match_info["sha256"]
        page, width = _count(request, "page", 1, 100_000), _count(request, "width", WIDTHS[1], WIDTHS[-1])
        if width not in WIDTHS:
            raise invalid("width", "choice")
        etag = f"{sha256}-{page}-{width}"
        headers = {
            "Cache-Control": CACHE,
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": POLICY,
        }
        if _has_it(request, etag):
            response = web.Response(status=304, headers=headers)
        else:
            picture = await self._previews.find(sha256, page, width)
            response = web.Response(body=picture, content_type="image/png", headers=headers)
        response.etag = etag
        return response

    async def file(self, request: web.Request) -> web.StreamResponse:
        """Give out a file, or the part of it that `Range` asks for, or 304 to whoever has it already."""
        await self._require_reader(request)
        stored, path = await self._documents.open(request.match_info["sha256"])
        headers = {
            "Content-Type": stored.media_type,
            "Cache-Control": CACHE,
            "Content-Disposition": _disposition(stored),
            "Content-Security-Policy": POLICY,
            "X-Content-Type-Options": "nosniff",
        }
        if _has_it(request, stored.sha256):
            response = web.Response(status=304, headers=headers)
            response.etag = stored.sha256
            return response
        return _Blob(stored.sha256, path, headers)

    async def _require_reader(self, request: web.Request) -> None:
        """Let readers in, and a guest to what its screen shows at this moment. Raises FORBIDDEN."""
        caller = await caller_of(request)
        if caller.screen_id is not None and self._is_shown(caller.screen_id, request.match_info["sha256"]):
            return
        if not (caller.may_read_documents() or ORDERS_SCOPE in caller.scopes):
            raise Refusal(Code.FORBIDDEN)


class _Blob(web.FileResponse):
    """A file whose ETag is its content's name; aiohttp would take size and time instead."""

    def __init__(self, sha256: str, path: Path, headers: dict[str, str]) -> None:
        super().__init__(path, headers=headers)
        self._sha256 = sha256

    @property
    def etag(self) -> ETag | None:
        return ETag(self._sha256)

    @etag.setter
    def etag(self, value: ETag | str | None) -> None:  # noqa: ARG002 - aiohttp's own, which we do not want
        self.headers["ETag"] = f'"{self._sha256}"'


def _count(request: web.Request, name: str, default: int, most: int) -> int:
    text = request.query.get(name, str(default))
    if not (text.isascii() and text.isdigit()) or len(text) > 9 or not 1 <= int(text) <= most:
        raise invalid(name, "range")
    return int(text)


def _has_it(request: web.Request, etag: str) -> bool:
    return any(each.value in {etag, "*"} for each in request.if_none_match or ())


def _disposition(stored: StoredFile) -> str:
    """Name the file for whoever saves it (RFC 6266): in ASCII for the old, in UTF-8 for all others."""
    suffix = SUFFIXES.get(stored.media_type, "")
    stem = (
        "".join("-" if sign in '/\\:*?"<>|' else sign for sign in stored.name).strip(" .")
        or stored.sha256[:12]
    )
    plain = "".join(sign if sign.isascii() and sign.isprintable() and sign != "%" else "_" for sign in stem)
    encoded = quote(f"{stem}{suffix}".encode("utf-8", "replace"), safe="")
    return f"inline; filename=\"{plain}{suffix}\"; filename*=UTF-8''{encoded}"

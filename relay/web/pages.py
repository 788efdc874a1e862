"""The pages of the relay: their files, sent as they are, under a policy that lets nothing else run.

How it works: every file of resources/web is read once, at the start, and served under `/web/`; a page's own address
(`/console/`) answers with its index. The sentences of the catalogue that pages say are served beside them, so a page
switches its language without a reload.

What must always hold: no inline script or style, no foreign origin, no framing. Nothing here depends on who asks.
"""

import hashlib
import mimetypes
from dataclasses import dataclass
from pathlib import Path

from aiohttp import web

from relay.contract.codec import to_json
from relay.contract.problems import Code
from relay.contract.wording import LANGUAGES, Wording, choose_language
from relay.errors import Refusal
from relay.identity.passwords import LIST as KNOWN_PASSWORDS
from relay.web import installed

FILES = Path(__file__).resolve().parents[2] / "resources" / "web"
ICONS = FILES.parent / "icons"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A page, and what it may do beyond what every file of ours may.

    `scripts` and `frames` are further sources of the policy's script-src and frame-src; `features` are what it may ask
    the browser's user for (Permissions-Policy), such as `camera`.
    """

    index: str
    scripts: tuple[str, ...] = ()
    frames: tuple[str, ...] = ()
    features: tuple[str, ...] = ()

    def headers(self) -> dict[str, str]:
        """Return the headers that keep the browser to it."""
        scripts, frames = " ".join(("'self'", *self.scripts)), " ".join(self.frames) or "'none'"
        policy = (
            f"default-src 'none'; script-src {scripts}; style-src 'self'; img-src 'self' blob: data:; "
            f"font-src 'self'; connect-src 'self'; manifest-src 'self'; media-src 'self'; worker-src 'self'; "
            f"frame-src {frames}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
        )
        may = {feature: "self" if feature in self.features else "" for feature in FEATURES}
        return {
            "Content-Security-Policy": policy,
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "no-referrer",
            "Cross-Origin-Opener-Policy": "same-origin",
            "Cross-Origin-Resource-Policy": "same-origin",
            "Permissions-Policy": ", ".join(f"{feature}=({who})" for feature, who in may.items()),
        }


# What pages may be allowed to ask for; what is not listed is the browser's to allow.
FEATURES = (
    "camera", "microphone", "geolocation", "display-capture", "usb", "bluetooth", "serial", "hid", "midi", "payment",
    "accelerometer", "gyroscope", "magnetometer",
)  # fmt: skip
# What pages say begins with one of these; the rest of the catalogue is none of theirs.
SPOKEN = ("console.", "ui.", "phone.", "screen.")
TYPES = {
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".wasm": "application/wasm",
    ".webmanifest": "application/manifest+json",
}
PAGES = {
    "/console/": Page(index="console/index.html"),
    "/scan/": Page(index="phone/index.html", features=("camera",), scripts=("'wasm-unsafe-eval'",)),
    # It frames what it was told to show, in a sandbox; which addresses those may be is judged before it is told
    # (relay.flows.display.allowed), by a list that may change while the page stays for months.
    "/screen/": Page(index="screen/index.html", frames=("http:", "https:")),
}
# A worker runs under the policy that its own file comes with, not under its page's.
WORKERS = {
    "phone/scan/reader_worker.js": Page(index="", scripts=("'wasm-unsafe-eval'",)),
    "vendor/pdfjs/pdf.worker.mjs": Page(index="", scripts=("'wasm-unsafe-eval'",)),
}
# Where a service worker has to be, to look after the pages beside it.
SERVICE_WORKERS = {"/screen/sw.js": "screen/sw.js", "/scan/sw.js": installed.WORKER}
MANIFEST = "/scan/manifest.webmanifest"
_FILE_HEADERS = Page(index="").headers()


class _File:
    """One file, ready to be sent."""

    def __init__(self, content: bytes, media_type: str) -> None:
        self.content = content
        self.media_type = media_type
        self.etag = hashlib.sha256(content).hexdigest()[:32]

    def answer(self, request: web.Request, security: dict[str, str]) -> web.Response:
        """Send it, or say that the browser has it already."""
        headers = {**security, "Cache-Control": "no-cache"}
        if request.if_none_match and any(each.value == self.etag for each in request.if_none_match):
            response = web.Response(status=304, headers=headers)
        else:
            is_text = self.media_type.startswith("text/") or self.media_type.endswith(("json", "+xml"))
            response = web.Response(
                body=self.content,
                content_type=self.media_type,
                charset="utf-8" if is_text else None,
                headers=headers,
            )
            if is_text:
                response.enable_compression()
        # Weak (RFC 9110, 8.8.1): compressed or not, it means the same.
        response.headers["ETag"] = f'W/"{self.etag}"'
        return response


class PageRoutes:
    """The HTTP face of the pages."""

    def __init__(self) -> None:
        """Read every file."""
        self._files = {
            path.relative_to(FILES).as_posix(): _File(path.read_bytes(), _type_of(path))
            for path in FILES.rglob("*")
            if path.is_file()
        }
        for path in ICONS.glob("*.*"):
            self._files[f"icons/{path.name}"] = _File(path.read_bytes(), _type_of(path))
        # So that a page can tell what the relay will refuse, without being told what somebody types.
        self._files["passwords/common.txt"] = _File(KNOWN_PASSWORDS.read_bytes(), "text/plain")
        for language in LANGUAGES:
            spoken = Wording(language).said_by(SPOKEN)
            self._files[f"i18n/{language}.json"] = _File(to_json(spoken), "application/json")
            self._files[f"{MANIFEST}{language}"] = _File(installed.manifest(language), TYPES[".webmanifest"])
        app = installed.files_of_app(self._content)
        worker = installed.service_worker(app, self._files[installed.WORKER].content)
        self._files[installed.WORKER] = _File(worker, TYPES[".js"])

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/", self.home),
            *(web.get(path, self.page) for path in PAGES),
            *(web.get(path, self.service_worker) for path in SERVICE_WORKERS),
            web.get("/screen", self.screen),
            web.get("/scan", self.scan),
            web.get(MANIFEST, self.manifest),
            web.get("/web/{path:.+}", self.file),
        ]

    async def home(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Lead whoever types the relay's address to the console."""
        return web.Response(status=302, headers={"Location": "/console/", "Cache-Control": "no-cache"})

    async def page(self, request: web.Request) -> web.Response:
        """Send a page."""
        page = PAGES[request.path]
        return self._files[page.index].answer(request, page.headers())

    async def screen(self, request: web.Request) -> web.Response:
        """Lead whoever leaves the last stroke out to the page of a screen, with the name that the address gives it."""
        asked = request.rel_url.raw_query_string  # as it was written: decoded, it may hold what no header may
        query = f"?{asked}" if asked else ""
        return web.Response(status=302, headers={"Location": f"/screen/{query}", "Cache-Control": "no-cache"})

    async def scan(self, request: web.Request) -> web.Response:  # noqa: ARG002 - aiohttp's signature
        """Lead whoever leaves the last stroke out to the phone's app; the browser carries the fragment along."""
        return web.Response(status=302, headers={"Location": "/scan/", "Cache-Control": "no-cache"})

    async def service_worker(self, request: web.Request) -> web.Response:
        """Send a page's own service worker."""
        return self._files[SERVICE_WORKERS[request.path]].answer(request, _FILE_HEADERS)

    async def manifest(self, request: web.Request) -> web.Response:
        """Send the phone app's manifest in the browser's language."""
        language = choose_language(request.headers.get("Accept-Language"))
        return self._files[f"{MANIFEST}{language}"].answer(
            request, {**_FILE_HEADERS, "Vary": "Accept-Language"}
        )

    def _content(self, path: str) -> bytes | None:
        found = self._files.get(path)
        return None if found is None else found.content

    async def file(self, request: web.Request) -> web.Response:
        """Send a file of the pages."""
        found = self._files.get(request.match_info["path"])
        if found is None:
            raise Refusal(Code.NOT_FOUND)
        worker = WORKERS.get(request.match_info["path"])
        return found.answer(request, worker.headers() if worker else _FILE_HEADERS)


def _type_of(path: Path) -> str:
    return TYPES.get(path.suffix.lower()) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"

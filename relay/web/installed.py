"""The phone's app as a thing that is installed: its files and their version, its service worker, its manifest.

How it works: beginning at the page's index, everything that a file names (imports, style sheets, pictures, workers) is
part of the app; the version is the hash of all of them. The service worker is sent with that list written before it, so
whatever changes changes the worker, too, and browsers notice by themselves.

What must always hold: the list holds files of ours alone, never an answer of the API.
"""

import hashlib
import posixpath
import re
from collections.abc import Callable, Mapping

from relay.contract.codec import to_json
from relay.contract.wording import LANGUAGES, Language, Wording

SCOPE = "/scan/"
START = "phone/index.html"
WORKER = "phone/sw.js"
# Named by what the page says at run time, not by a file's text.
ALSO = (*(f"i18n/{language}.json" for language in LANGUAGES), "icons/phone-192.png")

_IN_SCRIPTS = (
    re.compile(r"""(?:^|[\s;}])(?:import|export)\b[^"'`();]*?["']([^"'\s]+)["']"""),
    re.compile(r"""\bimport\(\s*["']([^"'\s]+)["']"""),
    re.compile(r"""\bnew URL\(\s*["']([^"'\s]+)["']\s*,\s*import\.meta\.url"""),
    re.compile(r"""["'`](/web/[^"'`\s$]+)["'`]"""),
)
_IN_PAGES = (re.compile(r"""(?:href|src)=["']([^"'\s]+)["']"""),)
_IN_STYLES = (re.compile(r"""(?:url\(|@import\s+)["']?([^"')\s]+)"""),)
_BY_SUFFIX = {".js": _IN_SCRIPTS, ".mjs": _IN_SCRIPTS, ".html": _IN_PAGES, ".css": _IN_STYLES}


def files_of_app(read: Callable[[str], bytes | None]) -> dict[str, bytes]:
    """Follow what files name, from the page's index on; `read` returns a file by its path below /web/, None if none."""
    found: dict[str, bytes] = {}
    waiting = [START, *ALSO]
    while waiting:
        path = waiting.pop()
        content = None if path in found else read(path)
        if content is None:
            continue
        found[path] = content
        kinds = _BY_SUFFIX.get(posixpath.splitext(path)[1], ())
        text = content.decode("utf-8") if kinds else ""
        named = (match for kind in kinds for match in kind.findall(text))
        waiting.extend(filter(None, (_beside(path, name) for name in named)))
    return found


def _beside(path: str, name: str) -> str | None:
    """Say which file of ours a name in a file means; None for what is none."""
    name = name.partition("#")[0].partition("?")[0]
    if name.startswith("/web/"):
        return name.removeprefix("/web/")
    if name.startswith(("/", "data:", "http:", "https:")) or not name:
        return None
    return posixpath.normpath(posixpath.join(posixpath.dirname(path), name))


def service_worker(app: Mapping[str, bytes], source: bytes) -> bytes:
    """Write the worker with the app's version and list of files before it."""
    digest = hashlib.sha256(source)
    for path in sorted(app):
        digest.update(f"{path} {hashlib.sha256(app[path]).hexdigest()}\n".encode())
    # The index is the page itself, at its own address.
    addresses = [SCOPE, *(f"/web/{path}" for path in sorted(app) if path != START)]
    shell = to_json({"version": digest.hexdigest()[:16], "files": addresses})
    return b"self.SHELL = " + shell + b";\n" + source


def manifest(language: Language) -> bytes:
    """Say what the app is called on a home screen, and how it opens there."""
    words = Wording(language)
    icons = [
        {
            "src": f"/web/icons/phone-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": purpose,
        }
        for size, purpose in (("192", "any"), ("512", "any"))
    ]
    icons += [
        {
            "src": f"/web/icons/phone-maskable-{size}.png",
            "sizes": f"{size}x{size}",
            "type": "image/png",
            "purpose": "maskable",
        }
        for size in ("192", "512")
    ]
    return to_json(
        {
            "id": SCOPE,
            "name": words.say("phone.manifest.name"),
            "short_name": words.say("phone.manifest.short"),
            "description": words.say("phone.manifest.description"),
            "lang": language,
            "start_url": SCOPE,
            "scope": SCOPE,
            "display": "standalone",
            "orientation": "any",
            "background_color": "#f4f6f8",
            "theme_color": "#0b4f7d",
            "categories": ["business", "productivity"],
            "icons": icons,
        }
    )

"""`/ca`: how a phone comes to trust the relay's own authority, step by step, with the file to install."""

from collections.abc import Sequence
from html import escape

from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes

from relay.contract.problems import Code
from relay.contract.wording import Wording, choose_language
from relay.errors import Refusal
from relay.ops.certificate import authority_file
from relay.pairing.form import page
from relay.settings import Settings

FILE = "/api/ca.crt"
PHONES = {"ios": 4, "android": 4}
PAIR = 4


def authority_page_routes(settings: Settings) -> list[web.RouteDef]:
    """List the route."""

    async def explain(request: web.Request) -> web.Response:
        path = authority_file(settings)
        if path is None:
            raise Refusal(Code.NOT_FOUND)
        digest = x509.load_pem_x509_certificate(path.read_bytes()).fingerprint(hashes.SHA256()).hex().upper()
        language = choose_language(request.headers.get("Accept-Language"))
        say = Wording(language).say
        parts = [
            f"<p>{escape(say('authority.text'))}</p>",
            f'<p><a href="{FILE}">{escape(say("authority.file"))}</a></p>',
        ]
        for phone, count in PHONES.items():
            steps = [say(f"authority.{phone}.{number}") for number in range(1, count + 1)]
            parts += [f"<h2>{escape(say(f'authority.{phone}'))}</h2>", _list(steps)]
        shown = " ".join(digest[at : at + PAIR] for at in range(0, len(digest), PAIR))
        parts += [
            f'<p><a href="/scan/">{escape(say("authority.then"))}</a></p>',
            f'<p class="note">{escape(say("authority.check"))}</p><p class="code">{shown}</p>',
            f'<p class="note">{escape(say("authority.warning"))}</p>',
        ]
        return page(language, say("authority.head"), "".join(parts))

    return [web.get("/ca", explain)]


def _list(steps: Sequence[str]) -> str:
    return "<ol>" + "".join(f"<li>{escape(step)}</li>" for step in steps) + "</ol>"

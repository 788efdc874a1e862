"""The page behind a pairing link in a browser: it explains how to pair, consumes nothing, and runs no script.

The link's secrets stand in its fragment, which the browser keeps to itself, so this page does not know them either.
"""

import secrets
from html import escape

from aiohttp import web

from relay.contract.wording import Language, Wording

STYLE = (
    "body{font:18px/1.6 system-ui,'Noto Sans KR','Malgun Gothic',sans-serif;margin:0;word-break:keep-all;"
    "background:#f4f6f8;color:#17212b}"
    "main{max-width:34em;margin:8vh auto;padding:2em;background:#fff;border-radius:12px;border:1px solid #d5dce3}"
    "h1{font-size:1.5em;margin:0 0 .6em}ol{padding-left:1.3em}li{margin:.5em 0}p.note{color:#4d5a67;font-size:.9em}"
    "b{font-family:ui-monospace,monospace}"
    "@media(prefers-color-scheme:dark){body{background:#12181f;color:#e8edf2}"
    "main{background:#1b232c;border-color:#344050}p.note{color:#aab6c2}}"
)


def pairing_page(language: Language, screen_id: str | None) -> web.Response:
    """Write the page in a language; `screen_id` is what the link names."""
    say = Wording(language).say
    nonce = secrets.token_urlsafe(16)
    heading = say("pairing.page.heading")
    steps = "".join(f"<li>{escape(say(f'pairing.page.step{number}'))}</li>" for number in (1, 2, 3))
    screen = f"<p>{escape(say('pairing.page.screen'))} <b>{escape(screen_id)}</b></p>" if screen_id else ""
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(heading)} · Benchcast</title><style nonce="{nonce}">{STYLE}</style></head>'
        f"<body><main><h1>{escape(heading)}</h1>{screen}<ol>{steps}</ol>"
        f'<p class="note">{escape(say("pairing.page.note"))}</p></main></body></html>'
    )
    return web.Response(
        text=html,
        content_type="text/html",
        charset="utf-8",
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; "
                "frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept, Accept-Language",
        },
    )

"""A page of ours without scripts: one form after another, under the strictest policy that lets it be sent."""

import secrets
from html import escape

from aiohttp import web

from relay.contract.wording import Language

STYLE = (
    "body{font:18px/1.6 system-ui,'Noto Sans KR','Malgun Gothic',sans-serif;margin:0;word-break:keep-all;"
    "background:#f4f6f8;color:#17212b}"
    "main{max-width:34em;margin:5vh auto;padding:1.6em;background:#fff;border-radius:12px;border:1px solid #d5dce3}"
    "h1{font-size:1.5em;margin:0 0 .6em}ol{padding-left:1.3em}li{margin:.5em 0}"
    ".note{color:#4d5a67;font-size:.9em}.code{font:600 1.05em ui-monospace,monospace}"
    ".number{font:700 1.7em ui-monospace,monospace;letter-spacing:.04em;margin:.2em 0;overflow-wrap:anywhere}"
    "label{display:block;margin:.9em 0 .2em;font-weight:600}label.tick{display:flex;gap:.6em;font-weight:400}"
    "input[type=text],input[type=password]{font:inherit;width:100%;box-sizing:border-box;padding:.5em .6em;"
    "border:2px solid #5b6b7a;border-radius:8px;background:#fff;color:#17212b}"
    "input[type=checkbox]{width:1.3em;height:1.3em;flex:none;margin-top:.25em}"
    "button{font:inherit;font-weight:600;padding:.6em 1.2em;margin:1.2em .6em 0 0;border-radius:8px;"
    "border:2px solid #0b5394;background:#0b5394;color:#fff}"
    "button.other{background:#fff;color:#8a1c14;border-color:#8a1c14}"
    ":focus-visible{outline:3px solid #ffb020;outline-offset:2px}"
    "dl{display:grid;grid-template-columns:auto 1fr;gap:.2em 1em;margin:0}"
    "dt{color:#4d5a67}dd{margin:0;overflow-wrap:anywhere}"
    ".good,.bad{border-left:6px solid;padding:.6em .9em;margin:1em 0;border-radius:6px}"
    ".good{border-color:#1d7a45;background:#e5f5eb;color:#0f3d23}"
    ".bad{border-color:#b3261e;background:#fdeceb;color:#5c120d}"
    "@media(prefers-color-scheme:dark){body{background:#12181f;color:#e8edf2}"
    "main{background:#1b232c;border-color:#344050}.note,dt{color:#aab6c2}"
    "input[type=text],input[type=password]{background:#0f151b;color:#e8edf2;border-color:#7f92a3}"
    "button.other{background:#1b232c;color:#ff9d95;border-color:#ff9d95}"
    ".good{background:#0f3d23;color:#d8f5e3}.bad{background:#5c120d;color:#fde3e1}}"
)


def page(language: Language, heading: str, content: str, *, form_action: str = "'none'") -> web.Response:
    """Write a page around `content`, which is HTML already; nobody may keep or frame it."""
    nonce = secrets.token_urlsafe(16)
    html = (
        f'<!doctype html><html lang="{language}"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f'<title>{escape(heading)} · Benchcast</title><style nonce="{nonce}">{STYLE}</style></head>'
        f"<body><main><h1>{escape(heading)}</h1>{content}</main></body></html>"
    )
    return web.Response(
        text=html,
        content_type="text/html",
        charset="utf-8",
        headers={
            "Content-Security-Policy": (
                f"default-src 'none'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action {form_action}; "
                "frame-ancestors 'none'"
            ),
            "Cache-Control": "no-store",
            "Referrer-Policy": "no-referrer",
            "X-Content-Type-Options": "nosniff",
            "Vary": "Accept, Accept-Language",
        },
    )


def hidden(**fields: str) -> str:
    """Carry fields along, unseen; the empty ones stay away."""
    return "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">'
        for name, value in fields.items()
        if value
    )


def text_field(name: str, label: str, value: str = "", *, kind: str = "text", more: str = "") -> str:
    """Ask for a line; `more` is further attributes, as HTML."""
    return (
        f'<label for="{name}">{escape(label)}</label>'
        f'<input id="{name}" name="{name}" type="{kind}" value="{escape(value)}" {more}>'
    )


def tick(name: str, label: str, *, required: bool = False) -> str:
    """Ask for a yes."""
    must = " required" if required else ""
    return (
        f'<label class="tick"><input type="checkbox" name="{name}" value="yes"{must}>{escape(label)}</label>'
    )


def button(step: str, label: str, *, look: str = "", skips_checks: bool = False) -> str:
    """Send the form as this step."""
    skips = " formnovalidate" if skips_checks else ""
    return f'<button class="{look}" name="step" value="{escape(step)}"{skips}>{escape(label)}</button>'

"""The page behind a pairing link in a browser: it explains how to pair, consumes nothing, and runs no script.

The link's secrets stand in its fragment, which the browser keeps to itself, so this page does not know them either.
"""

from html import escape

from aiohttp import web

from relay.contract.wording import Language, Wording
from relay.pairing.form import page


def pairing_page(language: Language, screen_id: str | None) -> web.Response:
    """Write the page in a language; `screen_id` is what the link names."""
    say = Wording(language).say
    steps = "".join(f"<li>{escape(say(f'pairing.page.step{number}'))}</li>" for number in (1, 2, 3))
    screen = (
        f'<p>{escape(say("pairing.page.screen"))} <b class="code">{escape(screen_id)}</b></p>'
        if screen_id
        else ""
    )
    note = f'<p class="note">{escape(say("pairing.page.note"))}</p>'
    browser = f'<p><a href="/screen/">{escape(say("pairing.page.browser"))}</a></p>'
    return page(language, say("pairing.page.heading"), f"{screen}<ol>{steps}</ol>{browser}{note}")

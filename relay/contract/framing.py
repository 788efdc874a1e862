"""Whether a web page lets itself be shown inside another page, which a browser tells nobody."""

from typing import Literal

from msgspec import Struct


class Framing(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/framing?url=`: `refused` by the page's own headers, `away` if the relay could not reach it."""

    framing: Literal["allowed", "refused", "away"]

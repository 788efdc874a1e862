"""How one HTTP call is declared: who may, what it takes, what it answers."""

from dataclasses import dataclass
from typing import Literal

from msgspec import Struct

Access = Literal["anybody", "signed in", "viewer", "lead", "admin", "who may trigger"]


@dataclass(frozen=True, slots=True)
class Call:
    """One call. `answers` maps each good status to what it carries, None for no JSON; refusals are always problems."""

    method: str
    path: str
    summary: str
    access: Access
    answers: dict[int, type[Struct] | None]
    body: type[Struct] | None = None
    form: tuple[str, ...] = ()
    query: tuple[str, ...] = ()
    raw: tuple[str, ...] = ()  # media types of a body that is no JSON
    is_page_too: bool = False  # a browser gets a page instead
    streams: str = ""  # the media type of an answer that does not end by itself

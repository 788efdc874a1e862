"""What the strip below a document says: its parts, worded, and when they have to be worded anew."""

from dataclasses import dataclass
from enum import Enum, auto

from app.stage.scan_result import Tone
from app.stage.status import LinkState
from relay.contract.wording import Language, Wording

_MINUTE_MS = 60_000
_HOUR_MS = 60 * _MINUTE_MS
_DAY_MS = 24 * _HOUR_MS
_UNITS = ((_DAY_MS, "days"), (_HOUR_MS, "hours"), (_MINUTE_MS, "minutes"))


class Shape(Enum):
    """The mark before a part: what colour says, its form says too."""

    DISC = auto()
    RING = auto()
    TRIANGLE = auto()
    CROSS = auto()
    DIAMOND = auto()


@dataclass(frozen=True, kw_only=True)
class CaptionText:
    """What the strip is about. `changed_from` is the revision that this window showed of the document before.

    `as_of_ms` is the relay's time at which it last said that this is the newest revision.
    """

    order_id: str = ""
    title: str = ""
    revision: str = ""
    changed_from: str = ""
    page: int | None = None
    pages: int | None = None
    cached: bool = False
    as_of_ms: int | None = None
    island: bool = False


@dataclass(frozen=True, kw_only=True)
class Part:
    """One part of the strip. `brief` ones lose their words first when there is no room, and keep the shape."""

    words: str
    shape: Shape | None = None
    tone: Tone | None = None
    brief: bool = False


_LINK: dict[LinkState, tuple[Shape, Tone]] = {
    LinkState.CONNECTED: (Shape.DISC, Tone.GOOD),
    LinkState.CONNECTING: (Shape.RING, Tone.WAITING),
    LinkState.OFFLINE: (Shape.TRIANGLE, Tone.WAITING),
    LinkState.UNPAIRED: (Shape.CROSS, Tone.WAITING),
    LinkState.REVOKED: (Shape.CROSS, Tone.BAD),
    LinkState.REPLACED: (Shape.CROSS, Tone.BAD),
}


def parts_of(text: CaptionText, link: LinkState | None, language: Language, now_ms: int) -> tuple[Part, ...]:
    """Word everything but the order and the title, in the order in which it stands."""
    say = Wording(language).say
    parts: list[Part] = []
    if text.changed_from:
        words = say("caption.revision_changed", before=text.changed_from, revision=text.revision)
        parts.append(Part(words=words, shape=Shape.DIAMOND, tone=Tone.WAITING))
    elif text.revision:
        parts.append(Part(words=say("stage.caption.revision", revision=text.revision)))
    if text.page is not None and text.pages is not None:
        parts.append(Part(words=say("stage.caption.page", page=text.page, pages=text.pages)))
    if text.island:
        parts.append(Part(words=say("caption.island"), shape=Shape.TRIANGLE, tone=Tone.WAITING))
    elif text.cached:
        parts.append(Part(words=say("caption.cached")))
    if has_age(text, link) and text.as_of_ms is not None:
        parts.append(Part(words=age(now_ms - text.as_of_ms, language)))
    if link is not None:
        shape, tone = _LINK[link]
        connected = link is LinkState.CONNECTED
        parts.append(Part(words=say(f"caption.link.{link.value}"), shape=shape, tone=tone, brief=connected))
    return tuple(parts)


def has_age(text: CaptionText, link: LinkState | None) -> bool:
    """Tell whether the age belongs on the strip: only when the relay may know something newer."""
    may_be_old = text.cached or text.island or link not in {None, LinkState.CONNECTED}
    return text.as_of_ms is not None and may_be_old


def age(ms: int, language: Language) -> str:
    """Word how long ago the relay was asked; a clock that was set back counts as now."""
    say = Wording(language).say
    for unit_ms, unit in _UNITS:
        if ms >= unit_ms:
            count = ms // unit_ms
            return say(f"caption.age.{unit}", count=count)
    return say("caption.age.now")


def age_holds_ms(ms: int) -> int:
    """Tell for how long those words stay true."""
    for unit_ms, _ in _UNITS:
        if ms >= unit_ms:
            return unit_ms - ms % unit_ms
    return min(_MINUTE_MS - ms, _MINUTE_MS)

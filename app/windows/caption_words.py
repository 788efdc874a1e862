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
    """One part of the strip. Where there is no room, the words of the least `weight` go first; a shape stays."""

    words: str
    weight: int
    shape: Shape | None = None
    tone: Tone | None = None


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
        parts.append(Part(words=words, weight=7, shape=Shape.DIAMOND, tone=Tone.WAITING))
    elif text.revision:
        parts.append(Part(words=say("stage.caption.revision", revision=text.revision), weight=6))
    if text.page is not None and text.pages is not None:
        parts.append(Part(words=say("stage.caption.page", page=text.page, pages=text.pages), weight=2))
    if text.island:
        parts.append(Part(words=say("caption.island"), weight=5, shape=Shape.TRIANGLE, tone=Tone.WAITING))
    elif text.cached:
        parts.append(Part(words=say("caption.cached"), weight=1))
    if has_age(text, link) and text.as_of_ms is not None:
        parts.append(Part(words=age(now_ms - text.as_of_ms, language), weight=3))
    if link is not None:
        shape, tone = _LINK[link]
        weight = 0 if link is LinkState.CONNECTED else 4
        parts.append(Part(words=say(f"caption.link.{link.value}"), weight=weight, shape=shape, tone=tone))
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

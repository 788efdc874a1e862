"""What became of a scan while there was no relay, and how it is worded."""

from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

from relay.contract.reports import DisplayName
from relay.contract.wording import Language, Wording

_UNITS = (
    (timedelta(days=1), "days"),
    (timedelta(hours=1), "hours"),
    (timedelta(minutes=1), "minutes"),
)


@dataclass(frozen=True)
class IslandShown:
    """The document was shown from this bench's memory; the relay called it the newest `age_ms` ago."""

    age_ms: int
    revision: str | None = None
    display: DisplayName | None = None


@dataclass(frozen=True)
class IslandNot:
    """There is no relay, and this bench may not show the order by itself, for this reason."""

    reason: Literal["unknown", "too_old", "age_unknown", "web", "no_file", "not_kept"]
    age_ms: int = 0
    limit_hours: int = 0


@dataclass(frozen=True)
class IslandWords:
    """The sentences of an answer: `verdict` in large letters."""

    verdict: str
    detail: str
    action: str


def word_island(answer: IslandShown | IslandNot, language: Language) -> IslandWords:
    """Word what became of a scan without the relay."""
    say = Wording(language).say
    if isinstance(answer, IslandShown):
        where = (
            [say("island.shown.on", number=answer.display.index + 1)] if answer.display is not None else []
        )
        if answer.revision:
            where.append(say("desk.outcome.revision", revision=answer.revision))
        detail = say("island.shown.detail")
        return IslandWords(
            say("island.shown", age=word_age(answer.age_ms, language)),
            f"{' · '.join(where)}. {detail}" if where else detail,
            say("island.shown.action"),
        )
    key = f"island.{answer.reason}"
    age = word_age(answer.age_ms, language)
    return IslandWords(
        say(f"{key}.title"),
        say(f"{key}.detail", age=age, hours=answer.limit_hours),
        say(f"{key}.action"),
    )


def word_age(age_ms: int, language: Language) -> str:
    """Word how long ago something was."""
    say = Wording(language).say
    age = timedelta(milliseconds=age_ms)
    for unit, name in _UNITS:
        if age >= unit:
            return say(f"island.age.{name}", count=age // unit)
    return say("island.age.now")

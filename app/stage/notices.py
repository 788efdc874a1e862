"""Messages over what is shown on one monitor: how many at once, which one gives way, and when each ends.

Up to `MOST` are seen at once, the most serious on top. What is said again begins its time anew. When there is no room,
a more serious message takes the place of the least serious at once, any other only of one that has been up long enough
to be read; else it has to wait. Pure: the time, in seconds of a clock that only grows, is given.
"""

from dataclasses import dataclass, replace

from relay.contract.names import NoticeLevel

LEVELS: tuple[NoticeLevel, ...] = ("info", "good", "warning", "alarm")
MOST = 3
READ_SECONDS = 3.0
# How long a message stays that does not say it itself.
SECONDS: dict[NoticeLevel, int] = {"info": 8, "good": 8, "warning": 20, "alarm": 60}
LOUD: frozenset[NoticeLevel] = frozenset({"warning", "alarm"})


@dataclass(frozen=True, kw_only=True)
class Notice:
    """A message for the worker."""

    message: str
    level: NoticeLevel = "info"
    sound: bool | None = None
    seconds: int | None = None

    @property
    def is_heard(self) -> bool:
        """Tell whether a sound goes with it."""
        return self.level in LOUD if self.sound is None else self.sound

    @property
    def lasts_seconds(self) -> int:
        """How long it stays."""
        return self.seconds or SECONDS[self.level]


@dataclass(frozen=True)
class Posted:
    """A message that is seen since `since` and until `until`."""

    notice: Notice
    since: float
    until: float

    @property
    def weight(self) -> tuple[int, float]:
        """Order by seriousness, then by newness."""
        return LEVELS.index(self.notice.level), self.since


class NoticeBoard:
    """The messages on one monitor."""

    def __init__(self) -> None:
        """Begin without any."""
        self._posted: list[Posted] = []

    @property
    def posted(self) -> tuple[Posted, ...]:
        """The messages from top to bottom."""
        return tuple(sorted(self._posted, key=lambda posted: posted.weight, reverse=True))

    @property
    def next_end(self) -> float | None:
        """When the next message ends."""
        return min((posted.until for posted in self._posted), default=None)

    def post(self, notice: Notice, now: float) -> float | None:
        """Put the message up: None, or the time at which to try again because there is no room now."""
        self.tidy(now)
        again = next((posted for posted in self._posted if _says_the_same(posted.notice, notice)), None)
        if again is not None:
            self._posted.remove(again)
        elif len(self._posted) >= MOST:
            least = min(self._posted, key=lambda posted: posted.weight)
            if LEVELS.index(least.notice.level) > LEVELS.index(notice.level):
                return min(posted.until for posted in self._posted)
            if least.notice.level == notice.level and now < least.since + READ_SECONDS:
                return min(least.since + READ_SECONDS, *(posted.until for posted in self._posted))
            self._posted.remove(least)
        self._posted.append(Posted(notice, now, now + notice.lasts_seconds))
        return None

    def tidy(self, now: float) -> None:
        """Take away what has ended."""
        self._posted = [posted for posted in self._posted if posted.until > now]

    def dismiss(self, posted: Posted) -> None:
        """Take a message away before its time: the worker has read it."""
        self._posted = [each for each in self._posted if each is not posted]

    def clear(self) -> None:
        """Take all away."""
        self._posted.clear()


def _says_the_same(one: Notice, other: Notice) -> bool:
    return replace(one, seconds=None, sound=None) == replace(other, seconds=None, sound=None)

"""What delivery promises, as plain dictionaries: the reference that the real courier, journal and database must equal.

It knows nothing of sockets, disks, windows, ladders and breakers. `open` stands for waiting and sent: whether a letter
is on the line at this moment is nobody's promise.
"""

from dataclasses import dataclass, field
from typing import Literal

State = Literal["open", "received", "shown", "failed", "superseded", "expired", "dead", "cancelled"]
DEAD_LETTERS = {"failed", "expired", "dead"}


@dataclass
class Entry:
    """A delivery. `received` with `has_ended` is the last word of a screen that reports no outcomes."""

    id: str
    screen: str
    slot: str | None
    seq: int
    body: str
    expires_at: float
    life: float
    state: State = "open"
    has_ended: bool = False
    superseded_by: str | None = None
    retried_as: str | None = None
    is_discarded: bool = False

    @property
    def is_dead_letter(self) -> bool:
        return self.state in DEAD_LETTERS and self.retried_as is None and not self.is_discarded


@dataclass
class Reference:
    """All deliveries, by id, and the last seq of each screen."""

    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    heads: dict[str, int] = field(default_factory=dict[str, int])

    def open_of(self, screen: str) -> list[str]:
        """List what has not ended, in the order of seq."""
        return [each.id for each in self.entries.values() if each.screen == screen and not each.has_ended]

    def submit(
        self, id_: str, screen: str, *, slot: str | None, body: str, now: float, life: float
    ) -> int | None:
        """Accept a delivery and return its seq, the first one's for a known id; None for another body."""
        if (known := self.entries.get(id_)) is not None:
            return known.seq if known.body == body else None
        seq = self.heads[screen] = self.heads.get(screen, 0) + 1
        for older in self.entries.values():
            if slot is not None and (older.screen, older.slot, older.state) == (screen, slot, "open"):
                self._end(older, "superseded")
                older.superseded_by = id_
        self.entries[id_] = Entry(id_, screen, slot, seq, body, now + life, life)
        return seq

    def acknowledge(self, id_: str, *, answers: bool) -> None:
        """Hear that the screen has it; that is its end if the screen says no more."""
        entry = self.entries[id_]
        if not entry.has_ended:
            entry.state = "received"
            entry.has_ended = not answers

    def forget(self, id_: str) -> None:
        """Hear that the screen does not know it after all: it is on its way again."""
        entry = self.entries[id_]
        if not entry.has_ended:
            entry.state = "open"

    def settle(self, id_: str, state: State) -> None:
        """Hear how it ended. The first end counts, but for a last word that was not one."""
        entry = self.entries[id_]
        if not entry.has_ended or entry.state == "received":
            self._end(entry, state)

    def cancel(self, id_: str) -> bool:
        """Take it back, if no screen has it."""
        entry = self.entries[id_]
        if entry.state == "open":
            self._end(entry, "cancelled")
        return entry.state == "cancelled"

    def pass_time(self, now: float) -> None:
        """End what is too late, whatever its state."""
        for entry in self.entries.values():
            if not entry.has_ended and entry.expires_at <= now:
                self._end(entry, "expired")

    def retry(self, id_: str, new_id: str, now: float) -> None:
        """Send a dead letter again under a new id; the dead one says which. It lives for 15 s at least."""
        dead = self.entries[id_]
        life = max(dead.life, 15.0)
        self.submit(new_id, dead.screen, slot=dead.slot, body=dead.body, now=now, life=life)
        dead.retried_as = new_id

    def _end(self, entry: Entry, state: State) -> None:
        entry.state, entry.has_ended = state, True

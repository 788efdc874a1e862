"""What is true at this workstation now, and who wants to hear when it changes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # what is needed for types alone would hold up the first paint
    from relay.contract.reports import Outcome


class LinkState(StrEnum):
    """How things stand between this workstation and its relay."""

    UNPAIRED = "unpaired"
    CONNECTING = "connecting"
    CONNECTED = "connected"
    OFFLINE = "offline"
    REVOKED = "revoked"
    REPLACED = "replaced"


@dataclass(frozen=True, kw_only=True)
class Facts:
    """A picture of the workstation at one moment. `link_detail` is a reason, worded for a person or empty."""

    link: LinkState = LinkState.UNPAIRED
    link_detail: str = ""
    screen_id: str | None = None
    screen_name: str | None = None
    last_outcome: Outcome | None = None


class Status:
    """Holds the facts and tells its listeners, on the thread that changed them, when they are different."""

    def __init__(self, facts: Facts | None = None) -> None:
        """Begin with these facts."""
        self._facts = facts or Facts()
        self._listeners: list[Callable[[Facts], None]] = []

    @property
    def facts(self) -> Facts:
        """What is true now."""
        return self._facts

    def listen(self, listener: Callable[[Facts], None]) -> Callable[[], None]:
        """Call `listener` with the new facts after every change; returns what ends that."""
        self._listeners.append(listener)

        def stop() -> None:
            if listener in self._listeners:
                self._listeners.remove(listener)

        return stop

    def link_changed(self, link: LinkState, detail: str = "") -> None:
        """Note how the link stands now."""
        self._become(replace(self._facts, link=link, link_detail=detail))

    def paired_as(self, screen_id: str | None, screen_name: str | None = None) -> None:
        """Note which screen this workstation is, or that it is none (None)."""
        self._become(replace(self._facts, screen_id=screen_id, screen_name=screen_name))

    def ended(self, outcome: Outcome) -> None:
        """Note how the latest command ended."""
        self._become(replace(self._facts, last_outcome=outcome))

    def _become(self, facts: Facts) -> None:
        if facts == self._facts:
            return
        self._facts = facts
        for listener in tuple(self._listeners):
            listener(facts)

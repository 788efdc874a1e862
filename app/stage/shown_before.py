"""What was shown at this bench: one record for each time that something came to a window, or could not."""

from dataclasses import dataclass
from typing import Literal

# Who asked: the relay for somebody elsewhere, this bench's own scan, or this bench without the relay.
Source = Literal["relay", "bench", "island"]
# How a document left its window; `stopped` is found out by the next start.
Leaving = Literal["replaced", "closed", "stopped"]


@dataclass(frozen=True, kw_only=True)
class ShownRecord:
    """Something that was shown, or failed to be (`code`). Times are this machine's UTC milliseconds."""

    at_ms: int
    window_id: str = "main"
    order_id: str | None = None
    title: str | None = None
    revision: str | None = None
    url: str | None = None
    display: str = ""
    source: Source = "relay"
    code: str | None = None
    left: Leaving | None = None
    left_ms: int | None = None

    @property
    def subject(self) -> str:
        """What a person calls it."""
        return self.order_id or self.title or self.url or ""


@dataclass(frozen=True, kw_only=True)
class Search:
    """What is looked for: words that all occur, and only failures or only one source."""

    text: str = ""
    only_failed: bool = False
    source: Source | None = None
    limit: int = 500

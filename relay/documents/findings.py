"""What an inspection found, in words that the inspecting process and the relay share; it imports nothing."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Finding:
    """A file that can be shown."""

    kind: Literal["pdf", "image"]
    media_type: str
    pages: int

    def to_json(self) -> dict[str, str | int]:
        """Spell it for the other process."""
        return {"kind": self.kind, "mediaType": self.media_type, "pages": self.pages}


class Unreadable(Exception):
    """A file that cannot be shown; `what` is a key of the catalogue that says why."""

    def __init__(self, what: str) -> None:
        """Name the reason."""
        super().__init__(what)
        self.what = what

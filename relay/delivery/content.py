"""What a delivery carries while it is open: the command, ready to be put on the line."""

from dataclasses import dataclass

import msgspec


@dataclass(slots=True)
class Content:
    """What a letter carries; `sent_at` is UTC milliseconds, 0 until it was sent, `created_at` when it came."""

    recipient: str
    verb: str
    payload: bytes
    sent_at: int = 0
    created_at: int = 0

    def move(self, delta_ms: int) -> None:
        """Move its end along with the machine's clock."""
        command = msgspec.json.decode(self.payload)
        command["expiresAt"] += delta_ms
        self.created_at += delta_ms
        self.payload = msgspec.json.encode(command)

    @property
    def expires_at(self) -> int:
        """Return the end of its life, UTC milliseconds, as the command says it."""
        return int(msgspec.json.decode(self.payload)["expiresAt"])

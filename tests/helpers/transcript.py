"""What a client heard, as text that is the same in every run: what differs from run to run is blanked."""

import json
import re

DIFFERS = frozenset(
    {"sid", "traceId", "timestamp", "serverTime", "epoch", "id", "expiresAt", "state", "type"}
)


def blanked(value: object) -> object:
    if isinstance(value, dict):
        return {key: "…" if key in DIFFERS else blanked(each) for key, each in value.items()}
    return [blanked(each) for each in value] if isinstance(value, list) else value


def normalised(packet: str) -> str:
    """Blank one Engine.IO packet; the keys of its JSON are put in order."""
    head = re.match(r"\d*(/[^,\[{\"]*,?)?\d*", packet)[0]
    rest = packet[len(head) :]
    if not rest:
        return head
    return head + json.dumps(
        blanked(json.loads(rest)), ensure_ascii=False, sort_keys=True, separators=(",", ":")
    )

"""What a client heard, as text that is the same in every run: what differs from run to run is blanked."""

import asyncio
import json
import re

from helpers.raw_line import RawLine
from helpers.relay_running import Office

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


async def hears(line: RawLine, count: int) -> list[str]:
    return [normalised(await line.hear()) for _ in range(count)]


async def is_silent(line: RawLine) -> bool:
    """Ask for something that is answered in order: whatever should have been said before it would have been."""
    line.emit("ping", ack=999)
    return (await line.hear()).startswith("43999[")


async def nobody_is_left(office: Office) -> None:
    async with asyncio.timeout(8):
        while office.relay.live.count:
            await asyncio.sleep(0.01)

"""What an admin at a terminal says about workstations that ask: list them, approve one, deny one."""

import asyncio
import sys
from collections.abc import Callable
from urllib.parse import quote

import msgspec
from msgspec import Struct

from relay.clock import SystemClock
from relay.contract.pairing_requests import PairingApproval, PendingPairing, PendingPairings
from relay.contract.wording import Wording
from relay.ops.line import Line

Tell = Callable[[str], None]


class _Nothing(Struct, frozen=True):
    """The answer of what is only done."""


async def list_requests(line: Line, wording: Wording, tell: Tell) -> int:
    """List who asks; returns the exit status."""
    pending = await line.ask("GET", "/api/pair/requests", PendingPairings)
    for asking in pending.requests:
        tell(_describe(asking, wording))
    if not pending.requests:
        tell(wording.say("cli.approve.none"))
    return 0


async def approve_request(
    line: Line, code: str, approval: PairingApproval, wording: Wording, tell: Tell
) -> int:
    """Show who asks, let the check number be compared unless it was given, and approve; returns the exit status."""
    path = f"/api/pair/requests/{quote(code, safe='')}"
    asking = await line.ask("GET", path, PendingPairing)
    tell(_describe(asking, wording))
    if approval.check is None:
        own = (await line.ask("GET", "/api/pair/requests", PendingPairings)).check
        if own is not None and not await _compared(own, wording, tell):
            return 1
        approval = msgspec.structs.replace(approval, check=own)
    approved = await line.ask("POST", f"{path}/approve", PendingPairing, body=approval)
    tell(wording.say("cli.approve.done", screenId=approved.screen_id or ""))
    return 0


async def deny_request(line: Line, code: str, wording: Wording, tell: Tell) -> int:
    """Deny a request; returns the exit status."""
    await line.ask("POST", f"/api/pair/requests/{quote(code, safe='')}/deny", _Nothing)
    tell(wording.say("cli.approve.denied"))
    return 0


async def _compared(own: str, wording: Wording, tell: Tell) -> bool:
    tell(wording.say("cli.approve.compare", check=own))
    if not sys.stdin.isatty():
        tell(wording.say("cli.approve.no_terminal"))
        return False
    said = await asyncio.to_thread(input, wording.say("cli.approve.question"))
    if said.strip().lower()[:1] in set(wording.say("cli.approve.yes")):
        return True
    tell(wording.say("cli.approve.not_compared"))
    return False


def _describe(asking: PendingPairing, wording: Wording) -> str:
    minutes = max(0, SystemClock().now_ms() - asking.created_at) // 60_000
    device = " · ".join(part for part in (asking.device.name, asking.device.platform) if part)
    monitors = " · ".join(asking.device.monitors) or str(asking.device.displays or "")
    return wording.say(
        "cli.approve.who", device=device, address=asking.address, monitors=monitors, minutes=minutes
    )

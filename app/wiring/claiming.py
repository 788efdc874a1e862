"""Turns what somebody at this bench wishes into a credential, and shows them what they have to compare or to tell."""

import asyncio
from collections.abc import Callable

import msgspec

from app.errors import RelayRefused, RelayUnreachable, Step
from app.link.asking import ask
from app.link.credentials import Claimed
from app.link.pairing import (
    NotAPairingLink,
    NotConfirmed,
    Offered,
    claim,
    read_address,
    read_wish,
    this_device,
)
from app.link.trust import Seen
from app.stage.asking import Comparing
from app.stage.scan_result import BadLink, NumbersDiffer, PairingFailure, PairingStep, PairingWish
from app.stage.status import LinkState
from app.wiring.workplace import Workplace
from relay.contract.pairing import Device, RelayAddress

# At which step a failure on the way to the relay stands; the others came after its certificate was trusted.
_PARTS: dict[Step, PairingStep] = {
    "address": PairingStep.REACH,
    "refused": PairingStep.REACH,
    "timeout": PairingStep.REACH,
    "tls": PairingStep.TRUST,
    "pin": PairingStep.TRUST,
    "expired": PairingStep.TRUST,
    "not_yet": PairingStep.TRUST,
    "host": PairingStep.TRUST,
    "untrusted": PairingStep.TRUST,
    "clock": PairingStep.TRUST,
    "in_clear": PairingStep.TRUST,
}


class Claiming:
    """Goes one way to a credential at a time; `waits` tells whether people have to decide just now."""

    def __init__(self, workplace: Workplace) -> None:
        """Take the window that people look at."""
        self._workplace = workplace
        self.waits = False

    async def claim(self, wish: PairingWish) -> Claimed | PairingFailure:
        """Get the credential, or say why there is none."""
        try:
            offered = read_address(wish.address or "") if _is_asking(wish) else read_wish(wish)
        except NotAPairingLink as error:
            return msgspec.convert({"missing": str(error)}, BadLink)
        try:
            if isinstance(offered, RelayAddress):
                return await self._ask(offered)
            return await self._claim(offered)
        except NotConfirmed:
            return NumbersDiffer()
        except RelayUnreachable as unreachable:
            part = _PARTS.get(unreachable.step, PairingStep.CLAIM)
            self._workplace.window.pairing_step(part, unreachable.address)
            return self._workplace.problem(unreachable)
        except RelayRefused as refused:
            self._workplace.window.pairing_step(PairingStep.CLAIM)
            return self._workplace.problem(refused)
        finally:
            self.waits = False

    async def _claim(self, offered: Offered) -> Claimed:
        workplace = self._workplace
        return await claim(
            offered,
            self._device(),
            confirm=self._compare,
            language=workplace.language,
            on_step=workplace.window.pairing_step,
        )

    async def _ask(self, relay: RelayAddress) -> Claimed:
        workplace = self._workplace
        self.waits = True
        return await ask(
            relay,
            self._device(),
            shown=workplace.window.pairing_asks,
            language=lambda: workplace.language,
            on_step=workplace.window.pairing_step,
        )

    async def _compare(self, seen: Seen) -> bool:
        workplace = self._workplace
        if workplace.status.facts.link is not LinkState.UNPAIRED or seen.check is None:
            # A paired bench has no place to compare anything: a link that pins nothing is not enough to leave for.
            raise RelayUnreachable("untrusted", seen.address, "nobody vouches for the certificate")
        said: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self.waits = True
        workplace.window.pairing_compares(Comparing(seen.address, seen.check), _once(said))
        same = await said
        self.waits = False
        return same

    def _device(self) -> Device:
        displays = self._workplace.station.displays()
        return this_device(
            app_version=self._workplace.version,
            displays=len(displays),
            monitors=[f"{each.name} {each.width} × {each.height}" for each in displays],
        )


def _is_asking(wish: PairingWish) -> bool:
    """Tell a wish to be approved from one that brings a link or a code."""
    return wish.link is None and wish.code is None


def _once(said: "asyncio.Future[bool]") -> Callable[[bool], None]:
    def answer(same: bool) -> None:
        if not said.done():
            said.set_result(same)

    return answer

"""Steering: from the line of the moment to the windows, and from what they show back to it."""

import asyncio
from collections.abc import Callable

import structlog

from app.link.relay_link import RelayLink
from app.stage.status import Facts
from app.stage.steering import Steering
from app.wiring.workplace import Workplace
from relay.contract.codec import Malformed, convert
from relay.contract.steering import Steer, ViewportState

log = structlog.get_logger()


class SteeringHere:
    """Follows phones, on whichever line there is."""

    def __init__(self, workplace: Workplace) -> None:
        """Hear from the windows and from every line from now on."""
        self._workplace = workplace
        self._link: RelayLink | None = None
        self._steering = Steering(workplace.station, self._tell, _later)
        workplace.station.listen_to_sights(self._steering.seen)
        workplace.status.listen(self._facts_changed)

    def _facts_changed(self, _facts: Facts) -> None:
        link = self._workplace.line.link
        if link is self._link:
            return
        self._link = link
        if link is not None:
            link.steering.heard = self._heard
            for state in self._steering.states():
                link.steering.changed(state)

    def _heard(self, payload: object) -> None:
        try:
            self._steering.steer(convert(payload, Steer))
        except Malformed as malformed:
            log.warning("A wish of a phone cannot be read", field=malformed.field)

    def _tell(self, state: ViewportState) -> None:
        if self._link is not None:
            self._link.steering.changed(state)


def _later(seconds: float, work: Callable[[], None]) -> asyncio.TimerHandle:
    return asyncio.get_running_loop().call_later(seconds, work)

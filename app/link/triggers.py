"""Scans of this bench on their way to the relay: in the relay's time, with a good token, and once.

A refusal because of the clock or of an old token is answered by sending the same trigger, with the same id, again: the
relay gives the first answer if it had accepted after all. The request says whose trace it is (relay.contract.tracing),
so that the relay's log and its traces name the scan alike.
"""

from collections.abc import Callable
from datetime import timedelta

import msgspec
import structlog

from app.errors import RelayRefused
from app.link.clock import RelayTime
from app.link.credentials import Credentials, Revoked
from relay.contract.commands import Trigger
from relay.contract.problems import Code, write_problem
from relay.contract.reports import DeliveryReport
from relay.contract.tracing import trace_id_of, traceparent_of
from relay.contract.wording import Language

log = structlog.get_logger()

TOKEN_REFUSED = frozenset({Code.TOKEN_EXPIRED.value, Code.TOKEN_INVALID.value})


class Triggers:
    """The way of a scan to the relay."""

    def __init__(
        self, credentials: Credentials, time: RelayTime, *, language: Callable[[], Language]
    ) -> None:
        """Ask with these credentials; refusals of our own are worded in `language()`."""
        self._credentials = credentials
        self._time = time
        self._language = language

    async def send(self, trigger: Trigger, *, wait_ms: int) -> DeliveryReport:
        """Ask the relay to show an order, and wait for how it ends, at most `wait_ms`.

        The timestamp is set here, in the relay's time. Raises RelayRefused or RelayUnreachable.
        """
        with structlog.contextvars.bound_contextvars(trace_id=trace_id_of(trigger.id)):
            return await self._send_again_if_need_be(trigger, wait_ms)

    async def _send_again_if_need_be(self, trigger: Trigger, wait_ms: int) -> DeliveryReport:
        try:
            return await self._send(trigger, wait_ms)
        except RelayRefused as refusal:
            problem = refusal.problem
            if problem.code == Code.CLOCK_SKEW.value and problem.server_time is not None:
                behind_ms = self._time.is_now(problem.server_time)
                log.warning("This machine's clock is off; the relay's is used", offset_ms=behind_ms)
            elif problem.code not in TOKEN_REFUSED:
                raise
        return await self._send(trigger, wait_ms)

    async def _send(self, trigger: Trigger, wait_ms: int) -> DeliveryReport:
        try:
            token = await self._credentials.token()
        except Revoked as error:
            raise RelayRefused(write_problem(Code.TOKEN_INVALID, self._language(), trace_id="")) from error
        stamped = msgspec.structs.replace(trigger, timestamp=self._time.now_ms())
        try:
            return await self._credentials.http.call(
                "POST",
                "/api/trigger",
                DeliveryReport,
                body=stamped,
                token=token,
                params={"wait": "shown", "timeoutMs": str(wait_ms)},
                patience=timedelta(milliseconds=wait_ms, seconds=10),
                traceparent=traceparent_of(trigger.id),
            )
        except RelayRefused as refusal:
            if refusal.problem.code in TOKEN_REFUSED:
                self._credentials.expired(token)
            raise

"""Tells the relay how commands ended, until it has each outcome for good.

What must always hold: an outcome is put away only when the relay says that it has it, or that no relay will ever want
it. A refusal for any other reason, such as that this line was replaced by a newer one, leaves it where it is.
"""

import asyncio

import structlog

from app.link.inbox import InboxBroken
from app.link.intake import Intake
from app.link.line import Line
from relay.contract.codec import text_in, to_builtins
from relay.contract.problems import Code
from relay.contract.reports import Outcome

log = structlog.get_logger()

ANSWER_SECONDS = 5
# The relay has no such delivery (its journal is another one by now), or cannot read what this app says.
_UNWANTED = frozenset({Code.DELIVERY_NOT_FOUND.value, Code.VALIDATION_ERROR.value})


class OutcomeTeller:
    """The outcomes' way to the relay."""

    def __init__(self, intake: Intake) -> None:
        """Tell what this intake owes."""
        self._intake = intake

    async def tell(self, line: Line) -> None:
        """Tell on this line whatever is due, and whatever becomes due; until cancelled."""
        intake = self._intake
        while True:
            intake.something_due.clear()
            for outcome in tuple(intake.due.values()):
                try:
                    answer = await line.ask("outcome", to_builtins(outcome), ANSWER_SECONDS)
                except TimeoutError:
                    break
                if _is_final(answer):
                    await self._put_away(outcome)
            try:
                async with asyncio.timeout(ANSWER_SECONDS if intake.due else None):
                    await intake.something_due.wait()
            except TimeoutError:
                pass

    async def _put_away(self, outcome: Outcome) -> None:
        try:
            await self._intake.reported(outcome)
        except InboxBroken as error:
            log.exception("The inbox could not note a told outcome", id=outcome.id, reason=str(error))


def _is_final(answer: object) -> bool:
    code = text_in(answer, "code")
    if code is None:
        return isinstance(answer, dict) and answer.get("success") is True
    if code in _UNWANTED:
        log.warning("The relay has no use for an outcome", code=code)
        return True
    log.info("The relay does not take an outcome now", code=code)
    return False

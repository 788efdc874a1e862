"""Takes each command from the line once, has it performed, and keeps its outcome until the relay has it.

How it works: `take` decodes, writes the command into the inbox and returns the acknowledgement; the command is then
performed in a task of its own, in the order of arrival, so that a newer one can end an older. Outcomes wait in
`due` until `reported`.

What must always hold: no `received: true` before the command is on disk, and no outcome told before the inbox has it:
what the relay knows as shown is never shown again. What was received and has no outcome is performed again after a
restart, as soon as the relay has said what time it is, unless something newer for the same window came in.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from time import perf_counter
from typing import cast

import msgspec
import structlog

from app.link.inbox import Beginning, Inbox, InboxBroken
from relay.contract.codec import Malformed, convert, text_in, to_builtins
from relay.contract.commands import (
    COMMANDS,
    AnyCommand,
    Close,
    Command,
    Hello,
    Navigate,
    StatusQuestion,
    Undo,
    verb_of,
)
from relay.contract.names import ScreenId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import Outcome, Received, Timings
from relay.contract.tracing import trace_id_of
from relay.contract.wording import Language, Wording

log = structlog.get_logger()

# A command that was cut off by the end of the app so often is what ends it: a bench must not go round for ever.
RESUMPTIONS = 3

Spawn = Callable[[Coroutine[object, object, object], str], "asyncio.Task[object]"]


class Intake:
    """What this bench was told to do, and what became of it."""

    def __init__(
        self,
        *,
        inbox: Inbox,
        perform: Callable[[AnyCommand], Awaitable[Outcome]],
        spawn: Spawn,
        screen_id: Callable[[], ScreenId],
        language: Callable[[], Language],
    ) -> None:
        """Perform commands for this screen."""
        self._inbox = inbox
        self._perform = perform
        self._spawn = spawn
        self._screen_id = screen_id
        self._language = language
        self._under_way: set[str] = set()
        self._unkept: dict[str, Outcome] = {}
        self._is_resumed = False
        self.due: dict[str, Outcome] = {}
        self.something_due = asyncio.Event()

    async def load(self) -> None:
        """Load the outcomes that are still to be told. Raises InboxBroken."""
        for outcome in await self._inbox.unreported():
            self._owe(outcome)

    async def greeted(self, hello: Hello) -> Beginning:
        """Hear the relay's greeting; the first one lets what was cut off by a restart go on. Raises InboxBroken."""
        beginning = await self._inbox.begin(hello, self._screen_id())
        if beginning == "other":
            # Nothing of another journal, or of another screen, is put over what this one will ask for.
            for command in await self._cut_off():
                await self._put_away(command)
        if beginning != "fenced" and not self._is_resumed:
            self._is_resumed = True
            await self._resume()
        return beginning

    async def _resume(self) -> None:
        cut_off = await self._cut_off()
        newest: dict[str, int] = {}
        for position, command in enumerate(cut_off):
            if isinstance(command, Navigate | Close | Undo):
                newest[command.window_id] = position
        for position, command in enumerate(cut_off):
            if position < newest.get(command.window_id, -1) or await self._is_outdated(command):
                await self._put_away(command)
            elif await self._inbox.resumed(command.id) > RESUMPTIONS:
                log.error("A command that ends the app is given up", command=verb_of(command), id=command.id)
                await self._give_up(command)
            else:
                log.info(
                    "A command that was cut off is performed again", command=verb_of(command), id=command.id
                )
                self._begin(command, perf_counter())

    async def _cut_off(self) -> tuple[AnyCommand, ...]:
        unfinished = await self._inbox.unfinished()
        return tuple(each for each in unfinished if each.id.lower() not in self._under_way)

    async def take(self, verb: str, payload: object) -> dict[str, object]:
        """Take a command; returns its acknowledgement.

        A line that is lost meanwhile changes nothing: what is on disk is begun.
        """
        taking = self._spawn(self._take(verb, payload), "take a command")
        answer = await asyncio.shield(taking)
        assert isinstance(answer, dict)
        return cast("dict[str, object]", answer)

    async def _take(self, verb: str, payload: object) -> dict[str, object]:
        arrived = perf_counter()
        try:
            command = convert(payload, COMMANDS[verb])
        except Malformed as malformed:
            reason = write_problem(
                Code.VALIDATION_ERROR,
                self._language(),
                trace_id="",
                values={"field": malformed.field, "reason": malformed.reason},
            ).detail
            log.warning(
                "A command does not fit the contract",
                command=verb,
                field=malformed.field,
            )
            return _refused(_id_in(payload), Code.VALIDATION_ERROR, reason)
        if command.screen_id.casefold() != self._screen_id().casefold():
            reason = Wording(self._language()).say("link.not_for_this_screen")
            return _refused(command.id, Code.FORBIDDEN, reason)
        try:
            taken = await self._inbox.take(command, late=self._superseded(command.id))
            # New, or written down just when the line dropped, before anybody could begin with it.
            outcome = taken.outcome or self._unkept.get(command.id.lower())
            is_to_begin = outcome is None and command.id.lower() not in self._under_way
            if is_to_begin and taken.kind == "known" and await self._is_outdated(command):
                await self._put_away(command)
                is_to_begin = False
        except InboxBroken as error:
            log.exception("A command could not be written down", id=command.id, reason=str(error))
            say = Wording(self._language()).say
            reason = say("link.inbox_full") if error.is_full else say("link.inbox_broken")
            return _refused(command.id, Code.SCREEN_UNHEALTHY, reason)
        if outcome is not None:
            self._owe(outcome)
        elif is_to_begin:
            self._begin(command, arrived)
        return to_builtins(Received(received=True, id=command.id))

    def unknown(self, event: str, payload: object) -> object:
        """Refuse a command that only a newer app knows (UNSUPPORTED), so that its delivery ends and says so; what is
        no command needs no answer.
        """
        try:
            command = convert(payload, Command)
        except Malformed:
            log.debug("An event that this app does not know", event_name=event)
            return None
        log.warning("A command that this app does not know", command=event, id=command.id)
        reason = write_problem(
            Code.UNSUPPORTED, self._language(), trace_id="", values={"what": event[:40]}
        ).detail
        return _refused(command.id, Code.UNSUPPORTED, reason)

    async def status(self, payload: object) -> dict[str, object]:
        """Answer `status?`: the outcome, `received` while it is being performed, `unknown` for what never came."""
        try:
            id_ = convert(payload, StatusQuestion).id
        except Malformed:
            return {"id": _id_in(payload), "state": "unknown"}
        if (outcome := self.due.get(id_.lower()) or self._unkept.get(id_.lower())) is not None:
            return to_builtins(outcome)
        known = await self._inbox.look_up(id_)
        if known is None:
            return {"id": id_, "state": "unknown"}
        if known.outcome is not None:
            return to_builtins(known.outcome)
        return {"id": id_, "state": "received" if id_.lower() in self._under_way else "unknown"}

    async def reported(self, outcome: Outcome) -> None:
        """Hear that the relay has this outcome."""
        if self.due.get(outcome.id.lower()) is outcome:
            del self.due[outcome.id.lower()]
        if outcome.id.lower() in self._unkept:
            await self._inbox.settle(outcome)
            del self._unkept[outcome.id.lower()]
        await self._inbox.reported(outcome.id)

    async def _is_outdated(self, command: AnyCommand) -> bool:
        """Tell whether its window was told something newer since it was written down."""
        return command.seq < await self._inbox.applied_in(command.window_id)

    async def _put_away(self, command: AnyCommand) -> None:
        outcome = self._superseded(command.id)
        await self._inbox.settle(outcome)
        self._owe(outcome)

    async def _give_up(self, command: AnyCommand) -> None:
        reason = Wording(self._language()).say("link.cut_off_again")
        outcome = Outcome(id=command.id, state="failed", code=Code.INTERNAL_ERROR.value, error=reason)
        await self._inbox.settle(outcome)
        self._owe(outcome)

    def _begin(self, command: AnyCommand, arrived: float) -> None:
        self._under_way.add(command.id.lower())
        self._spawn(self._do(command, arrived), f"perform {command.id}")

    async def _do(self, command: AnyCommand, arrived: float) -> None:
        # A task has a context of its own: every line that is logged on the way to the paint names the trace.
        structlog.contextvars.bind_contextvars(trace_id=trace_id_of(command.id))
        waited_ms = (perf_counter() - arrived) * 1000
        try:
            outcome = _since_arrival(await self._perform(command), waited_ms)
            try:
                await self._inbox.settle(outcome)
            except InboxBroken as error:
                log.exception("An outcome could not be written down", id=outcome.id, reason=str(error))
                self._unkept[outcome.id.lower()] = outcome
            self._owe(outcome)
        finally:
            # Not before the inbox has the outcome: one that is sent again in between would be begun again.
            self._under_way.discard(command.id.lower())

    def _owe(self, outcome: Outcome) -> None:
        self.due[outcome.id.lower()] = outcome
        self.something_due.set()

    def _superseded(self, id_: str) -> Outcome:
        detail = write_problem(Code.SUPERSEDED, self._language(), trace_id="").detail
        return convert(
            {"id": id_, "state": "failed", "code": Code.SUPERSEDED.value, "error": detail}, Outcome
        )


def _since_arrival(outcome: Outcome, waited_ms: float) -> Outcome:
    """Count the outcome's milliseconds from the moment the command came off the line."""
    told = outcome.timings
    if told is None:
        return outcome
    timings = Timings(
        received_ms=round(waited_ms, 3),
        loaded_ms=None if told.loaded_ms is None else round(told.loaded_ms + waited_ms, 3),
        shown_ms=None if told.shown_ms is None else round(told.shown_ms + waited_ms, 3),
    )
    return msgspec.structs.replace(outcome, timings=timings)


def _refused(id_: str, code: Code, reason: str) -> dict[str, object]:
    # Written by hand: a malformed command may have an id that the contract would not let through.
    return {"received": False, "id": id_, "code": code.value, "error": reason[:1000]}


def _id_in(payload: object) -> str:
    return (text_in(payload, "id") or "")[:64]

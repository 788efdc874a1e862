"""The line to the relay: connects, receives, acknowledges, tells outcomes, and comes back after every drop, for ever.

How it works: `run` is the supervisor. It gets an access token, tries the relay's addresses in order, and lives on the
line until it ends. On a line workers run: one reads events strictly in their order, one tells outcomes until the relay
has each, one tells the presence, one renews the token. If a worker ends, the line is given up and a new one is made:
a line that looks alive and hears nothing is the worst of all.

What must always hold: the first thing said after `hello` is the presence, from which catch-up starts. Outcomes leave
the inbox only when the relay has acknowledged them. Only a revoked or replaced bench stops trying, and says so.
"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta

import msgspec
import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.backoff import Backoff
from app.link.credentials import Credentials, Revoked
from app.link.inbox import Inbox, InboxBroken
from app.link.intake import Intake
from app.link.line import Heard, Line, LineRefused
from app.stage.status import LinkState
from relay.contract.codec import Malformed, convert, text_in, to_builtins
from relay.contract.commands import AnyCommand, Hello, TokenRenewal, Trigger
from relay.contract.events import Drain
from relay.contract.names import VERBS
from relay.contract.problems import Code, write_problem
from relay.contract.reports import CAPABILITY_OUTCOME, PROTOCOL, DeliveryReport, Outcome, Presence
from relay.contract.wording import DEFAULT_LANGUAGE, Language, Wording

log = structlog.get_logger()

Spawn = Callable[[Coroutine[object, object, object], str], "asyncio.Task[object]"]

ANSWER_SECONDS = 5
PRESENCE_PAUSE_SECONDS = 0.05
# A line that lasted so long was a good one: the next wait begins short again.
GOOD_LINE_SECONDS = 2.0
HELLO_SECONDS = 15.0
_TOKEN_REFUSED = {Code.TOKEN_EXPIRED.value, Code.TOKEN_INVALID.value}
_NOT_NOW = {Code.INTERNAL_ERROR.value, Code.RELAY_UNAVAILABLE.value, Code.RATE_LIMITED.value}


@dataclass(frozen=True)
class _Ended:
    """How a line, or the attempt to get one, ended; the next one begins at the monotonic second `again_at`."""

    state: LinkState
    detail: str
    again_at: float = 0.0
    stop: bool = False


class RelayLink:
    """The line of one bench to its relay."""

    def __init__(
        self,
        *,
        credentials: Credentials,
        inbox: Inbox,
        perform: Callable[[AnyCommand], Awaitable[Outcome]],
        describe: Callable[[], Presence],
        link_changed: Callable[[LinkState, str], None],
        spawn: Spawn,
        now_ms: Callable[[], int],
        language: Language = DEFAULT_LANGUAGE,
    ) -> None:
        """Receive for these credentials. `describe` tells monitors and windows; the link adds what it knows itself."""
        self.language: Language = language
        self._credentials = credentials
        self._inbox = inbox
        self._describe = describe
        self._link_changed = link_changed
        self._spawn = spawn
        self._now_ms = now_ms
        self._offset_ms = 0
        self._backoff = Backoff()
        self._logged: list[dict[str, str]] = []
        self._presence_due = asyncio.Event()
        self._greeted = asyncio.Event()
        self._drained = asyncio.Event()
        self._ended: _Ended | None = None
        self._intake = Intake(
            inbox=inbox,
            perform=perform,
            spawn=spawn,
            screen_id=lambda: credentials.screen_id,
            language=lambda: self.language,
        )

    async def run(self) -> None:
        """Connect, come back after every drop, for ever; until cancelled."""
        self._link_changed(LinkState.CONNECTING, "")
        try:
            await self._intake.resume()
        except InboxBroken as error:
            log.exception("What was cut off cannot be read", reason=str(error))
        while True:
            ended = await self._attempt()
            self._link_changed(ended.state, ended.detail)
            if ended.stop:
                log.warning("The line to the relay has ended for good", state=ended.state.value)
                await asyncio.Event().wait()
            await asyncio.sleep(max(0.0, ended.again_at - time.monotonic()))

    def presence_changed(self) -> None:
        """Tell the relay what is true here now; several calls in a row become one message."""
        self._presence_due.set()

    def server_now_ms(self) -> int:
        """Return the relay's time as far as it is known: this machine's clock and the difference it showed last."""
        return self._now_ms() + self._offset_ms

    async def trigger(self, trigger: Trigger, *, wait_ms: int) -> DeliveryReport:
        """Scan an order at this bench: ask the relay to show it, and wait for how it ends, at most `wait_ms`.

        The timestamp is set here, in the relay's time. Raises RelayRefused or RelayUnreachable.
        """
        try:
            return await self._trigger(trigger, wait_ms)
        except RelayRefused as refusal:
            problem = refusal.problem
            if problem.code == Code.CLOCK_SKEW.value and problem.server_time is not None:
                self._offset_ms = problem.server_time - self._now_ms()
                log.warning("This machine's clock is off; the relay's is used", offset_ms=self._offset_ms)
            elif problem.code not in _TOKEN_REFUSED:
                raise
        # The same id again: the relay gives the first answer if it had accepted after all.
        return await self._trigger(trigger, wait_ms)

    async def _trigger(self, trigger: Trigger, wait_ms: int) -> DeliveryReport:
        try:
            token = await self._credentials.token()
        except Revoked as error:
            raise RelayRefused(write_problem(Code.TOKEN_INVALID, self.language, trace_id="")) from error
        stamped = msgspec.structs.replace(trigger, timestamp=self.server_now_ms())
        try:
            return await self._credentials.http.call(
                "POST",
                "/api/trigger",
                DeliveryReport,
                body=stamped,
                token=token,
                params={"wait": "shown", "timeoutMs": str(wait_ms)},
                patience=timedelta(milliseconds=wait_ms, seconds=10),
            )
        except RelayRefused as refusal:
            if refusal.problem.code in _TOKEN_REFUSED:
                self._credentials.expired(token)
            raise

    # Getting a line.

    async def _attempt(self) -> _Ended:
        """Get a line and live on it. Not even a bug in there may end the trying: it is logged by its task."""
        once = self._spawn(self._once(), "link: one line")
        try:
            await asyncio.wait({once})
        finally:
            if not once.done():
                once.cancel()
                await asyncio.wait({once})
        if once.cancelled() or once.exception() is not None:
            return self._offline(Wording(self.language).say("link.lost"))
        ended = once.result()
        assert isinstance(ended, _Ended)
        return ended

    async def _once(self) -> _Ended:
        try:
            token = await self._credentials.token()
            addresses = self._credentials.http.addresses()
        except Revoked:
            return self._revoked()
        except RelayRefused as refusal:
            return self._offline(refusal.problem.detail, refusal.problem.retry_after_ms)
        except RelayUnreachable as unreachable:
            return self._offline(unreachable.problem(self.language).detail)
        failure = ""
        for address in addresses:
            try:
                async with Line(self._credentials.relay, address, token, language=self.language) as line:
                    return await self._live(line, token)
            except LineRefused as refused:
                self._log_failure("The relay refused the line", code=refused.code, address=address)
                if refused.code in _TOKEN_REFUSED:
                    self._credentials.expired(token)
                problem = refused.problem
                return self._offline(
                    problem.detail if problem else "", problem.retry_after_ms if problem else None
                )
            except TimeoutError:
                failure = RelayUnreachable("timeout", address).problem(self.language).detail
            except RelayUnreachable as unreachable:
                self._log_failure(
                    "No line", address=address, step=unreachable.step, reason=unreachable.reason
                )
                failure = unreachable.problem(self.language).detail
        return self._offline(failure)

    def _offline(self, detail: str, retry_after_ms: int | None = None) -> _Ended:
        wait_seconds = max(self._backoff.next_seconds(), (retry_after_ms or 0) / 1000)
        return _Ended(LinkState.OFFLINE, detail, again_at=time.monotonic() + wait_seconds)

    def _log_failure(self, sentence: str, **fields: str) -> None:
        # An attempt a second, for a whole night: the same failure is worth one line.
        (log.debug if fields in self._logged else log.info)(sentence, **fields)
        self._logged = [*self._logged[-len(self._credentials.relay.addresses) :], fields]

    def _revoked(self) -> _Ended:
        self._credentials.revoke()
        return _Ended(LinkState.REVOKED, Wording(self.language).say("link.revoked"), stop=True)

    # Living on a line.

    async def _live(self, line: Line, token: str) -> _Ended:
        started = time.monotonic()
        self._ended = None
        self._greeted.clear()
        self._drained.clear()
        self._presence_due.clear()
        workers = [
            self._spawn(self._read(line), "link: events"),
            self._spawn(self._tell_outcomes(line), "link: outcomes"),
            self._spawn(self._tell_presence(line), "link: presence"),
            self._spawn(self._renew_token(line, token), "link: token"),
            self._spawn(self._leave_when_drained(), "link: drain"),
        ]
        end = self._spawn(line.wait_end(), "link: end")
        try:
            await asyncio.wait({end, *workers}, return_when=asyncio.FIRST_COMPLETED)
            is_silent = (
                end.done() and not end.cancelled() and end.exception() is None and end.result() is True
            )
        finally:
            for task in (end, *workers):
                task.cancel()
            await asyncio.gather(end, *workers, return_exceptions=True)
        if time.monotonic() - started > GOOD_LINE_SECONDS:
            self._backoff.reset()
        log.info(
            "The line to the relay has ended", seconds=round(time.monotonic() - started, 1), silent=is_silent
        )
        if self._ended is not None:
            return self._ended
        if line.was_replaced:
            return _Ended(LinkState.REPLACED, "", stop=True)
        return self._offline(Wording(self.language).say("link.silent" if is_silent else "link.lost"))

    async def _read(self, line: Line) -> None:
        while True:
            heard = await line.heard.get()
            answer = await self._hear(line, heard)
            if not heard.answer.done():
                heard.answer.set_result(answer)
            if self._ended is not None and self._ended.stop:
                return

    async def _hear(self, line: Line, heard: Heard) -> object:
        match heard.event:
            case verb if verb in VERBS:
                return await self._intake.take(verb, heard.payload)
            case "status?":
                return await self._intake.status(heard.payload)
            case "hello":
                await self._on_hello(line, heard.payload)
            case "session:revoked":
                self._ended = self._revoked()
            case "session:replaced":
                self._ended = _Ended(LinkState.REPLACED, "", stop=True)
            case "drain":
                self._on_drain(heard.payload)
            case "error":
                log.warning("The relay reports a problem", problem=_code_in(heard.payload))
            case _:
                log.debug("An event that this app does not know", event_name=heard.event)
        return None

    async def _on_hello(self, line: Line, payload: object) -> None:
        try:
            hello = convert(payload, Hello)
        except Malformed as malformed:
            log.exception("The relay's hello cannot be read", field=malformed.field)
            return
        self._offset_ms = hello.server_time - self._now_ms()
        line.heartbeat_is(hello.heartbeat_ms)
        if await self._inbox.begin_epoch(hello.epoch):
            log.warning("The relay begins a new journal; the counters are reset")
        self._greeted.set()
        self._logged.clear()
        log.info("The line to the relay is up", address=line.address, epoch=hello.epoch, gen=hello.gen)

    def _on_drain(self, payload: object) -> None:
        try:
            after_ms = convert(payload, Drain).after_ms
        except Malformed:
            after_ms = 1000
        seconds = self._backoff.part_of(max(0, min(after_ms, 60_000)) / 1000)
        # Whoever closes first, the relay or we: the next line is made only after this time.
        detail = Wording(self.language).say("link.draining")
        self._ended = _Ended(LinkState.OFFLINE, detail, again_at=time.monotonic() + seconds)
        self._drained.set()

    async def _leave_when_drained(self) -> None:
        await self._drained.wait()
        if self._ended is not None:
            await asyncio.sleep(max(0.0, self._ended.again_at - time.monotonic()))

    async def _tell_presence(self, line: Line) -> None:
        try:
            async with asyncio.timeout(HELLO_SECONDS):
                await self._greeted.wait()
        except TimeoutError:
            log.warning("The relay said no hello; the line is given up")
            return
        while True:
            self._presence_due.clear()
            presence = msgspec.structs.replace(
                self._describe(),
                protocol=PROTOCOL,
                applied_seq=self._inbox.applied_seq,
                epoch=self._inbox.epoch,
                capabilities=(CAPABILITY_OUTCOME,),
            )
            await line.tell("presence", to_builtins(presence))
            self._link_changed(LinkState.CONNECTED, "")
            await self._presence_due.wait()
            await asyncio.sleep(PRESENCE_PAUSE_SECONDS)

    async def _tell_outcomes(self, line: Line) -> None:
        await self._greeted.wait()
        while True:
            self._intake.something_due.clear()
            for outcome in tuple(self._intake.due.values()):
                try:
                    answer = await line.ask("outcome", to_builtins(outcome), ANSWER_SECONDS)
                except TimeoutError:
                    break
                if _code_in(answer) in _NOT_NOW:
                    break
                try:
                    await self._intake.reported(outcome)
                except InboxBroken as error:
                    log.exception("The inbox could not note a told outcome", id=outcome.id, reason=str(error))
            if self._intake.due:
                try:
                    async with asyncio.timeout(ANSWER_SECONDS):
                        await self._intake.something_due.wait()
                except TimeoutError:
                    pass
            else:
                await self._intake.something_due.wait()

    async def _renew_token(self, line: Line, token: str) -> None:
        told = token
        while True:
            await asyncio.sleep(self._credentials.seconds_to_renewal)
            try:
                fresh = await self._credentials.token()
            except Revoked:
                self._ended = self._revoked()
                return
            except (RelayRefused, RelayUnreachable) as error:
                log.info("The token could not be refreshed now", reason=str(error))
                await asyncio.sleep(ANSWER_SECONDS)
                continue
            if fresh != told:
                try:
                    answer = await line.ask(
                        "auth:renew", to_builtins(TokenRenewal(token=fresh)), ANSWER_SECONDS
                    )
                except TimeoutError:
                    continue
                if (code := _code_in(answer)) is not None:
                    log.warning("The relay does not take the fresh token on this line", code=code)
                    return
                told = fresh


def _code_in(answer: object) -> str | None:
    """Read the problem's code out of an acknowledgement; None if it is no refusal."""
    return text_in(answer, "code")

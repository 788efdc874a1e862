"""The line to the relay: connects, receives, acknowledges, tells outcomes, and comes back after every drop, for ever.

How it works: `run` is the supervisor. It gets an access token, tries the relay's addresses in order, and lives on the
line until it ends. On a line workers run: one reads events strictly in their order, one tells outcomes until the relay
has each, one tells the presence, one renews the token. If a worker ends, the line is given up and a new one is made:
a line that looks alive and hears nothing is the worst of all. A PC that has slept makes a new line at once.

What must always hold: there is one line at a time. The first thing said after `hello` is the presence, from which
catch-up starts. No command is taken before `hello`, nor from a connection older than one seen before (`gen`). Only a
revoked or replaced bench stops trying, and says so.
"""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass

import msgspec
import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.backoff import Backoff
from app.link.clock import RelayTime, monotonic, wake_up
from app.link.credentials import Credentials, Revoked
from app.link.inbox import Inbox, InboxBroken
from app.link.intake import Intake
from app.link.line import Heard, Line, LineRefused
from app.link.outcome_teller import ANSWER_SECONDS, OutcomeTeller
from app.link.steering import CAPABILITIES, SteeringLine
from app.link.triggers import TOKEN_REFUSED, Triggers
from app.stage.status import LinkState
from relay.contract.codec import Malformed, convert, text_in, to_builtins
from relay.contract.commands import AnyCommand, Hello, TokenRenewal, Trigger
from relay.contract.events import Drain
from relay.contract.names import VERBS
from relay.contract.reports import PROTOCOL, DeliveryReport, Outcome, Presence
from relay.contract.wording import DEFAULT_LANGUAGE, Language, Wording

log = structlog.get_logger()

Spawn = Callable[[Coroutine[object, object, object], str], "asyncio.Task[object]"]

PRESENCE_PAUSE_SECONDS = 0.05
# A line that lasted so long was a good one: the next wait begins short again.
GOOD_LINE_SECONDS = 2.0
HELLO_SECONDS = 15.0
# What is no answer: the event stays unacknowledged.
_SILENCE = object()


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
        self._time = RelayTime(now_ms)
        self._backoff = Backoff()
        self._logged: list[dict[str, str]] = []
        self._presence_due = asyncio.Event()
        self._greeted = asyncio.Event()
        self._drained = asyncio.Event()
        self._woken = asyncio.Event()
        self._ended: _Ended | None = None
        self._line: Line | None = None
        self._trying: asyncio.Task[object] | None = None
        self._triggers = Triggers(credentials, self._time, language=lambda: self.language)
        self._intake = Intake(
            inbox=inbox,
            perform=perform,
            spawn=spawn,
            screen_id=lambda: credentials.screen_id,
            language=lambda: self.language,
        )
        self._teller = OutcomeTeller(self._intake)
        self.steering = SteeringLine()
        # Hears that what is due next may have changed.
        self.hinted: Callable[[object], None] = lambda _payload: None

    async def run(self) -> None:
        """Connect, come back after every drop, for ever; until cancelled."""
        self._link_changed(LinkState.CONNECTING, "")
        try:
            await self._intake.load()
        except InboxBroken as error:
            log.exception("What is still to be told cannot be read", reason=str(error))
        watch = self._spawn(self._watch_sleep(), "link: sleep")
        try:
            while True:
                ended = await self._attempt()
                self._link_changed(ended.state, ended.detail)
                if ended.stop:
                    log.warning("The line to the relay has ended for good", state=ended.state.value)
                    await asyncio.Event().wait()
                await self._pause(ended.again_at)
        finally:
            watch.cancel()

    def presence_changed(self) -> None:
        """Tell the relay what is true here now; several calls in a row become one message."""
        self._presence_due.set()

    def server_now_ms(self) -> int:
        """Return the relay's time as far as it is known: this machine's clock and the difference it showed last."""
        return self._time.now_ms()

    async def trigger(self, trigger: Trigger, *, wait_ms: int) -> DeliveryReport:
        """Scan an order at this bench: ask the relay to show it, and wait for how it ends, at most `wait_ms`.

        The timestamp is set here, in the relay's time. Raises RelayRefused or RelayUnreachable.
        """
        return await self._triggers.send(trigger, wait_ms=wait_ms)

    # Getting a line.

    async def _attempt(self) -> _Ended:
        """Get a line and live on it. Not even a bug in there may end the trying: it is logged by its task."""
        self._woken.clear()
        once = self._trying = self._spawn(self._once(), "link: one line")
        try:
            await asyncio.wait({once})
        finally:
            self._trying = None
            if not once.done():
                once.cancel()
                await asyncio.wait({once})
        if self._woken.is_set():
            self._backoff.reset()
            return _Ended(LinkState.OFFLINE, Wording(self.language).say("link.lost"))
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
                self._line = Line(self._credentials.relay, address, token, language=self.language)
                async with self._line as line:
                    return await self._live(line, token)
            except LineRefused as refused:
                self._log_failure("The relay refused the line", code=refused.code, address=address)
                if refused.code in TOKEN_REFUSED:
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
        return _Ended(LinkState.OFFLINE, detail, again_at=monotonic() + wait_seconds)

    async def _pause(self, until: float) -> None:
        """Wait until this monotonic second; after a sleep there is nothing to wait for."""
        try:
            async with asyncio.timeout(max(0.0, until - monotonic())):
                await self._woken.wait()
        except TimeoutError:
            pass

    async def _watch_sleep(self) -> None:
        while True:
            seconds = await wake_up()
            log.info("This PC has slept; the line to the relay is made anew", seconds=round(seconds))
            self._backoff.reset()
            self._woken.set()
            if self._line is not None:
                self._line.give_up()
            if self._trying is not None:
                self._trying.cancel()

    def _log_failure(self, sentence: str, **fields: str) -> None:
        # An attempt a second, for a whole night: the same failure is worth one line.
        (log.debug if fields in self._logged else log.info)(sentence, **fields)
        self._logged = [*self._logged[-len(self._credentials.relay.addresses) :], fields]

    def _revoked(self) -> _Ended:
        self._credentials.revoke()
        return _Ended(LinkState.REVOKED, Wording(self.language).say("link.revoked"), stop=True)

    # Living on a line.

    async def _live(self, line: Line, token: str) -> _Ended:
        started = monotonic()
        self._ended = None
        self._greeted.clear()
        self._drained.clear()
        self._presence_due.clear()
        workers = [
            self._spawn(self._read(line), "link: events"),
            self._spawn(self._teller.tell(line), "link: outcomes"),
            self._spawn(self._tell_presence(line), "link: presence"),
            self._spawn(self.steering.tell(line), "link: steering"),
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
        if is_silent:
            line.give_up()
        if monotonic() - started > GOOD_LINE_SECONDS:
            self._backoff.reset()
        log.info("The line to the relay has ended", seconds=round(monotonic() - started, 1), silent=is_silent)
        if self._ended is not None:
            return self._ended
        if line.was_replaced:
            return _Ended(LinkState.REPLACED, "", stop=True)
        return self._offline(Wording(self.language).say("link.silent" if is_silent else "link.lost"))

    async def _read(self, line: Line) -> None:
        while True:
            heard = await line.heard.get()
            answer = await self._hear(line, heard)
            if answer is not _SILENCE and not heard.answer.done():
                heard.answer.set_result(answer)
            if self._ended is not None and (self._ended.stop or not self._drained.is_set()):
                return

    async def _hear(self, line: Line, heard: Heard) -> object:
        match heard.event:
            case verb if verb in VERBS:
                if not self._greeted.is_set():
                    log.warning("A command came before the relay's hello, and is not taken", command=verb)
                    return _SILENCE
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
            case "upcoming" | "steer" as hint:
                (self.hinted if hint == "upcoming" else self.steering.heard)(heard.payload)
            case "error":
                log.warning("The relay reports a problem", problem=_code_in(heard.payload))
            case _:
                return self._intake.unknown(heard.event, heard.payload)
        return None

    async def _on_hello(self, line: Line, payload: object) -> None:
        try:
            hello = convert(payload, Hello)
        except Malformed as malformed:
            log.exception("The relay's hello cannot be read", field=malformed.field)
            return
        self._time.is_now(hello.server_time)
        line.heartbeat_is(hello.heartbeat_ms)
        try:
            beginning = await self._intake.greeted(hello)
        except InboxBroken as error:
            # Its commands are not taken: it is not known which of them are old.
            log.exception("The relay's greeting could not be written down", reason=str(error))
            self._ended = self._offline(Wording(self.language).say("link.inbox_broken"))
            return
        if beginning == "fenced":
            log.warning(
                "The relay does not know of this bench's newer line; this one is given up", gen=hello.gen
            )
            self._ended = self._offline(Wording(self.language).say("link.fenced"))
            return
        if beginning == "other":
            log.warning("The relay counts anew for this bench, and so does the inbox", epoch=hello.epoch)
        self._credentials.http.found(line.address)
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
        self._ended = _Ended(LinkState.OFFLINE, detail, again_at=monotonic() + seconds)
        self._drained.set()

    async def _leave_when_drained(self) -> None:
        await self._drained.wait()
        if self._ended is not None:
            await asyncio.sleep(max(0.0, self._ended.again_at - monotonic()))

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
                capabilities=CAPABILITIES,
            )
            await line.tell("presence", to_builtins(presence))
            self.steering.begin()
            self._link_changed(LinkState.CONNECTED, self._notice())
            await self._presence_due.wait()
            await asyncio.sleep(PRESENCE_PAUSE_SECONDS)

    def _notice(self) -> str:
        """Say what somebody should look after although the line is up; mostly nothing."""
        if (aside := self._inbox.moved_aside) is None:
            return ""
        return Wording(self.language).say("link.inbox_renewed", file=aside.name)

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

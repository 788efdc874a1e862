"""Draws documents in processes of their own, so that no document can hold up, hang or end the app.

How it works: a job goes to a press that has nothing to do; one that has the document open is preferred. If all
are busy for longer than `BUSY_SECONDS` and fewer than `MOST` are running, another one starts (0.15 s), so that
a scan never waits for a document that nobody wants any more. A job that is no longer wanted gets
`GRACE_SECONDS` to end; then its press is killed. A press that dies over a job is replaced and the job tried
once more, unless it had its time. After `REST_SECONDS` without work only one press is left, and none that
has grown large.

What must never happen: that anything here waits for a process in the event loop, or that the app itself reads
the bytes of a document. What cannot be helped: a process that not even a kill ends (a network drive that has
gone) is left behind, and after `MOST_STUCK` of them the app has to be started anew; `worn_out` is called
then, once.
"""

import asyncio
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import structlog

from app.bridge import spawn
from app.stage.surface import CannotShow, Content
from app.windows.large_blocks import keep_large_blocks_apart
from app.windows.paper import Paper
from app.windows.press_process import Answer, PressLost, PressProcess
from relay.contract.problems import Code

log = structlog.get_logger()

MOST = 2
MOST_STUCK = 3
MOST_TRIES = 2
RETRY_WITHIN_SECONDS = 2.0
GRACE_SECONDS = 0.5
BUSY_SECONDS = 0.15
REST_SECONDS = 10.0
_STUCK_SECONDS = 5.0
_LARGE_BYTES = 250_000_000
_MANY_JOBS = 5000
_FAILED_STARTS = 2


@dataclass(eq=False)
class _Job:
    question: dict[str, Any]
    idle: bool
    answered: "asyncio.Future[Answer]"
    tries: int = 0


@dataclass(eq=False)
class _Press:
    process: PressProcess
    job: _Job | None = None
    began: float = 0.0  # when it was given its job, on the loop's clock
    telling: bool = False

    @property
    def is_free(self) -> bool:
        return self.job is None and not self.telling


class Press:
    """Opens documents, and hands their jobs to the processes that draw."""

    def __init__(
        self,
        *,
        limit_seconds: float = 35.0,
        worn_out: Callable[[], None] | None = None,
        make: Callable[[], PressProcess] = PressProcess,
    ) -> None:
        """Start idle; a process is started when it is needed.

        A process ends itself when one job takes `limit_seconds`. `worn_out` is called when too many
        processes could not be ended or started: only a restart of the app helps.
        """
        keep_large_blocks_apart()  # the pages that come back
        self.draws = 0  # pages that were asked for, in all
        self._limit_seconds = limit_seconds
        self._worn_out = worn_out
        self._make = make
        self._numbers = itertools.count(1)
        self._presses: list[_Press] = []
        self._waiting: list[_Job] = []
        self._stuck = 0
        self._failed_starts = 0
        self._rest: asyncio.TimerHandle | None = None
        self._worked_at = 0.0
        self._dismissed = False

    def on_worn_out(self, worn_out: Callable[[], None]) -> None:
        """Call this when only a restart of the app helps."""
        self._worn_out = worn_out

    async def open(self, content: Content) -> Paper:
        """Open a PDF or picture file. Raises CannotShow (DOCUMENT_UNREADABLE or DOCUMENT_TOO_LARGE)."""
        if content.path is None:
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.missing")
        number = next(self._numbers)
        source = {"path": str(content.path), "kind": content.kind, "media": content.media_type}
        try:
            answer = await self.ask({"do": "open", "paper": number, **source})
        except BaseException:
            self.forget(number)
            raise
        return Paper(self, number, source, answer.said["pages"])

    def warm_up(self) -> None:
        """Start the first process, so that the first document need not wait for it."""
        if not self._presses and not self._dismissed:
            self._tell(self._start())

    async def ask(self, question: dict[str, Any], *, idle: bool = False) -> Answer:
        """Ask a press; an `idle` question waits until nobody wants anything else. Raises CannotShow."""
        self._refuse_when_worn_out()
        self.draws += question["do"] == "draw"
        job = _Job(question, idle, asyncio.get_running_loop().create_future())
        self._waiting.append(job)
        self._hand_out()
        try:
            return await job.answered
        except asyncio.CancelledError:
            self._abandon(job)
            raise

    def forget(self, number: int) -> None:
        """Let go of an opened document, in every process that has it."""
        for press in self._presses:
            if number in press.process.papers:
                press.process.papers.discard(number)
                press.process.closed.append(number)
                if press.is_free:
                    self._tell(press)

    def dismiss(self) -> None:
        """End every process, for good."""
        self._dismissed = True
        if self._rest is not None:
            self._rest.cancel()
        for press in self._presses:
            press.process.end()
        self._presses.clear()

    def _hand_out(self) -> None:
        """Give waiting jobs to presses that are free, the wanted ones first."""
        for job in sorted(self._waiting, key=lambda job: job.idle):
            press = self._press_for(job)
            if press is None:
                break
            self._waiting.remove(job)
            press.job = job
            press.began = asyncio.get_running_loop().time()
            spawn(self._do(job, press), f"press {job.question['do']}")

    def _press_for(self, job: _Job) -> _Press | None:
        free = [press for press in self._presses if press.is_free]
        paper = job.question.get("paper")
        for press in free:
            if paper in press.process.papers:
                return press
        if free:
            return free[0]
        if not self._presses:
            return self._start()
        if job.idle or len(self._presses) >= MOST or any(press.telling for press in self._presses):
            return None
        loop = asyncio.get_running_loop()
        soon = min(press.began for press in self._presses) + BUSY_SECONDS - loop.time()
        if soon <= 0:
            return self._start()
        loop.call_later(soon, self._hand_out)
        return None

    def _start(self) -> _Press:
        press = _Press(self._make())
        self._presses.append(press)
        return press

    async def _do(self, job: _Job, press: _Press) -> None:
        process = press.process
        process.papers.add(job.question["paper"])
        try:
            answer = await process.ask({**job.question, "seconds": self._limit_seconds})
        except PressLost as reason:
            self._lost(job, press, reason)
        except CannotShow as reason:
            if not job.answered.done():
                job.answered.set_exception(reason)
        else:
            self._failed_starts = 0
            if not job.answered.done():
                job.answered.set_result(answer)
        finally:
            press.job = None
            self._turn_to_rest()
            if process.closed and press in self._presses and not self._waiting:
                self._tell(press)
            self._hand_out()

    def _lost(self, job: _Job, press: _Press, reason: PressLost) -> None:
        if press in self._presses:  # or we ended it ourselves
            self._presses.remove(press)
            self._failed_starts += not reason.had_started
        if job.answered.done() or self._dismissed:
            return
        log.warning(
            "A process that draws documents ended over one", reason=str(reason), job=job.question["do"]
        )
        job.tries += 1
        had_its_time = asyncio.get_running_loop().time() - press.began > RETRY_WITHIN_SECONDS
        if job.tries < MOST_TRIES and not job.idle and not had_its_time:
            self._waiting.insert(0, job)
            return
        self._wear_out()
        what = "stage.what.stopped" if reason.had_started else "stage.what.no_press"
        job.answered.set_exception(CannotShow(Code.DOCUMENT_UNREADABLE, what=what))

    def _abandon(self, job: _Job) -> None:
        if job in self._waiting:
            self._waiting.remove(job)
            return
        for press in self._presses:
            if press.job is job:
                asyncio.get_running_loop().call_later(GRACE_SECONDS, self._end_if_at, press, job)

    def _end_if_at(self, press: _Press, job: _Job) -> None:
        if press.job is job and press in self._presses:
            log.info("A process that draws documents is ended: nobody waits for its job any more")
            self._end(press)
            self._hand_out()

    def _end(self, press: _Press) -> None:
        self._presses.remove(press)
        press.process.end()
        asyncio.get_running_loop().call_later(_STUCK_SECONDS, self._count_if_stuck, press)

    def _count_if_stuck(self, press: _Press) -> None:
        if press.process.ended.done() or self._dismissed:
            return
        self._stuck += 1
        log.error("A process that draws documents cannot be ended", stuck=self._stuck)
        self._wear_out()

    def _wear_out(self) -> None:
        if self._worn_out is not None and self._is_worn_out():
            worn_out, self._worn_out = self._worn_out, None
            worn_out()

    def _is_worn_out(self) -> bool:
        return self._stuck >= MOST_STUCK or self._failed_starts >= _FAILED_STARTS

    def _refuse_when_worn_out(self) -> None:
        if self._stuck >= MOST_STUCK:
            raise CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.no_press")

    def _tell(self, press: _Press) -> None:
        """Let a press know what is closed, while it has nothing else to do."""
        press.telling = True
        spawn(self._told(press), "press rest")

    async def _told(self, press: _Press) -> None:
        try:
            await press.process.ask({"do": "rest", "seconds": self._limit_seconds})
        except PressLost as reason:
            if press in self._presses:
                self._presses.remove(press)
                self._failed_starts += not reason.had_started
        finally:
            press.telling = False
            self._turn_to_rest()
            self._hand_out()

    def _turn_to_rest(self) -> None:
        loop = asyncio.get_running_loop()
        self._worked_at = loop.time()
        if self._rest is None and not self._dismissed:
            self._rest = loop.call_later(REST_SECONDS, self._rest_now)

    def _rest_now(self) -> None:
        loop = asyncio.get_running_loop()
        left = self._worked_at + REST_SECONDS - loop.time()
        # One timer for all the work: a cancelled one would stay with Qt until its time.
        self._rest = loop.call_later(left, self._rest_now) if left > 0 else None
        if left > 0:
            return
        for press in [press for press in self._presses if press.is_free]:
            has_grown = (press.process.memory or 0) > _LARGE_BYTES or press.process.jobs > _MANY_JOBS
            if len(self._presses) > 1 or has_grown:
                self._end(press)

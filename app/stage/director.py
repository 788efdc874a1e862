"""A command in, its outcome out: every command ends in exactly one outcome that says what can be seen, or
why not.

Latest wins per window: a newer navigate or close ends the load of an older navigate, whose outcome is
SUPERSEDED. `shown` is said only after the window has promised that a frame was painted. Nothing that goes
wrong inside travels further up: what is not a CannotShow or a Problemful is a bug, logged here once, and
the relay hears INTERNAL_ERROR.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter
from typing import assert_never

import structlog

from app.errors import Problemful
from app.stage.displays import CannotShow, Display, choose, find_again
from app.stage.lane import Lane
from app.stage.surface import Content, Painted, ViewWish, Windows
from relay.contract.commands import (
    AnyCommand,
    Blank,
    Close,
    DocumentRef,
    Identify,
    Move,
    Navigate,
    Notify,
    Screenshot,
    View,
    verb_of,
)
from relay.contract.names import WindowId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import DisplayName, Outcome, Timings, WindowInfo
from relay.contract.wording import DEFAULT_LANGUAGE, Language

log = structlog.get_logger()


@dataclass(frozen=True, kw_only=True)
class _Shown:
    content: Content
    display: Display
    page: int | None
    pages: int | None


@dataclass(kw_only=True)
class _Progress:
    """What is known of a command so far; the outcome is made of it."""

    shown: _Shown | None = None
    timings: Timings | None = None


class Director:
    """Performs the relay's commands on the windows of this workstation."""

    def __init__(
        self,
        *,
        windows: Windows,
        fetch: Callable[[DocumentRef], Awaitable[Path]],
        default_display_index: int | None,
        presence_changed: Callable[[], None],
        server_now_ms: Callable[[], int],
        language: Language = DEFAULT_LANGUAGE,
    ) -> None:
        """Take the windows, the way to get a document's file, and the relay's time (this clock plus the
        known offset).

        `presence_changed` is called whenever `showing()` has changed. `language` is that of `Outcome.error`.
        """
        self.default_display_index = default_display_index
        self.language: Language = language
        self._windows = windows
        self._fetch = fetch
        self._presence_changed = presence_changed
        self._server_now_ms = server_now_ms
        self._lanes: dict[WindowId, Lane] = {}
        self._shown: dict[WindowId, _Shown] = {}

    async def perform(self, command: AnyCommand) -> Outcome:
        """Do what the command says. Never raises, except when it is cancelled from outside."""
        progress = _Progress()
        try:
            await self._do(command, progress)
        except CannotShow as reason:
            return self._failed(command, reason.code, reason.explain(self.language))
        except Problemful as refusal:
            return self._failed(command, Code(refusal.problem.code), refusal.problem.detail)
        except Exception:
            log.exception("A command could not be performed", command=verb_of(command), id=command.id)
            problem = write_problem(Code.INTERNAL_ERROR, self.language, trace_id=command.id)
            return self._failed(command, Code.INTERNAL_ERROR, problem.detail)
        return _outcome(command, progress)

    def clear(self) -> None:
        """Close every window and end what is under way: nobody may show anything here any more."""
        for lane in self._lanes.values():
            lane.clear()
        for window_id in {*self._lanes, *self._shown}:
            self._windows.surface(window_id).close()
        self._shown.clear()
        self._presence_changed()

    def showing(self) -> tuple[WindowInfo, ...]:
        """List the windows that have content. One whose monitor is unplugged waits for it and is not
        visible.
        """
        displays = self._windows.displays()
        return tuple(
            _window_info(window_id, shown, find_again(displays, shown.display))
            for window_id, shown in sorted(self._shown.items())
        )

    async def _do(self, command: AnyCommand, progress: _Progress) -> None:
        started = perf_counter()
        self._refuse_expired(command)
        lane = self._lanes.setdefault(command.window_id, Lane())
        match command:
            case Navigate():
                await lane.run(lambda: self._navigate(command, progress, started), supersedes=True)
            case View():
                await lane.run(lambda: self._view(command, progress, started), supersedes=False)
            case Move():
                await lane.run(lambda: self._move(command, progress, started), supersedes=False)
            case Close():
                await lane.run(lambda: self._close(command), supersedes=True)
            case Identify():
                self._windows.identify()
            case Blank() | Notify() | Screenshot():
                raise CannotShow(Code.UNSUPPORTED, what=verb_of(command))
            case _:
                assert_never(command)

    async def _navigate(self, command: Navigate, progress: _Progress, started: float) -> None:
        display = self._choose(command)
        content = await self._content(command)
        # The file may have been long on its way, and for the relay the delivery has ended by now.
        self._refuse_expired(command)
        # The monitor may have gone, or come back with another number, while the file was on its way.
        display = self._choose(command) if display not in self._windows.displays() else display
        fetched_ms = _ms_since(started)
        view = ViewWish(page=command.page, fit=command.fit, zoom=command.zoom)
        painted = await self._windows.surface(command.window_id).turn_to(content, view, display)
        self._now_shown(command.window_id, content, display, painted, progress)
        progress.timings = _timings(painted, fetched_ms)

    async def _view(self, command: View, progress: _Progress, started: float) -> None:
        present = self._present(command.window_id)
        wish = ViewWish(
            page=command.page,
            fit=command.fit,
            zoom=command.zoom,
            rotate=command.rotate,
            reload=command.reload,
        )
        waited_ms = _ms_since(started)
        painted = await self._windows.surface(command.window_id).view(wish)
        self._now_shown(command.window_id, present.content, present.display, painted, progress)
        progress.timings = _timings(painted, waited_ms)

    async def _move(self, command: Move, progress: _Progress, started: float) -> None:
        present = self._present(command.window_id)
        display = self._choose(command)
        waited_ms = _ms_since(started)
        painted = await self._windows.surface(command.window_id).move(display)
        self._now_shown(command.window_id, present.content, display, painted, progress)
        progress.timings = _timings(painted, waited_ms)

    async def _close(self, command: Close) -> None:
        self._windows.surface(command.window_id).close()
        if self._shown.pop(command.window_id, None) is not None:
            self._presence_changed()

    async def _content(self, command: Navigate) -> Content:
        document = command.document
        if document is None:
            if command.url is None:
                raise CannotShow(Code.VALIDATION_ERROR, field="document", reason="reason.missing")
            return Content(
                trigger_id=command.id,
                kind="web",
                url=command.url,
                order_id=command.order_id,
                hosts=command.hosts,
            )
        content = Content(
            trigger_id=command.id,
            kind=document.kind,
            media_type=document.media_type,
            title=document.title,
            order_id=command.order_id,
            document_id=document.id,
            sha256=document.sha256,
            revision=document.revision,
            pages=document.pages,
            hosts=command.hosts,
        )
        if document.kind == "web":
            return replace(content, url=document.url)
        return replace(content, path=await self._fetch(document))

    def _refuse_expired(self, command: AnyCommand) -> None:
        if command.expires_at <= self._server_now_ms():
            raise CannotShow(Code.EXPIRED)

    def _choose(self, command: Navigate | Move) -> Display:
        return choose(
            self._windows.displays(),
            display_id=command.display_id,
            display_index=command.display_index,
            default=self.default_display_index,
        )

    def _present(self, window_id: WindowId) -> _Shown:
        present = self._shown.get(window_id)
        if present is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.empty_window")
        return present

    def _now_shown(
        self, window_id: WindowId, content: Content, display: Display, painted: Painted, progress: _Progress
    ) -> None:
        shown = _Shown(content=content, display=display, page=painted.page, pages=painted.pages)
        progress.shown = self._shown[window_id] = shown
        self._presence_changed()

    def _failed(self, command: AnyCommand, code: Code, error: str) -> Outcome:
        log.info(
            "A command ended without being shown", command=verb_of(command), id=command.id, code=code.value
        )
        return Outcome(id=command.id, state="failed", code=code.value, error=error[:1000] or None)


def _outcome(command: AnyCommand, progress: _Progress) -> Outcome:
    shown = progress.shown
    if shown is None:
        return Outcome(id=command.id, state="shown", timings=progress.timings)
    display = shown.display
    return Outcome(
        id=command.id,
        state="shown",
        display=DisplayName(display_id=display.display_id, index=display.index, name=display.name),
        page=shown.page,
        revision=shown.content.revision,
        timings=progress.timings,
    )


def _window_info(window_id: WindowId, shown: _Shown, display: Display | None) -> WindowInfo:
    content = shown.content
    return WindowInfo(
        window_id=window_id,
        display_id=(display or shown.display).display_id,
        visible=display is not None,
        trigger_id=content.trigger_id,
        order_id=content.order_id,
        document_id=content.document_id,
        sha256=content.sha256,
        url=content.url,
        page=shown.page,
        pages=shown.pages,
        revision=content.revision,
    )


def _timings(painted: Painted, before_ms: float) -> Timings:
    """Count from the command's arrival: what happened before the window was asked comes on top of its own
    times.
    """
    return Timings(
        received_ms=0.0,
        loaded_ms=round(before_ms + painted.loaded_ms, 1),
        shown_ms=round(before_ms + painted.shown_ms, 1),
    )


def _ms_since(started: float) -> float:
    return (perf_counter() - started) * 1000

"""A command in, its outcome out: every command ends in exactly one outcome that says what can be seen, or
why not.

Latest wins per window: a newer navigate or close ends the load of an older navigate, whose outcome is
SUPERSEDED. What is done at the bench itself goes through the same lane: whatever the relay sends later wins.
`shown` is said only after the window has promised that a frame was painted. Nothing that goes
wrong inside travels further up: what is not a CannotShow or a Problemful is a bug, logged here once, and
the relay hears INTERNAL_ERROR.
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import assert_never

import structlog

from app.errors import Problemful
from app.stage.board import Board, Shown
from app.stage.camera import Camera
from app.stage.contents import content_of, wish_of
from app.stage.displays import CannotShow, Display
from app.stage.lane import Lane
from app.stage.notices import Notice
from app.stage.performed import Performed, Watch, name_of, timings_of
from app.stage.seating import Seating
from app.stage.surface import Content, Painted, Stale, ViewWish, Windows
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
    Undo,
    View,
    verb_of,
)
from relay.contract.names import MAIN_WINDOW, Place, WindowId
from relay.contract.problems import Code, write_problem
from relay.contract.reports import Outcome, WindowInfo
from relay.contract.wording import DEFAULT_LANGUAGE, Language, Wording

log = structlog.get_logger()

# More windows than a bench has use for; each holds a document in memory.
MOST_WINDOWS = 8
SIGN_SECONDS = 3


class Director:
    """Performs the relay's commands, and what is done at the bench itself, on the windows of this workstation."""

    def __init__(
        self,
        *,
        windows: Windows,
        fetch: Callable[[DocumentRef], Awaitable[Path]],
        default_display_index: int | None,
        presence_changed: Callable[[], None],
        server_now_ms: Callable[[], int],
        camera: Camera | None = None,
        language: Language = DEFAULT_LANGUAGE,
    ) -> None:
        """Take the windows, the way to get a document's file, and the relay's time (this clock plus the
        known offset).

        `presence_changed` is called whenever `showing()` has changed. `language` is that of `Outcome.error`.
        """
        self.language: Language = language
        self._windows = windows
        self._fetch = fetch
        self._presence_changed = presence_changed
        self._server_now_ms = server_now_ms
        self._camera = camera
        self._lanes: dict[WindowId, Lane] = {}
        self._board = Board(windows.seat)
        self.seating = Seating(windows, self._board, default_display_index)

    async def perform(self, command: AnyCommand) -> Outcome:
        """Do what the command says. Never raises, except when it is cancelled from outside."""
        watch = Watch()
        ended = await self._attempt(verb_of(command), command.id, lambda: self._do(command, watch))
        return ended.outcome(command.id)

    # What is done at the bench itself. None of these raises, except when it is cancelled from outside.

    async def view_here(self, wish: ViewWish, window_id: WindowId = MAIN_WINDOW) -> Performed:
        """Look at what the window shows differently; what is still loading is waited for."""
        watch = Watch()
        return await self._attempt(
            "view", "here", lambda: self._in_turn(window_id, lambda: self._view(window_id, wish, watch))
        )

    async def close_here(self, window_id: WindowId = MAIN_WINDOW) -> Performed:
        """Close the window; while newer content is on its way there it stays open for that (SUPERSEDED)."""

        async def close() -> Performed:
            lane = self._lanes.get(window_id)
            if lane is not None and lane.is_turning:
                raise CannotShow(Code.SUPERSEDED)
            return await self._in_turn(window_id, lambda: self._close(window_id), supersedes=True)

        return await self._attempt("close", "here", close)

    async def move_here(self, display_index: int, window_id: WindowId = MAIN_WINDOW) -> Performed:
        """Take the window to another monitor."""
        watch = Watch()

        async def move() -> Performed:
            present = self._present(window_id).display
            display = self.seating.moved(present, display_index=display_index)
            return await self._move(window_id, display, watch)

        return await self._attempt("move", "here", lambda: self._in_turn(window_id, move))

    async def blank_here(self, window_id: WindowId = MAIN_WINDOW) -> Performed:
        """Make the window black without forgetting its content."""
        watch = Watch()
        return await self._attempt(
            "blank", "here", lambda: self._in_turn(window_id, lambda: self._blank(window_id, watch, on=True))
        )

    async def undo_here(self, window_id: WindowId = MAIN_WINDOW) -> Performed:
        """Show what the window held before, on the same page, also after it was closed; what is still loading is
        given up instead, and what is seen stays.
        """
        watch = Watch()
        return await self._attempt("undo", "here", lambda: self._undo(window_id, watch))

    async def show_here(
        self,
        content: Content,
        view: ViewWish | None = None,
        display_index: int | None = None,
        window_id: WindowId = MAIN_WINDOW,
        *,
        display_id: str | None = None,
        place: Place | None = None,
    ) -> Performed:
        """Show content that is on this machine already: without the relay, or as it was before a restart."""
        watch = Watch()

        async def show() -> Performed:
            display = self.seating.wished(
                window_id, display_id=display_id, display_index=display_index, place=place
            )
            return await self._turn(window_id, content, view or ViewWish(), display, watch)

        return await self._attempt(
            "show", content.trigger_id, lambda: self._in_turn(window_id, show, supersedes=True)
        )

    def clear(self) -> None:
        """Close every window and end what is under way: nobody may show anything here any more."""
        for lane in self._lanes.values():
            lane.clear()
        for window_id in {*self._lanes, *self._board}:
            self._windows.surface(window_id).close()
        self._board.clear()
        self._presence_changed()

    def aged(self, window_id: WindowId, stale: Stale | None) -> None:
        """Hear that a web page's last picture stands in for it, or, with None, that it is there again."""
        if self._board.aged(window_id, stale):
            self._presence_changed()

    def is_untouched(self, window_id: WindowId) -> bool:
        """Tell whether nothing is in the window, and nothing is under way to it."""
        return window_id not in self._board and window_id not in self._lanes

    def held(self, window_id: WindowId) -> Content | None:
        """Return the content that a window holds."""
        shown = self._board.get(window_id)
        return shown.content if shown is not None else None

    def showing(self) -> tuple[WindowInfo, ...]:
        """List the windows that have content. One whose monitor is unplugged waits for it and is not
        visible.
        """
        return self._board.infos()

    # Every verb.

    async def _do(self, command: AnyCommand, watch: Watch) -> Performed:
        self._refuse_expired(command)
        window_id = command.window_id
        match command:
            case Navigate():
                return await self._in_turn(window_id, lambda: self._navigate(command, watch), supersedes=True)
            case View():
                wish = wish_of(command)
                return await self._in_turn(window_id, lambda: self._view(window_id, wish, watch))
            case Move():
                return await self._in_turn(window_id, lambda: self._move_as_told(command, watch))
            case Close():
                return await self._in_turn(window_id, lambda: self._close(window_id), supersedes=True)
            case Undo():
                return await self._undo(window_id, watch)
            case Blank():
                return await self._in_turn(window_id, lambda: self._blank(window_id, watch, on=command.on))
            case Screenshot():
                return await self._in_turn(window_id, lambda: self._photograph(command))
            case Identify():
                await self._windows.identify()
                return Performed(state="shown")
            case Notify():
                return await self._notify(command)
            case _:
                assert_never(command)

    async def _navigate(self, command: Navigate, watch: Watch) -> Performed:
        def wished() -> Display:
            return self.seating.wished(
                command.window_id,
                display_id=command.display_id,
                display_index=command.display_index,
                place=command.place,
            )

        display = wished()
        content = await content_of(command, self._fetch)
        # The file may have been long on its way, and for the relay the delivery has ended by now.
        self._refuse_expired(command)
        # The monitor may have gone, or come back with another number, while the file was on its way.
        if self._windows.seat(display) is None:
            display = wished()
        view = ViewWish(page=command.page, fit=command.fit, zoom=command.zoom)
        return await self._turn(command.window_id, content, view, display, watch, document=command.document)

    async def _turn(
        self,
        window_id: WindowId,
        content: Content,
        view: ViewWish,
        display: Display,
        watch: Watch,
        *,
        document: DocumentRef | None = None,
    ) -> Performed:
        self._refuse_too_many(window_id)
        before_ms = watch.ms
        painted = await self._windows.surface(window_id).turn_to(content, view, display)
        self._board.put(window_id, Shown(content=content, display=display, document=document).after(painted))
        return self._seen(window_id, painted, before_ms)

    async def _view(self, window_id: WindowId, wish: ViewWish, watch: Watch) -> Performed:
        present, before_ms = self._present(window_id), watch.ms
        painted = await self._windows.surface(window_id).view(wish)
        self._board.put(window_id, present.after(painted))
        return self._seen(window_id, painted, before_ms)

    async def _move_as_told(self, command: Move, watch: Watch) -> Performed:
        display = self.seating.moved(
            self._present(command.window_id).display,
            display_id=command.display_id,
            display_index=command.display_index,
            place=command.place,
        )
        return await self._move(command.window_id, display, watch)

    async def _move(self, window_id: WindowId, display: Display, watch: Watch) -> Performed:
        present, before_ms = self._present(window_id), watch.ms
        painted = await self._windows.surface(window_id).move(display)
        self._board.put(window_id, replace(present, display=display).after(painted))
        return self._seen(window_id, painted, before_ms)

    async def _close(self, window_id: WindowId) -> Performed:
        self._windows.surface(window_id).close()
        if self._board.take_away(window_id):
            self._presence_changed()
        return Performed(state="shown")

    async def _blank(self, window_id: WindowId, watch: Watch, *, on: bool) -> Performed:
        present, before_ms = self._present(window_id), watch.ms
        painted = await self._windows.surface(window_id).blank(on)
        self._board.put(window_id, replace(present, blank=on))
        return self._seen(window_id, painted, before_ms)

    async def _undo(self, window_id: WindowId, watch: Watch) -> Performed:
        lane = self._lanes.get(window_id)
        back = self._stay if lane is not None and lane.is_turning else self._take_back
        return await self._in_turn(window_id, lambda: back(window_id, watch), supersedes=True)

    async def _take_back(self, window_id: WindowId, watch: Watch) -> Performed:
        before = self._board.before(window_id)
        if before is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.nothing_before")
        self._refuse_too_many(window_id)
        content = before.content
        if before.document is not None and content.path is not None:
            content = replace(content, path=await self._fetch(before.document))
        present = self._board.get(window_id)
        display = before.display if present is None else present.display
        before_ms = watch.ms
        painted = await self._windows.surface(window_id).turn_to(content, ViewWish(page=before.page), display)
        shown = replace(before, content=content, display=display).after(painted)
        self._board.took_back(window_id, shown)
        return self._seen(window_id, painted, before_ms)

    async def _stay(self, window_id: WindowId, watch: Watch) -> Performed:
        present = self._present(window_id)
        return self._seen(window_id, Painted(page=present.page, pages=present.pages), watch.ms)

    async def _notify(self, command: Notify) -> Performed:
        if command.display_id is None and command.display_index is None:
            display = self._board.seat(command.window_id) or self.seating.find()
        else:
            display = self.seating.find(command.display_id, command.display_index)
        notice = Notice(
            message=command.message, level=command.level, sound=command.sound, seconds=command.seconds
        )
        life_seconds = (command.expires_at - self._server_now_ms()) / 1000
        await self._windows.notify(notice, display, life_seconds)
        return Performed(state="shown", display=name_of(display))

    async def _photograph(self, command: Screenshot) -> Performed:
        camera = self._camera
        if camera is None:
            raise CannotShow(Code.UNSUPPORTED, what=verb_of(command))
        camera.require(whole_monitor=command.whole_monitor)
        display = self._board.seat(command.window_id)
        if display is None:
            name = self._present(command.window_id).display.name
            raise CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.gone", name=name)
        window_id = None if command.whole_monitor else command.window_id
        snapshot = await self._windows.photograph(display, window_id)
        # The worker is told that a picture was taken, whatever becomes of it.
        sign = Notice(
            message=Wording(self.language).say("stage.notice.photographed"), sound=False, seconds=SIGN_SECONDS
        )
        await self._windows.notify(sign, display, SIGN_SECONDS)
        picture = await camera.send(command.id, snapshot)
        return Performed(state="shown", display=name_of(display), picture=picture)

    # What they share.

    async def _attempt(self, what: str, id_: str, work: Callable[[], Awaitable[Performed]]) -> Performed:
        try:
            return await work()
        except CannotShow as reason:
            ended = Performed.failed(reason.code, reason.explain(self.language))
        except Problemful as refusal:
            ended = Performed.failed(Code(refusal.problem.code), refusal.problem.detail)
        except Exception:
            log.exception("A command could not be performed", command=what, id=id_)
            problem = write_problem(Code.INTERNAL_ERROR, self.language, trace_id=id_)
            return Performed.failed(Code.INTERNAL_ERROR, problem.detail)
        log.info("A command ended without being shown", command=what, id=id_, code=ended.code)
        return ended

    async def _in_turn(
        self, window_id: WindowId, work: Callable[[], Awaitable[Performed]], *, supersedes: bool = False
    ) -> Performed:
        lane = self._lanes.setdefault(window_id, Lane())
        try:
            return await lane.run(work, supersedes=supersedes)
        finally:
            if lane.is_free and window_id not in self._board:
                # Names of windows are the relay's: without this, every one that was ever used would stay.
                if self._lanes.get(window_id) is lane:
                    del self._lanes[window_id]
                if window_id != MAIN_WINDOW:
                    self._windows.release(window_id)

    def _refuse_expired(self, command: AnyCommand) -> None:
        if command.expires_at <= self._server_now_ms():
            raise CannotShow(Code.EXPIRED)

    def _refuse_too_many(self, window_id: WindowId) -> None:
        if window_id not in self._board and len(set(self._board)) >= MOST_WINDOWS:
            raise CannotShow(Code.TOO_MANY_WINDOWS, what="stage.what.most_windows", number=MOST_WINDOWS)

    def _present(self, window_id: WindowId) -> Shown:
        present = self._board.get(window_id)
        if present is None:
            raise CannotShow(Code.DOCUMENT_NOT_FOUND, what="stage.what.empty_window")
        return present

    def _seen(self, window_id: WindowId, painted: Painted, before_ms: float) -> Performed:
        """Say what can be seen in the window now, and tell everybody that it changed."""
        self._presence_changed()
        shown = self._present(window_id)
        stale = painted.stale
        return Performed(
            state="shown",
            code=None if stale is None else stale.reason.code,
            error=None if stale is None else stale.reason.explain(self.language),
            display=name_of(self._board.seat(window_id) or shown.display),
            page=shown.page,
            pages=shown.pages,
            revision=shown.content.revision,
            timings=timings_of(painted, before_ms),
            covers=self._board.covers(window_id),
        )

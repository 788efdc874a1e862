"""Writes down what is shown at this bench, and shows it to whoever asks."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import structlog

from app.bridge import ask, now_ms, spawn
from app.machine.history_file import write_history
from app.machine.shown_book import KEEP_MOST, ShownBook
from app.stage.shown_before import Search, ShownRecord, Source
from app.windows.file_dialog import chosen_file, save_dialog
from app.windows.history_window import HistoryActions, HistoryWindow
from app.wiring.workplace import Workplace
from relay.contract.commands import AnyCommand, Navigate
from relay.contract.names import TriggerId, WindowId
from relay.contract.problems import Code
from relay.contract.reports import Outcome, Presence, WindowInfo
from relay.contract.wording import Language, Wording

log = structlog.get_logger()

ACCEPTED = 1  # QDialog's


class History:
    """Hears presence and outcomes; holds the book and, while it is open, the window."""

    def __init__(
        self, workplace: Workplace, *, is_own: Callable[[TriggerId], bool], show_again: Callable[[str], None]
    ) -> None:
        """Take who knows this bench's own scans, and who shows an order again."""
        self._workplace = workplace
        self._is_own = is_own
        self._show_again = show_again
        self._book: ShownBook | None = None
        self._window: HistoryWindow | None = None
        self._now: dict[WindowId, TriggerId | None] = {}
        self._before: list[ShownRecord] = []  # until the book is open

    async def open(self) -> None:
        """Open the book; without one, nothing is written down, and the window says why."""
        settings = self._workplace.settings
        try:
            self._book = await ShownBook.open(
                settings.data / "history.sqlite", now_ms=now_ms, keep_days=settings.history_days
            )
        except OSError as error:
            log.warning("There is no history", reason=str(error))
            return
        for record in self._before:
            self._book.note(record)
        self._before.clear()

    async def close(self) -> None:
        """Note that nothing is shown any more, and close the book and the window."""
        if self._window is not None:
            self._window.close()
            self._window.deleteLater()
            self._window = None
        if self._book is not None:
            for window_id in self._now:
                self._book.leave(window_id, now_ms(), "stopped")
            await self._book.close()

    def presence_changed(self, presence: Presence) -> None:
        """Hear what is shown now."""
        shown = {window.window_id: window for window in presence.windows}
        names = {display.display_id: display.name for display in presence.displays}
        for window_id in [known for known in self._now if known not in shown]:
            del self._now[window_id]
            if self._book is not None:
                self._book.leave(window_id, now_ms(), "closed")
        for window_id, window in shown.items():
            if self._now.get(window_id, "") == window.trigger_id:
                continue
            self._now[window_id] = window.trigger_id
            self._note(self._record(window, names.get(window.display_id, "") if window.display_id else ""))

    def performed(self, command: AnyCommand, outcome: Outcome) -> None:
        """Hear how a command of the relay ended: what was not shown is written down, too."""
        if (
            not isinstance(command, Navigate)
            or outcome.state == "shown"
            or outcome.code == Code.SUPERSEDED.value
        ):
            return
        self._note(
            ShownRecord(
                at_ms=now_ms(),
                window_id=command.window_id,
                order_id=command.order_id,
                title=command.document.title if command.document is not None else None,
                revision=command.document.revision if command.document is not None else None,
                url=command.url,
                source="bench" if self._is_own(command.id) else "relay",
                code=outcome.code or Code.INTERNAL_ERROR.value,
            )
        )

    def show(self) -> None:
        """Open the window, and search anew."""
        if self._window is None:
            actions = HistoryActions(search=self._search, show_again=self._again, export=self._export)
            self._window = HistoryWindow(self._workplace.language, actions)
        self._window.show()
        self._window.raise_()
        self._window.activateWindow()
        self._window.field.setFocus()
        self._window.search()

    def speak(self, language: Language) -> None:
        """Use this language from now on."""
        if self._window is not None:
            self._window.speak(language)

    async def recent(self, limit: int) -> tuple[ShownRecord, ...]:
        """Return the newest records; none where there is no book."""
        try:
            return await self._book.search(Search(limit=limit)) if self._book is not None else ()
        except OSError:
            return ()

    def _record(self, window: WindowInfo, display: str) -> ShownRecord:
        content = self._workplace.director.held(window.window_id)
        source: Source = "relay"
        if content is not None and content.island:
            source = "island"
        elif window.trigger_id is not None and self._is_own(window.trigger_id):
            source = "bench"
        return ShownRecord(
            at_ms=now_ms(),
            window_id=window.window_id,
            order_id=window.order_id,
            title=content.title if content is not None else None,
            revision=window.revision,
            url=window.url,
            display=display,
            source=source,
        )

    def _note(self, record: ShownRecord) -> None:
        if self._book is None:
            self._before = [*self._before[-50:], record]
        else:
            self._book.note(record)

    def _search(self, wish: Search) -> None:
        spawn(self._answer(wish), "history search")

    async def _answer(self, wish: Search) -> None:
        try:
            if self._book is None:
                raise OSError(str(self._workplace.settings.data))
            records = await self._book.search(wish)
        except OSError as error:
            if self._window is not None:
                self._window.show_error(str(error))
            return
        # A slow answer to an older question is not shown over a newer one.
        if self._window is not None and self._window.wish() == wish:
            self._window.show_records(records)

    def _again(self, record: ShownRecord) -> None:
        if record.order_id is not None:
            self._show_again(record.order_id)

    def _export(self, wish: Search) -> None:
        spawn(self._save(wish), "history export")

    async def _save(self, wish: Search) -> None:
        window = self._window
        if window is None or self._book is None:
            return
        wording = Wording(self._workplace.language)
        say = wording.say
        dialog = save_dialog(
            window, wording, title=say("desktop.history.export"), name="benchcast-history.csv"
        )
        file = chosen_file(dialog) if await ask(dialog) == ACCEPTED else None
        dialog.deleteLater()
        if file is None:
            return
        try:
            records = await self._book.search(replace(wish, limit=KEEP_MOST))
            await asyncio.to_thread(write_history, file, records, wording)
        except OSError as error:
            window.tell_export(None, error.strerror or str(error))
        else:
            window.tell_export(file)

"""The pixels of a document window: a sheet of paper or a web page, the caption below it, and what has been
painted.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QSize, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget

from app.stage.displays import Display
from app.stage.status import LinkState
from app.stage.surface import Content
from app.windows.caption import Caption, CaptionText, caption_height
from app.windows.covering_window import CoveringWindow
from app.windows.curtain import Curtain
from app.windows.fit import Look
from app.windows.monitors import Monitors
from app.windows.paper_view import Foretaste, PaperView, Sheet, device_pixels
from app.windows.revision_mark import RevisionBand
from relay.contract.names import TriggerId
from relay.contract.wording import Language

if TYPE_CHECKING:
    from app.windows.web_view import WebView


@dataclass(frozen=True, kw_only=True, eq=False)
class Scene:
    """What a window shows: either a drawn sheet of paper or a web page, never both."""

    content: Content
    look: Look
    sheet: Sheet | None = None
    web: "WebView | None" = None
    changed_from: str = ""  # the other revision that this window showed of it before

    @property
    def page(self) -> int | None:
        """The page that is seen, where the word makes sense."""
        return None if self.pages is None else self.look.page

    @property
    def pages(self) -> int | None:
        """How many pages there are, where the word makes sense."""
        return None if self.sheet is None else self.sheet.paper.pages

    def with_sheet(self, sheet: Sheet) -> "Scene":
        """Show the same content on another sheet."""
        return replace(self, look=sheet.look, sheet=sheet)

    def dispose(self, *, keep: "Scene | None" = None) -> None:
        """Let go of what it holds, except what `keep` still uses."""
        if self.web is not None and (keep is None or keep.web is not self.web):
            self.web.dispose()
        kept = None if keep is None or keep.sheet is None else keep.sheet.paper
        if self.sheet is not None and self.sheet.paper is not kept:
            self.sheet.paper.close()


class DocumentPane(CoveringWindow):
    """Shows one scene at a time. `outgrown` falls when the sheet no longer fits the window."""

    outgrown = Signal()
    seen = Signal()  # something else is shown from the next frame on, or otherwise
    held = Signal()  # a worker has pressed on it long enough to close it

    def __init__(self, monitors: Monitors, language: Language, now_ms: Callable[[], int]) -> None:
        """Stay hidden and empty. `now_ms` is the relay's time in UTC milliseconds."""
        super().__init__(monitors)
        self.offer_closing(language, self.held.emit)
        self.scene: Scene | None = None
        self._painted_at: tuple[object, QRect] | None = None
        self._glass = PaperView(self, self.was_painted)
        self._caption = Caption(self, language, now_ms)
        self._band = RevisionBand(self, language)
        self.curtain = Curtain(self, self.stir)
        self.front: QWidget | None = None  # lies over the document, whatever comes to lie in front of it

    def swap(self, scene: Scene | None) -> None:
        """Show this scene from the next frame on, and nothing of the one before."""
        is_other = scene is None or self.scene is None or scene.content is not self.scene.content
        self.scene = scene
        self._painted_at = None
        self._glass.show_sheet(None if scene is None else scene.sheet)
        if scene is None or scene.web is None:
            self._glass.raise_()
        else:
            scene.web.come_forward(self.room(self.size()))
        if is_other:
            self._band.leave()
            if scene is not None and scene.changed_from:
                self._band.announce(scene.changed_from, scene.content.revision or "")
        self._band.raise_()
        if self.front is not None:
            self.front.raise_()
        if self.curtain.is_drawn:
            self.curtain.draw()
        self._caption.say(_caption_of(scene))
        self.seen.emit()

    def confirm(self, trigger_id: TriggerId, as_of_ms: int) -> None:
        """Caption what was shown without the relay as what the relay calls the newest at this time (its UTC ms)."""
        scene = self.scene
        if scene is not None and scene.content.trigger_id == trigger_id:
            content = replace(scene.content, island=False, as_of_ms=as_of_ms)
            self.scene = replace(scene, content=content)
            self._caption.say(_caption_of(self.scene))

    def foretaste(self, foretaste: Foretaste | None) -> None:
        """Show at once what is known of how the page is about to look; None shows the present sheet again."""
        self._glass.show_foretaste(foretaste)

    def speak(self, language: Language) -> None:
        """Caption in this language from now on."""
        self.offer_closing(language, self.held.emit)
        self._caption.speak(language)
        self._band.speak(language)

    def connection(self, link: LinkState) -> None:
        """Caption how the line to the relay stands."""
        self._caption.connection(link)

    def is_painted(self) -> bool:
        """Tell whether the present scene has been painted where the window lies now."""
        return self.scene is not None and self._painted_at == (_token(self.scene), self.geometry())

    def was_painted(self, widget: QWidget) -> None:
        """Hear from a viewer that it has painted what it shows."""
        scene = self.scene
        if scene is not None and widget is (scene.web or self._glass):
            self._painted_at = (_token(scene), self.geometry())
            self.stir()

    def room(self, window: QSize) -> QRect:
        """Tell which part of a window of this size is the document's."""
        return QRect(0, 0, window.width(), max(1, window.height() - caption_height(window)))

    def pixels(self) -> tuple[QSize, float]:
        """Tell the document's room in device pixels as it is now, and the scale."""
        scale = self.devicePixelRatioF()
        return device_pixels(self._glass.size(), scale), scale

    def pixels_on(self, display: Display) -> tuple[QSize, float]:
        """Tell the room in device pixels that a document would have on that monitor. Raises CannotShow."""
        size, scale = self.viewport(display)
        return device_pixels(self.room(size).size(), scale), scale

    def fits(self) -> bool:
        """Tell whether what is shown was drawn for the size that the window has now."""
        if self.scene is None or self.scene.sheet is None:
            return True
        return (self.scene.sheet.viewport, self.scene.sheet.scale) == self.pixels()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Give the caption its strip and the content the rest."""
        room = self.room(self.size())
        self._caption.setGeometry(0, room.height(), self.width(), self.height() - room.height())
        self._glass.setGeometry(room)
        self._band.setGeometry(0, 0, self.width(), 2 * caption_height(self.size()))
        self.curtain.setGeometry(self.rect())
        if self.scene is not None and self.scene.web is not None:
            self.scene.web.setGeometry(room)
        super().resizeEvent(event)
        if not self.fits():
            self.outgrown.emit()


def _token(scene: Scene) -> object:
    return scene.web or scene.sheet


def _caption_of(scene: Scene | None) -> CaptionText:
    if scene is None:
        return CaptionText()
    content = scene.content
    return CaptionText(
        order_id=content.order_id or "",
        title=content.title or content.url or "",
        revision=content.revision or "",
        changed_from=scene.changed_from,
        page=scene.page,
        pages=scene.pages,
        cached=content.cached,
        as_of_ms=content.as_of_ms,
        island=content.island,
    )

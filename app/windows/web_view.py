"""A web page as a document: it loads behind what is visible, says when its first frame is ready, or why not, and comes
back by itself when it breaks later.

How it works: `load` ends when the page has drawn. From then on the page is watched: when its program stops, when it
goes somewhere by itself and that fails, or takes too long, its last good picture covers it at once, under a band that
says why and how old the picture is, and the page is loaded again behind it, later and later (web_recovery). A page that
cannot be reached at all is covered by its picture from the start, if it was shown here before.

What must always hold: the picture never looks like the live page; whoever is told `painted` is told by `stale` whether
it was the picture. What it must never do: show a half-loaded page, or take another window with it.
"""

import asyncio
import secrets
from collections.abc import Callable, Coroutine
from time import monotonic
from urllib.parse import urlsplit

import structlog
from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QImage, QResizeEvent
from PySide6.QtWebEngineCore import QWebEngineLoadingInfo, QWebEnginePage, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from app.bridge import now_ms, spawn
from app.stage.surface import CannotShow, Content, Stale
from app.windows.web_engine import TamePage, allow_root, open_profile
from app.windows.web_pictures import Picture, WebPictures, encode
from app.windows.web_recovery import Recovery
from app.windows.web_rules import WebRules
from app.windows.web_scripts import FRAMES_THROUGH, scroll_script
from app.windows.web_still import StillPicture, word_stale
from app.windows.web_trouble import crashed, is_away, is_crash, why
from relay.contract.problems import Code
from relay.contract.wording import Language

log = structlog.get_logger()

LINGER_MS = 5000
PICTURE_SOON_MS = 400
PICTURE_EVERY_MS = 15_000
AGE_EVERY_MS = 20_000
_Status = QWebEngineLoadingInfo.LoadStatus
# In a world of its own, where the page cannot have replaced requestAnimationFrame or console.
_WORLD = QWebEngineScript.ScriptWorldId.ApplicationWorld.value


class WebView(QWidget):
    """One page. `painted` is called with this widget whenever a part of it has been painted, `aged` whenever
    its picture takes its place (with the reason) or it is there again (with None).
    """

    def __init__(
        self,
        parent: QWidget,
        content: Content,
        pictures: WebPictures,
        language: Language,
        *,
        painted: Callable[[QWidget], None],
        aged: Callable[[Stale | None], None],
    ) -> None:
        """Prepare the page without loading it. Raises CannotShow(URL_NOT_ALLOWED)."""
        super().__init__(parent)
        assert content.url is not None, "a web page has an address"
        rules = WebRules(content.url, content.hosts)
        if not rules.allows(content.url, page=True):
            raise CannotShow(Code.URL_NOT_ALLOWED, host=content.url[:200])
        self._url = content.url
        self._pictures = pictures
        self._language: Language = language
        self._painted = painted
        self._aged = aged
        self._patience_seconds = 30.0
        self._zoom = 1.0
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._loaded: asyncio.Future[None] | None = None
        self._is_watched = False  # it was shown once: from now on its troubles are ours
        self._at_work: asyncio.Task[None] | None = None  # loads again, or watches a load that the page began
        self._recovery = Recovery()
        self._retry_seconds = 0.0
        self._is_grabbing = False
        self._stopped_at = float("-inf")  # when a load last ended without a page
        self.stale: Stale | None = None
        self.is_deleted = False
        allow_root()
        self._profile, self._gate = open_profile(rules, self)
        self._view = QWebEngineView(self)
        self._page = TamePage(
            self._profile, self._gate, self._heard, certificate_sha256=content.certificate_sha256
        )
        self._view.setPage(self._page)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._view.setAcceptDrops(False)
        self._still = StillPicture(self, lambda: self._painted(self))
        self._next_picture = QTimer(self, singleShot=True)
        self._next_picture.timeout.connect(self._take_picture)
        self._next_age = QTimer(self, interval=AGE_EVERY_MS)
        self._next_age.timeout.connect(self._word)
        self._page.loadingChanged.connect(self._loading)
        self._page.renderProcessTerminated.connect(self._crashed)

    async def load(self, seconds: float) -> None:
        """Load the page; returns when it has drawn, or when only its picture can be had (`stale`).

        The widget has to be visible, may be covered. Raises CannotShow with URL_NOT_ALLOWED, CONNECTION_REFUSED,
        CONNECTION_TIMEOUT or DOCUMENT_UNREADABLE.
        """
        self._patience_seconds = seconds
        try:
            await self._load_once()
        except CannotShow as reason:
            if not is_away(reason) or self._pictures.find(self._url) is None:
                raise
            self._broke(reason)
        else:
            self._next_picture.start(PICTURE_SOON_MS)
        self._is_watched = True

    async def frames_through(self) -> None:
        """Wait until what the page looks like now has arrived in the widget; a picture is there at once."""
        if self.stale is not None:
            return
        word = secrets.token_hex(16)
        self._awaited[word] = asyncio.get_running_loop().create_future()
        try:
            self._page.runJavaScript(FRAMES_THROUGH.replace("WORD", word), _WORLD)
            await self._awaited[word]
        finally:
            del self._awaited[word]

    def zoom(self, factor: float) -> None:
        """Make everything on the page larger or smaller; the engine takes 0.25 to 5."""
        self._zoom = min(5.0, max(0.25, factor))
        self._view.setZoomFactor(self._zoom)

    def scroll_page(self, dx: float, dy: float) -> None:
        """Move the page under the window, in fractions of the visible room; ends at the page's edge."""
        self._page.runJavaScript(scroll_script(dx, dy), _WORLD)

    def speak(self, language: Language) -> None:
        """Say what there is to say in this language from now on."""
        self._language = language
        self._word()

    def wait_behind(self, room: QRect) -> None:
        """Lie behind everything else in the window: covered, but visible for the engine, which draws no
        hidden page.
        """
        self.setGeometry(room)
        self.lower()
        self.show()

    def come_forward(self, room: QRect) -> None:
        """Lie before everything else, and report every frame from now on."""
        self.setGeometry(room)
        self.raise_()
        self.show()
        for widget in (self._view, *self._view.findChildren(QWidget)):
            widget.removeEventFilter(self)
            widget.installEventFilter(self)
            widget.update()
        self._still.update()

    def dispose(self) -> None:
        """Let go of the page now, and delete it at once; in a while, if a load of it ended badly just now.

        WORKAROUND: a page that turned out to be a download ends as failed, and only afterwards the engine tells the
        page of the download. If it is deleted by then, the process dies of it (QWebEngineProfilePrivate::
        downloadRequested, Qt 6.11 and 6.12).
        """
        is_calm = self._loaded is None and monotonic() - self._stopped_at > LINGER_MS / 1000
        self.hide()
        self._is_watched = False
        self._next_picture.stop()
        self._next_age.stop()
        if self._at_work is not None:
            self._at_work.cancel()
        for future in (*self._awaited.values(), *([self._loaded] if self._loaded else [])):
            future.cancel()
        self._page.triggerAction(QWebEnginePage.WebAction.Stop)
        QTimer.singleShot(0 if is_calm else LINGER_MS, self, self.delete)

    def delete(self) -> None:
        """Delete the page, then its profile: in the other order Qt WebEngine expects troubles."""
        if self.is_deleted:
            return
        self.is_deleted = True
        self._profile.setParent(None)
        self._page.destroyed.connect(self._profile.deleteLater)
        self._page.deleteLater()
        self.deleteLater()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        """Fill the widget with the page."""
        super().resizeEvent(event)
        self._view.setGeometry(self.rect())
        self._still.setGeometry(self.rect())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice frames of the engine's own widgets."""
        if event.type() == QEvent.Type.Paint and watched is not self._view and not self._is_grabbing:
            if self.stale is None:
                self._painted(self)
            if self._is_watched and not self._next_picture.isActive():
                self._next_picture.start(PICTURE_EVERY_MS)
        return super().eventFilter(watched, event)

    # One load.

    async def _load_once(self, *, begin: bool = True) -> None:
        """Wait for a load, which begins now or has just begun, and for its frames. Raises CannotShow."""
        self._loaded = asyncio.get_running_loop().create_future()
        self._gate.blocked_page = self._page.untrusted = None
        try:
            async with asyncio.timeout(self._patience_seconds):
                if begin:
                    self._page.load(self._url)
                await self._loaded
                self._view.setZoomFactor(self._zoom)
                if self._view.isVisible():  # nothing is drawn into a window that is hidden meanwhile
                    self.stale, covered = None, self.stale
                    try:
                        await self.frames_through()
                    finally:
                        self.stale = covered
        except TimeoutError as error:
            self._page.triggerAction(QWebEnginePage.WebAction.Stop)
            raise CannotShow(Code.CONNECTION_TIMEOUT, address=self._address()) from error
        finally:
            self._loaded = None

    def _heard(self, message: str) -> None:
        awaited = self._awaited.get(message)
        if awaited is not None and not awaited.done():
            awaited.set_result(None)

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        loaded, status = self._loaded, info.status()
        if status is _Status.LoadStartedStatus:
            if self._is_watched and self.stale is None and loaded is None:
                self._work(self._watch_load(), "watch")
            return
        if status is not _Status.LoadSucceededStatus:
            self._stopped_at = monotonic()
        if loaded is None or loaded.done():
            return
        if status is _Status.LoadSucceededStatus:
            loaded.set_result(None)
        else:
            reason = why(
                info, address=self._address(), blocked=self._gate.blocked_page, untrusted=self._page.untrusted
            )
            if status is _Status.LoadStoppedStatus and self._is_watched and self.stale is None:
                loaded.set_result(None)  # what the page wanted was refused, and it stays as it was
            else:
                loaded.set_exception(reason)

    async def _watch_load(self) -> None:
        """See to the end of a load that the page began by itself."""
        try:
            await self._load_once(begin=False)
        except CannotShow as reason:
            self._broke(reason)

    # What breaks later.

    def _crashed(self, status: QWebEnginePage.RenderProcessTerminationStatus, exit_code: int) -> None:
        if self.is_deleted or status is QWebEnginePage.RenderProcessTerminationStatus.NormalTerminationStatus:
            return
        log.warning(
            "A web page's program stopped", status=status.name, exit_code=exit_code, address=self._address()
        )
        waiting = [*self._awaited.values(), *([self._loaded] if self._loaded else [])]
        for future in waiting:
            if not future.done():
                future.set_exception(crashed())
        if self._is_watched and self._loaded is None and self.stale is None:
            self._broke(crashed())

    def _broke(self, reason: CannotShow) -> None:
        """Cover the page with its picture, and load it again in a while, for as long as it takes."""
        self._cover(reason)
        self._work(self._load_again(), "load again")

    async def _load_again(self) -> None:
        while True:
            await asyncio.sleep(self._retry_seconds)
            try:
                await self._load_once()
            except CannotShow as reason:
                self._cover(reason)
            else:
                break
        self._recovery.loaded()
        log.info("A web page is there again", address=self._address())
        self.stale = None
        self._next_age.stop()
        self._still.uncover()
        self._next_picture.start(PICTURE_SOON_MS)
        self._aged(None)

    def _work(self, work: Coroutine[object, object, None], name: str) -> None:
        before, self._at_work = self._at_work, spawn(work, f"{name} {self._address()}")
        if before is not None and before is not asyncio.current_task():
            before.cancel()

    def _cover(self, reason: CannotShow) -> None:
        self._retry_seconds = (
            self._recovery.crashed(monotonic()) if is_crash(reason) else self._recovery.failed()
        )
        log.warning(
            "A web page is not there",
            address=self._address(),
            code=reason.code.value,
            again_in_seconds=round(self._retry_seconds, 1),
        )
        picture = self._pictures.find(self._url)
        self.stale = Stale(reason=reason, as_of_ms=picture.taken_ms if picture else None)
        self._next_picture.stop()
        self._still.setGeometry(self.rect())
        self._still.cover(picture.image() if picture else None, "")
        self._word()
        self._next_age.start()
        self._aged(self.stale)

    def _word(self) -> None:
        if self.stale is not None:
            later = self._retry_seconds if self._recovery.is_resting else None
            self._still.say(
                word_stale(self.stale, self._address(), now_ms(), self._language, later_seconds=later)
            )

    # The picture.

    def _take_picture(self) -> None:
        if self.stale is not None or self._loaded is not None or not self._view.isVisible():
            return
        self._is_grabbing = True
        try:
            image = self._view.grab().toImage()
        finally:
            self._is_grabbing = False
        if not image.isNull():
            spawn(self._keep_picture(image, now_ms()), "keep a page's picture")

    async def _keep_picture(self, image: QImage, taken_ms: int) -> None:
        self._pictures.keep(self._url, Picture(await asyncio.to_thread(encode, image), taken_ms))
        log.debug("A web page's picture was kept", address=self._address())

    def _address(self) -> str:
        return (urlsplit(self._url).netloc.rpartition("@")[2] or self._url)[:200]

"""A web page as a document: it loads behind what is visible, and says when its first frame is ready, or why
not.
"""

import asyncio
import secrets
from collections.abc import Callable
from urllib.parse import urlsplit

import structlog
from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWebEngineCore import QWebEngineLoadingInfo, QWebEnginePage, QWebEngineScript
from PySide6.QtWebEngineWidgets import QWebEngineView
from PySide6.QtWidgets import QWidget

from app.stage.surface import CannotShow
from app.windows.web_engine import TamePage, allow_root, open_profile
from app.windows.web_rules import WebRules
from relay.contract.problems import Code

log = structlog.get_logger()

LINGER_MS = 5000
_Domain = QWebEngineLoadingInfo.ErrorDomain
_BLOCKED_BY_US = -20  # net::ERR_BLOCKED_BY_CLIENT
_TIMED_OUT = frozenset({-7, -118})  # net::ERR_TIMED_OUT, net::ERR_CONNECTION_TIMED_OUT
# A page can tell when it has handed a frame on, but not when the frame has arrived in our widget, by way of other
# processes. But the engine takes no further frame before an earlier one has arrived. So we make it draw a few that
# really differ (by a quarter of one shade), and then two more, which are the page itself again.
_FRAMES_THROUGH = """(() => {
    const faint = document.documentElement.animate([{opacity: 0.999}, {opacity: 0.998}], {duration: 60000});
    let frames = 0;
    const step = () => {
        frames += 1;
        if (frames === 4) faint.cancel();
        if (frames < 6) requestAnimationFrame(step); else console.info("WORD");
    };
    requestAnimationFrame(step);
})()"""


class WebView(QWidget):
    """One page. `painted` is called with this widget whenever a part of it has been painted."""

    def __init__(
        self, parent: QWidget, url: str, hosts: tuple[str, ...], painted: Callable[[QWidget], None]
    ) -> None:
        """Prepare the page without loading it. Raises CannotShow(URL_NOT_ALLOWED)."""
        super().__init__(parent)
        rules = WebRules(url, hosts)
        if not rules.allows(url, page=True):
            raise CannotShow(Code.URL_NOT_ALLOWED, host=url[:200])
        self._url = url
        self._painted = painted
        self._awaited: dict[str, asyncio.Future[None]] = {}
        self._loaded: asyncio.Future[None] | None = None
        self._crashes = 0
        self.is_deleted = False
        allow_root()
        self._profile, self._gate = open_profile(rules, self)
        self._view = QWebEngineView(self)
        self._page = TamePage(self._profile, self._gate, self._heard)
        self._view.setPage(self._page)
        self._view.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._view.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._page.loadingChanged.connect(self._loading)
        self._page.renderProcessTerminated.connect(self._crashed)

    async def load(self, seconds: float) -> None:
        """Load the page; returns when it has drawn its second frame. The widget has to be visible, may be
        covered.

        Raises CannotShow with URL_NOT_ALLOWED, CONNECTION_REFUSED, CONNECTION_TIMEOUT or DOCUMENT_UNREADABLE.
        """
        self._loaded = asyncio.get_running_loop().create_future()
        self._gate.blocked_page = None
        try:
            async with asyncio.timeout(seconds):
                self._page.load(self._url)
                await self._loaded
                await self.frames_through()
        except TimeoutError as error:
            self._page.triggerAction(QWebEnginePage.WebAction.Stop)
            raise CannotShow(Code.CONNECTION_TIMEOUT, address=self._address()) from error
        finally:
            self._loaded = None

    async def frames_through(self) -> None:
        """Wait until what the page looks like now has arrived in the widget."""
        word = secrets.token_hex(16)
        self._awaited[word] = asyncio.get_running_loop().create_future()
        try:
            # In a world of its own, where the page cannot have replaced requestAnimationFrame or console.
            world = QWebEngineScript.ScriptWorldId.ApplicationWorld.value
            self._page.runJavaScript(_FRAMES_THROUGH.replace("WORD", word), world)
            await self._awaited[word]
        finally:
            del self._awaited[word]

    def zoom(self, factor: float) -> None:
        """Make everything on the page larger or smaller; the engine takes 0.25 to 5."""
        self._view.setZoomFactor(min(5.0, max(0.25, factor)))

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

    def dispose(self) -> None:
        """Let go of the page now, and delete it in a while.

        WORKAROUND: a page that turned out to be a download ends as failed, and only afterwards the engine tells the
        page of the download. If it is deleted by then, the process dies of it (QWebEngineProfilePrivate::
        downloadRequested, Qt 6.11 and 6.12).
        """
        self.hide()
        for future in (*self._awaited.values(), *([self._loaded] if self._loaded else [])):
            future.cancel()
        self._page.triggerAction(QWebEnginePage.WebAction.Stop)
        QTimer.singleShot(LINGER_MS, self, self.delete)

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

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Notice frames of the engine's own widgets."""
        if event.type() == QEvent.Type.Paint and watched is not self._view:
            self._painted(self)
        return super().eventFilter(watched, event)

    def _heard(self, message: str) -> None:
        awaited = self._awaited.get(message)
        if awaited is not None and not awaited.done():
            awaited.set_result(None)

    def _loading(self, info: QWebEngineLoadingInfo) -> None:
        loaded = self._loaded
        if (
            loaded is None
            or loaded.done()
            or info.status() is QWebEngineLoadingInfo.LoadStatus.LoadStartedStatus
        ):
            return
        if info.status() is QWebEngineLoadingInfo.LoadStatus.LoadSucceededStatus:
            loaded.set_result(None)
        else:
            loaded.set_exception(self._why(info))

    def _why(self, info: QWebEngineLoadingInfo) -> CannotShow:
        domain, code = info.errorDomain(), info.errorCode()
        if self._gate.blocked_page is not None or code == _BLOCKED_BY_US:
            return CannotShow(Code.URL_NOT_ALLOWED, host=self._gate.blocked_page or self._address())
        if domain is _Domain.HttpStatusCodeDomain:
            return CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=code)
        if code in _TIMED_OUT:
            return CannotShow(Code.CONNECTION_TIMEOUT, address=self._address())
        if domain in {_Domain.ConnectionErrorDomain, _Domain.DnsErrorDomain, _Domain.CertificateErrorDomain}:
            return CannotShow(Code.CONNECTION_REFUSED, address=self._address())
        return CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=info.errorString() or code)

    def _crashed(self, status: QWebEnginePage.RenderProcessTerminationStatus, exit_code: int) -> None:
        log.warning(
            "A web page's program stopped", status=status.name, exit_code=exit_code, address=self._address()
        )
        crashed = CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.crashed")
        waiting = [*self._awaited.values(), *([self._loaded] if self._loaded else [])]
        for future in waiting:
            if not future.done():
                future.set_exception(crashed)
        self._crashes += 1
        if not waiting and self._crashes == 1:
            self._page.load(self._url)  # once: a page that stops again would only do it for ever

    def _address(self) -> str:
        return (urlsplit(self._url).netloc or self._url)[:200]

"""Qt WebEngine, tamed: a page that leaves nothing on disk, asks for nothing, opens nothing, and loads only
what it may.

This module is imported when the first web document comes: the engine costs a quarter of a gigabyte, and a
bench that shows only PDF files does not need it installed.
"""

# ruff: noqa: ARG002, N802, N803 - Qt names these methods and their parameters
import os
from collections.abc import Callable
from typing import Any

import structlog
from PySide6.QtCore import QCryptographicHash, QObject, QUrl
from PySide6.QtNetwork import QAuthenticator
from PySide6.QtWebEngineCore import (
    QWebEngineCertificateError,
    QWebEngineClientCertificateSelection,
    QWebEngineDesktopMediaRequest,
    QWebEngineDownloadRequest,
    QWebEngineFileSystemAccessRequest,
    QWebEngineNewWindowRequest,
    QWebEnginePage,
    QWebEnginePermission,
    QWebEngineProfile,
    QWebEngineRegisterProtocolHandlerRequest,
    QWebEngineSettings,
    QWebEngineUrlRequestInfo,
    QWebEngineUrlRequestInterceptor,
    QWebEngineWebAuthUxRequest,
)

from app.windows.web_rules import WebRules

log = structlog.get_logger()

_Attribute = QWebEngineSettings.WebAttribute
_OFF = (
    _Attribute.JavascriptCanOpenWindows,
    _Attribute.JavascriptCanAccessClipboard,
    _Attribute.JavascriptCanPaste,
    _Attribute.LocalStorageEnabled,
    _Attribute.LocalContentCanAccessRemoteUrls,
    _Attribute.LocalContentCanAccessFileUrls,
    _Attribute.HyperlinkAuditingEnabled,
    _Attribute.PluginsEnabled,
    _Attribute.PdfViewerEnabled,
    _Attribute.FullScreenSupportEnabled,
    _Attribute.ScreenCaptureEnabled,
    _Attribute.FocusOnNavigationEnabled,
    _Attribute.ErrorPageEnabled,  # so that a page that cannot be replaced stays
    _Attribute.DnsPrefetchEnabled,
    _Attribute.BackForwardCacheEnabled,
    _Attribute.AllowRunningInsecureContent,
    _Attribute.AllowWindowActivationFromJavaScript,
    _Attribute.NavigateOnDropEnabled,
    _Attribute.ShowScrollBars,
)
_EMPTY = frozenset({"about:blank", "about:srcdoc"})
_SchemePolicy = QWebEngineSettings.UnknownUrlSchemePolicy
_FRAMES = (
    QWebEngineUrlRequestInfo.ResourceType.ResourceTypeMainFrame,
    QWebEngineUrlRequestInfo.ResourceType.ResourceTypeSubFrame,
)


class Gate(QWebEngineUrlRequestInterceptor):
    """Blocks every request that the rules do not allow, and remembers the last page that it blocked."""

    def __init__(self, rules: WebRules, parent: QObject) -> None:
        """Guard by these rules."""
        super().__init__(parent)
        self.rules = rules
        self.blocked_page: str | None = None

    def interceptRequest(self, info: QWebEngineUrlRequestInfo) -> None:
        """Block or let pass."""
        url = info.requestUrl()
        is_frame = info.resourceType() in _FRAMES
        if not (self.lets_in(url) if is_frame else self.rules.allows(url.toString(), page=False)):
            info.block(True)

    def lets_in(self, url: QUrl) -> bool:
        """Tell whether this may become the page or a frame of it."""
        if url.toString() in _EMPTY or self.rules.allows(url.toString(), page=True):
            return True
        self.blocked_page = url.host() or url.scheme()
        return False


class TamePage(QWebEnginePage):
    """A page that can neither ask nor open anything. What it writes to its console goes to `said`.

    A certificate that nobody vouches for is taken in one case alone: on the document's own host, if it is exactly the
    one whose SHA-256 came with the document. The profile is this page's own, so no other page inherits it.
    """

    def __init__(
        self,
        profile: QWebEngineProfile,
        gate: Gate,
        said: Callable[[str], None],
        *,
        certificate_sha256: str | None = None,
    ) -> None:
        """Refuse everything that a page may ask for."""
        super().__init__(profile)
        self._gate = gate
        self._said = said
        self._certificate_sha256 = certificate_sha256
        self.untrusted: str | None = None  # the address whose certificate was refused last
        settings = self.settings()
        for attribute in _OFF:
            settings.setAttribute(attribute, False)
        settings.setAttribute(_Attribute.WebRTCPublicInterfacesOnly, True)
        settings.setUnknownUrlSchemePolicy(_SchemePolicy.DisallowUnknownUrlSchemes)
        self.permissionRequested.connect(_deny)
        self.newWindowRequested.connect(_ignore)
        self.certificateError.connect(self._judge)
        self.fileSystemAccessRequested.connect(_reject_files)
        self.registerProtocolHandlerRequested.connect(_reject_handler)
        self.selectClientCertificate.connect(_show_no_certificate)
        self.webAuthUxRequested.connect(_cancel_key)
        self.desktopMediaRequested.connect(_share_nothing)
        self.authenticationRequired.connect(_know_no_password)
        self.proxyAuthenticationRequired.connect(_know_no_proxy_password)
        self.setAudioMuted(True)

    def _judge(self, error: QWebEngineCertificateError) -> None:
        chain = error.certificateChain()
        shown = ""
        if chain:
            shown = chain[0].digest(QCryptographicHash.Algorithm.Sha256).toHex().toStdString()
        address = error.url().toString()
        if (
            self._certificate_sha256 is not None
            and shown == self._certificate_sha256.lower()
            and self._gate.rules.is_own(address)
            and error.isOverridable()
        ):
            error.acceptCertificate()
            return
        log.warning("A web page's certificate is not trusted", host=error.url().host(), sha256=shown)
        self.untrusted = error.url().authority()
        error.rejectCertificate()

    def acceptNavigationRequest(
        self,
        url: QUrl | str,
        type_: QWebEnginePage.NavigationType,
        isMainFrame: bool,
    ) -> bool:
        """Ask the gate also about addresses that never reach the network, such as file:."""
        return self._gate.lets_in(QUrl(url))

    def javaScriptConsoleMessage(
        self,
        level: QWebEnginePage.JavaScriptConsoleMessageLevel,
        message: str,
        lineNumber: int,
        sourceID: str,
    ) -> None:
        """Listen to what is said."""
        self._said(message)

    def javaScriptAlert(self, securityOrigin: QUrl | str, msg: str) -> None:
        """Show no dialog: nobody stands before the monitor with a mouse."""

    def javaScriptConfirm(self, securityOrigin: QUrl | str, msg: str) -> bool:
        """Say no."""
        return False

    def javaScriptPrompt(
        self,
        securityOrigin: QUrl | str,
        msg: str,
        defaultValue: str,
    ) -> Any:
        """Say nothing."""
        return (False, "")

    def chooseFiles(self, *_: object) -> list[str]:
        """Hand over no file."""
        return []


def open_profile(rules: WebRules, parent: QObject) -> tuple[QWebEngineProfile, Gate]:
    """Open a profile that lives in memory alone and is guarded by the rules."""
    profile = QWebEngineProfile(parent)  # without a name nothing is written to disk
    gate = Gate(rules, profile)
    profile.setUrlRequestInterceptor(gate)
    profile.downloadRequested.connect(_cancel)
    return profile, gate


def allow_root() -> None:
    """Let Chromium run as root, as tests do; for everybody else its sandbox stays on."""
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        os.environ["QTWEBENGINE_DISABLE_SANDBOX"] = "1"


def _deny(permission: QWebEnginePermission) -> None:
    permission.deny()


def _ignore(_request: QWebEngineNewWindowRequest) -> None:
    """Open no window."""


def _reject_files(request: QWebEngineFileSystemAccessRequest) -> None:
    request.reject()


def _cancel(download: QWebEngineDownloadRequest) -> None:
    download.cancel()


def _reject_handler(request: QWebEngineRegisterProtocolHandlerRequest) -> None:
    request.reject()


def _show_no_certificate(selection: QWebEngineClientCertificateSelection) -> None:
    selection.selectNone()


def _cancel_key(request: QWebEngineWebAuthUxRequest) -> None:
    request.cancel()


def _share_nothing(request: QWebEngineDesktopMediaRequest) -> None:
    request.cancel()


def _know_no_password(_url: QUrl, _authenticator: QAuthenticator) -> None:
    """Leave it empty: the request ends as refused."""


def _know_no_proxy_password(_url: QUrl, _authenticator: QAuthenticator, _proxy: str) -> None:
    """Leave it empty: the request ends as refused."""

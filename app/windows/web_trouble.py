"""Why a web page is not there: Chromium's network errors in our own words."""

from PySide6.QtWebEngineCore import QWebEngineLoadingInfo

from app.stage.surface import CannotShow
from relay.contract.problems import Code

_Domain = QWebEngineLoadingInfo.ErrorDomain
_BLOCKED_BY_US = -20  # net::ERR_BLOCKED_BY_CLIENT
_TIMED_OUT = frozenset({-7, -118})  # net::ERR_TIMED_OUT, net::ERR_CONNECTION_TIMED_OUT
_CUT_OFF = frozenset(
    {-324, -355, -21}
)  # net::ERR_EMPTY_RESPONSE, ERR_INCOMPLETE_CHUNKED_ENCODING, NETWORK_CHANGED
_SERVER_AWAY = frozenset({502, 503, 504})
_CRASHED = "stage.what.crashed"


def crashed() -> CannotShow:
    """Say that the page's program stopped: it was killed, broke, or ran out of memory."""
    return CannotShow(Code.DOCUMENT_UNREADABLE, what=_CRASHED)


def is_crash(reason: CannotShow) -> bool:
    """Tell whether this is what `crashed` says."""
    return reason.values.get("what") == _CRASHED


def is_away(reason: CannotShow) -> bool:
    """Tell whether the page may be there again as soon as the network or its server is."""
    return (
        reason.code in {Code.CONNECTION_REFUSED, Code.CONNECTION_TIMEOUT}
        or reason.values.get("status") in _SERVER_AWAY
    )


def why(
    info: QWebEngineLoadingInfo, *, address: str, blocked: str | None, untrusted: str | None
) -> CannotShow:
    """Say why a load ended. `blocked` and `untrusted` name what was refused during it, if anything was."""
    domain, code = info.errorDomain(), info.errorCode()
    if untrusted is not None or domain is _Domain.CertificateErrorDomain:
        return CannotShow(
            Code.DOCUMENT_UNREADABLE, what="stage.what.certificate", address=untrusted or address
        )
    if blocked is not None or code == _BLOCKED_BY_US:
        return CannotShow(Code.URL_NOT_ALLOWED, host=blocked or address)
    if domain is _Domain.HttpStatusCodeDomain:
        return CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=code)
    if code in _TIMED_OUT:
        return CannotShow(Code.CONNECTION_TIMEOUT, address=address)
    if domain in {_Domain.ConnectionErrorDomain, _Domain.DnsErrorDomain} or code in _CUT_OFF:
        return CannotShow(Code.CONNECTION_REFUSED, address=address)
    return CannotShow(Code.DOCUMENT_UNREADABLE, what="stage.what.http", status=info.errorString() or code)

"""Samples of what crosses the wire about web pages: an excused certificate, and a picture that stands in for a page."""

from msgspec import Struct

from relay.contract.commands import DocumentRef, Navigate, Trigger
from relay.contract.names import DisplayId, DocumentId, OrderId, ScreenId, Sha256, TriggerId, WindowId
from relay.contract.orders import DocumentInfo, NewWebDocument
from relay.contract.reports import DisplayName, Outcome, Presence, WindowInfo

_ID = TriggerId("0198c0de-0000-7000-8000-00000000beef")
_NOW = 1_764_000_000_000
_SCREEN = ScreenId("SCREEN-001")
_DOCUMENT = DocumentId("d_abcdefgh23456789")
_RIGHT = DisplayId("name:DP-2")
_URL = "https://10.0.0.5/line/3"
_PLAN = "https://plan.example/line/3"
_EXCUSED = Sha256("5e" * 32)
_place = {"id": _ID, "seq": 41, "screen_id": _SCREEN, "timestamp": _NOW, "expires_at": _NOW + 900_000}
_page = DocumentRef(
    id=_DOCUMENT, kind="web", url=_URL, title="Plan", revision="1", certificate_sha256=_EXCUSED
)

WEB_SAMPLES: dict[str, Struct] = {
    "trigger-url": Trigger(id=_ID, screen_id=_SCREEN, timestamp=_NOW, url=_PLAN, window_id=WindowId("plan")),
    "navigate-web-document": Navigate(
        **_place,
        document=DocumentRef(id=_DOCUMENT, kind="web", url=_PLAN, title="Plan", revision="1"),
        hosts=("cdn.example", "cdn.example:8443"),
    ),
    "navigate-url": Navigate(**_place, url=_PLAN),
    "new-web-document": NewWebDocument(url=_PLAN, title="Plan", revision="2"),
    "navigate-excused-document": Navigate(
        **_place, order_id=OrderId("WO-2025-0001"), document=_page, display_id=_RIGHT
    ),
    "navigate-excused": Navigate(**_place, url=_URL, certificate_sha256=_EXCUSED),
    "trigger-excused": Trigger(
        id=_ID, screen_id=_SCREEN, timestamp=_NOW, url=_URL, certificate_sha256=_EXCUSED
    ),
    "document-excused": DocumentInfo(
        document_id=_DOCUMENT, kind="web", title="Plan", revision="1", url=_URL, certificate_sha256=_EXCUSED
    ),
    "new-web-document-excused": NewWebDocument(url=_URL, certificate_sha256=_EXCUSED),
    "outcome-picture": Outcome(
        id=_ID,
        state="shown",
        code="CONNECTION_REFUSED",
        error="10.0.0.5 cannot be reached.",
        display=DisplayName(display_id=_RIGHT, index=1, name="DELL U2419H"),
    ),
    "presence-of-a-picture": Presence(
        app_version="0.1.0",
        protocol=1,
        windows=(WindowInfo(window_id=WindowId("main"), display_id=_RIGHT, url=_URL, as_of=_NOW),),
    ),
}

"""Samples of steering: what a phone wishes, what the relay passes on, and what a screen says is seen."""

from msgspec import Struct

from relay.contract.names import DocumentId, OrderId, ScreenId, Sha256, WindowId
from relay.contract.steering import Pointer, Steer, Viewport, ViewportState

NOW = 1_760_000_000_000
SCREEN = ScreenId("SCREEN-001")
SHEET = "0199e2b0-0000-7000-8000-000000000001 2 90"

STEERING_SAMPLES: dict[str, Struct] = {
    "steer": Steer(screen_id=SCREEN, hand="f3a9", sheet=SHEET, viewport=Viewport(x=0.25, y=0.75, zoom=2.5)),
    "steer.pointer": Steer(
        screen_id=SCREEN, window_id=WindowId("plan"), hand="f3a9", pointer=Pointer(x=0.5, y=0.125)
    ),
    "steer.pointer-gone": Steer(screen_id=SCREEN, hand="f3a9", pointer=None),
    "steer.passed-on": Steer(
        screen_id=SCREEN,
        hand="f3a9",
        sheet=SHEET,
        viewport=Viewport(x=0.25, y=0.75, zoom=2.5),
        pointer=Pointer(x=0.5, y=0.125),
        by="user:kim",
        at=NOW,
    ),
    "viewport": ViewportState(
        screen_id=SCREEN,
        window_id=WindowId("plan"),
        version=NOW + 7,
        kind="pdf",
        sheet=SHEET,
        page=2,
        pages=3,
        rotate=90,
        page_aspect=1.5,
        room_aspect=1.875,
        viewport=Viewport(x=0.25, y=0.75, zoom=2.5),
        pointer=Pointer(x=0.5, y=0.125),
        can=("viewport", "pointer"),
        by="user:kim",
        hand="f3a9",
        order_id=OrderId("WO-2025-0001"),
        document_id=DocumentId("0199e2b0-0000-7000-8000-0000000000d1"),
        sha256=Sha256("5a" * 32),
        title="펌프 하우징 가공",
        revision="C",
        blank=True,
    ),
    "viewport.of-a-web-page": ViewportState(
        kind="web",
        sheet="0199e2b0-0000-7000-8000-000000000001",
        can=("pointer",),
        title="http://plan.example/",
    ),
    "viewport.nothing-shown": ViewportState(screen_id=SCREEN, version=NOW + 8),
}

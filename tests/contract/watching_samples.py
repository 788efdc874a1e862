"""Samples of how pages follow screens."""

from msgspec import Struct

from relay.contract.names import DisplayId, OrderId, ScreenId, TriggerId, WindowId
from relay.contract.reports import DisplayInfo, DisplayName, WindowInfo
from relay.contract.watching import LastOutcome, ScreenStatus, WatchWish

NOW = 1_760_000_000_000
ID = TriggerId("0199e2b0-0000-7000-8000-000000000001")

WATCHING_SAMPLES: dict[str, Struct] = {
    "watch": WatchWish(screen_id=ScreenId("SCREEN-001")),
    "screen-status": ScreenStatus(
        screen_id="SCREEN-001",
        version=NOW + 7,
        online=True,
        last_seen_at=NOW,
        app_version="1.0.0",
        displays=(
            DisplayInfo(
                display_id=DisplayId("DEL-A0B1-77"),
                index=0,
                name="DELL U2419H",
                width=1920,
                height=1080,
                scale=1.0,
                primary=True,
            ),
        ),
        windows=(
            WindowInfo(
                window_id=WindowId("main"),
                display_id=DisplayId("DEL-A0B1-77"),
                trigger_id=ID,
                order_id=OrderId("WO-2025-0001"),
                page=1,
                pages=3,
                revision="C",
            ),
        ),
        last_outcome=LastOutcome(
            id=ID,
            verb="navigate",
            state="shown",
            at=NOW - 100,
            display=DisplayName(display_id=DisplayId("DEL-A0B1-77"), index=0, name="DELL U2419H"),
            revision="C",
        ),
    ),
    "screen-status.gone": ScreenStatus(
        screen_id="SCREEN-002",
        version=NOW,
        online=False,
        last_outcome=LastOutcome(id=ID, verb="identify", state="failed", at=NOW, code="EXPIRED"),
    ),
}

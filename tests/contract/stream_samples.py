"""Samples of what travels where there is no WebSocket."""

from msgspec import Struct

from relay.contract.names import DisplayId, TriggerId, WindowId
from relay.contract.reports import DisplayName, ScreenPicture, Timings
from relay.contract.streams import (
    Answered,
    LineClosed,
    OutcomeReceipt,
    PolledEvent,
    PolledEvents,
    PostedOutcome,
    Saying,
    Sayings,
)

NOW = 1_760_000_000_000
ID = TriggerId("0199e2b0-0000-7000-8000-000000000001")
_display = DisplayName(display_id=DisplayId("DEL-A0B1-77"), index=0, name="DELL U2419H")

STREAM_SAMPLES: dict[str, Struct] = {
    "line-closed": LineClosed(code=4001, reason="session:replaced"),
    "polled-events": PolledEvents(
        cursor="kI3pTn0a7v5lV9r2QyGd.2",
        events=(
            PolledEvent(
                event="hello",
                data={
                    "epoch": "0198c0de-e90c",
                    "gen": 3,
                    "serverTime": NOW,
                    "head": 41,
                    "heartbeatMs": 10_000,
                    "line": "kI3pTn0a7v5lV9r2QyGd",
                },
            ),
            PolledEvent(
                event="identify",
                data={
                    "id": ID,
                    "seq": 41,
                    "screenId": "SCREEN-001",
                    "timestamp": NOW,
                    "expiresAt": NOW + 900_000,
                },
                id="0198c0de-e90c:41",
            ),
        ),
    ),
    "polled-nothing": PolledEvents(cursor="kI3pTn0a7v5lV9r2QyGd.2", events=()),
    "sayings": Sayings(
        line="kI3pTn0a7v5lV9r2QyGd",
        events=(
            Saying(event="watch", data={"screenId": "SCREEN-001"}),
            Saying(event="steer", data={"screenId": "SCREEN-001", "pointer": {"x": 0.5, "y": 0.25}}),
            Saying(event="ping"),
        ),
    ),
    "answered": Answered(
        answers=({"success": True}, {"success": False, "code": "FORBIDDEN"}, {"timestamp": NOW})
    ),
    "posted-received": PostedOutcome(id=ID, state="received", gen=3),
    "posted-refused": PostedOutcome(
        id=ID, state="refused", gen=3, code="UNSUPPORTED", error="A browser has no second monitor."
    ),
    "posted-unknown": PostedOutcome(id=ID, state="unknown", gen=3),
    "posted-shown": PostedOutcome(
        id=ID,
        state="shown",
        display=_display,
        page=1,
        revision="C",
        timings=Timings(loaded_ms=30.25, shown_ms=48.0),
        covers=(WindowId("plan"),),
        screenshot=ScreenPicture(
            url=f"/api/trigger/{ID}/screenshot",
            media_type="image/png",
            width=1920,
            height=1080,
            size=181_204,
            taken_at=NOW,
        ),
    ),
    "posted-failed": PostedOutcome(id=ID, state="failed", code="DOCUMENT_UNREADABLE", error="No PDF."),
    "outcome-receipt": OutcomeReceipt(id=ID, counted=True, state="received"),
    "outcome-receipt-late": OutcomeReceipt(id=ID, counted=False, state="superseded"),
}

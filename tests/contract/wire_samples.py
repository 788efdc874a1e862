"""One sample of everything that crosses the wire, of each message in the variants that clients know."""

from account_samples import ACCOUNT_SAMPLES
from identity_samples import IDENTITY_SAMPLES
from island_samples import ISLAND_SAMPLES
from msgspec import Struct
from operation_samples import OPERATION_SAMPLES
from order_book_samples import ORDER_BOOK_SAMPLES
from order_samples import ORDER_SAMPLES
from pairing_samples import PAIRING_SAMPLES
from security_samples import SECURITY_SAMPLES
from steering_samples import STEERING_SAMPLES
from stream_samples import STREAM_SAMPLES
from watching_samples import WATCHING_SAMPLES
from web_samples import WEB_SAMPLES

from relay.contract.accounts import ScreenList
from relay.contract.app_version import AppAdvice
from relay.contract.commands import (
    Blank,
    Close,
    DocumentRef,
    Hello,
    Identify,
    Move,
    Navigate,
    Notify,
    Screenshot,
    Scroll,
    StatusQuestion,
    TokenRenewal,
    Trigger,
    Undo,
    View,
)
from relay.contract.events import Drain
from relay.contract.identity import ScreenInfo
from relay.contract.names import (
    DisplayId,
    DocumentId,
    Epoch,
    OrderId,
    ScreenId,
    Sha256,
    TriggerId,
    WindowId,
)
from relay.contract.reports import (
    DeliveryPage,
    DeliveryReport,
    DisplayInfo,
    DisplayName,
    Outcome,
    Pong,
    Presence,
    Received,
    ScreenPicture,
    Stage,
    Timings,
    TriggerError,
    TriggerResponse,
    WindowInfo,
)
from relay.contract.watching import LastOutcome

ID = TriggerId("0198c0de-7a11-7000-8000-000000000001")
NEWER_ID = TriggerId("0198c0de-7a11-7000-8000-000000000002")
SCREEN = ScreenId("SCREEN-001")
ORDER = OrderId("WO-2025-0001")
DOCUMENT = DocumentId("0198c0de-d0c5-7000-8000-000000000003")
SHA256 = Sha256("2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824")
RIGHT = DisplayId("model:DELL U2419H:SN0001")
MAIN = WindowId("main")
PLAN = WindowId("plan")
NOW = 1_760_000_000_000
LATER = NOW + 900_000
PICTURE = ScreenPicture(
    url=f"/api/trigger/{ID}/screenshot",
    media_type="image/png",
    width=1920,
    height=1080,
    size=181_204,
    taken_at=NOW,
)

_pdf = DocumentRef(
    id=DOCUMENT,
    kind="pdf",
    url=f"/api/documents/{SHA256}",
    sha256=SHA256,
    media_type="application/pdf",
    pages=3,
    revision="C",
    title="작업지시서",
)
_page = DocumentRef(id=DOCUMENT, kind="web", url="https://plan.example/line/3", title="Plan", revision="1")
_display = DisplayName(display_id=RIGHT, index=1, name="DELL U2419H")
_monitors = (
    DisplayInfo(
        display_id=DisplayId("name:eDP-1"),
        index=0,
        name="eDP-1",
        width=1920,
        height=1200,
        scale=1.25,
        primary=True,
    ),
    DisplayInfo(
        display_id=RIGHT, index=1, name="DELL U2419H", width=1920, height=1080, scale=1.0, primary=False
    ),
)
_window = WindowInfo(
    window_id=MAIN,
    display_id=RIGHT,
    trigger_id=ID,
    order_id=ORDER,
    document_id=DOCUMENT,
    sha256=SHA256,
    page=2,
    pages=3,
    revision="C",
)
_shown = DeliveryReport(
    id=ID,
    seq=7,
    state="shown",
    screen_id=SCREEN,
    status_url=f"/api/trigger/{ID}",
    order_id=ORDER,
    display=_display,
    page=1,
    revision="C",
    document="작업지시서",
    timings={"sentMs": 3.5, "receivedMs": 5.25, "shownMs": 61.0},
    created_at=NOW,
    expires_at=LATER,
    attempts=1,
    history=(Stage(state="waiting", at=NOW), Stage(state="shown", at=NOW + 61, detail="DELL U2419H")),
)
_screen = ScreenInfo(
    screen_id=SCREEN,
    name="1번 작업대",
    paired=True,
    online=True,
    device="bench-pc-1",
    last_seen_at=NOW,
    app_version="0.1.0",
    displays=_monitors,
    windows=(_window,),
    version=NOW + 7,
    last_outcome=LastOutcome(id=ID, verb="navigate", state="shown", at=NOW - 5, revision="C"),
    paired_at=NOW - 3_600_000,
)


def _command(type_: type[Struct], **fields: object) -> Struct:
    return type_(id=ID, seq=7, screen_id=SCREEN, timestamp=NOW, expires_at=LATER, **fields)


SAMPLES: dict[str, Struct] = {
    **PAIRING_SAMPLES,
    **SECURITY_SAMPLES,
    **STEERING_SAMPLES,
    **OPERATION_SAMPLES,
    **ACCOUNT_SAMPLES,
    **IDENTITY_SAMPLES,
    **WEB_SAMPLES,
    **ISLAND_SAMPLES,
    **ORDER_BOOK_SAMPLES,
    **ORDER_SAMPLES,
    **WATCHING_SAMPLES,
    **STREAM_SAMPLES,
    # What a client asks.
    "trigger-order": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, order_id=ORDER, display_index=1, page=1, expires_in_ms=900_000
    ),
    "trigger-order-second-document": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, order_id=OrderId("WO-2025-0003"), document_number=2
    ),
    "trigger-document": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, document_id=DOCUMENT, display_id=RIGHT, fit="width", zoom=1.5
    ),
    "trigger-view": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, command="view", page=2, fit="page", rotate=90, reload=True
    ),
    "trigger-notify": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, command="notify", message="자재가 곧 도착합니다"
    ),
    "trigger-view-stepwise": Trigger(
        id=ID,
        screen_id=SCREEN,
        timestamp=NOW,
        command="view",
        step="next",
        zoom_step="in",
        rotate_by=90,
        scroll=Scroll(dx=-0.5, dy=0.9),
        window_id=PLAN,
    ),
    "trigger-order-beside": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, order_id=ORDER, window_id=PLAN, display_index=1, place="right"
    ),
    "trigger-unblank": Trigger(id=ID, screen_id=SCREEN, timestamp=NOW, command="blank", on=False),
    "trigger-alarm": Trigger(
        id=ID,
        screen_id=SCREEN,
        timestamp=NOW,
        command="notify",
        message="3번 설비를 멈추세요",
        level="alarm",
        sound=True,
        seconds=60,
        display_id=RIGHT,
    ),
    "trigger-screenshot": Trigger(
        id=ID, screen_id=SCREEN, timestamp=NOW, command="screenshot", whole_monitor=True
    ),
    # What a screen is told.
    "navigate-order": _command(
        Navigate, order_id=ORDER, document=_pdf, display_index=1, page=1, fit="width", zoom=1.5
    ),
    "close": _command(Close, window_id=PLAN),
    "view": _command(View, page=2, fit="width", zoom=0.75, rotate=270, reload=True, window_id=PLAN),
    "view-stepwise": _command(View, step="previous", zoom_step="out", rotate_by=270, scroll=Scroll(dy=-1.0)),
    "navigate-beside": _command(Navigate, document=_pdf, window_id=PLAN, display_index=1, place="right"),
    "move-aside": _command(Move, place="left"),
    "blank-off": _command(Blank, on=False),
    "notify-alarm": _command(
        Notify,
        message="3번 설비를 멈추세요",
        level="alarm",
        sound=True,
        seconds=60,
        display_index=1,
        display_id=RIGHT,
    ),
    "screenshot-of-the-monitor": _command(Screenshot, whole_monitor=True),
    "move": _command(Move, display_index=1, display_id=RIGHT, window_id=PLAN),
    "identify": _command(Identify, window_id=PLAN),
    "blank": _command(Blank, window_id=PLAN),
    "undo": _command(Undo, window_id=PLAN),
    "notify": _command(Notify, message="자재가 곧 도착합니다", window_id=PLAN),
    "screenshot": _command(Screenshot, window_id=PLAN),
    "delivery_page": DeliveryPage(
        deliveries=(
            DeliveryReport(
                id=ID, seq=41, state="waiting", screen_id="SCREEN-001", status_url=f"/api/trigger/{ID}"
            ),
        ),
        next="bmV4dA==",
    ),
    "drain": Drain(after_ms=1_000),
    "hello": Hello(epoch=Epoch("0198c0de-e90c"), gen=3, server_time=NOW, head=41, heartbeat_ms=5_000),
    "hello-on-a-stream": Hello(
        epoch=Epoch("0198c0de-e90c"),
        gen=0,
        server_time=NOW,
        head=0,
        heartbeat_ms=10_000,
        line="kI3pTn0a7v5lV9r2QyGd",
    ),
    "status-question": StatusQuestion(id=ID),
    "token-renewal": TokenRenewal(token="header.payload.signature"),
    # What a screen says.
    "received": Received(received=True, id=ID),
    "received-not": Received(
        received=False, id=ID, error="The page is not a number.", code="VALIDATION_ERROR"
    ),
    "outcome-shown": Outcome(
        id=ID,
        state="shown",
        display=_display,
        page=1,
        revision="C",
        timings=Timings(received_ms=0.5, loaded_ms=30.25, shown_ms=48.0),
    ),
    "outcome-failed": Outcome(
        id=ID, state="failed", code="DISPLAY_NOT_AVAILABLE", error="There is no monitor 2."
    ),
    "outcome-covering": Outcome(id=ID, state="shown", display=_display, page=1, covers=(MAIN,)),
    "outcome-screenshot": Outcome(id=ID, state="shown", display=_display, screenshot=PICTURE),
    "screen-picture": PICTURE,
    "presence-of-several-windows": Presence(
        app_version="0.1.0",
        protocol=1,
        displays=_monitors,
        windows=(
            WindowInfo(window_id=MAIN, display_id=RIGHT, visible=False, order_id=ORDER, covered_by=(PLAN,)),
            WindowInfo(
                window_id=PLAN, display_id=RIGHT, visible=False, order_id=ORDER, place="right", blank=True
            ),
        ),
    ),
    "presence-of-displaced-windows": Presence(
        app_version="0.1.0",
        protocol=1,
        displays=_monitors[:1],
        windows=(
            WindowInfo(
                window_id=MAIN, display_id=_monitors[0].display_id, wished_display_id=RIGHT, order_id=ORDER
            ),
            WindowInfo(window_id=PLAN, wished_display_id=RIGHT, visible=False, order_id=ORDER),
        ),
    ),
    "presence": Presence(
        app_version="0.1.0",
        protocol=1,
        applied_seq=41,
        epoch=Epoch("0198c0de-e90c"),
        displays=_monitors,
        windows=(_window, WindowInfo(window_id=PLAN, visible=False, url="https://plan.example/")),
        capabilities=("outcome", "web"),
    ),
    "presence-of-a-new-screen": Presence(app_version="0.1.0", protocol=1),
    # What the one who triggered hears.
    "delivery-accepted": DeliveryReport(
        id=ID, seq=7, state="waiting", screen_id=SCREEN, status_url=f"/api/trigger/{ID}"
    ),
    "delivery-shown": _shown,
    "delivery-screenshot": DeliveryReport(
        id=ID,
        seq=7,
        state="shown",
        screen_id=SCREEN,
        status_url=f"/api/trigger/{ID}",
        covers=(MAIN,),
        screenshot=PICTURE,
    ),
    "delivery-superseded": DeliveryReport(
        id=ID,
        seq=7,
        state="superseded",
        screen_id=SCREEN,
        status_url=f"/api/trigger/{ID}",
        code="SUPERSEDED",
        detail="같은 창에 더 새로운 작업지시가 들어왔습니다.",
        action="화면에 있는 작업지시를 확인하세요.",
        superseded_by=NEWER_ID,
    ),
    "delivery-dead-and-retried": DeliveryReport(
        id=ID,
        seq=7,
        state="dead",
        screen_id=SCREEN,
        status_url=f"/api/trigger/{ID}",
        code="SCREEN_UNHEALTHY",
        retried_as=NEWER_ID,
        verb="navigate",
        sender="user:반장",
    ),
    "delivery-retry": DeliveryReport(
        id=NEWER_ID,
        seq=8,
        state="waiting",
        screen_id=SCREEN,
        status_url=f"/api/trigger/{NEWER_ID}",
        retry_of=ID,
    ),
    "trigger-response": TriggerResponse(id=ID, success=True, data=_shown),
    "trigger-error": TriggerError(
        id=ID, error="작업지시가 없습니다.", code="ORDER_NOT_FOUND", action="다시 스캔하세요."
    ),
    "trigger-error-clock": TriggerError(
        id=ID, error="시계가 맞지 않습니다.", code="CLOCK_SKEW", action="다시 스캔하세요.", server_time=NOW
    ),
    "trigger-error-busy": TriggerError(
        id=ID,
        error="지금은 기록할 수 없습니다.",
        code="RELAY_UNAVAILABLE",
        action="다시 스캔하세요.",
        retry_after_ms=1000,
    ),
    "trigger-error-without-id": TriggerError(id=None, error="This is not JSON.", code="VALIDATION_ERROR"),
    "pong": Pong(timestamp=NOW),
    "screen-list": ScreenList(screens=(_screen,)),
    "app-advice": AppAdvice(version="0.2.0", note="\\\\fileserver\\benchcast"),
}

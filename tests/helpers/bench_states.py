"""Every state of the bench window, by name: what a person can see there."""

from collections.abc import Callable
from dataclasses import dataclass, field

from PySide6.QtCore import QTime

from app.errors import RelayUnreachable, Step
from app.stage.asking import Asking, Comparing, FoundRelay
from app.stage.performed import Performed
from app.stage.scan_result import (
    AlreadyShown,
    BadLink,
    ControlAnswer,
    Kept,
    NotKept,
    PairingStep,
    PairingWish,
    ScanAnswer,
    Stopped,
    Tone,
    Unreadable,
)
from app.stage.scanners import Hearing, ScannerState
from app.stage.status import LinkState
from app.windows.bench_window import BenchWindow
from relay.contract.controls import Control
from relay.contract.names import DisplayId, TriggerId, WindowId
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.reports import DeliveryReport, DisplayInfo, DisplayName, Presence, WindowInfo
from relay.contract.wording import Language

ID = TriggerId("01890a5d-ac96-774b-bcce-b302099a8057")
LEFT = DisplayInfo(
    display_id=DisplayId("left"),
    index=0,
    name="DELL U2419H",
    width=1920,
    height=1080,
    scale=1.0,
    primary=True,
)
RIGHT = DisplayInfo(
    display_id=DisplayId("right"),
    index=1,
    name="LG 27UL850",
    width=3840,
    height=2160,
    scale=1.5,
    primary=False,
)
SHOWING = WindowInfo(
    window_id=WindowId("main"),
    display_id=DisplayId("right"),
    order_id="WO-2025-0001",
    page=1,
    pages=3,
    revision="C",
)


class Silence:
    """A sound player that remembers what it was asked to play."""

    def __init__(self) -> None:
        self.muted = False
        self.played: list[Tone] = []

    def play(self, tone: Tone) -> None:
        self.played.append(tone)


@dataclass
class Asked:
    """What the window asked of main."""

    orders: list[str] = field(default_factory=list)
    pairings: list[PairingWish] = field(default_factory=list)
    unpaired: int = 0
    cancelled: int = 0
    quit: int = 0
    languages: list[str] = field(default_factory=list)
    muted: list[bool] = field(default_factory=list)

    def note_unpair(self) -> None:
        self.unpaired += 1

    def note_cancel(self) -> None:
        self.cancelled += 1

    def note_quit(self) -> None:
        self.quit += 1


def open_window(language: Language) -> tuple[BenchWindow, Asked, Silence]:
    """Build a window whose callables write down what they were asked."""
    asked, sound = Asked(), Silence()
    window = BenchWindow(
        language=language,
        sound=sound,
        on_order=asked.orders.append,
        on_pair=asked.pairings.append,
        on_unpair=asked.note_unpair,
        on_language=asked.languages.append,
        on_mute=asked.muted.append,
        on_quit=asked.note_quit,
        on_cancel=asked.note_cancel,
        time_of_day=lambda: QTime(14, 3, 21),
    )
    return window, asked, sound


def presence(*windows: WindowInfo, displays: tuple[DisplayInfo, ...] = (LEFT, RIGHT)) -> Presence:
    """What the workstation says of itself."""
    return Presence(app_version="1", protocol=1, displays=displays, windows=windows)


def report(state: str = "shown", **more: object) -> DeliveryReport:
    """A delivery in this state."""
    return DeliveryReport(
        id=ID,
        seq=1,
        state=state,
        screen_id="BENCH-07",
        status_url="/api/trigger/1",
        order_id="WO-2025-0001",
        **more,
    )


def shown() -> DeliveryReport:
    """The good end."""
    return report(
        display=DisplayName(display_id=DisplayId("right"), index=1, name="R"),
        revision="C",
        page=1,
        timings={"shownMs": 61.2},
    )


def problem(code: Code, language: Language, **values: str | int) -> Problem:
    """The relay's refusal, as it comes over the wire."""
    return write_problem(code, language, trace_id="7f3a90c2", values=dict(values))


def _paired(window: BenchWindow, link: LinkState = LinkState.CONNECTED, detail: str = "") -> None:
    window.show_bench(
        screen_id="BENCH-07",
        name="조립 7번 작업대",
        relay="https://relay.factory.example:8443",
        kept=Kept("keyring"),
    )
    window.show_link(link, detail)
    window.show_presence(presence(SHOWING))


def _scanned(*answers: tuple[str, ScanAnswer | None]) -> Callable[[BenchWindow, Language], None]:
    def reach(window: BenchWindow, language: Language) -> None:
        _paired(window)
        for text, answer in answers:
            number = window.scan_started(text)
            if answer is not None:
                window.scan_answered(number, answer)

    return reach


def _refused(code: Code, **values: str | int) -> Callable[[BenchWindow, Language], None]:
    def reach(window: BenchWindow, language: Language) -> None:
        _paired(window)
        window.scan_answered(window.scan_started("WO-2025-0009"), problem(code, language, **values))

    return reach


def _with_scanner(state: ScannerState) -> Callable[[BenchWindow, Language], None]:
    def reach(window: BenchWindow, language: Language) -> None:
        _paired(window)
        window.bench.scanners.show_states([state])

    return reach


def _linked(link: LinkState, detail: str = "") -> Callable[[BenchWindow, Language], None]:
    return lambda window, language: _paired(window, link, detail)


def _pairing(step: PairingStep | None, failure: object = None) -> Callable[[BenchWindow, Language], None]:
    def reach(window: BenchWindow, language: Language) -> None:
        window.show_link(LinkState.UNPAIRED)
        if step:
            window.pairing_began(PairingWish(link="https://relay.factory.example:8443/api/pair"))
            window.pairing_step(step, "relay.factory.example:8443" if step is PairingStep.REACH else "")
        if failure == "refused":
            window.pairing_failed(problem(Code.PAIRING_EXPIRED, language))
        elif failure:
            window.pairing_failed(failure)

    return reach


def _empty(window: BenchWindow, language: Language) -> None:
    window.show_bench(screen_id="BENCH-07", name="", relay="http://10.0.0.5:8080", kept=Kept("file", "/x"))
    window.show_link(LinkState.CONNECTED)
    window.show_presence(presence(displays=(LEFT,)))


def _ten(window: BenchWindow, language: Language) -> None:
    answers = (
        shown(),
        report("superseded"),
        problem(Code.ORDER_NOT_FOUND, language, orderId="WO-9"),
        report("received"),
        report("failed", code="DISPLAY_NOT_AVAILABLE"),
        report("expired"),
        report("dead"),
        report("cancelled"),
        report("waiting"),
        Unreadable("too_long"),
        shown(),
    )
    _scanned(*((f"WO-2025-{place:04}", answer) for place, answer in enumerate(answers)))(window, language)


CHECK = "4166 9022 3004 1173"
RELAY = "https://192.168.0.10:8440"
FOUND = (
    FoundRelay("3라인", "0.1.0", (RELAY,)),
    FoundRelay("Benchcast", "0.1.0", ("https://192.168.0.44:8440",)),
)


def _by_address(window: BenchWindow, language: Language) -> None:
    window.show_link(LinkState.UNPAIRED)
    window.show_found(FOUND)
    window.pairing.ways.by_address.click()


def _waiting(window: BenchWindow, language: Language) -> None:
    _by_address(window, language)
    window.pairing_began(PairingWish(address=RELAY))
    window.pairing_step(PairingStep.CLAIM, RELAY)
    qr = f"{RELAY}/pair?code=7ZQ4-M2X9&check={CHECK.replace(' ', '')}"
    window.pairing_asks(Asking("7ZQ4-M2X9", f"{RELAY}/pair", qr, CHECK, 540))


def _comparing(window: BenchWindow, language: Language) -> None:
    _by_address(window, language)
    window.pairing_began(PairingWish(address=RELAY, code="7ZQ4-M2X9"))
    window.pairing_step(PairingStep.TRUST, RELAY)
    window.pairing_compares(Comparing(RELAY, CHECK), lambda _same: None)


def _unreached(step: Step, at: PairingStep, **values: str) -> Callable[[BenchWindow, Language], None]:
    def reach(window: BenchWindow, language: Language) -> None:
        _by_address(window, language)
        window.pairing_began(PairingWish(address=RELAY))
        window.pairing_step(at, RELAY)
        window.pairing_failed(RelayUnreachable(step, RELAY, **values).problem(language))

    return reach


STATES: dict[str, Callable[[BenchWindow, Language], None]] = {
    "pairing": _pairing(None),
    "pairing-running": _pairing(PairingStep.REACH),
    "pairing-refused": _pairing(PairingStep.CLAIM, "refused"),
    "pairing-unreachable": _pairing(
        PairingStep.REACH,
        Stopped(Code.CONNECTION_REFUSED, (("address", "https://relay.factory.example:8443"),)),
    ),
    "pairing-bad-link": _pairing(PairingStep.READ, BadLink("token")),
    "pairing-by-address": _by_address,
    "pairing-waiting": _waiting,
    "pairing-comparing": _comparing,
    "pairing-pin": _unreached("pin", PairingStep.TRUST, expected=CHECK, got="1234 5678 9012 3456"),
    "pairing-clock": _unreached(
        "clock", PairingStep.TRUST, ours="2019-01-01 00:00 UTC", theirs="2026-11-21 16:30 UTC"
    ),
    "pairing-not-kept": _pairing(PairingStep.KEEP, NotKept("/home/bench/.config/benchcast/credential.json")),
    "empty": _empty,
    "starting": lambda window, language: None,
    "idle": _linked(LinkState.CONNECTED),
    "connecting": _linked(LinkState.CONNECTING),
    "offline": _linked(LinkState.OFFLINE),
    "revoked": _linked(LinkState.REVOKED),
    "replaced": _linked(LinkState.REPLACED),
    "started": _scanned(("WO-2025-0001", None)),
    "shown": _scanned(("WO-2025-0001", shown())),
    "waiting": _scanned(("WO-2025-0001", report("waiting"))),
    "received": _scanned(("WO-2025-0001", report("received"))),
    "superseded": _scanned(("WO-2025-0001", report("superseded"))),
    "not-found": _refused(Code.ORDER_NOT_FOUND, orderId="WO-2025-0009"),
    "no-display": _refused(Code.DISPLAY_NOT_AVAILABLE),
    "internal": _refused(Code.INTERNAL_ERROR),
    "unreachable": _scanned(
        (
            "WO-2025-0001",
            Stopped(Code.CONNECTION_REFUSED, (("address", "https://relay.factory.example:8443"),)),
        )
    ),
    "already-shown": _scanned(("WO-2025-0001", AlreadyShown(2))),
    "control": _scanned(
        ("다음 쪽", ControlAnswer(Control("next"), Performed(state="shown", page=2, pages=5)))
    ),
    "torn": _scanned(("WO-2025-00", Unreadable("torn"))),
    "scanner-away": _with_scanner(ScannerState("serial-1", "serial", "Honeywell Xenon 1900", Hearing.ABSENT)),
    "scanner-unfocused": _with_scanner(ScannerState("wedge", "wedge", "", Hearing.UNFOCUSED)),
    "long-order": _scanned(("ORDER-" + "2025-ASSEMBLY-" * 6 + "0001", shown())),
    "ten": _ten,
}

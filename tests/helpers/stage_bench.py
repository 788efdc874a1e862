"""A bench without pixels: windows that keep their promises, or break them, as a test says, and a director over them."""

import asyncio
from dataclasses import dataclass, field
from pathlib import Path

from app.stage.camera import Camera, Privacy, Snapshot
from app.stage.director import Director
from app.stage.displays import Display, Monitor, number, seat
from app.stage.notices import Notice
from app.stage.surface import Content, Painted, Surface, ViewWish
from relay.contract.commands import AnyCommand, DocumentRef, Navigate
from relay.contract.names import (
    MAIN_WINDOW,
    DocumentId,
    OrderId,
    ScreenId,
    Sha256,
    TriggerId,
    WindowId,
)
from relay.contract.reports import Outcome, ScreenPicture

LEFT = Monitor(connector="LEFT", x=0, y=0, width=1280, height=1024, primary=True)
RIGHT = Monitor(connector="RIGHT", x=1280, y=0, width=1920, height=1080)
NOW = 1_760_000_000_000


@dataclass
class Wall:
    """A window without pixels: what it was turned to, and what it will do next."""

    seen: list[tuple[Content, ViewWish, Display]] = field(default_factory=list)
    wishes: list[ViewWish] = field(default_factory=list)
    ready: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    fault: Exception | None = None
    closed: int = 0
    is_black: bool = False

    async def turn_to(self, content: Content, view: ViewWish, display: Display) -> Painted:
        self.asked.set()
        await self.ready.wait()
        if self.fault:
            raise self.fault
        self.seen.append((content, view, display))
        return Painted(page=view.page or 1, pages=4, loaded_ms=5.0, shown_ms=9.0)

    async def view(self, wish: ViewWish) -> Painted:
        self.wishes.append(wish)
        return Painted(page=wish.page, pages=4, shown_ms=1.0)

    async def move(self, display: Display) -> Painted:
        content, view, _ = self.seen[-1]
        self.seen.append((content, view, display))
        return Painted(page=1, pages=4, shown_ms=1.0)

    async def blank(self, on: bool) -> Painted:
        if self.fault:
            raise self.fault
        self.is_black = on
        return Painted(page=1, pages=4, shown_ms=1.0)

    def close(self) -> None:
        self.closed += 1


class Bench:
    def __init__(self) -> None:
        self.monitors = [LEFT, RIGHT]
        self.walls: dict[WindowId, Wall] = {}
        self.identified = 0
        self.presences = 0
        self.fetched: list[str] = []
        self.fetch_fault: Exception | None = None
        self.fetch_ms = 0
        self.now_ms = NOW
        self.released: list[WindowId] = []
        self.told: list[tuple[Notice, str]] = []
        self.photographed: list[tuple[str, WindowId | None]] = []
        self.sent: list[tuple[TriggerId, Snapshot]] = []
        self.privacy: Privacy = "window"
        self.director = Director(
            windows=self,
            fetch=self.fetch,
            default_display_index=None,
            presence_changed=self.presence_changed,
            server_now_ms=lambda: self.now_ms,
            camera=Camera(privacy=lambda: self.privacy, send=self.send),
            language="en",
        )

    def displays(self) -> tuple[Display, ...]:
        return number(self.monitors)

    def absent(self) -> tuple[Display, ...]:
        return ()

    def seat(self, wished: Display) -> Display | None:
        return seat(self.displays(), wished)

    def surface(self, window_id: WindowId) -> Surface:
        return self.wall(window_id)

    def wall(self, window_id: WindowId = MAIN_WINDOW) -> Wall:
        if window_id not in self.walls:
            self.walls[window_id] = Wall()
            self.walls[window_id].ready.set()
        return self.walls[window_id]

    def release(self, window_id: WindowId) -> None:
        self.released.append(window_id)

    async def identify(self) -> None:
        self.identified += 1

    async def notify(self, notice: Notice, display: Display, life_seconds: float) -> None:
        self.told.append((notice, display.name))

    async def photograph(self, display: Display, window_id: WindowId | None) -> Snapshot:
        self.photographed.append((display.name, window_id))
        return Snapshot(data=b"png", media_type="image/png", width=4, height=3)

    async def send(self, id_: TriggerId, snapshot: Snapshot) -> ScreenPicture:
        self.sent.append((id_, snapshot))
        return ScreenPicture(
            url=f"/api/trigger/{id_}/screenshot",
            media_type=snapshot.media_type,
            width=snapshot.width,
            height=snapshot.height,
            size=len(snapshot.data),
            taken_at=NOW,
        )

    async def fetch(self, document: DocumentRef) -> Path:
        self.fetched.append(document.id)
        self.now_ms += self.fetch_ms
        if self.fetch_fault:
            raise self.fetch_fault
        return Path("/library") / document.id

    def presence_changed(self) -> None:
        self.presences += 1

    async def perform(self, command: AnyCommand) -> Outcome:
        return await self.director.perform(command)


def about(number_: int = 1, **more: object) -> dict[str, object]:
    given: dict[str, object] = {
        "id": TriggerId(f"00000000-0000-4000-8000-{number_:012}"),
        "seq": number_,
        "screen_id": ScreenId("SCREEN-001"),
        "timestamp": NOW,
        "expires_at": NOW + 900_000,
    }
    return given | more


def navigate(number_: int = 1, document: str | DocumentRef | None = "D1", **more: object) -> Navigate:
    if isinstance(document, str):
        document = DocumentRef(
            id=DocumentId(document),
            kind="pdf",
            url="/api/documents/x",
            sha256=Sha256("a" * 64),
            revision="C",
            title="Plan",
        )
    return Navigate(**about(number_, order_id=OrderId("WO-1"), document=document) | more)  # type: ignore[arg-type]

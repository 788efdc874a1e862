"""A screen played by a test that can be steered: it does what phones wish, says what is seen, and remembers it."""

import asyncio
from typing import Any

from helpers.desk import DISPLAYS, Desk

CAPABILITIES = ["outcome", "steer"]


class SteeredScreen(Desk):
    """One window; `window` is what it holds as presence tells it, `seen` as `viewport` tells it."""

    def __init__(self, url: str, token: str, *, displays: list[dict] = DISPLAYS) -> None:
        super().__init__(url, token)
        self.presence = {**self.presence, "displays": displays, "capabilities": CAPABILITIES}
        self.window: dict[str, Any] | None = None
        self.seen: dict[str, Any] | None = None
        self.wishes: list[dict] = []
        self._told: set[asyncio.Future] = set()

    async def shows(self, document: dict, *, page_aspect: float = 0.707, **more: Any) -> None:
        """Hold a document, from its first page."""
        self.window = {
            "windowId": "main",
            "displayId": "right",
            "orderId": "WO-2025-0001",
            "sha256": document.get("sha256"),
            "url": document.get("url"),
            "page": 1,
            "pages": document.get("pages"),
            "revision": "C",
        }
        self.seen = {
            "kind": document["kind"],
            "sheet": f"{document.get('sha256', 'web')[:8]} 1 0",
            "page": 1,
            "pages": document.get("pages"),
            "pageAspect": page_aspect,
            "roomAspect": 1920 / 1040,
            "viewport": {"x": 0.5, "y": 0.5, "zoom": 1.0},
            "can": ["viewport", "pointer"],
            "orderId": "WO-2025-0001",
            "title": document.get("title"),
            "sha256": document.get("sha256"),
            "revision": "C",
        } | more
        await self.tell()

    async def tell(self, **more: Any) -> None:
        """Say what is true now."""
        assert self.seen is not None
        assert self.presence is not None
        self.seen = self.seen | more
        self.window = None if self.window is None else self.window | {"page": self.seen["page"]}
        windows = (
            [{key: value for key, value in self.window.items() if value is not None}] if self.window else []
        )
        self.presence = {**self.presence, "windows": windows}
        await self.say("presence", self.presence)
        await self._tell_seen()

    async def _tell_seen(self) -> None:
        assert self._sio is not None
        assert self.seen is not None
        told = self.seen if self.window else {}
        await self._sio.emit("viewport", {key: value for key, value in told.items() if value is not None})

    def perform(self, command: dict) -> dict:
        """Turn the page, as far as a test asks for it."""
        assert self.seen is not None
        page, pages = self.seen["page"], self.seen["pages"] or 1
        steps = {"next": page + 1, "previous": page - 1, "first": 1, "last": pages}
        page = min(max(command.get("page") or steps.get(command.get("step", ""), page), 1), pages)
        rotate = (self.seen.get("rotate", 0) + command.get("rotateBy", 0)) % 360
        told = asyncio.ensure_future(self.tell(page=page, rotate=rotate, sheet=f"s {page} {rotate}"))  # noqa: TID251 - an actor
        self._told.add(told)
        return {"id": command["id"], "state": "shown", "page": page}

    async def _any(self, event: str, *payload: Any) -> None:
        if event == "steer" and self.seen is not None:
            wish = payload[0]
            self.wishes.append(wish)
            self.seen["hand"], self.seen["by"] = wish.get("hand"), wish.get("by")
            if "pointer" in wish:
                self.seen["pointer"] = wish["pointer"]
            if wish.get("viewport") and "viewport" in self.seen["can"]:
                self.seen["viewport"] = wish["viewport"]
            await self._tell_seen()
        await super()._any(event, *payload)
        if event == "hello" and self.seen is not None:
            await self._tell_seen()

"""A real relay on a free port, and the office person who administers it over HTTP."""

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

import aiohttp
from helpers.fresh_database import lay_down
from helpers.quick_passwords import quick_passwords
from reportlab.pdfgen.canvas import Canvas

from relay.clock import Clock, SystemClock
from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin
from relay.main import Relay, open_relay
from relay.settings import Settings


def new_id() -> str:
    return str(uuid.uuid4())


def small_pdf(text: str = "Order", pages: int = 1) -> bytes:
    file = BytesIO()
    canvas = Canvas(file, pagesize=(842, 595), invariant=True)
    for page in range(1, pages + 1):
        canvas.drawString(72, 500, f"{text}, page {page} of {pages}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


@dataclass(slots=True)
class Answer:
    status: int
    body: dict
    headers: dict[str, str]


class Office:
    """Somebody with a token who speaks HTTP; the local admin unless told otherwise."""

    def __init__(
        self,
        relay: Relay | None,
        session: aiohttp.ClientSession,
        token: str | None,
        clock: Clock,
        url: str = "",
    ) -> None:
        self.relay = relay
        self.url = url or relay.address.addresses[0]
        self.session = session
        self.token = token
        self.clock = clock

    def as_(self, token: str | None) -> "Office":
        return Office(self.relay, self.session, token, self.clock, self.url)

    async def call(self, method: str, path: str, *, language: str = "en", **kwargs) -> Answer:
        headers = {"Accept-Language": language, **kwargs.pop("headers", {})}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        async with self.session.request(method, self.url + path, headers=headers, **kwargs) as response:
            if response.content_type == "text/event-stream":  # it would not end
                return Answer(response.status, {}, dict(response.headers))
            is_json = "json" in response.headers.get("Content-Type", "")
            body = await response.json(content_type=None) if is_json else {"bytes": await response.read()}
            return Answer(response.status, body, dict(response.headers))

    async def add_user(self, name: str, role: str, password: str = "correct horse") -> "Office":
        answer = await self.call(
            "POST", "/api/users", json={"name": name, "role": role, "password": password}
        )
        assert answer.status == 201, answer.body
        answer = await self.call("POST", "/api/auth/login", json={"username": name, "password": password})
        assert answer.status == 200, answer.body
        return self.as_(answer.body["accessToken"])

    async def add_screen(self, screen_id: str = "SCREEN-001") -> None:
        answer = await self.call(
            "POST", "/api/screens", json={"screenId": screen_id, "name": f"Bench {screen_id}"}
        )
        assert answer.status == 201, answer.body

    async def offer(self, screen_id: str = "SCREEN-001") -> dict:
        answer = await self.call("POST", f"/api/screens/{screen_id}/pairing")
        assert answer.status in {200, 201}, answer.body
        return answer.body

    async def pair(self, screen_id: str = "SCREEN-001") -> dict:
        """Add a screen if need be, offer a pairing and claim it, as a desk would; answers the grant."""
        answer = await self.call("GET", f"/api/screens/{screen_id}")
        if answer.status == 404:
            await self.add_screen(screen_id)
        offer = await self.offer(screen_id)
        claim = {"screenId": screen_id, "token": offer["token"], "device": {"name": "test desk"}}
        answer = await self.as_(None).call("POST", "/api/pair", json=claim)
        assert answer.status == 200, answer.body
        return answer.body

    async def add_order(
        self,
        order_id: str,
        file: bytes | None = None,
        *,
        title: str = "Sample",
        filename: str = "work.pdf",
        **fields: str,
    ) -> dict:
        answer = await self.call("PUT", f"/api/orders/{order_id}", json={"title": title})
        assert answer.status in {200, 201}, answer.body
        form = aiohttp.FormData()
        for key, value in fields.items():
            form.add_field(key, value)
        form.add_field("file", file or small_pdf(order_id), filename=filename)
        answer = await self.call("POST", f"/api/orders/{order_id}/documents", data=form)
        assert answer.status in {200, 201}, answer.body
        return answer.body

    def body(self, screen_id: str = "SCREEN-001", **fields: object) -> dict:
        return {"id": new_id(), "screenId": screen_id, "timestamp": self.clock.now_ms(), **fields}

    async def trigger(
        self, body: dict | None = None, *, wait_ms: int | None = None, **fields: object
    ) -> Answer:
        query = "" if wait_ms is None else f"?wait=shown&timeoutMs={wait_ms}"
        return await self.call("POST", f"/api/trigger{query}", json=body or self.body(**fields))

    async def delivery(self, id_: str) -> dict:
        return (await self.call("GET", f"/api/trigger/{id_}")).body


@asynccontextmanager
async def running_relay(
    data: Path, *, clock: Clock | None = None, on_port: int = 0, **settings: object
) -> AsyncIterator[Office]:
    """Open a relay on `data` and answer its local admin. Opening it again on the same data is a restart."""
    clock = clock or SystemClock()
    wanted = Settings(data=data, port=on_port, **{"attempts_per_minute": 10_000, **settings})
    lay_down(data / "relay.db")
    # The certificate is the desk's business; the office only wants to get in.
    connector = aiohttp.TCPConnector(ssl=False)
    async with AsyncExitStack() as stack:
        with quick_passwords():
            relay = await stack.enter_async_context(open_relay(wanted, clock=clock))
        session = await stack.enter_async_context(aiohttp.ClientSession(connector=connector))
        yield Office(relay, session, mint_local_admin(Keys.open(data), clock), clock)

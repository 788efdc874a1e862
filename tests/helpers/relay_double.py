"""A relay that does what a test tells it, also what a real one never would: just enough of the contract."""

import asyncio
import datetime as dt
import ipaddress
import ssl
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import socketio
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from relay.contract.pairing import RelayAddress
from relay.contract.problems import STATUS, Code, write_problem
from relay.live.wire import FrameSocket

SCREEN = "SCREEN-001"


def now_ms() -> int:
    return time.time_ns() // 1_000_000


def command(verb: str = "navigate", seq: int = 1, **fields: object) -> dict:
    """A command as the relay would send it."""
    made = {
        "id": str(uuid.uuid4()),
        "seq": seq,
        "screenId": SCREEN,
        "windowId": "main",
        "timestamp": now_ms(),
        "expiresAt": now_ms() + 900_000,
        **({"url": "http://relay.test/page"} if verb == "navigate" else {}),
    }
    return made | fields


@dataclass
class RelayDouble:
    """Everything a test wants to say or see."""

    accepted: str = "access-1"
    refresh_token: str = "refresh-1"
    grant_seconds: int = 900
    hello: dict = field(
        default_factory=lambda: {
            "epoch": "e1",
            "gen": 1,
            "serverTime": now_ms(),
            "head": 0,
            "heartbeatMs": 10_000,
        }
    )
    heard: list[tuple[str, dict]] = field(default_factory=list)
    requests: list[tuple[str, dict]] = field(default_factory=list)
    sockets: list[str] = field(default_factory=list)
    files: dict[str, bytes] = field(default_factory=dict)
    answer_of: dict[str, Callable[[dict], object]] = field(default_factory=dict)
    # Called for a path before anything else; what it returns is the answer.
    instead: dict[str, Callable[[web.Request, dict], web.StreamResponse | None]] = field(default_factory=dict)
    says_hello: bool = True
    ping_seconds: float = 10
    lines: int = 0
    issued: int = 1
    previous: tuple[str, str] | None = None
    url: str = ""
    fingerprint: str | None = None
    site: web.TCPSite | None = None

    def __post_init__(self) -> None:
        self.sio = socketio.AsyncServer(
            async_mode="aiohttp",
            transports=["websocket"],
            ping_interval=self.ping_seconds,
            ping_timeout=8,
            monitor_clients=False,
        )
        self.sio.eio._async = {**self.sio.eio._async, "websocket": FrameSocket}
        self.sio.on("connect", self._connect)
        self.sio.on("*", self._any)
        self.changed = asyncio.Condition()

    @property
    def address(self) -> RelayAddress:
        return RelayAddress(addresses=(self.url,), fingerprint=self.fingerprint)

    def application(self) -> web.Application:
        app = web.Application()
        self.sio.attach(app)
        app.router.add_post("/api/pair", self._pair)
        for path in ("", "/token", "/cancel"):
            app.router.add_post(f"/api/pair/requests{path}", self._instead_only)
        app.router.add_post("/api/auth/refresh", self._refresh)
        app.router.add_post("/api/trigger", self._trigger)
        app.router.add_get("/api/documents/{sha256}", self._document)
        return app

    async def until(self, is_true: Callable[[], bool], seconds: float = 8.0) -> None:
        async with asyncio.timeout(seconds), self.changed:
            await self.changed.wait_for(is_true)

    def said(self, event: str) -> list[dict]:
        return [payload for name, payload in self.heard if name == event]

    async def hears(self, event: str, count: int = 1, seconds: float = 8.0) -> dict:
        await self.until(lambda: len(self.said(event)) >= count, seconds)
        return self.said(event)[count - 1]

    async def until_lines(self, count: int, seconds: float = 8.0) -> None:
        """Wait until so many lines were opened, one after another, and may be spoken on."""
        await self.until(lambda: self.lines >= count, seconds)

    async def tell(self, event: str, payload: object = None) -> None:
        await self.sio.emit(event, payload, to=self.sockets[-1])

    async def ask(self, event: str, payload: object, seconds: float = 5.0) -> dict:
        return await self.sio.call(event, payload, to=self.sockets[-1], timeout=seconds)

    async def cut(self, code: int = 1012) -> None:
        """Close the newest line with a WebSocket close code, as a relay that goes away."""
        await self.sio.get_environ(self.sockets[-1])["benchcast.socket"].close(code)

    async def close_site(self) -> None:
        """Listen no more; what is connected stays."""
        await self.site.stop()

    async def _note(self) -> None:
        async with self.changed:
            self.changed.notify_all()

    async def _connect(self, sid: str, _environ: dict, auth: dict) -> None:
        if auth.get("token") != self.accepted:
            problem = write_problem(Code.TOKEN_EXPIRED, "en", trace_id="t", with_status=False)
            raise socketio.exceptions.ConnectionRefusedError(
                problem.title,
                {
                    "type": problem.type,
                    "title": problem.title,
                    "code": problem.code,
                    "detail": problem.detail,
                    "action": problem.action,
                    "traceId": "t",
                },
            )
        self.sockets.append(sid)
        # Nothing may be said to a client whose connect handler has not returned.
        asyncio.get_running_loop().call_later(
            0.01, lambda: self.sio.start_background_task(self._opened, self.says_hello)
        )

    async def _opened(self, says_hello: bool) -> None:
        if says_hello:
            await self.tell("hello", self.hello)
        self.lines += 1
        await self._note()

    async def _any(self, event: str, _sid: str, *payload: object) -> object:
        self.heard.append((event, payload[0] if payload else None))
        await self._note()
        answer = self.answer_of.get(event)
        return {"success": True} if answer is None else answer(payload[0])

    async def _begin(self, request: web.Request) -> tuple[dict, web.StreamResponse | None]:
        body = await request.json() if request.can_read_body else {}
        self.requests.append((request.path, body))
        await self._note()
        instead = self.instead.get(request.path)
        return body, instead(request, body) if instead else None

    async def _pair(self, request: web.Request) -> web.StreamResponse:
        body, instead = await self._begin(request)
        return instead or web.json_response(
            {
                "screenId": body.get("screenId", SCREEN),
                "token": self.accepted,
                "refreshToken": self.refresh_token,
                "expiresIn": self.grant_seconds,
                "relay": {"addresses": [self.url]},
            }
        )

    async def _instead_only(self, request: web.Request) -> web.StreamResponse:
        _body, instead = await self._begin(request)
        return instead or refuse(Code.NOT_FOUND)

    async def _refresh(self, request: web.Request) -> web.StreamResponse:
        body, instead = await self._begin(request)
        asked = (body["refreshToken"], body.get("attempt"))
        if asked == self.previous:
            pass
        elif asked[0] == self.refresh_token:
            self.issued += 1
            self.previous = asked
            self.refresh_token, self.accepted = f"refresh-{self.issued}", f"access-{self.issued}"
        else:
            return refuse(Code.TOKEN_INVALID)
        return instead or web.json_response(
            {
                "accessToken": self.accepted,
                "refreshToken": self.refresh_token,
                "expiresIn": self.grant_seconds,
            }
        )

    async def _trigger(self, request: web.Request) -> web.StreamResponse:
        body, instead = await self._begin(request)
        if instead:
            return instead
        if request.headers.get("Authorization") != f"Bearer {self.accepted}":
            return refuse(Code.TOKEN_EXPIRED)
        if abs(body["timestamp"] - now_ms()) > 300_000:
            return refuse(Code.CLOCK_SKEW, serverTime=now_ms())
        return web.json_response(
            {"id": body["id"], "seq": 1, "state": "shown", "screenId": body["screenId"], "statusUrl": "/x"}
        )

    async def _document(self, request: web.Request) -> web.StreamResponse:
        _body, instead = await self._begin(request)
        if instead:
            return instead
        if request.headers.get("Authorization") != f"Bearer {self.accepted}":
            return refuse(Code.TOKEN_EXPIRED)
        content = self.files.get(request.match_info["sha256"])
        return refuse(Code.DOCUMENT_NOT_FOUND) if content is None else web.Response(body=content)


def refuse(code: Code, language: str = "en", **values: str | int) -> web.Response:
    problem = write_problem(code, language, trace_id="t", values=values)
    return web.Response(
        body=msgspec.json.encode(problem), status=STATUS[code], content_type="application/problem+json"
    )


@asynccontextmanager
async def relay_double(
    *, tls: Path | None = None, context: ssl.SSLContext | None = None, port: int = 0, **wishes: object
) -> AsyncIterator[RelayDouble]:
    """Serve a double on loopback; with `tls` (a folder) under a fresh self-signed certificate, or under `context`."""
    double = RelayDouble(**wishes)
    runner = web.AppRunner(double.application(), shutdown_timeout=0.5)
    await runner.setup()
    if tls is not None:
        context, double.fingerprint = self_signed(tls)
    site = web.TCPSite(runner, "127.0.0.1", port, ssl_context=context)
    double.site = site
    await site.start()
    bound = site._server.sockets[0].getsockname()[1]
    double.url = f"{'https' if context else 'http'}://127.0.0.1:{bound}"
    try:
        yield double
    finally:
        for environ in list(double.sio.environ.values()):
            await environ["benchcast.socket"].close(1012)
        await runner.cleanup()


def self_signed(folder: Path) -> tuple[ssl.SSLContext, str]:
    """Make a certificate that no authority knows; returns what serves it, and its SHA-256."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "relay.test")])
    today = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today)
        .not_valid_after(today + dt.timedelta(days=3650))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False
        )
        .sign(key, hashes.SHA256())
    )
    pem = folder / "certificate.pem"
    pem.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(pem)
    return context, certificate.fingerprint(hashes.SHA256()).hex()

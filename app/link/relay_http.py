"""Requests to the relay over HTTP: to the addresses in order, to nobody but the pinned relay, with typed answers.

How it works: the address that answered last is tried first. With a fingerprint, the relay's certificate must be
that very one, and no authority is asked; without one, https is checked by the system's authorities. What goes wrong
is `RelayRefused` (the relay's own words) or `RelayUnreachable` (how far we came).

What it must never do: follow a redirect, use the system's proxy (a bench and its relay share a LAN), or speak
to an unencrypted address when the relay is pinned.
"""

import socket
import ssl
from collections.abc import AsyncGenerator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from io import BytesIO
from typing import TypeVar

import aiohttp
import structlog
from msgspec import Struct

from app.errors import RelayRefused, RelayUnreachable, Step
from app.link.pinned import Pin
from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.pairing import RelayAddress
from relay.contract.pairing_check import check_number
from relay.contract.problems import Problem
from relay.contract.wording import DEFAULT_LANGUAGE, Language

log = structlog.get_logger()

S = TypeVar("S", bound=Struct)

CONNECT_SECONDS = 3.0
LARGEST_ANSWER_BYTES = 4 * 1024 * 1024
NO_CONTENT = 204


class Redirected(aiohttp.ClientConnectionError):
    """Somebody wanted to send us elsewhere: no relay does that."""


@dataclass(frozen=True)
class RawBody:
    """A body that is no JSON."""

    data: bytes
    media_type: str


class Nothing(Struct, frozen=True):
    """The answer of a request that is only granted."""


class RelayHttp:
    """HTTP with one relay. Close it when done."""

    def __init__(
        self, relay: RelayAddress, *, language: Callable[[], Language] = lambda: DEFAULT_LANGUAGE
    ) -> None:
        """Speak with this relay; its sentences are asked for in `language()`."""
        self.relay = relay
        self._language = language
        self._session: aiohttp.ClientSession | None = None
        self._is_closed = False
        self._good: str | None = None

    async def close(self) -> None:
        """End every connection; whoever asks afterwards reaches nobody."""
        self._is_closed = True
        session, self._session = self._session, None
        if session is not None:
            await session.close()

    @property
    def good_address(self) -> str | None:
        """Name the address that answered last."""
        return self._good

    def found(self, address: str) -> None:
        """Hear that the relay answered at this address, on the line that is not ours."""
        self._good = address

    def addresses(self) -> tuple[str, ...]:
        """List the addresses to try, the one that answered last first. Raises RelayUnreachable if none may be."""
        usable = tuple(
            address
            for address in self.relay.addresses
            if self.relay.fingerprint is None or address.startswith("https://")
        )
        if not usable:
            raise RelayUnreachable("in_clear", ", ".join(self.relay.addresses), "a pinned relay needs https")
        if self._good in usable:
            return (self._good, *(address for address in usable if address != self._good))
        return usable

    async def call(
        self,
        method: str,
        path: str,
        answer: type[S],
        *,
        body: Struct | RawBody | None = None,
        token: str | None = None,
        params: Mapping[str, str] | None = None,
        patience: timedelta = timedelta(seconds=10),
        may_repeat: bool = True,
        traceparent: str | None = None,
    ) -> S:
        """Ask the relay and decode its answer. Raises RelayRefused or RelayUnreachable.

        `may_repeat` says that asking twice does no harm: then a connection that the relay closed between two
        requests is replaced by a new one without a word. `traceparent` names the trace that the request belongs to.
        """
        failure: RelayUnreachable | None = None
        for address in self.addresses():
            for is_last in (not may_repeat, True):
                try:
                    status, content = await self._ask(
                        method,
                        address + path,
                        body=body,
                        token=token,
                        params=params,
                        patience=patience,
                        traceparent=traceparent,
                    )
                except aiohttp.ServerDisconnectedError as error:
                    failure = explain(error, address)
                    if is_last:
                        break
                    continue
                except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
                    failure = explain(error, address)
                    break
                self._good = address
                return _read(status, content, answer, address)
        assert failure is not None
        log.info(
            "The relay could not be reached",
            step=failure.step,
            address=failure.address,
            reason=failure.reason,
        )
        raise failure

    @asynccontextmanager
    async def download(
        self,
        path: str,
        *,
        token: str,
        patience: timedelta,
        headers: Mapping[str, str] | None = None,
        granted: Collection[int] = (200,),
    ) -> AsyncGenerator[aiohttp.ClientResponse, None]:
        """Open a stream of bytes. Raises RelayRefused or RelayUnreachable, also in the block.

        `headers` go along with ours; any status but those `granted` is a refusal. Only finding the relay goes through
        the addresses; a stream that breaks off is not begun anew.
        """
        failure: RelayUnreachable | None = None
        for address in self.addresses():
            try:
                async with self._open().get(
                    address + path,
                    headers={**self._headers(token), **(headers or {})},
                    timeout=aiohttp.ClientTimeout(
                        total=patience.total_seconds(), sock_connect=CONNECT_SECONDS, sock_read=15
                    ),
                ) as response:
                    self._good = address
                    if response.status not in granted:
                        _refuse(response.status, await limited(response), address)
                    yield response
                    return
            except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError) as error:
                failure = explain(error, address)
            except (aiohttp.ClientError, TimeoutError) as error:
                raise explain(error, address) from error
        assert failure is not None
        raise failure

    async def _ask(
        self,
        method: str,
        url: str,
        *,
        body: Struct | RawBody | None,
        token: str | None,
        params: Mapping[str, str] | None,
        patience: timedelta,
        traceparent: str | None = None,
    ) -> tuple[int, bytes]:
        headers = self._headers(token)
        if traceparent is not None:
            headers["traceparent"] = traceparent
        data: bytes | BytesIO | None = None
        if isinstance(body, RawBody):
            data, headers["Content-Type"] = BytesIO(body.data), body.media_type  # sent piece by piece
        elif body is not None:
            data, headers["Content-Type"] = to_json(body), "application/json"
        async with self._open().request(
            method,
            url,
            data=data,
            headers=headers,
            params=params,
            timeout=aiohttp.ClientTimeout(total=patience.total_seconds(), sock_connect=CONNECT_SECONDS),
        ) as response:
            return response.status, await limited(response)

    def _headers(self, token: str | None) -> dict[str, str]:
        headers = {"Accept": "application/json", "Accept-Language": self._language()}
        if token is not None:
            headers["Authorization"] = f"Bearer {token}"
        return headers

    def _open(self) -> aiohttp.ClientSession:
        if self._is_closed:
            raise aiohttp.ClientConnectionError("this line was given up")
        if self._session is None:
            self._session = open_session(self.relay)
        return self._session


def open_session(relay: RelayAddress) -> aiohttp.ClientSession:
    """Make a session that reaches this relay and nobody else under its name."""
    pin = Pin(bytes.fromhex(relay.fingerprint)) if relay.fingerprint else None
    is_encrypted = any(address.startswith("https://") for address in relay.addresses)
    return aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=pin or (_authorities() if is_encrypted else True)),
        trust_env=False,
        cookie_jar=aiohttp.DummyCookieJar(),
        middlewares=(_no_redirect,),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
    )


@cache
def _authorities() -> ssl.SSLContext:
    """Load whom the system trusts: 20 to 40 ms, so only for a relay that needs it, and once."""
    context = ssl.create_default_context()
    context.set_alpn_protocols(("http/1.1",))  # as aiohttp's own
    return context


def explain(error: BaseException, address: str) -> RelayUnreachable:
    """Say in our words how far we came on the way to the relay."""
    reason = f"{type(error).__name__}: {error}"
    match error:
        case aiohttp.ServerFingerprintMismatch(expected=expected, got=got):
            return other_certificate(address, expected.hex(), got.hex())
        case aiohttp.ClientConnectorCertificateError(
            certificate_error=ssl.SSLCertVerificationError() as inner
        ):
            return bad_certificate(inner, address)
        case ssl.SSLCertVerificationError():
            return bad_certificate(error, address)
        case aiohttp.ClientSSLError() | ssl.SSLError():
            return RelayUnreachable("tls", address, reason)
        case TimeoutError():
            return RelayUnreachable("timeout", address, reason)
        case aiohttp.ClientConnectorDNSError() | aiohttp.InvalidURL() | socket.gaierror():
            return RelayUnreachable("address", address, reason)
        case aiohttp.ClientResponseError(status=status) if status >= 429:
            return RelayUnreachable(
                "refused", address, reason
            )  # too busy, or behind a proxy that waits for it
        case Redirected() | aiohttp.ClientResponseError():
            return RelayUnreachable("answer", address, reason)
        case ValueError():
            return RelayUnreachable("address", address, reason)
        case _:
            return RelayUnreachable("refused", address, reason)


def other_certificate(address: str, expected: str, got: str) -> RelayUnreachable:
    """Say that a certificate is not the pinned one; both are named by their check numbers, in the log in full."""
    return RelayUnreachable(
        "pin",
        address,
        f"expected the certificate {expected}, got {got}",
        expected=check_number(expected),
        got=check_number(got),
    )


# OpenSSL's X509_V_ERR_* (x509_vfy.h).
_VERIFY_STEPS: dict[int, Step] = {9: "not_yet", 10: "expired", 62: "host", 63: "host", 64: "host"}


def bad_certificate(error: ssl.SSLCertVerificationError, address: str) -> RelayUnreachable:
    """Say what is wrong with a certificate that no pin vouches for."""
    step = _VERIFY_STEPS.get(error.verify_code, "untrusted")
    return RelayUnreachable(step, address, error.verify_message)


async def _no_redirect(
    request: aiohttp.ClientRequest, handler: aiohttp.ClientHandlerType
) -> aiohttp.ClientResponse:
    response = await handler(request)
    if 300 <= response.status < 400 and response.status != 304:
        response.close()
        raise Redirected(f"redirected with {response.status}")
    return response


async def limited(response: aiohttp.ClientResponse) -> bytes:
    """Read an answer that is to be decoded. Raises ClientPayloadError when it is beyond all measure."""
    content = await response.content.read(LARGEST_ANSWER_BYTES + 1)
    chunks = [content]
    size = len(content)
    while content and size <= LARGEST_ANSWER_BYTES:
        content = await response.content.read(LARGEST_ANSWER_BYTES + 1 - size)
        chunks.append(content)
        size += len(content)
    if size > LARGEST_ANSWER_BYTES:
        raise aiohttp.ClientPayloadError("the answer is too large")
    return b"".join(chunks)


def _read(status: int, content: bytes, answer: type[S], address: str) -> S:
    if not 200 <= status < 300:
        _refuse(status, content, address)
    try:
        return decode_json(b"{}" if status == NO_CONTENT else content, answer)
    except Malformed as error:
        raise RelayUnreachable("answer", address, str(error)) from error


def _refuse(status: int, content: bytes, address: str) -> None:
    try:
        problem = decode_json(content, Problem)
    except Malformed as error:
        raise RelayUnreachable("answer", address, f"status {status}") from error
    raise RelayRefused(problem)

"""The command line's line to a relay: one request, its typed answer, or the problem that the relay told."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TypeVar

import aiohttp
import msgspec
from msgspec import Struct

from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.wording import Language

S = TypeVar("S", bound=Struct)

CONNECT_SECONDS = 5.0
# A table of some thousand orders with their files is one request.
REQUEST_SECONDS = 600.0


class ProblemAnsweredError(Exception):
    """The relay refused, or could not be reached; `problem` is worded for the person who asked."""

    def __init__(self, problem: Problem) -> None:
        """Carry the problem."""
        super().__init__(problem.code)
        self.problem = problem


class Line:
    """Speaks to one relay as one caller."""

    def __init__(self, http: aiohttp.ClientSession, url: str, language: Language) -> None:
        """Speak to the relay at `url`; create it with `open_line`."""
        self._http = http
        self._url = url
        self._language: Language = language

    async def ask(
        self,
        method: str,
        path: str,
        answer: type[S],
        *,
        body: Struct | None = None,
        form: aiohttp.FormData | bytes | None = None,
        content_type: str | None = None,
    ) -> S:
        """Make a request, of JSON (`body`) or of something else (`form`). Raises ProblemAnsweredError."""
        headers: dict[str, str] = {}
        data: aiohttp.FormData | bytes | None = form
        if body is not None:
            data, content_type = to_json(body), "application/json"
        if content_type is not None:
            headers["Content-Type"] = content_type
        try:
            async with self._http.request(method, self._url + path, data=data, headers=headers) as response:
                content = await response.read()
        except TimeoutError as error:
            raise self._unreachable(Code.CONNECTION_TIMEOUT) from error
        except (aiohttp.ClientError, OSError) as error:
            raise self._unreachable(Code.CONNECTION_REFUSED) from error
        try:
            if response.status < 400:
                return decode_json(content or b"{}", answer)
            raise ProblemAnsweredError(msgspec.json.decode(content, type=Problem))
        except (Malformed, msgspec.MsgspecError) as error:
            # Whoever answers there is no relay of ours.
            raise self._unreachable(Code.CONNECTION_REFUSED) from error

    def _unreachable(self, code: Code) -> ProblemAnsweredError:
        return ProblemAnsweredError(
            write_problem(code, self._language, trace_id="", values={"address": self._url})
        )


@asynccontextmanager
async def open_line(
    url: str, token: str, language: Language, *, fingerprint: str | None
) -> AsyncGenerator[Line]:
    """Open a line; over HTTPS only the certificate with that SHA-256 is believed, whatever name it bears."""
    pinned = aiohttp.Fingerprint(bytes.fromhex(fingerprint)) if fingerprint else True
    connector = aiohttp.TCPConnector(ssl=pinned)
    headers = {"Authorization": f"Bearer {token}", "Accept-Language": language}
    timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS, sock_connect=CONNECT_SECONDS)
    async with aiohttp.ClientSession(connector=connector, headers=headers, timeout=timeout) as http:
        yield Line(http, url, language)


class RunningNote(Struct, frozen=True):
    """What a running relay leaves in its data directory for the command line: where to speak to it."""

    url: str
    certificate: str | None = None
    addresses: tuple[str, ...] = ()


def read_note(data: Path) -> RunningNote | None:
    """Read the note of a data directory; None if there is none yet."""
    try:
        return decode_json((data / "running.json").read_bytes(), RunningNote)
    except (OSError, Malformed):
        return None

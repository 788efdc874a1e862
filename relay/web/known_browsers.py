"""Browsers in which a person has signed in before: a cookie that only this relay can make says so.

How it works (OWASP's device cookies): the cookie holds one entry for each of the last few persons who signed in there:
the day, a number at random, and a MAC over both and the person's name. It opens nothing: it only tells whose failures
are counted by themselves (relay.web.door), so that strangers who guess at a name do not keep its owner out.
"""

import base64
import hmac
import secrets
from dataclasses import dataclass

from aiohttp import web

from relay.clock import Clock
from relay.identity.keys import Keys
from relay.identity.spelling import name_key

KEPT_DAYS = 180
DAY_SECONDS = 24 * 3600
# Persons of one browser; whoever signed in there longest ago is forgotten first.
MOST = 12
DAY_BYTES, NONCE_BYTES, MAC_BYTES = 3, 8, 16
# Without padding, as the bytes are a multiple of three.
ENTRY_LETTERS = (DAY_BYTES + NONCE_BYTES + MAC_BYTES) * 4 // 3


@dataclass(frozen=True, slots=True)
class Knock:
    """Who wants to come in: from which address, with what the browser keeps of former sign-ins."""

    remote: str | None
    cookie: str = ""


def knock_of(request: web.Request) -> Knock:
    """Read it from a request."""
    return Knock(request.remote, request.cookies.get(_name(request), ""))


class KnownBrowsers:
    """Reads and writes that cookie."""

    def __init__(self, keys: Keys, clock: Clock) -> None:
        """Sign with a secret that follows from these keys."""
        self._keys = keys
        self._clock = clock

    def find(self, cookie: str, name: str) -> str | None:
        """Return the number of the browser's entry for this person, if it has a genuine one."""
        entry = self._entry_of(cookie, name)
        return None if entry is None else entry[DAY_BYTES : DAY_BYTES + NONCE_BYTES].hex()

    def add(self, cookie: str, name: str) -> str:
        """Return the cookie with a new entry for this person in front."""
        former = self._entry_of(cookie, name)
        others = [entry for entry in _entries(cookie) if entry != former][: MOST - 1]
        head = self._today().to_bytes(DAY_BYTES, "big") + secrets.token_bytes(NONCE_BYTES)
        return ".".join(
            base64.urlsafe_b64encode(each).decode() for each in [head + self._mac(head, name), *others]
        )

    def remember(self, request: web.Request, response: web.Response, name: str) -> None:
        """Have the browser keep that this person has signed in there."""
        response.set_cookie(
            _name(request),
            self.add(knock_of(request).cookie, name),
            path="/",
            max_age=KEPT_DAYS * DAY_SECONDS,
            httponly=True,
            samesite="Strict",
            secure=request.secure,
        )

    def _entry_of(self, cookie: str, name: str) -> bytes | None:
        today = self._today()
        for entry in _entries(cookie):
            head, mac = entry[:-MAC_BYTES], entry[-MAC_BYTES:]
            age = today - int.from_bytes(head[:DAY_BYTES], "big")
            if hmac.compare_digest(mac, self._mac(head, name)) and age <= KEPT_DAYS:
                return entry
        return None

    def _mac(self, head: bytes, name: str) -> bytes:
        return self._keys.derive("known browser", head, name_key(name.strip()).encode())[:MAC_BYTES]

    def _today(self) -> int:
        return self._clock.now_ms() // (DAY_SECONDS * 1000)


def _entries(cookie: str) -> list[bytes]:
    found: list[bytes] = []
    for text in cookie.split(".", MOST)[:MOST]:
        if len(text) != ENTRY_LETTERS:
            continue
        try:
            found.append(base64.b64decode(text, altchars=b"-_", validate=True))
        except ValueError:
            continue
    return found


def _name(request: web.Request) -> str:
    return "__Host-benchcast-known" if request.secure else "benchcast-plain-known"

"""Tells somebody outside: an alert or its all-clear, in the form that the receiver reads, until it was taken.

What must always hold: messages of one alert arrive in their order, an all-clear never before its alert, and never for
one that nobody heard of. The address and the key are secrets: neither is logged, nor is what the receiver answers.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal
from urllib.parse import urlsplit

import aiohttp
import structlog

from relay.operation_settings import AlertFormat

log = structlog.get_logger()

Severity = Literal["warning", "error", "critical"]
REQUEST_SECONDS = 10.0
BACK_OFF_SECONDS = (1.0, 2.0, 5.0, 15.0, 30.0, 60.0, 120.0, 300.0)
KEPT = 500
# A receiver that says these may take it later; any other 4xx is about what we send.
TRY_AGAIN = frozenset({408, 425, 429})


@dataclass(frozen=True, slots=True)
class Alert:
    """What is wrong: `key` names it for as long as it lasts, `summary` is one sentence for a person."""

    key: str
    severity: Severity
    summary: str


@dataclass(frozen=True, slots=True)
class Message:
    """An alert, or with `is_over` its all-clear, as of `at_ms` (UTC milliseconds)."""

    alert: Alert
    at_ms: int
    is_over: bool = False


def write(message: Message, form: AlertFormat, *, relay: str, key: str = "") -> dict[str, object]:
    """Write a message as the receiver reads it; `key` is PagerDuty's integration key."""
    alert = message.alert
    moment = datetime.fromtimestamp(message.at_ms / 1000, UTC).isoformat(timespec="milliseconds")
    match form:
        case "slack":
            mark = ":white_check_mark:" if message.is_over else ":rotating_light:"
            return {"text": f"{mark} *{_shielded(relay)}* {_shielded(alert.summary)}"}
        case "pagerduty":
            begun: dict[str, object] = {
                "payload": {
                    "summary": f"{relay}: {alert.summary}"[:1024],
                    "source": relay,
                    "severity": alert.severity,
                    "timestamp": moment,
                    "component": "benchcast-relay",
                    "class": alert.key.partition(":")[0],
                }
            }
            return {
                "routing_key": key,
                "event_action": "resolve" if message.is_over else "trigger",
                "dedup_key": f"benchcast/{relay}/{alert.key}"[:255],
                **({} if message.is_over else begun),
            }
        case "json":
            return {
                "event": "all-clear" if message.is_over else "alert",
                "key": alert.key,
                "severity": alert.severity,
                "summary": alert.summary,
                "relay": relay,
                "at": message.at_ms,
            }


class Notifier:
    """The way out, and what has not been taken yet."""

    def __init__(
        self,
        url: str,
        form: AlertFormat,
        *,
        relay: str,
        key: str = "",
        back_off: tuple[float, ...] = BACK_OFF_SECONDS,
        told: Callable[[Message], None] = lambda _message: None,
    ) -> None:
        """Post to `url` in that form; `told` hears of each message that was taken."""
        self._url = url
        self._form: AlertFormat = form
        self._relay = relay
        self._key = key
        self._back_off = back_off
        self._told = told
        self._waiting: deque[Message] = deque()
        self._on_its_way: Message | None = None
        self._wake = asyncio.Event()

    def go_to(self, url: str, form: AlertFormat, key: str) -> None:
        """Post there from now on; what waits for a receiver that is no more is forgotten."""
        if (url, form, key) == (self._url, self._form, self._key):
            return
        self._url, self._form, self._key = url, form, key
        if not url:
            self._waiting.clear()

    async def try_out(self, message: Message) -> tuple[bool, str]:
        """Post a message once, out of turn; tell whether it was taken, and what was heard."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        body = write(message, self._form, relay=self._relay, key=self._key)
        try:
            async with (
                aiohttp.ClientSession(timeout=timeout) as http,
                http.post(self._url, json=body, allow_redirects=False) as response,
            ):
                return 200 <= response.status < 300, f"HTTP {response.status}"
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            return False, type(error).__name__

    def tell(self, message: Message) -> None:
        """Put a message in the line; an all-clear takes an alert with it that nobody has heard of yet."""
        key = message.alert.key
        unheard = [each for each in self._waiting if each.alert.key == key]
        is_heard = not unheard or unheard[0] is self._on_its_way or unheard[0].is_over
        if message.is_over and not is_heard:
            self._waiting = deque(each for each in self._waiting if each.alert.key != key)
            self._told(message)
            return
        if len(self._waiting) >= KEPT:
            log.warning("An alert was given up: too many wait", alert=self._waiting.popleft().alert.key)
        self._waiting.append(message)
        self._wake.set()

    async def post_for_ever(self) -> None:
        """Post what waits, one after the other; a receiver that does not take it is tried again, ever more seldom."""
        timeout = aiohttp.ClientTimeout(total=REQUEST_SECONDS)
        async with aiohttp.ClientSession(timeout=timeout) as http:
            failures = 0
            while True:
                if not self._waiting:
                    self._wake.clear()
                    await self._wake.wait()
                message = self._on_its_way = self._waiting[0]
                is_taken = await self._post(http, message)
                self._on_its_way = None
                if is_taken:
                    failures = 0
                    if self._waiting and self._waiting[0] is message:
                        self._waiting.popleft()
                    self._told(message)
                else:
                    await asyncio.sleep(self._back_off[min(failures, len(self._back_off) - 1)])
                    failures += 1

    async def _post(self, http: aiohttp.ClientSession, message: Message) -> bool:
        """Post once; tell whether it is done with, be it because the receiver will never take it."""
        if not self._url:
            return False
        host, key = urlsplit(self._url).hostname, message.alert.key
        body = write(message, self._form, relay=self._relay, key=self._key)
        try:
            async with http.post(self._url, json=body, allow_redirects=False) as response:
                status = response.status
        except (aiohttp.ClientError, OSError, TimeoutError) as error:
            log.warning("An alert could not be posted", host=host, alert=key, reason=type(error).__name__)
            return False
        if 200 <= status < 300:
            return True
        is_final = status < 500 and status not in TRY_AGAIN
        log.warning("An alert was not taken", host=host, alert=key, status=status, is_final=is_final)
        return is_final


def _shielded(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")

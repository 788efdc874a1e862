"""A scanner as any program could be one: it signs in, asks the relay for an order, and hears whether it is visible."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
import uuid
from dataclasses import dataclass
from typing import Any

from processes import DemoFailed

# The relay is on this machine: whatever proxy the environment names, it does not know the way there.
_open = urllib.request.build_opener(urllib.request.ProxyHandler({})).open


@dataclass(frozen=True)
class Heard:
    """What the scanner hears about one scan."""

    shown: bool
    sentence: str


class Scanner:
    """Speaks to one relay as one person."""

    def __init__(self, url: str) -> None:
        """Know the relay's address."""
        self._url = url
        self._who: dict[str, object] = {}
        self._token: str | None = None

    def sign_in(self, name: str, password: str) -> None:
        """Get an access token, now and whenever it has expired."""
        self._who = {"username": name, "password": password}
        self._token = None
        self._token = self._ask("POST", "/api/auth/login", self._who)["accessToken"]

    def screen(self, screen_id: str) -> dict[str, Any]:
        """Look up a screen: whether it is online, and its monitors."""
        for screen in self._ask("GET", "/api/screens")["screens"]:
            if screen["screenId"] == screen_id:
                return screen
        raise DemoFailed(f"The relay does not know the screen {screen_id}.")

    def scan(self, screen_id: str, order: str, *, display_index: int, patience_ms: int = 20_000) -> Heard:
        """Ask for an order (`WO-1+D2` is its second document) on a monitor, and wait until it is visible."""
        order_id, _, number = order.partition("+D")
        body: dict[str, object] = {
            "id": str(uuid.uuid4()),
            "screenId": screen_id,
            "orderId": order_id,
            "displayIndex": display_index,
            "timestamp": time.time_ns() // 1_000_000,
        }
        if number.isdigit():
            body["documentNumber"] = int(number)
        answer = self._ask("POST", f"/api/trigger?wait=shown&timeoutMs={patience_ms}", body)
        return Heard(answer.get("state") == "shown", _word(order, answer))

    def _ask(self, method: str, path: str, body: dict[str, object] | None = None) -> dict[str, Any]:
        """Ask the relay. The refusal of a scan is an answer too: its problem, with `code` and no `state`."""
        headers = {"Content-Type": "application/json", "Accept-Language": "en"}
        if self._token is not None:
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self._url + path, data, headers, method=method)  # noqa: S310 - our own relay
        try:
            with _open(request, timeout=40) as response:
                return json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                problem = _problem(error.read())
            if problem.get("code") == "TOKEN_EXPIRED":
                self.sign_in(str(self._who["username"]), str(self._who["password"]))
                return self._ask(method, path, body)
            if path.startswith("/api/trigger") and "code" in problem:
                return problem
            raise DemoFailed(f"The relay refused {method} {path}: {problem or error.reason}") from error
        except OSError as error:
            raise DemoFailed(f"The relay does not answer at {self._url}: {error}") from error


def _problem(data: bytes) -> dict[str, Any]:
    try:
        return json.loads(data)
    except ValueError:
        return {}


def _word(order: str, answer: dict[str, Any]) -> str:
    if answer.get("state") == "shown":
        display = answer.get("display", {}).get("index")
        parts = [f"{order} shown" + ("" if display is None else f" on display {display + 1}")]
        if revision := answer.get("revision"):
            parts.append(f"revision {revision}")
        parts.append(f"{answer.get('timings', {}).get('shownMs', 0):.0f} ms")
        return ", ".join(parts)
    why = answer.get("code") or answer.get("state", "no answer")
    sentences = " ".join(str(answer[part]) for part in ("detail", "action") if answer.get(part))
    return f"{order} not shown: {why}. {sentences}".rstrip()

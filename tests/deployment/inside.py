"""What is tried inside a booted machine, as root, with the service installed as the docs say; writes what it saw.

It runs with the relay's own Python and libraries (there are no others in there), and judges nothing: the test outside
reads `/trial/seen.json`.
"""

import asyncio
import json
import subprocess
import sys
import time
import uuid
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp

UNIT = "benchcast-relay"
URL = "https://127.0.0.2:8440"
DATA = "/var/lib/benchcast-relay"
PROGRAM = "/opt/benchcast/bin/benchcast-relay"
TRIAL = Path("/trial")
PASSWORD = "correct horse"


def shell(*command: str, given: str = "") -> str:
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).strip()


def shown(*names: str) -> dict[str, str]:
    lines = shell("systemctl", "show", UNIT, *(f"--property={name}" for name in names)).splitlines()
    return dict(line.partition("=")[::2] for line in lines)


def trigger_body(screen_id: str = "SCREEN-001") -> dict[str, object]:
    return {
        "id": str(uuid.uuid4()),
        "screenId": screen_id,
        "command": "identify",
        "timestamp": time.time_ns() // 1_000_000,
    }


class Person:
    screen_id = "SCREEN-001"

    def __init__(self, http: aiohttp.ClientSession) -> None:
        self._http = http
        self._headers: dict[str, str] = {}

    async def call(self, method: str, path: str, **more: object) -> tuple[int, dict]:
        headers = self._headers | more.pop("headers", {})
        async with self._http.request(method, URL + path, headers=headers, **more) as answer:
            return answer.status, await answer.json(content_type=None) if answer.status != 204 else {}

    async def sign_in(self) -> None:
        said = {"username": "kim", "password": PASSWORD}
        status, body = await self.call("POST", "/api/auth/login", json=said)
        assert status == 200, body
        self._headers = {"Authorization": f"Bearer {body['accessToken']}"}

    async def trigger(self) -> str | None:
        try:
            status, answer = await self.call("POST", "/api/trigger", json=trigger_body(self.screen_id))
        except (aiohttp.ClientError, OSError, TimeoutError):
            await asyncio.sleep(0.05)
            return None
        return answer["id"] if status == 202 else None

    async def until_ready(self) -> float:
        began = time.monotonic()
        async with asyncio.timeout(60):
            while True:
                try:
                    status, _ = await self.call("GET", "/ready")
                except (aiohttp.ClientError, OSError):
                    status = 0
                if status == 200:
                    return time.monotonic() - began
                await asyncio.sleep(0.1)

    async def ask_while(self, work: "asyncio.Future[object]") -> list[str]:
        """Trigger without end until the work is done; return what was accepted."""
        accepted: list[str] = []

        async def ask() -> None:
            while not work.done():
                if (id_ := await self.trigger()) is not None:
                    accepted.append(id_)

        await asyncio.gather(*(ask() for _ in range(4)))
        return accepted

    async def lost(self, ids: list[str]) -> list[str]:
        return [id_ for id_ in ids if (await self.call("GET", f"/api/trigger/{id_}"))[0] != 200]


async def after(seconds: float, *command: str) -> float:
    """Run a command after a while; return how long it took."""
    await asyncio.sleep(seconds)
    began = time.monotonic()
    await asyncio.to_thread(shell, *command)
    return time.monotonic() - began


async def look(seen: dict) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        kim = Person(http)
        seen["ready_seconds"] = await kim.until_ready()
        seen["unit"] = shown("ActiveState", "MainPID", "DynamicUser", "NRestarts")
        status = Path(f"/proc/{seen['unit']['MainPID']}/status").read_text("ascii")
        seen["process"] = dict(line.split(":\t") for line in status.splitlines() if ":\t" in line)
        seen["security"] = shell("systemd-analyze", "security", "--no-pager", UNIT).splitlines()[-1]
        seen["modes"] = shell("stat", "-L", "-c", "%a", DATA, f"{DATA}/keys.json").split()
        seen["user"] = shell(
            *(PROGRAM, "user", "add", "kim", "--role", "admin", "--password-stdin", "--data", DATA),
            given=PASSWORD,
        )
        await kim.sign_in()
        await kim.call("POST", "/api/screens", json={"screenId": "SCREEN-001"})
        await kim.call("PUT", "/api/orders/WO-1", json={"title": "Housing"})
        for name in ("order.pdf", "picture.png"):
            form = aiohttp.FormData()
            form.add_field("file", (TRIAL / name).read_bytes(), filename=name)
            seen[name] = await kim.call("POST", "/api/orders/WO-1/documents", data=form)
        seen["backup"] = await kim.call("POST", "/api/backups")
        seen["doctor"] = shell(PROGRAM, "doctor", "--data", DATA, "--config", "/etc/benchcast/relay.toml")

        stopping = asyncio.ensure_future(after(3, "systemctl", "stop", UNIT))  # noqa: TID251 - no rooms in here
        accepted = await kim.ask_while(stopping)
        seen["stop"] = shown("Result", "ExecMainStatus") | {"seconds": stopping.result()}
        shell("systemctl", "start", UNIT)
        await kim.until_ready()
        await kim.sign_in()
        seen["over a stop"] = {"accepted": len(accepted), "lost": await kim.lost(accepted)}

        # The first one's mailbox may be full by now.
        kim.screen_id = "SCREEN-002"
        await kim.call("POST", "/api/screens", json={"screenId": kim.screen_id})
        killing = asyncio.ensure_future(after(2, "systemctl", "kill", "--signal=KILL", UNIT))  # noqa: TID251 - as above
        accepted = await kim.ask_while(killing)
        await asyncio.sleep(1)
        await kim.until_ready()
        await kim.sign_in()
        seen["over a kill"] = {"accepted": len(accepted), "lost": await kim.lost(accepted)} | shown(
            "NRestarts"
        )

    Path("/etc/benchcast/relay.toml").write_text("porrt = 8440\n", "utf-8")
    shell("systemctl", "restart", UNIT)
    began = time.monotonic()
    while shown("ActiveState") != {"ActiveState": "failed"} and time.monotonic() - began < 60:
        time.sleep(0.5)
    time.sleep(3)  # in which it would be started anew
    seen["bad settings"] = shown("ActiveState", "SubState", "ExecMainStatus", "NRestarts")


def run(look: Callable[[dict], Awaitable[None]]) -> None:
    """Look, write down what was seen, and switch the machine off."""
    seen: dict = {}
    try:
        asyncio.run(look(seen))
    except BaseException as error:
        seen["broke off"] = repr(error)
        raise
    finally:
        (TRIAL / "seen.json").write_text(json.dumps(seen), "utf-8")
        (TRIAL / "journal").write_text(shell("journalctl", "--no-pager", "--output=short-monotonic"), "utf-8")
        sys.stdout.flush()
        shell("systemctl", "poweroff")


if __name__ == "__main__":
    run(look)

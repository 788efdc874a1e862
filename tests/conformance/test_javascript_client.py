"""The official JavaScript client: what it sees of the relay is the same with either engine."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from helpers.relay_running import Office

SCRIPT = Path(__file__).parents[1] / "js" / "conformance.mjs"


class Script:
    """The client's process; `said` is what it told so far."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self.process = process
        self.said: list[tuple[str, object]] = []

    async def until(self, what: str) -> None:
        async with asyncio.timeout(30):
            while not self.said or self.said[-1][0] != what:
                line = await self.process.stdout.readline()
                assert line, f"the client ended; it had said {self.said}"
                said = json.loads(line)
                self.said.append((said["what"], said.get("data")))

    def go_on(self) -> None:
        self.process.stdin.write(b"go on\n")


@asynccontextmanager
async def javascript(url: str, token: str, scenario: str) -> AsyncIterator[Script]:
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), url, token, scenario,
        cwd=SCRIPT.parent, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        yield Script(process)
    finally:
        if process.returncode is None:
            process.kill()
        process.stdin.close()
        await process.wait()


async def transcript(office: Office, token: str, scenario: str) -> list[tuple[str, object]]:
    async with javascript(office.url, token, scenario) as script:
        await script.until("done")
        return script.said[:-1]


async def comes_true(is_true: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not is_true():
            await asyncio.sleep(0.01)


async def test_a_wrong_token_is_refused_with_its_code_and_a_right_one_let_in(office: Office):
    assert await transcript(office, office.token, "refused") == [
        ("connect_error", {"code": "TOKEN_INVALID", "isActive": False}),
        ("hello", None),
    ]
    await comes_true(lambda: office.relay.live.count == 0)


async def test_events_are_answered_in_order_whatever_they_carry(office: Office):
    assert await transcript(office, office.token, "events") == [
        ("first words", ["hello"]),
        ("ping", ["timestamp"]),
        ("error", "UNSUPPORTED"),
        ("unknown", {"code": "UNSUPPORTED", "namesIt": True}),
        ("two hundred", True),
        ("large", ["timestamp"]),
    ]


async def test_deliveries_are_acknowledged(office: Office):
    grant = await office.pair()
    async with javascript(office.url, grant["token"], "deliveries") as script:
        await script.until("hello")
        ids = [
            (await office.trigger(url=f"{office.url}/{n}", windowId=f"w{n}")).body["id"] for n in range(20)
        ]
        async with asyncio.timeout(20):
            while {(await office.delivery(id_))["state"] for id_ in ids} != {"received"}:
                await asyncio.sleep(0.05)
        script.go_on()
        await script.until("done")
        assert script.said[1:-1] == [("navigated", 20)]


async def test_it_comes_back_by_itself_after_a_restart(office: Office):
    async with javascript(office.url, office.token, "restart") as script:
        await script.until("hello")
        await office.relay.live.close(after_ms=7)
        await script.until("done")
    assert script.said[1:-1] == [
        ("drain", {"afterMs": 7}),
        ("disconnect", {"reason": "transport close", "code": 1012}),
        ("hello", None),
    ]


async def test_the_older_of_two_is_told_that_it_is_replaced(office: Office):
    grant = await office.pair()
    assert await transcript(office, grant["token"], "replaced") == [
        ("newer", 2),
        ("replaced", "FORBIDDEN"),
        ("disconnect", {"reason": "transport close", "code": 4001}),
    ]


async def test_one_whose_credential_is_gone_is_told(office: Office):
    grant = await office.pair()
    async with javascript(office.url, grant["token"], "revoked") as script:
        await script.until("hello")
        await office.call("DELETE", "/api/screens/SCREEN-001")
        await script.until("done")
    assert script.said[1:-1] == [
        ("revoked", "TOKEN_INVALID"),
        ("disconnect", {"reason": "transport close", "code": 4401}),
    ]


async def test_binary_events_end_the_line(office: Office):
    assert await transcript(office, office.token, "binary") == [
        ("disconnect", {"reason": "transport close", "code": 4400}),
    ]


async def test_another_namespace_is_refused_beside_ours(office: Office):
    # python-socketio sends the reason as a bare text, and this client reads it from an object.
    assert await transcript(office, office.token, "namespace") == [
        ("connect_error", ""),
        ("ping", ["timestamp"]),
    ]

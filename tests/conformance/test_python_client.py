"""The official Python client: what it sees of the relay is the same with either engine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import pytest
import socketio
from helpers.relay_running import Office


class Client:
    """A client that remembers what it heard."""

    def __init__(self, sio: socketio.AsyncClient) -> None:
        self.sio = sio
        self.heard: list[tuple[str, object]] = []
        self.changed = asyncio.Condition()
        for event in ("connect", "disconnect", "connect_error"):
            sio.on(event, self._noting(event))
        sio.on("*", self._any)
        sio.on("navigate", self._navigate)

    def _noting(self, event: str):
        async def note(*values: object) -> None:
            await self._note(event, values[0] if values else None)

        return note

    async def _any(self, event: str, *values: object) -> None:
        await self._note(event, values[0] if values else None)

    async def _navigate(self, command: dict) -> dict:
        await self._note("navigate", command["id"])
        return {"received": True, "id": command["id"]}

    async def _note(self, event: str, value: object) -> None:
        async with self.changed:
            self.heard.append((event, value))
            self.changed.notify_all()

    async def hears(self, event: str, times: int = 1) -> object:
        def values() -> list[object]:
            return [value for name, value in self.heard if name == event]

        async with asyncio.timeout(15), self.changed:
            await self.changed.wait_for(lambda: len(values()) >= times)
        return values()[times - 1]

    @property
    def events(self) -> list[str]:
        return [name for name, _ in self.heard]


@asynccontextmanager
async def client(office: Office, token: str, *, reconnection: bool = False) -> AsyncIterator[Client]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        sio = socketio.AsyncClient(
            reconnection=reconnection, reconnection_delay=0.05, handle_sigint=False, http_session=session
        )
        client = Client(sio)
        await sio.connect(office.url, transports=["websocket"], auth={"token": token}, wait_timeout=5)
        try:
            yield client
        finally:
            await sio.disconnect()


async def test_it_is_let_in_and_hello_is_the_first_word(office: Office):
    async with client(office, office.token) as one:
        hello = await one.hears("hello")
        assert one.events == ["connect", "hello"]
        assert hello["heartbeatMs"] == 10_000
    async with asyncio.timeout(5):
        while office.relay.live.count:
            await asyncio.sleep(0.01)


async def test_a_wrong_token_is_refused_with_its_code(office: Office):
    sio = socketio.AsyncClient(reconnection=False, handle_sigint=False)
    one = Client(sio)
    with pytest.raises(socketio.exceptions.ConnectionError):
        await sio.connect(office.url, transports=["websocket"], auth={"token": "rubbish"}, wait_timeout=5)
    refusal = await one.hears("connect_error")
    assert refusal["data"]["code"] == "TOKEN_INVALID"


async def test_calls_are_answered_in_order_whatever_they_carry(office: Office):
    async with client(office, office.token) as one:
        assert set(await one.sio.call("ping", {"any": "thing"}, timeout=5)) == {"timestamp"}
        unknown = await one.sio.call("작업지시 🧵", timeout=5)
        assert unknown["code"] == "UNSUPPORTED"
        assert "작업지시 🧵" in unknown["detail"]
        assert (await one.hears("error"))["code"] == "UNSUPPORTED"
        assert set(await one.sio.call("ping", "x" * 60_000, timeout=5)) == {"timestamp"}
        order: list[int] = []

        def answered(number: int):
            return lambda _answer: order.append(number)

        for number in range(200):
            await one.sio.emit("ping", number, callback=answered(number))
        async with asyncio.timeout(10):
            while len(order) < 200:
                await asyncio.sleep(0.01)
        assert order == list(range(200))


async def test_deliveries_are_acknowledged(office: Office):
    grant = await office.pair()
    async with client(office, grant["token"]) as one:
        await one.hears("hello")
        ids = [
            (await office.trigger(url=f"{office.url}/{n}", windowId=f"w{n}")).body["id"] for n in range(20)
        ]
        async with asyncio.timeout(20):
            while {(await office.delivery(id_))["state"] for id_ in ids} != {"received"}:
                await asyncio.sleep(0.05)
        assert sorted(value for name, value in one.heard if name == "navigate") == sorted(ids)


async def test_it_comes_back_by_itself_after_a_restart(office: Office):
    async with client(office, office.token, reconnection=True) as one:
        await one.hears("hello")
        await office.relay.live.close(after_ms=7)
        await one.hears("hello", times=2)
        assert one.events == ["connect", "hello", "drain", "disconnect", "connect", "hello"]


async def test_the_older_of_two_is_told_that_it_is_replaced(office: Office):
    grant = await office.pair()
    async with client(office, grant["token"]) as older:
        await older.hears("hello")
        async with client(office, grant["token"]) as newer:
            assert (await newer.hears("hello"))["gen"] == 2
            await older.hears("disconnect")
            assert older.events == ["connect", "hello", "session:replaced", "disconnect"]
            assert office.relay.live.count == 1
            assert newer.sio.connected


async def test_one_whose_credential_is_gone_is_told(office: Office):
    grant = await office.pair()
    async with client(office, grant["token"]) as one:
        await one.hears("hello")
        await office.call("DELETE", "/api/screens/SCREEN-001")
        await one.hears("disconnect")
        assert one.events == ["connect", "hello", "session:revoked", "disconnect"]


async def test_binary_events_end_the_line(office: Office):
    async with client(office, office.token) as one:
        await one.hears("hello")
        for _ in range(2):
            await one.sio.emit("ping", b"\x00\x01")
        await one.hears("disconnect")
        assert one.events == ["connect", "hello", "disconnect"]


async def test_over_tls_it_is_the_same(relay_of):
    async with relay_of(host="0.0.0.0") as office:
        assert office.url.startswith("https://")
        async with client(office, office.token, reconnection=True) as one:
            await one.hears("hello")
            assert set(await one.sio.call("ping", "x" * 60_000, timeout=5)) == {"timestamp"}
            await office.relay.live.close(after_ms=7)
            await one.hears("hello", times=2)
            assert one.events == ["connect", "hello", "drain", "disconnect", "connect", "hello"]

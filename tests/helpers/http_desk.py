"""Screens played by a test that hold no WebSocket: one reads Server-Sent Events, one polls; both answer by POST."""

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import aiohttp
from helpers.desk import VERBS, Desk


@dataclass(slots=True)
class Heard:
    """One event as it came; `fields` are the lines of a block that were neither name, id nor data."""

    event: str
    data: object
    id: str = ""
    fields: list[str] = field(default_factory=list)


class RefusedError(Exception):
    """The relay did not open, or did not go on with, a line."""

    def __init__(self, status: int, problem: dict) -> None:
        super().__init__(f"{status} {problem}")
        self.status = status
        self.problem = problem


async def blocks(response: aiohttp.ClientResponse) -> AsyncIterator[Heard]:
    """Read Server-Sent Events as a browser does (WHATWG HTML, 9.2.6); ends with the answer."""
    name, id_, data, fields = "message", "", [], []
    async for raw in response.content:
        line = raw.decode().rstrip("\n")
        key, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match key:
            case "" if not line:
                if data or fields:
                    yield Heard(name, json.loads("\n".join(data)) if data else None, id_, fields)
                name, data, fields = "message", [], []
            case "event":
                name = value
            case "id":
                id_ = value
            case "data":
                data.append(value)
            case _:
                fields.append(line)


class HttpDesk(Desk):
    """What both have in common; `last_event_id` is what a new line begins behind, if `resumes`."""

    def __init__(self, url: str, token: str) -> None:
        super().__init__(url, token)
        self.gen = 0
        self.last_event_id = ""
        self.resumes = False
        self.query: dict[str, str] = {}
        self.fields: list[str] = []
        self.headers: dict[str, str] = {}
        self.receipts: list[dict] = []
        self._reading: asyncio.Task | None = None
        self._posts: set[asyncio.Task] = set()

    async def connect(self) -> None:
        self._http = aiohttp.ClientSession(headers={"Authorization": f"Bearer {self.token}"})
        try:
            lines = await self.open()
        except BaseException:
            await self._http.close()
            raise
        self._reading = asyncio.ensure_future(self._read(lines))  # noqa: TID251 - an actor

    async def open(self) -> AsyncIterator[Heard]:
        """Open a line. Raises RefusedError."""
        raise NotImplementedError

    async def leave(self) -> None:
        for task in (self._reading, *self._posts):
            if task is not None:
                task.cancel()
        await asyncio.gather(*(t for t in (self._reading, *self._posts) if t), return_exceptions=True)
        self._reading = None
        await self._http.close()

    async def vanish(self) -> None:
        await self.leave()

    async def say(self, event: str, payload: object) -> object:
        assert event == "presence"
        return await self.post(f"/api/presence?gen={self.gen}", payload)

    async def post(self, path: str, body: object) -> dict:
        """Post, and return the status with the answer."""
        async with self._http.post(self.url + path, json=body) as answer:
            return {"status": answer.status} | (await answer.json(content_type=None) or {})

    async def answer(self, **fields: object) -> dict:
        """Say something of a delivery, as of this line."""
        receipt = await self.post("/api/outcome", {"gen": self.gen, **fields})
        self.receipts.append(receipt)
        return receipt

    @property
    def is_connected(self) -> bool:
        return self._reading is not None and not self._reading.done()

    async def _read(self, lines: AsyncIterator[Heard]) -> None:
        try:
            async for heard in lines:
                self.fields += heard.fields
                self.last_event_id = heard.id or self.last_event_id
                if heard.data is not None:
                    await self._hear(heard)
                await self.note()
        except RefusedError as refused:
            self.refusal = refused.problem
        except aiohttp.ClientError:
            pass  # cut off in the middle
        await self.note()

    async def _hear(self, heard: Heard) -> None:
        if heard.event in VERBS:
            self.commands.append((heard.event, heard.data))
            self._beside(self._perform(heard.data))
        elif heard.event == "status?":
            self.asked.append(heard.data)
            self._beside(self.answer(**self.status(heard.data)))
        else:
            self.events.append((heard.event, heard.data))
            if heard.event == "hello":
                self.gen = heard.data["gen"]
                if self.presence is not None:
                    self._beside(self.say("presence", self.presence))

    async def _perform(self, command: dict) -> None:
        answer = self.acknowledge(command)
        if answer is None:
            return
        refusal = {key: answer[key] for key in ("code", "error") if key in answer}
        state = "received" if answer["received"] else "refused"
        await self.answer(id=command["id"], state=state, **refusal)
        outcome = self.show(command) if answer["received"] else None
        if outcome is not None:
            await self.answer(**outcome)
        await self.note()

    def _beside(self, work) -> None:
        task = asyncio.ensure_future(work)  # noqa: TID251 - an actor
        self._posts.add(task)
        task.add_done_callback(self._posts.discard)

    def _behind(self) -> dict[str, str]:
        behind = {"lastEventId": self.last_event_id} if self.resumes and self.last_event_id else {}
        return self.query | behind


class StreamDesk(HttpDesk):
    """Reads Server-Sent Events."""

    async def open(self) -> AsyncIterator[Heard]:
        headers = {"Accept": "text/event-stream"}
        if self.resumes and self.last_event_id:
            headers["Last-Event-ID"] = self.last_event_id
        answer = await self._http.get(f"{self.url}/api/events/subscribe", params=self.query, headers=headers)
        self.headers = dict(answer.headers)
        if answer.status != 200:
            raise RefusedError(answer.status, await answer.json(content_type=None))
        return blocks(answer)


class PollDesk(HttpDesk):
    """Polls."""

    cursor = ""

    async def open(self) -> AsyncIterator[Heard]:
        first = await self.ask(timeoutMs="5000", **self._behind())
        return self._go_on(first)

    async def ask(self, **query: str) -> list[Heard]:
        """Poll once. Raises RefusedError."""
        async with self._http.get(f"{self.url}/api/events/poll", params=query) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 200:
                raise RefusedError(answer.status, body)
            self.cursor = body["cursor"]
            return [Heard(each["event"], each["data"], each.get("id", "")) for each in body["events"]]

    async def _go_on(self, first: list[Heard]) -> AsyncIterator[Heard]:
        for heard in first:
            yield heard
        while True:
            for heard in await self.ask(cursor=self.cursor, timeoutMs="10000"):
                yield heard
                if heard.event == "line:closed":
                    return


TRANSPORTS: dict[str, type[Desk]] = {"socket": Desk, "stream": StreamDesk, "polling": PollDesk}

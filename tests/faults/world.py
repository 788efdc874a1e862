"""The stage of a fault run: one relay, a few desks each behind a proxy of its own, clients that never stop asking.

    async with World.open(folder, seed=1) as world:
        await world.kill_relay(); await world.start_relay()
        await world.settled(); world.history()

Relay and desks are processes that can be killed; proxies and clients live in this one, which survives. Everything is
seeded, and everything that was seen is kept under `folder`.
"""

import asyncio
import json
import os
import random
import secrets
import shutil
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from faults.clients import Client, HttpClient, SocketClient
from faults.history import BackAgain, Event, FaultBegan, FaultEnded, Known, Painted
from faults.nursery import Nursery, nursery
from faults.proxy import FaultProxy
from faults.shim.unsynced import environment
from faults.stepped_clock import SteppedClock, seconds
from helpers.real_desk import free_port
from helpers.relay_running import Office

from app.link.credential_store import CredentialStore
from app.link.credentials import Credential
from relay.clock import SystemClock
from relay.contract.pairing import RelayAddress
from relay.identity.keys import Keys
from relay.identity.tokens import mint_local_admin

WINDOWS = ("main", "left")


class Disk:
    """The disk under the relay's database: files that exist or not tell the shim what it does."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.full = folder / "disk is full"
        self.failing = folder / "disk fails to sync"
        self.delay = folder / "disk is slow"

    def environment(self) -> dict[str, str]:
        """Word it for the relay's nursery."""
        return environment(
            self._folder / "relay",
            only="relay.db",
            full_file=self.full,
            eio_file=self.failing,
            delay_file=self.delay,
        )


@dataclass
class RelayChild:
    """The relay: where it serves, and its process if it has one now."""

    data: Path
    port: int
    pid: int = 0
    controls: list[str] = field(default_factory=list)
    starts: list[float] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def database(self) -> Path:
        return self.data / "relay.db"


@dataclass
class DeskChild:
    """A desk: its folder, its list, and its process if it has one now. `name` differs from the screen for a clone."""

    name: str
    screen: str
    folder: Path
    pid: int = 0
    life: int = 0
    controls: list[str] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)
    line: str = ""
    lines_up: int = 0
    _read: int = 0

    @property
    def screen_list(self) -> Path:
        return self.folder / "screen.jsonl"

    def look(self) -> list[Event]:
        """Read what its list has gained."""
        if not self.screen_list.exists():
            return []
        with self.screen_list.open("rb") as file:
            file.seek(self._read)
            content = file.read()
        whole = content[: content.rfind(b"\n") + 1]
        self._read += len(whole)
        gained: list[Event] = []
        for entry in map(json.loads, whole.splitlines()):
            at = entry["at"]
            match entry["what"]:
                case "painted":
                    painted = Painted(
                        at=at,
                        source=self.name,
                        id=entry["id"],
                        screen=self.screen,
                        seq=entry["seq"],
                        slot=entry["slot"],
                        life=entry["life"],
                    )
                    gained.append(painted)
                case "known":
                    gained.append(Known(at=at, source=self.name, id=entry["id"], screen=self.screen))
                case _:
                    self.lines_up += entry["state"] == "connected" != self.line
                    self.line = entry["state"]
        self.events += gained
        return gained


class World:
    """Everybody who takes part. Use `World.open`."""

    def __init__(self, folder: Path, seed: int, relays: Nursery, desks: Nursery) -> None:
        self.folder = folder
        self.random = random.Random(seed)
        self.relay = RelayChild(folder / "relay", free_port())
        self.desks: list[DeskChild] = []
        self.proxies: dict[str, FaultProxy] = {}
        self.clients: list[Client] = []
        self.events: list[Event] = []
        self.pause_seconds = 0.05
        self.disk: Disk | None = None
        self.relay_clock = SteppedClock(folder / "relay.clock")
        self.desk_clock = SteppedClock(folder / "desk.clock")
        self._relays = relays
        self._desks = desks
        self._http: aiohttp.ClientSession
        self._token = ""

    @classmethod
    @asynccontextmanager
    async def open(
        cls,
        folder: Path,
        *,
        seed: int,
        screens: int = 2,
        unsynced: bool = False,
        relay_controls: Sequence[str] = (),
        desk_controls: Sequence[str] = (),
    ) -> AsyncIterator["World"]:
        """Start the relay, pair and start the desks; clients come with `rush`.

        `unsynced` puts the relay's database on a disk that forgets what was not synced when the relay is killed, and
        that can be full, slow or failing (faults.shim).
        """
        folder.mkdir(parents=True, exist_ok=True)
        disk = Disk(folder) if unsynced else None
        env = disk.environment() if disk else None
        async with AsyncExitStack() as stack:
            relays = stack.enter_context(nursery("relay.cli", "faults.children", env=env))
            desks = stack.enter_context(nursery("faults.children"))
            world = cls(folder, seed, relays, desks)
            world.disk = disk
            world.relay.controls = list(relay_controls)
            world._http = await stack.enter_async_context(
                aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10))
            )
            await world.start_relay()
            office = world.office()
            await office.add_order("WO-1")
            wish = {"scopes": ["trigger:*"], "name": "faults", "days": 365}
            world._token = (await office.call("POST", "/api/tokens", json=wish)).body["token"]
            for number in range(1, screens + 1):
                screen = f"SCREEN-{number}"
                proxy = FaultProxy(world.relay.port, seed + number)
                world.proxies[screen] = await stack.enter_async_context(proxy.open())
                await world._pair(office, screen, list(desk_controls))
            for desk in world.desks:
                world.start_desk(desk)
            yield world

    def office(self) -> Office:
        """The local admin, as of now."""
        clock = SteppedClock(self.folder / "relay.clock")
        token = mint_local_admin(Keys.open(self.relay.data), clock)
        return Office(None, self._http, token, SystemClock(), self.relay.url)

    # The relay.

    def fork_relay(self) -> None:
        """Start the relay's process and wait for nothing."""
        options: dict[str, object] = {
            "data": str(self.relay.data),
            "port": self.relay.port,
            "clock": str(self.folder / "relay.clock"),
            "controls": self.relay.controls,
        }
        self.relay.pid = self._relays.start("faults.children:run_relay", options, self.folder / "relay.log")

    async def start_relay(self, within_seconds: float = 30) -> None:
        """Start the relay and wait until it is ready."""
        began = seconds()
        self.fork_relay()
        async with asyncio.timeout(within_seconds):
            while not await self.relay_is_ready():
                if (status := self._relays.ended(self.relay.pid)) is not None:
                    tail = (self.folder / "relay.log").read_text("utf-8", "replace")[-3000:]
                    raise AssertionError(f"the relay ended with status {status}: {tail}")
                await asyncio.sleep(0.01)
        self.relay.starts.append(seconds() - began)

    async def relay_is_ready(self) -> bool:
        """Ask `/ready`."""
        try:
            async with self._http.get(f"{self.relay.url}/ready") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False

    def kill_relay(self) -> None:
        """SIGKILL."""
        self._relays.kill(self.relay.pid)
        self.relay.pid = 0

    def relay_ended(self) -> int | None:
        """The relay's exit status, None while it runs."""
        return self._relays.ended(self.relay.pid)

    # The desks.

    def start_desk(self, desk: DeskChild) -> None:
        """Start the next life of a desk."""
        desk.life += 1
        options: dict[str, object] = {
            "data": str(desk.folder),
            "screen_list": str(desk.screen_list),
            "clock": str(self.folder / "desk.clock"),
            "life": desk.life,
            "controls": desk.controls,
        }
        desk.pid = self._desks.start("faults.children:run_desk", options, desk.folder / "desk.log")

    def kill_desk(self, desk: DeskChild) -> None:
        """SIGKILL."""
        self._desks.kill(desk.pid)
        desk.pid = 0

    def clone(self, desk: DeskChild) -> DeskChild:
        """Set up a second machine with a copy of this desk's credential, and nothing else of it."""
        folder = self.folder / f"{desk.name} clone"
        folder.mkdir()
        for file in desk.folder.glob("credential*"):
            shutil.copy(file, folder)
        cloned = DeskChild(folder.name, desk.screen, folder, controls=desk.controls)
        self.desks.append(cloned)
        return cloned

    def stop(self, pid: int) -> None:
        """SIGSTOP: it lives and does nothing."""
        os.kill(pid, signal.SIGSTOP)

    def go_on(self, pid: int) -> None:
        """SIGCONT."""
        os.kill(pid, signal.SIGCONT)

    async def _pair(self, office: Office, screen: str, controls: list[str]) -> None:
        grant = await office.pair(screen)
        folder = self.folder / screen
        folder.mkdir()
        credential = Credential(
            screen_id=screen,
            refresh_token=grant["refreshToken"],
            secret=secrets.token_hex(16),
            relay=RelayAddress(addresses=(f"http://127.0.0.1:{self.proxies[screen].port}",)),
        )
        await CredentialStore(folder, "file").save(credential)
        self.desks.append(DeskChild(screen, screen, folder, controls=controls))

    # The clients.

    @asynccontextmanager
    async def rush(self, *, http: int = 3, sockets: int = 2) -> AsyncIterator[None]:
        """Have clients ask without end; leaving the block lets each bring its last question to an answer."""
        slots = [(screen, window) for screen in self.proxies for window in WINDOWS]
        kinds: list[type[Client]] = [HttpClient] * http + [SocketClient] * sockets
        clients = [
            kind(
                f"client-{len(self.clients) + number}",
                url=self.relay.url,
                token=self._token,
                slots=slots,
                folder=self.folder,
                seed=self.random.getrandbits(32),
            )
            for number, kind in enumerate(kinds)
        ]
        self.clients += clients
        async with asyncio.TaskGroup() as tasks:
            for client in clients:
                tasks.create_task(client.run(lambda: self.pause_seconds))
            try:
                yield
            finally:
                for client in clients:
                    client.finish()

    # What is seen.

    def look(self) -> None:
        """Read every desk's list."""
        for desk in self.desks:
            desk.look()

    def began(self, kind: str) -> None:
        """Write down that something was broken."""
        self.events.append(FaultBegan(at=seconds(), source="plan", kind=kind))

    def ended(self, kind: str, *screens: str) -> float:
        """Write down that it is whole again; returns when."""
        event = FaultEnded(at=seconds(), source="plan", kind=kind, screens=screens)
        self.events.append(event)
        return event.at

    async def back(self, since: float, within_seconds: float) -> bool:
        """Wait until every screen has painted something that was asked for since then; tells whether all did."""
        waiting = set(self.proxies)
        seen = {desk.name: len(desk.events) for desk in self.desks}
        while waiting and seconds() < since + within_seconds:
            await asyncio.sleep(0.02)
            asked = {id_ for client in self.clients for id_ in client.asked_since(since)}
            self.look()
            for desk in self.desks:
                for event in desk.events[seen[desk.name] :]:
                    if desk.screen in waiting and isinstance(event, Painted) and event.id in asked:
                        waiting.discard(desk.screen)
                        self.events.append(BackAgain(at=event.at, source=desk.name, screen=desk.screen))
        return not waiting

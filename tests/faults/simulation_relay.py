"""The relay of a simulation: the real courier, reception, line, engine and journal on a simulated disk and network.

Only what would touch the machine is simulated: the database's file (simulation_disk) and the sockets (here). A relay
that is killed stops in the middle of whatever it does; the next one has the disk and nothing else.
"""

# a relay that is killed is taken apart.
# pyright: reportPrivateUsage=false
import asyncio
from collections import Counter, deque
from collections.abc import Awaitable, Callable
from typing import Any, cast

import msgspec
from faults.simulation_disk import Disk, SimulatedDatabase
from faults.simulation_wire import Wire
from faults.simulation_world import World

from relay.contract.codec import Malformed
from relay.contract.problems import Code
from relay.contract.wording import DEFAULT_LANGUAGE
from relay.delivery.courier import Courier
from relay.delivery.dead_letters import DeadLetters
from relay.delivery.journal import Journal
from relay.delivery.line import Line
from relay.delivery.reception import Reception
from relay.errors import Refusal, StorageUnavailableError
from relay.identity.caller import Caller
from relay.live.connection import Connection
from relay.tasks import Tasks

# The courier looks at the clock once a second.
Frame = tuple[Any, ...]
Handler = Callable[[Connection, object], Awaitable[object]]


class SimulatedLive:
    """As much of `relay.live.server.LiveServer` as delivery uses; its frames are tuples on simulated wires.

    A frame is ("event", name, payload, number or None), or ("answer", number, value).
    """

    def __init__(self, world: World, tasks: Tasks) -> None:
        self.is_dead = False
        self.welcome: Callable[[Connection], None] = lambda _connection: None
        self.farewell: Callable[[Connection], None] = lambda _connection: None
        self.tally: Counter[str] = Counter()
        self._world = world
        self._tasks = tasks
        self._handlers: dict[str, Handler] = {}
        self._connections: dict[str, Connection] = {}
        self._screens: dict[str, Connection] = {}
        self._inboxes: dict[str, deque[Frame]] = {}
        self._pumping: set[str] = set()

    def die(self) -> None:
        self.is_dead = True
        wires = [_wire(connection) for connection in self._connections.values()]
        self._connections.clear()
        self._screens.clear()
        for wire in wires:
            wire.breaks()

    def on(self, event: str, handler: Handler) -> None:
        self._handlers[event] = handler

    def connection_of(self, screen_id: str) -> Connection | None:
        return self._screens.get(screen_id.casefold())

    def connections(self) -> tuple[Connection, ...]:
        return tuple(self._connections.values())

    def send(
        self,
        connection: Connection,
        event: str,
        payload: dict[str, Any] | msgspec.Raw,
        on_answer: Callable[[object], None] | None = None,
    ) -> None:
        if self._connections.get(connection.sid) is not connection:
            return
        number = None if on_answer is None else connection.acks.expect(on_answer)
        # Encoded and decoded as on a real line, so that no end shares an object with the other.
        read = msgspec.json.decode(msgspec.json.encode(payload))
        _wire(connection).to_desk(("event", event, read, number))

    def cut(self, connection: Connection, code: int, reason: str = "") -> None:
        connection.acks.clear()
        self._world.later(0.05, _wire(connection).breaks)

    def admit(self, wire: Wire, screen_id: str) -> None:
        """Take a line of a screen; the newest one is served and the older is parted with."""
        sid = self._world.new_id()
        caller = Caller("screen", screen_id)
        connection = Connection(sid, caller, DEFAULT_LANGUAGE, self._world.clock.now_ms(), cast("Any", wire))
        self._connections[sid] = connection
        self._inboxes[sid] = deque()
        wire.at_relay = lambda frame: self._arrived(connection, cast("Frame", frame))
        wire.relay_lost = lambda: self._forget(connection)
        older = self._screens.get(screen_id.casefold())
        self._screens[screen_id.casefold()] = connection
        if older is not None and "fencing" not in self._world.without:
            self.farewell(older)
            self.send(older, "session:replaced", {})
            self.cut(older, 4001)
        self._world.loop.call_soon(self._greet, connection)

    def _greet(self, connection: Connection) -> None:
        if not self.is_dead:
            self.welcome(connection)

    def _forget(self, connection: Connection) -> None:
        if self._connections.pop(connection.sid, None) is None:
            return
        connection.acks.clear()
        key = (connection.screen_id or "").casefold()
        if self._screens.get(key) is connection:
            del self._screens[key]
            self.farewell(connection)
        elif "fencing" in self._world.without:
            self.farewell(connection)

    def _arrived(self, connection: Connection, frame: Frame) -> None:
        if self.is_dead or connection.sid not in self._connections:
            return
        if frame[0] == "answer" and connection.sid not in self._pumping:
            connection.acks.answer(frame[1], frame[2])
            return
        self._inboxes[connection.sid].append(frame)
        if connection.sid not in self._pumping:
            self._pumping.add(connection.sid)
            self._tasks.spawn(self._pump(connection), "live: events of a client")

    async def _pump(self, connection: Connection) -> None:
        """Handle what one client says strictly in its order, as the real server does."""
        inbox = self._inboxes[connection.sid]
        while inbox:
            frame = inbox.popleft()
            if frame[0] == "answer":
                connection.acks.answer(frame[1], frame[2])
                continue
            answer = await self._dispatch(connection, frame[1], frame[2])
            if frame[3] is not None and connection.sid in self._connections:
                _wire(connection).to_desk(("answer", frame[3], answer))
        self._pumping.discard(connection.sid)

    async def _dispatch(self, connection: Connection, event: str, payload: object) -> object:
        try:
            return await self._handlers[event](connection, payload)
        except Refusal as refusal:
            return {"success": False, "code": refusal.code.value}
        except StorageUnavailableError:
            return {"success": False, "code": Code.RELAY_UNAVAILABLE.value}
        except Malformed as malformed:
            self._world.blame("bug", f"the desk of the simulation says {event} wrongly: {malformed}")
            return {"success": False, "code": Code.VALIDATION_ERROR.value}


def _wire(connection: Connection) -> Wire:
    return cast("Wire", connection.line)


class Process:
    """One life of the relay's process."""

    def __init__(self, world: World, disk: Disk) -> None:
        self.world = world
        self.is_serving = False
        self.is_dead = False
        self.tasks = Tasks()
        self.database = SimulatedDatabase(disk)
        self.live = SimulatedLive(world, self.tasks)
        self.journal = Journal(cast("Any", self.database))
        line = Line(cast("Any", self.live))
        self.courier = Courier(self.journal, line, world.clock, self.tasks, boot="one")
        self.reception = Reception(self.courier, cast("Any", self.live), line, clock=world.clock)
        self.dead_letters = DeadLetters(self.courier, self.journal, world.clock)
        if "fencing" in world.without:
            self.reception._is_newest = lambda connection: True
        self.requests: dict[int, Callable[[object], None]] = {}

    async def open(self) -> None:
        await self.courier.start()
        self.is_serving = not self.is_dead

    def is_idle(self) -> bool:
        """Tell whether nothing is under way between the engine and the journal."""
        keeper = {"courier: timers", "courier: timers (keeper)"}
        return self.database.is_idle and all(task.get_name() in keeper for task in self.tasks._running)

    def die(self) -> None:
        """Be killed: nothing that was begun goes on."""
        self.is_dead, self.is_serving = True, False
        self.database.is_dead = True
        for task in sorted(self.tasks._running, key=lambda each: each.get_name()):
            task.cancel()
        self.live.die()
        requests, self.requests = self.requests, {}
        for on_answer in requests.values():
            self.world.later(self.world.between(0.0, 0.05), on_answer, ConnectionError("reset"))


class SimulatedRelay:
    """The relay as its clients and screens see it: an address behind which a process runs, or does not."""

    def __init__(self, world: World, watch: Callable[[Process], None]) -> None:
        self.world = world
        self.disk = Disk(world)
        self.process: Process | None = None
        self._watch = watch
        self._requests = 0

    @property
    def serving(self) -> Process | None:
        process = self.process
        return process if process is not None and process.is_serving else None

    def start(self) -> None:
        process = self.process = Process(self.world, self.disk)
        self._watch(process)
        process.tasks.spawn(self._open(process), "open")

    async def _open(self, process: Process) -> None:
        """Start, as a service manager does it: what cannot start now is started again a little later."""
        try:
            await process.open()
        except StorageUnavailableError:
            self.world.later(1.0, self._start_again, process)

    def _start_again(self, process: Process) -> None:
        if self.process is process:
            process.die()
            self.start()

    def kill(self) -> None:
        if self.process is not None:
            self.process.die()
            self.process = None
            self.disk.lose_what_was_not_synced()

    def ask(self, work: Callable[[Process], Awaitable[object]], on_answer: Callable[[object], None]) -> None:
        """Make a request over HTTP: `on_answer` hears its result, the Refusal, or a ConnectionError."""
        self.world.later(self.world.between(0.001, 0.03), self._take, work, on_answer)

    def _take(
        self, work: Callable[[Process], Awaitable[object]], on_answer: Callable[[object], None]
    ) -> None:
        process = self.serving
        if process is None:
            on_answer(ConnectionError("refused"))
            return
        self._requests += 1
        process.requests[self._requests] = on_answer
        process.tasks.spawn(self._handle(process, self._requests, work), "request")

    async def _handle(
        self, process: Process, number: int, work: Callable[[Process], Awaitable[object]]
    ) -> None:
        try:
            answer = await work(process)
        except (Refusal, StorageUnavailableError) as refusal:
            answer = refusal
        await asyncio.sleep(0)
        self.world.later(self.world.between(0.001, 0.03), self._answer, process, number, answer)

    def _answer(self, process: Process, number: int, answer: object) -> None:
        # An answer that is on its way when the relay is killed is lost with it.
        if (on_answer := process.requests.pop(number, None)) is not None:
            on_answer(answer)

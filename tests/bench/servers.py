"""The servers under load: the relay and its peers, started alike, and what their clients have to say to each."""

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.programs import HOST, Cores, Program, listens, start
from bench.seeding import Credentials, copy_of, screen_id
from helpers.real_desk import free_port

PEERS = Path(__file__).resolve().parent / "peers"


@dataclass(frozen=True, slots=True)
class Kind:
    """What is measured: its name in the table, and how it is started."""

    key: str
    name: str
    redis_fsync: str | None = None
    redis_beside: bool = False
    adapter: bool = False
    two_steps: bool = False

    @property
    def is_relay(self) -> bool:
        """Tell whether this is ours."""
        return self.key == "relay"


_NODE = "Node socket.io + Redis Streams"
RELAY = Kind("relay", "Benchcast relay, fsync before the 202")
NODE = Kind("node", f"{_NODE}, appendfsync always, one script", redis_fsync="always")
# As most would write it. Not sound: who is killed between the two has a key whose trigger stands nowhere.
NODE_TWO_STEPS = Kind(
    "node-two-steps", f"{_NODE}, always, SET NX then XADD", redis_fsync="always", two_steps=True
)
NODE_BESIDE = Kind(
    "node-beside", f"{_NODE}, always, Redis on the generator's core", redis_fsync="always", redis_beside=True
)
NODE_EVERYSEC = Kind("node-everysec", f"{_NODE}, everysec (may lose a second)", redis_fsync="everysec")
NODE_ADAPTER = Kind("node-adapter", f"{_NODE}, always, with its adapter", redis_fsync="always", adapter=True)
PYTHON = Kind("python", "plain python-socketio, uvloop, keeps nothing")
KINDS = {
    kind.key: kind for kind in (RELAY, NODE, NODE_TWO_STEPS, NODE_BESIDE, NODE_EVERYSEC, NODE_ADAPTER, PYTHON)
}


@dataclass(eq=False, slots=True)
class Server:
    """A server that listens. The first of its programs holds the connections; Redis is another."""

    kind: Kind
    port: int
    programs: list[Program]
    auth_of: Callable[[int], bytes]
    scanner: str
    scanner_auth: bytes
    log: Path
    begin: Callable[[], Program]
    token_of_admin: Callable[[], str] = str

    @property
    def main(self) -> Program:
        """The process that holds the connections."""
        return self.programs[0]

    @property
    def url(self) -> str:
        """The address that it listens on."""
        return f"http://{HOST}:{self.port}"

    def cpu_seconds(self) -> float:
        """Read the CPU time of all its programs."""
        return sum(program.cpu_seconds for program in self.programs)

    async def start_again(self) -> None:
        """Start the main program once more, on the same port and the same data, and wait until it listens."""
        self.programs[0] = self.begin()
        await listens(self.port, self.main, self.log)

    def end(self) -> None:
        """End the main program."""
        self.main.end()


@asynccontextmanager
async def running(kind: Kind, cores: Cores, folder: Path, seeded: Path) -> AsyncIterator[Server]:
    """Start a server of this kind, wait until it listens, and end it afterwards."""
    folder.mkdir(parents=True)
    async with AsyncExitStack() as stack:
        if kind.is_relay:
            server = await _relay(kind, cores, folder, seeded)
        else:
            server = await _peer(kind, cores, folder, stack)
        # Not the program of now: it may be another one by then.
        stack.callback(server.end)
        await listens(server.port, server.main, server.log)
        yield server


async def _relay(kind: Kind, cores: Cores, folder: Path, seeded: Path) -> Server:
    data = await asyncio.to_thread(copy_of, seeded, folder / "data")
    port, log = free_port(), folder / "relay.log"
    command = (sys.executable, "-m", "relay", "serve", "--data", str(data), "--port", str(port))
    env = {"BENCHCAST_URL_HOSTS": "bench.example,127.0.0.1", "BENCHCAST_LOG_LEVEL": "warning"}

    def begin() -> Program:
        return start("relay", command, cores.server, log=log, env=env)

    keys = Credentials(data)
    return Server(
        kind, port, [begin()], keys.auth_of, keys.scanner, keys.scanner_auth, log, begin, keys.token_of_admin
    )


async def _peer(kind: Kind, cores: Cores, folder: Path, stack: AsyncExitStack) -> Server:
    port, log, env = free_port(), folder / "peer.log", {"NODE_ENV": "production"}
    others: list[Program] = []
    if kind.redis_fsync is None:
        command = (sys.executable, str(PEERS / "plain_socketio.py"), str(port))
    else:
        core = cores.generator if kind.redis_beside else cores.server
        redis, redis_port = await _redis(kind.redis_fsync, core, folder)
        stack.callback(redis.end)
        others.append(redis)
        env["REDIS_PORT"] = str(redis_port)
        env |= {"ADAPTER": "1" if kind.adapter else "", "TWO_STEPS": "1" if kind.two_steps else ""}
        command = ("node", str(PEERS / "redis_streams.mjs"), str(port))

    def begin() -> Program:
        return start(kind.key, command, cores.server, log=log, env=env)

    def auth_of(number: int) -> bytes:
        return json.dumps({"screenId": screen_id(number)}).encode()

    return Server(kind, port, [begin(), *others], auth_of, "scanner", b'{"scanner":true}', log, begin)


async def _redis(fsync: str, core: int, folder: Path) -> tuple[Program, int]:
    port, log, data = free_port(), folder / "redis.log", folder / "redis"
    data.mkdir()
    options = {
        "port": str(port),
        "bind": HOST,
        "dir": str(data),
        "appendonly": "yes",
        "appendfsync": fsync,
        "save": "",
    }
    words = (word for name, value in options.items() for word in (f"--{name}", value))
    program = start("redis", ["redis-server", *words], core, log=log)
    await listens(port, program, log)
    return program, port

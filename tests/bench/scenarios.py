"""The loads: a rate that a factory has, ten times that, and as much as one core gives; on servers in turns."""

import asyncio
import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import aiohttp
from bench.loads import Scans, closed_loop, open_loop
from bench.plan import Plan
from bench.programs import HOST, Cores
from bench.readings import Idle, Reading
from bench.screens import Fleet, until
from bench.senders import Ledger, Senders
from bench.servers import Kind, Server, running

# So many acknowledgements are looked up one by one, where a server tells them so.
ASKED = 300
HTTP_LINES = 64


@dataclass(eq=False, slots=True)
class Session:
    """A server with its screens connected."""

    server: Server
    fleet: Fleet
    plan: Plan
    # The share of a core that the server needs for its connections alone.
    idle_share: float = 0.0


@asynccontextmanager
async def connected(
    kind: Kind, cores: Cores, folder: Path, seeded: Path, plan: Plan
) -> AsyncIterator[Session]:
    """Start a server and connect every screen to it."""
    async with running(kind, cores, folder, seeded) as server:
        fleet = Fleet(HOST, server.port, plan.screens, server.auth_of)
        async with fleet:
            yield Session(server, fleet, plan)


async def connect(session: Session) -> Idle:
    """Connect the screens, and measure what they cost while nothing happens."""
    server, plan = session.server, session.plan
    await asyncio.sleep(plan.settle_seconds)
    before = server.main.rss_kib
    seconds = await session.fleet.connect()
    await asyncio.sleep(plan.settle_seconds)
    kib = (server.main.rss_kib - before) / plan.screens
    cpu, began = server.cpu_seconds(), time.perf_counter()
    await asyncio.sleep(plan.idle_seconds)
    session.idle_share = (server.cpu_seconds() - cpu) / (time.perf_counter() - began)
    return Idle(server.kind, plan.screens, [seconds], [kib], [session.idle_share])


async def at_rate(session: Session, load: str, *, per_minute: int, count: int, seed: int) -> Reading:
    """Let `count` triggers arrive at this rate, at random moments."""
    async with _senders(session, "http", HTTP_LINES) as senders:
        scans = Scans(session.plan.screens, "order", seed)
        with _Meter(session, Reading(session.server.kind, load)) as meter:
            seconds = await open_loop(senders, scans, per_second=per_minute / 60, count=count, seed=seed)
            await _arrivals(session, senders)
        reading = meter.reading
        await _account(session, senders.ledger, scans, reading)
        reading.per_second.append(count / seconds)
        reading.ack_ms += await _acks(session.server, list(senders.ledger.accepted))
        return reading


async def saturate(session: Session, load: str, *, way: str, subject: str, seed: int) -> Reading:
    """Raise the number under way until the server gives no more; answers the best."""
    best: Reading | None = None
    for under_way in session.plan.under_way:
        async with _senders(session, way, under_way) as senders:
            scans = Scans(session.plan.screens, subject, seed + under_way)
            with _Meter(session, Reading(session.server.kind, load, under_way=under_way)) as meter:
                seconds = await closed_loop(
                    senders, scans, under_way=under_way, seconds=session.plan.saturation_seconds
                )
            reading = meter.reading
            await _arrivals(session, senders)
            await _account(session, senders.ledger, scans, reading)
            reading.per_second.append(len(senders.ledger.accepted) / seconds)
        if best is None:
            best = reading
            continue
        better, worse = (reading, best) if reading.per_second > best.per_second else (best, reading)
        # Losses count wherever they happen.
        for name in ("lost", "misled", "superseded", "again"):
            setattr(better, name, getattr(better, name) + getattr(worse, name))
        better.refused.update(worse.refused)
        best = better
    assert best is not None
    return best


class _Meter:
    """Measures CPU per trigger: what a server used during a load, less what its connections cost it anyway."""

    def __init__(self, session: Session, reading: Reading) -> None:
        self._session = session
        self.reading = reading

    def __enter__(self) -> Self:
        gc.collect()
        gc.disable()
        self._again = self._session.fleet.repeated
        self._cpu, self._own = self._session.server.cpu_seconds(), time.process_time()
        self._began = time.perf_counter()
        self._arrived = len(self._session.fleet.arrived)
        return self

    def __exit__(self, *_error: object) -> None:
        gc.enable()
        seconds = time.perf_counter() - self._began
        count = len(self._session.fleet.arrived) - self._arrived
        used = self._session.server.cpu_seconds() - self._cpu - self._session.idle_share * seconds
        if count:
            self.reading.cpu_us.append(max(0.0, used) / count * 1e6)
        self.reading.generator_share.append((time.process_time() - self._own) / seconds)
        self.reading.again += self._session.fleet.repeated - self._again


@asynccontextmanager
async def _senders(session: Session, way: str, count: int) -> AsyncIterator[Senders]:
    server, senders = session.server, Senders(Ledger())
    try:
        if way == "http":
            await senders.open_http(HOST, server.port, server.scanner, count)
        else:
            await senders.open_sockets(HOST, server.port, server.scanner_auth, count)
        yield senders
    finally:
        senders.close()


async def _arrivals(session: Session, senders: Senders) -> None:
    ledger, arrived = senders.ledger, session.fleet.arrived
    await until(
        lambda: not senders.under_way and all(id_ in arrived for id_ in ledger.accepted),
        session.plan.grace_seconds,
        every=0.05,
    )


async def _account(session: Session, ledger: Ledger, scans: Scans, reading: Reading) -> None:
    fleet = session.fleet
    missing = [id_ for id_ in ledger.accepted if id_ not in fleet.arrived]
    superseded = [id_ for id_ in missing if await _was_superseded(session.server, id_)]
    reading.accepted += len(ledger.accepted)
    reading.superseded += len(superseded)
    reading.lost += len(missing) - len(superseded)
    reading.misled += sum(
        fleet.reached[id_] != aim for id_, aim in scans.aimed_at.items() if id_ in fleet.reached
    )
    reading.refused.update(ledger.refused)
    for id_, at in ledger.accepted.items():
        meant = ledger.meant[id_]
        reading.accept_ms.append((at - meant) * 1000)
        if (arrived := fleet.arrived.get(id_)) is not None:
            reading.arrive_ms.append((arrived - meant) * 1000)


async def _was_superseded(server: Server, id_: str) -> bool:
    return server.kind.is_relay and (await _ask(server, f"/api/trigger/{id_}")).get("state") == "superseded"


async def _acks(server: Server, ids: list[str]) -> list[float]:
    """Read how long after the accept the server noted each acknowledgement, by its own clock, in milliseconds."""
    if not server.kind.is_relay:
        acks = await _ask(server, "/acks")
        return [float(acks[id_]) for id_ in ids if id_ in acks]
    found: list[float] = []
    for id_ in ids[:: max(1, len(ids) // ASKED)]:
        timings = (await _ask(server, f"/api/trigger/{id_}")).get("timings", {})
        if "receivedMs" in timings:
            found.append(float(timings["receivedMs"]))
    return found


async def _ask(server: Server, path: str) -> dict[str, dict[str, float]]:
    headers = {"Authorization": f"Bearer {server.token_of_admin()}"}
    async with aiohttp.ClientSession() as asking, asking.get(server.url + path, headers=headers) as answer:
        return await answer.json()

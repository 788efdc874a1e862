"""Opens a relay in order, serves, and closes it in reverse."""

import asyncio
import logging
import os
from collections.abc import AsyncGenerator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import filelock

from relay.building import Rooms, routes_of
from relay.chosen_settings import ChosenSettings
from relay.clock import Clock, SystemClock
from relay.contract.pairing import RelayAddress
from relay.flow import Flow
from relay.flows.display import flow as display
from relay.ops.announcement import Announcement
from relay.ops.certificate import open_certificate
from relay.ops.health import app_version
from relay.serving import Gate, Relay, announce, application, audited_event, listen
from relay.settings import Given, Settings
from relay.storage.database import Database
from relay.storage.migrate import migrate
from relay.tasks import Tasks
from relay.web.audited import Frame
from relay.web.block_routes import refuse_blocked
from relay.web.turnstile import TURNSTILE

__all__ = ["AlreadyRunningError", "Relay", "open_relay"]

FLOWS: tuple[Flow, ...] = (display,)
# sysexits.h; `os` knows it by name on Unix alone.
EX_SOFTWARE = 70


class AlreadyRunningError(Exception):
    """Another relay holds this data directory; only one may write its database."""


@asynccontextmanager
async def open_relay(
    settings: Settings, *, clock: Clock | None = None, is_guest: bool = False, given: Given | None = None
) -> AsyncGenerator[Relay]:
    """Open every room and serve; leaving the block is the shutdown.

    A guest (the command line, when no relay runs) listens on a free loopback port for itself only, and links that it
    makes carry the address that the real relay serves on. `given` tells where the settings are from.
    Raises AlreadyRunningError, OSError when the port is taken.
    """
    clock = clock or SystemClock()
    async with AsyncExitStack() as stack:
        settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        _take_lock(stack, settings.data)
        database_path = settings.data / "relay.db"
        await asyncio.to_thread(migrate, database_path, [flow.versions for flow in FLOWS])
        database = Database(database_path, asyncio.get_running_loop(), on_broken=_leave)
        stack.push_async_callback(database.close)
        tasks = await stack.enter_async_context(Tasks())
        rooms = Rooms.build(ChosenSettings(settings, given), clock, database, tasks)
        live, courier = rooms.live, rooms.courier
        certificate = open_certificate(settings) if settings.uses_tls else None
        relay = Relay(settings, 0, (), RelayAddress(addresses=()), database, rooms.journal, courier, live)
        core = rooms.core(lambda: relay.urls)
        running = [flow.build(core) for flow in FLOWS]
        gate, frame = Gate(relay), Frame(rooms.audit, clock, rooms.attacks)
        for flow in running:
            for event, handler in flow.events.items():
                live.on(event, audited_event(frame, event, gate.event(handler)))
        routes = routes_of(rooms, relay, running, gate)
        await rooms.blocks.load()
        app = application(settings, rooms.access, rooms.keys, live, routes, frame=frame)
        app[TURNSTILE] = rooms.turnstile
        app.middlewares.append(refuse_blocked(rooms.blocks))
        app.middlewares.append(rooms.turnstile.quota.middleware)
        await rooms.documents.tidy()
        await courier.start()
        stack.callback(courier.notes.flush)
        live.start()
        relay.port = await listen(stack, app, settings, certificate, tasks, clock=clock, is_guest=is_guest)
        announce(relay, certificate, is_guest=is_guest)
        if certificate and not is_guest:
            tasks.keep(certificate.look_after, "certificate")
        if settings.announce and not settings.is_loopback and not is_guest:
            announcement = Announcement(settings, relay.address, relay.port, app_version())
            tasks.keep(announcement.run, "announcement")
        for name, work in (each for flow in running for each in flow.services.items()):
            if not is_guest:
                tasks.keep(work, name)
        if not is_guest:
            rooms.operations.start(tasks)
            stack.push_async_callback(rooms.operations.close)
            secret = await rooms.welcome.offer()
            page = f"{relay.address.addresses[0]}/console/#/welcome"
            relay.welcome_link = f"{page}?secret={secret}" if secret else None
        stack.push_async_callback(live.close)
        stack.callback(live.refuse_newcomers)
        stack.callback(lambda: setattr(relay, "ready", False))
        relay.ready = True
        yield relay


def _leave(_reason: str) -> None:
    """Leave at once, without a farewell: what this process believes of its database is worth nothing any more.

    The supervisor starts another one, which reads what is on disk.
    """
    logging.shutdown()
    os._exit(EX_SOFTWARE)


def _take_lock(stack: AsyncExitStack, data: Path) -> None:
    lock = filelock.FileLock(data / "relay.lock")
    try:
        lock.acquire(timeout=0)
    except filelock.Timeout as error:
        raise AlreadyRunningError(str(data)) from error
    stack.callback(lock.release)

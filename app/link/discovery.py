"""Finds relays that announce themselves on this bench's networks, and says at once when one comes or goes.

How it works: python-zeroconf (LGPL-2.1-or-later, used as it comes) listens on a loop of its own in a thread of its
own, because Qt's loop has no datagrams on Windows; what it finds is handed over to the loop that began it.

What it must never do: pair with anything. Anybody on the network can announce anything; a relay in the list is an
address that nobody had to type, and is checked like a typed one. Not run on Windows and macOS.
"""

import asyncio
import threading
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import structlog

from relay.contract.discovery import SERVICE, Announced, read_announcement

if TYPE_CHECKING:
    from zeroconf import ServiceStateChange, Zeroconf

log = structlog.get_logger()

ASK_MS = 3_000
MOST = 32
END_SECONDS = 2.0
# A card that comes up later (Wi-Fi, a docking station) is not heard by sockets that were opened before.
BEGIN_ANEW_SECONDS = 60.0
NO_NETWORK_SECONDS = 5.0

Found = tuple[Announced, ...]


class Discovery:
    """Browses between `begin` and `end`; both may be called again and again, on a running loop."""

    def __init__(self, heard: Callable[[Found], None], *, interfaces: Sequence[str] | None = None) -> None:
        """Tell `heard` all relays that are there, by name, whenever that changes; `interfaces` are for tests."""
        self._heard = heard
        self._interfaces = interfaces
        self._listening: _Listening | None = None
        self._ending: _Listening | None = None

    def begin(self) -> None:
        """Begin to listen, if it does not yet."""
        if self._listening is None:
            self._listening = _Listening(asyncio.get_running_loop(), self._heard, self._interfaces)
            self._listening.start()

    def end(self) -> None:
        """Stop listening; nothing is told any more. The thread ends by itself within moments."""
        listening, self._listening = self._listening, None
        if listening is not None:
            listening.stop()
            self._ending = listening

    def close(self) -> None:
        """Stop listening, and wait a moment until the thread has ended."""
        self.end()
        if self._ending is not None:
            self._ending.join(END_SECONDS)


class _Listening(threading.Thread):
    """One life of the browser."""

    def __init__(
        self,
        teller: asyncio.AbstractEventLoop,
        heard: Callable[[Found], None],
        interfaces: Sequence[str] | None,
    ) -> None:
        super().__init__(name="discovery", daemon=True)
        self._teller = teller
        self._heard = heard
        self._interfaces = interfaces
        self._is_over = threading.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._leave: asyncio.Event | None = None
        self._found: dict[str, Announced] = {}

    def run(self) -> None:
        """Listen until told to stop."""
        asyncio.run(self._listen())

    def stop(self) -> None:
        """Be told to stop, from the other thread."""
        self._is_over.set()
        loop, leave = self._loop, self._leave
        if loop is not None and leave is not None and not loop.is_closed():
            loop.call_soon_threadsafe(leave.set)

    async def _listen(self) -> None:
        self._leave = asyncio.Event()
        self._loop = asyncio.get_running_loop()
        while not self._is_over.is_set():
            try:
                await self._browse()
            except OSError as error:
                log.info("There is no network to look for relays on", reason=str(error))
                await self._wait(NO_NETWORK_SECONDS)

    async def _browse(self) -> None:
        """Listen for a while on the networks that there are now. Raises OSError if there are none."""
        # Late: an app that is paired never looks, and starts faster without it.
        from zeroconf import InterfaceChoice, IPVersion
        from zeroconf.asyncio import AsyncServiceBrowser, AsyncZeroconf

        interfaces = InterfaceChoice.All if self._interfaces is None else list(self._interfaces)
        ears = AsyncZeroconf(interfaces=interfaces, ip_version=IPVersion.V4Only)
        still_there: set[str] = set()
        asking: list[asyncio.Task[None]] = []
        try:
            async with asyncio.TaskGroup() as group:

                def changed(
                    zeroconf: "Zeroconf", service_type: str, name: str, state_change: "ServiceStateChange"
                ) -> None:
                    del service_type
                    if state_change.name == "Removed":
                        still_there.discard(name)
                        self._forget(name)
                    elif len(still_there) < MOST:
                        still_there.add(name)
                        asking.append(group.create_task(self._ask(zeroconf, name), name="ask a relay"))

                browser = AsyncServiceBrowser(ears.zeroconf, SERVICE, handlers=[changed])
                await self._wait(BEGIN_ANEW_SECONDS)
                await browser.async_cancel()
                for task in asking:
                    task.cancel()
        finally:
            await ears.async_close()
        for name in self._found.keys() - still_there:
            self._forget(name)

    async def _ask(self, zeroconf: "Zeroconf", name: str) -> None:
        from zeroconf.asyncio import AsyncServiceInfo

        info = AsyncServiceInfo(SERVICE, name)
        if not await info.async_request(zeroconf, ASK_MS) or self._is_over.is_set():
            return
        announced = read_announcement(
            name.removesuffix(f".{SERVICE}"), info.decoded_properties, info.parsed_addresses()
        )
        if announced is None:
            self._forget(name)
        elif self._found.get(name) != announced:
            self._found[name] = announced
            self._tell()

    def _forget(self, name: str) -> None:
        if self._found.pop(name, None) is not None:
            self._tell()

    def _tell(self) -> None:
        found = tuple(sorted(self._found.values(), key=lambda each: (each.name, each.instance)))
        if not self._is_over.is_set() and not self._teller.is_closed():
            self._teller.call_soon_threadsafe(self._hand_over, found)

    def _hand_over(self, found: Found) -> None:
        if not self._is_over.is_set():
            self._heard(found)

    async def _wait(self, seconds: float) -> None:
        assert self._leave is not None
        try:
            async with asyncio.timeout(seconds):
                await self._leave.wait()
        except TimeoutError:
            return

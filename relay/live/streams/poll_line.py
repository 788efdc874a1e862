"""A line that is asked again and again (long polling): what is said waits here until the client has confirmed it.

How it works: every event has a number. An answer holds those behind the number that the client names, and names the
last one; the next request's number confirms what that answer held. So an answer that was lost comes again.

What must always hold: what waits is bounded like what waits in a transport (relay.live.pressure sees `backlog`), and
what was handed out and is not confirmed is no more than one answer. A line that was cut is still told so.
"""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import TYPE_CHECKING

import msgspec
from msgspec import Struct

from relay.contract.codec import to_json
from relay.contract.streams import LineClosed
from relay.live.streams.streamed import CLOSED, Streamed

if TYPE_CHECKING:
    from relay.live.server import LiveServer

_encode = msgspec.json.Encoder().encode


class _Event(Struct, frozen=True, omit_defaults=True, gc=False):
    """`relay.contract.streams.PolledEvent`, with its data encoded already."""

    event: str
    data: msgspec.Raw
    id: str = ""


class _Kept(Struct, frozen=True, gc=False):
    number: int
    event: _Event
    # What the client must not lose has a delivery that it is about.
    about: str

    @property
    def size(self) -> int:
        return len(bytes(self.event.data))


class PollLine(Streamed):
    """One line; `subject` is whose it is."""

    __slots__ = ("_bell", "_handed", "_is_cut", "_is_gone", "_kept", "_last", "_waiting_bytes", "subject")

    def __init__(self, sid: str, address: str, live: "LiveServer", subject: str) -> None:
        """Begin with nothing to say."""
        super().__init__(sid, address, live)
        self.subject = subject
        self._kept: deque[_Kept] = deque()
        self._last = self._handed = self._waiting_bytes = 0
        self._is_cut = False
        self._bell: asyncio.Future[None] | None = None
        self._is_gone: Callable[[], bool] = lambda: False

    # What the live layer asks of a line.

    @property
    def is_open(self) -> bool:
        """Tell whether anything written now could still arrive."""
        return not self._is_cut

    def write(self, text: bytes) -> None:
        """Keep one packet for the next answer; a line that is gone swallows it."""
        if self._is_cut or (said := self._read(text)) is None:
            return
        if said.number is not None and self._is_waiting(said.name, said.about):
            return  # it was not handed out yet: to say it twice would not make it louder
        self._keep(said.name, said.data, said.about, self._id_of(said))

    def backlog(self) -> int:
        """Return how many bytes wait because the client does not ask for them."""
        return self._waiting_bytes

    def cut(self, code: int, reason: str = "") -> None:
        """Say the code; who asks once more is told what there is, and that this was all."""
        if not self._is_cut:
            self._keep(CLOSED, to_json(LineClosed(code=code, reason=reason)), "", "")
            self._end()

    def abort(self) -> None:
        """Drop the line, whatever still waits."""
        self._kept.clear()
        self._end()

    # What the sweeper asks.

    def ping(self) -> None:
        """Notice a client that hung up while it waited: its time counts from now."""
        if self._bell is not None and self._is_gone():
            self._ring()

    # What the client asks.

    def confirm(self, number: int) -> bool:
        """Let go of what the client has; False if it names what is gone already, or was never handed out."""
        first = self._kept[0].number if self._kept else self._last + 1
        if not first - 1 <= number <= self._handed:
            return False
        while self._kept and self._kept[0].number <= number:
            self._kept.popleft()
        return not (self._is_cut and not self._kept)

    @property
    def is_waited_for(self) -> bool:
        """Tell whether a client waits for an answer now."""
        return self._bell is not None

    async def wait(self, seconds: float, is_gone: Callable[[], bool]) -> None:
        """Wait until there is something to hand out, at most so long; whoever waited before waits no longer."""
        self._ring()
        if self._kept or self._is_cut:
            return
        bell = self._bell = asyncio.get_running_loop().create_future()
        self._is_gone = is_gone
        try:
            async with asyncio.timeout(seconds):
                await bell
        except TimeoutError:
            pass
        finally:
            if self._bell is bell:
                self._bell = None

    def hand_out(self) -> bytes:
        """Write the answer: everything that is not confirmed, or as much of it as one answer may hold."""
        events: list[_Event] = []
        number, size = self._kept[0].number - 1 if self._kept else self._last, 0
        for kept in self._kept:
            size += kept.size
            if events and size > self._live.bounds.hard_bytes:
                break
            events.append(kept.event)
            number = kept.number
            if number > self._handed:
                self._handed = number
                self._waiting_bytes -= kept.size
        return _encode({"cursor": f"{self.sid}.{number}", "events": events})

    def _keep(self, name: str, data: bytes, about: str, id_: str) -> None:
        self._last += 1
        kept = _Kept(self._last, _Event(name, msgspec.Raw(data), id_), about)
        self._kept.append(kept)
        self._waiting_bytes += kept.size
        self._ring()

    def _is_waiting(self, name: str, about: str) -> bool:
        return any(
            (kept.event.event, kept.about) == (name, about)
            for kept in self._kept
            if kept.number > self._handed
        )

    def _end(self) -> None:
        if not self._is_cut:
            self._is_cut = True
            self._live.sweeper.remove(self)
            self._live.is_gone(self)
            self._ring()

    def _ring(self) -> None:
        bell, self._bell = self._bell, None
        if bell is not None and not bell.done():
            bell.set_result(None)

"""The network of one screen in a simulation: lines are slow, cut, half-open, and carry frames twice or out of order.

A TCP line does neither of the last two; a client library whose tasks overtake each other does (DELIVERY.md, trap 17).
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from faults.simulation_world import World

# The relay pings every 10 s and waits 8 s; the desk notices silence in about the same time.
PING_SECONDS = (10.0, 18.0)


@dataclass
class Network:
    """What is wrong between one screen and the relay at the moment."""

    world: World
    latency: float = 0.02
    is_down: bool = False
    is_half_open: bool = False
    is_jumbled: bool = False
    wires: list["Wire"] = field(default_factory=list["Wire"])

    def one_way(self) -> float:
        return self.latency * self.world.between(0.5, 1.5)

    def cut(self) -> None:
        """Break every line at once; both ends notice soon, and what was on the way is lost."""
        for wire in tuple(self.wires):
            wire.breaks(soon=(0.0, 0.1))

    def half_open(self) -> None:
        """Swallow everything from now on, and let nobody notice before a ping goes unanswered."""
        self.is_half_open = True
        for wire in tuple(self.wires):
            wire.breaks(soon=PING_SECONDS)


class Wire:
    """One line. Each end hears frames, and once that it has ended."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self._world = network.world
        self.is_broken = False
        self.at_relay: Callable[[object], None] = lambda _frame: None
        self.at_desk: Callable[[object], None] = lambda _frame: None
        self.relay_lost: Callable[[], None] = lambda: None
        self.desk_lost: Callable[[], None] = lambda: None
        self._told_relay = self._told_desk = False
        self._last = {True: 0.0, False: 0.0}
        network.wires.append(self)

    def to_desk(self, frame: object) -> None:
        self._carry(frame, downwards=True)

    def to_relay(self, frame: object) -> None:
        self._carry(frame, downwards=False)

    def _carry(self, frame: object, *, downwards: bool) -> None:
        copies = 2 if self.network.is_jumbled and self._world.happens(0.3) else 1
        for _ in range(copies):
            at = self._world.now + self.network.one_way()
            if self.network.is_jumbled and self._world.happens(0.3):
                at += self._world.between(0.0, 0.5)
            else:
                at = self._last[downwards] = max(at, self._last[downwards])
            self._world.loop.call_at(at, self._arrive, frame, downwards)

    def _arrive(self, frame: object, downwards: bool) -> None:
        if not self.is_broken:
            (self.at_desk if downwards else self.at_relay)(frame)

    def breaks(self, soon: tuple[float, float] = (0.0, 0.05)) -> None:
        """End the line: nothing arrives any more, and each end hears of it in its own time."""
        if self.is_broken:
            return
        self.is_broken = True
        self.network.wires.remove(self)
        self._world.later(self._world.between(*soon), self.tell_relay)
        self._world.later(self._world.between(*soon), self.tell_desk)

    def tell_relay(self) -> None:
        if not self._told_relay:
            self._told_relay = True
            self.relay_lost()

    def tell_desk(self) -> None:
        if not self._told_desk:
            self._told_desk = True
            self.desk_lost()

"""What happens in a simulation, and when: scans, and everything that a factory does to a relay and its desks."""

from collections.abc import Callable

from faults.history import FaultBegan, FaultEnded
from faults.simulation_clients import Client
from faults.simulation_desk import Desk
from faults.simulation_relay import SimulatedRelay
from faults.simulation_world import World

DAY_MS = 86_400_000
# So long the scans and the faults go on; then everything is made whole.
TROUBLE_SECONDS = 25.0
# A line that was silently lost is noticed after this; until then a fault excuses that a desk is cut or not served.
AFTERMATH_SECONDS = 75.0
LIVES = (2.0, 8.0, 20.0, 45.0, 45.0, 90.0)


class Plan:
    """Everything that is done to one relay, its desks and clients."""

    def __init__(
        self,
        world: World,
        relay: SimulatedRelay,
        desks: list[Desk],
        clients: list[Client],
        kinds: tuple[str, ...] = (),
    ) -> None:
        self.kinds = kinds or tuple(FAULTS)
        self.world = world
        self.relay = relay
        self.desks = desks
        self.clients = clients
        # Desks that a second machine with their credential has replaced.
        self.replaced: list[Desk] = []
        self.last_fault_end = 0.0
        self._under_way: list[str] = []
        self._windows = ("main", "side")

    def begin(self) -> None:
        """Put all of it into the future."""
        dice = self.world.dice
        self.relay.start()
        for desk in self.desks:
            desk.painted = self._is_after_the_faults
            self.world.later(self.world.between(0.0, 1.0), desk.start)
        for _ in range(dice.randint(4, 14)):
            self.world.later(self.world.between(0.0, TROUBLE_SECONDS), self._scan)
        if self.world.happens(0.1):
            self.world.later(self.world.between(0.0, 10.0), self._burst)
        for _ in range(dice.choice((0, 1, 1, 2))):
            self.world.later(self.world.between(0.0, TROUBLE_SECONDS), self._cancel)
        if self.world.happens(0.3):
            self.world.later(self.world.between(5.0, 70.0), self._retry)
        for _ in range(dice.choice((1, 1, 2, 2, 3, 4))):
            kind = dice.choice(self.kinds)
            self.world.later(self.world.between(0.0, TROUBLE_SECONDS), self._break, kind)
        if self.world.happens(0.1):
            self.world.later(self.world.between(0.0, 5.0), self._poison)

    # Scans.

    def _scan(self) -> None:
        dice = self.world.dice
        desk, client = dice.choice(self.desks), dice.choice(self.clients)
        client.wish(
            desk.screen_id, dice.choice(self._windows), dice.choice(LIVES), has_slot=self.world.happens(0.7)
        )

    def _burst(self) -> None:
        """Ask for more than a window at once."""
        desk = self.world.dice.choice(self.desks)
        for _ in range(20):
            self.clients[0].wish(desk.screen_id, "main", 45.0, has_slot=self.world.happens(0.2))

    def _cancel(self) -> None:
        client = self.world.dice.choice(self.clients)
        scans = [wish for wish in client.wishes if not wish.window.startswith("probe")]
        if scans:
            client.cancel(self.world.dice.choice(scans[-3:]))

    def _retry(self) -> None:
        self.clients[0].retry_dead_letters()

    def _poison(self) -> None:
        """Ask for something that kills the desk whenever it comes."""
        desk = self.world.dice.choice(self.desks)
        if desk.says == "outcomes":
            self._began("poison", 30.0)
            wish = self.clients[0].wish(desk.screen_id, "main", 90.0, has_slot=False)
            desk.kills.add(wish.id)

    # Faults.

    def _break(self, kind: str) -> None:
        seconds = FAULTS[kind](self)
        self._began(kind, seconds)

    def _began(self, kind: str, seconds: float) -> None:
        world = self.world
        world.tell(FaultBegan(at=world.now, kind=kind, source="plan"))
        self._under_way.append(kind)
        self.last_fault_end = max(self.last_fault_end, world.now + seconds)
        world.loop.call_at(self.last_fault_end, self._ended)
        world.troubled_until = max(world.troubled_until, world.now + seconds + AFTERMATH_SECONDS)

    def _ended(self) -> None:
        """Write down that everything is whole again, and ask for something on every screen that shows it."""
        if self.world.now < self.last_fault_end or not self._under_way:
            return
        for kind in self._under_way:
            self.world.tell(FaultEnded(at=self.world.now, kind=kind, source="plan"))
        self._under_way.clear()
        for desk in self.desks:
            self.clients[0].wish(desk.screen_id, f"probe-{len(self.clients[0].wishes)}", 90.0)

    def _is_after_the_faults(self, command: dict[str, object]) -> bool:
        asked = {wish.id: wish.asked_at for client in self.clients for wish in client.wishes}
        return asked.get(str(command["id"]), -1.0) >= self.last_fault_end

    def _desk(self) -> Desk:
        return self.world.dice.choice(self.desks)

    def kill_relay(self) -> float:
        self.relay.kill()
        seconds = self.world.between(0.05, 3.0)
        self.world.later(seconds, self._start_relay)
        return seconds

    def _start_relay(self) -> None:
        if self.relay.process is None:
            self.relay.start()

    def kill_relay_often(self) -> float:
        at = 0.0
        for _ in range(4):
            self.world.later(at, self.relay.kill)
            self.world.later(at + 0.2, self._start_relay)
            at += self.world.between(0.25, 0.8)
        return at

    def kill_desk(self) -> float:
        desk, seconds = self._desk(), self.world.between(0.1, 5.0)
        desk.crash()
        self.world.later(seconds, desk.revive)
        return seconds

    def cut(self) -> float:
        self._desk().network.cut()
        return 0.1

    def cut_often(self) -> float:
        desk, at = self._desk(), 0.0
        for _ in range(self.world.dice.randint(2, 6)):
            self.world.later(at, desk.network.cut)
            at += self.world.between(0.1, 2.0)
        return at

    def unplug(self) -> float:
        desk, seconds = self._desk(), self.world.between(0.5, 15.0)
        desk.network.is_down = True
        desk.network.cut()
        self.world.later(seconds, self._plug, desk)
        return seconds

    def half_open(self) -> float:
        desk, seconds = self._desk(), self.world.between(0.5, 20.0)
        desk.network.half_open()
        self.world.later(seconds, self._plug, desk)
        return seconds

    def _plug(self, desk: Desk) -> None:
        desk.network.is_down = desk.network.is_half_open = False

    def slow(self) -> float:
        desk, seconds = self._desk(), self.world.between(3.0, 15.0)
        before = desk.network.latency
        desk.network.latency = self.world.between(0.5, 4.0)
        self.world.later(seconds, setattr, desk.network, "latency", before)
        return seconds

    def jumble(self) -> float:
        desk, seconds = self._desk(), self.world.between(3.0, 20.0)
        desk.network.is_jumbled = True
        self.world.later(seconds, setattr, desk.network, "is_jumbled", False)
        return seconds

    def freeze_desk(self) -> float:
        desk, seconds = self._desk(), self.world.between(3.0, 50.0)
        desk.frozen_until = self.world.now + seconds
        return seconds

    def fill_disk(self) -> float:
        seconds = self.world.between(0.5, 20.0)
        self.relay.disk.is_full = True
        self.world.later(seconds, setattr, self.relay.disk, "is_full", False)
        return seconds

    def slow_disk(self) -> float:
        seconds = self.world.between(1.0, 10.0)
        self.relay.disk.is_slow = True
        self.world.later(seconds, setattr, self.relay.disk, "is_slow", False)
        return seconds

    def set_clock(self) -> float:
        self.world.clock.offset_ms += self.world.dice.choice((-DAY_MS, DAY_MS))
        self.world.clock_was_set_at = self.world.now
        return 2.0

    def set_desk_clock(self) -> float:
        self._desk().offset_ms += self.world.dice.choice((-DAY_MS, DAY_MS))
        return 0.1

    def twin(self) -> float:
        """Start a second machine with the credential of a desk; the older one is replaced and stays so."""
        desk = self._desk()
        name = f"{desk.name}'"
        twin = Desk(self.world, self.relay, desk.screen_id, name=name, says=desk.says)
        twin.painted = self._is_after_the_faults
        twin.start()
        self.replaced.append(desk)
        self.desks[self.desks.index(desk)] = twin
        return 0.5


FAULTS: dict[str, Callable[[Plan], float]] = {
    "relay killed": Plan.kill_relay,
    "relay killed often": Plan.kill_relay_often,
    "desk killed": Plan.kill_desk,
    "cut": Plan.cut,
    "cut often": Plan.cut_often,
    "unplugged": Plan.unplug,
    "half-open": Plan.half_open,
    "slow": Plan.slow,
    "jumbled": Plan.jumble,
    "desk frozen": Plan.freeze_desk,
    "disk full": Plan.fill_disk,
    "disk slow": Plan.slow_disk,
    "relay's clock set": Plan.set_clock,
    "desk's clock set": Plan.set_desk_clock,
    "twin": Plan.twin,
}

"""The desk of a simulation: what app/link promises, in events.

It writes down a command before it acknowledges it, performs each once and in order, tells an outcome until the relay
has it, goes on after a crash with what was cut off, and comes back after every drop. Its disk survives it.
"""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

from faults.history import BackAgain, Known, Painted
from faults.simulation_relay import Frame, SimulatedRelay
from faults.simulation_wire import Network, Wire
from faults.simulation_world import World

from relay.contract.problems import Code

NOT_NOW = {Code.INTERNAL_ERROR.value, Code.RELAY_UNAVAILABLE.value, Code.RATE_LIMITED.value}
ANSWER_SECONDS = 5.0
HELLO_SECONDS = 15.0


@dataclass
class Kept:
    """A command as the desk's disk holds it."""

    command: dict[str, Any]
    outcome: dict[str, Any] | None = None
    reported: bool = False


@dataclass
class Inbox:
    """The desk's disk."""

    kept: dict[str, Kept] = field(default_factory=dict[str, Kept])
    applied: dict[str, int] = field(default_factory=dict[str, int])
    applied_seq: int = 0
    epoch: str | None = None
    gen: int = 0


class Desk:
    """One machine with a screen. `says`: "outcomes", "presence" alone, or "nothing" beside its acknowledgements."""

    def __init__(
        self, world: World, relay: SimulatedRelay, screen_id: str, *, name: str, says: str = "outcomes"
    ) -> None:
        self.world = world
        self.relay = relay
        self.screen_id = screen_id
        self.name = name
        self.says = says
        self.network = Network(world, latency=world.between(0.001, 0.05))
        self.inbox = Inbox()
        self.lives = 0
        self.offset_ms = 0
        self._told: tuple[int, float] | None = None
        self.frozen_until = 0.0
        self.kills: set[str] = set()
        # Whoever may excuse a painting as the first thing that works again after a fault.
        self.painted: Callable[[dict[str, Any]], bool] = lambda _command: False
        self._alive = False

    @property
    def is_idle(self) -> bool:
        """Tell whether it performs nothing now."""
        return not self._alive or not (self._under_way or self._queue or self._is_reading)

    # Its process.

    def start(self) -> None:
        """Begin a life: load what is owed, and connect."""
        self._alive = True
        self.is_replaced = False
        self.lives += 1
        self.due: dict[str, dict[str, Any]] = {}
        self._under_way: set[str] = set()
        self._lanes: dict[str, str] = {}
        self._queue: deque[tuple[Wire, Frame]] = deque()
        self._is_reading = False
        self._wire: Wire | None = None
        self._greeted = False
        self._told = None
        self._questions = 0
        self._telling: tuple[int, dict[str, Any]] | None = None
        self._waits = 0.1
        self._is_resumed = False
        for id_, kept in self.inbox.kept.items():
            if kept.outcome is not None and not kept.reported:
                self.due[id_] = kept.outcome
        self._after(self.world.between(0.05, 0.3), self._connect)

    def crash(self) -> None:
        """Be killed; the operating system ends the line."""
        if self._alive:
            self._alive = False
            self.lives += 1
            if self._wire is not None:
                self._wire.breaks()

    def revive(self) -> None:
        """Begin a new life, unless somebody else has seen to that."""
        if not self._alive:
            self.start()

    def _after(self, seconds: float, what: Callable[..., object], *values: Any) -> None:
        """Do something later in this life, and not while the process stands still."""
        life = self.lives

        def then() -> None:
            if self.lives != life or not self._alive:
                return
            if (rest := self.frozen_until - self.world.now) > 0:
                self.world.later(rest + self.world.between(0.0, 0.01), then)
            else:
                what(*values)

        self.world.later(seconds, then)

    def _resume(self) -> None:
        """Go on with what was cut off; only once the relay has said what time it is."""
        self._is_resumed = True
        for kept in self.inbox.kept.values():
            is_open = kept.outcome is None and kept.command["id"] not in self._under_way
            if is_open and not self._put_away_if_outdated(kept):
                self._begin(kept.command)

    def _put_away_if_outdated(self, kept: Kept) -> bool:
        """Perform nothing whose window was told something newer since it was written down."""
        command = kept.command
        if (
            command["seq"] >= self.inbox.applied.get(command["windowId"], 0)
            or "inbox check" in self.world.without
        ):
            return False
        kept.outcome = self.due[command["id"]] = _failed(command["id"], Code.SUPERSEDED)
        return True

    # Its line.

    def _connect(self) -> None:
        if self.is_replaced or self._wire is not None:
            return
        if self.network.is_half_open:
            self._after(ANSWER_SECONDS, self._connect)
            return
        process = self.relay.serving
        if self.network.is_down or process is None:
            self._come_back()
            return
        wire = self._wire = Wire(self.network)
        self._greeted = False
        wire.at_desk = lambda frame: self._heard(wire, cast("Frame", frame))
        wire.desk_lost = lambda: self._after(0.0, self._lost, wire)
        self.world.later(self.network.one_way(), self._admitted, wire)
        self._after(HELLO_SECONDS, self._give_up_unless_greeted, wire)

    def _admitted(self, wire: Wire) -> None:
        process = self.relay.serving
        if process is None or wire.is_broken:
            wire.breaks()
        else:
            process.live.admit(wire, self.screen_id)

    def _give_up_unless_greeted(self, wire: Wire) -> None:
        if self._wire is wire and not self._greeted:
            wire.breaks()

    def _lost(self, wire: Wire) -> None:
        if self._wire is wire:
            self._wire, self._telling = None, None
            self._come_back()

    def _come_back(self) -> None:
        self._after(self._waits * self.world.between(0.5, 1.5), self._connect)
        self._waits = min(self._waits * 1.5, 1.0)

    # What it hears.

    def _heard(self, wire: Wire, frame: Frame) -> None:
        if not self._alive or self._wire is not wire:
            return
        self._queue.append((wire, frame))
        if not self._is_reading:
            self._is_reading = True
            self._after(0.0, self._read)

    def _read(self) -> None:
        """Take the next thing heard; each thing that is written down takes the disk its time."""
        while self._queue:
            wire, frame = self._queue.popleft()
            if frame[0] == "answer":
                self._answered(frame[1], frame[2])
                continue
            _, event, payload, number = frame
            match event:
                case "hello":
                    self._on_hello(wire, payload)
                case "status?":
                    if self.says == "outcomes":
                        self._answer(wire, number, self._status(payload["id"]))
                case "session:replaced":
                    self.is_replaced = True
                    wire.breaks()
                case "navigate" | "notify":
                    if payload["id"] in self.kills:
                        self.crash()
                        self.world.later(self.world.between(0.1, 0.8), self.revive)
                        return
                    self._after(self.world.between(0.0005, 0.01), self._take, wire, payload, number)
                    return
                case _:
                    self.world.blame("bug", f"the desk hears {event}")
        self._is_reading = False

    def _on_hello(self, wire: Wire, hello: dict[str, Any]) -> None:
        self._told = (hello["serverTime"], self.world.now)
        if hello["epoch"] != self.inbox.epoch:
            self.inbox.applied.clear()
            self.inbox.epoch, self.inbox.applied_seq, self.inbox.gen = hello["epoch"], 0, 0
        if hello["gen"] < self.inbox.gen:
            if self.world.clock_was_set_at is None:
                self.world.blame("generation", f"{hello['gen']} was told after {self.inbox.gen}")
            wire.breaks()  # the relay does not know of a newer line; this one is given up
            return
        self.inbox.gen = hello["gen"]
        if not self._is_resumed:
            self._resume()
        if self._greeted:
            return
        self._greeted, self._waits = True, 0.1
        if self.says != "nothing":
            presence = {
                "appVersion": "1",
                "protocol": 1,
                "appliedSeq": self.inbox.applied_seq,
                "epoch": self.inbox.epoch,
                "capabilities": ["outcome"] if self.says == "outcomes" else [],
            }
            wire.to_relay(("event", "presence", presence, None))
        self._tell()

    def _relay_ms(self) -> int:
        """Return the relay's time: what it said last and what went by since, whatever this machine's clock says."""
        if self._told is None:
            return self.world.clock.now_ms() - self.world.clock.offset_ms + self.offset_ms
        server_ms, at = self._told
        return server_ms + int((self.world.now - at) * 1000)

    def _answer(self, wire: Wire, number: int | None, value: dict[str, Any]) -> None:
        if number is not None and self._wire is wire:
            wire.to_relay(("answer", number, value))

    def _take(self, wire: Wire, command: dict[str, Any], number: int | None) -> None:
        """Write a command down; then it may crash, or acknowledge it and begin."""
        id_, window, seq = command["id"], command["windowId"], command["seq"]
        is_checked = "inbox check" not in self.world.without
        known = self.inbox.kept.get(id_) if is_checked else None
        if known is None:
            is_late = is_checked and seq <= self.inbox.applied.get(window, 0)
            late = _failed(id_, Code.SUPERSEDED) if is_late else None
            known = self.inbox.kept[id_] = Kept(command, late)
            if not is_late:
                self.inbox.applied[window] = seq
            self.inbox.applied_seq = max(self.inbox.applied_seq, seq)
        self._after(self.world.between(0.0, 0.002), self._taken, wire, known, number)

    def _taken(self, wire: Wire, kept: Kept, number: int | None) -> None:
        id_ = kept.command["id"]
        if kept.outcome is not None:
            self._owe(kept.outcome)
        elif id_ not in self._under_way and not self._put_away_if_outdated(kept):
            self._begin(kept.command)
        self._answer(wire, number, {"received": True, "id": id_})
        self._read()

    def _status(self, id_: str) -> dict[str, Any]:
        if id_ in self.due:
            return self.due[id_]
        kept = self.inbox.kept.get(id_)
        if kept is None:
            return {"id": id_, "state": "unknown"}
        if kept.outcome is not None:
            return kept.outcome
        return {"id": id_, "state": "received" if id_ in self._under_way else "unknown"}

    # What it shows.

    def _begin(self, command: dict[str, Any]) -> None:
        self._under_way.add(command["id"])
        self._lanes[command["windowId"]] = command["id"]
        if command["expiresAt"] <= self._relay_ms():
            self._after(self.world.between(0.001, 0.01), self._end, _failed(command["id"], Code.EXPIRED))
            return
        seconds = self.world.between(0.02, 1.0) if self.world.happens(0.9) else self.world.between(1.0, 25.0)
        self._after(seconds, self._perform, command)

    def _perform(self, command: dict[str, Any]) -> None:
        id_, window = command["id"], command["windowId"]
        if self._lanes[window] != id_:  # a newer one of its window ends it, as the director's lanes do
            self._end(_failed(id_, Code.SUPERSEDED))
            return
        now = self.world.now
        self.world.tell(
            Painted(
                at=now,
                id=id_,
                screen=self.screen_id,
                seq=command["seq"],
                slot=window,
                life=self.lives,
                source=self.name,
            )
        )
        if self.painted(command):
            self.world.tell(BackAgain(at=now, screen=self.screen_id, source=self.name))
        self._end({"id": id_, "state": "shown"})

    def _end(self, outcome: dict[str, Any]) -> None:
        self._after(self.world.between(0.001, 0.02), self._settle, outcome)

    def _settle(self, outcome: dict[str, Any]) -> None:
        """Keep an outcome, and only then tell it and let go of it: one sent again in between is not begun again."""
        kept = self.inbox.kept[outcome["id"]]
        if kept.outcome is None:
            kept.outcome = outcome
        self.world.tell(Known(at=self.world.now, id=outcome["id"], screen=self.screen_id, source=self.name))
        self._under_way.discard(outcome["id"])
        self._owe(outcome)

    # What it tells.

    def _owe(self, outcome: dict[str, Any]) -> None:
        self.due[outcome["id"]] = outcome
        self._tell()

    def _tell(self) -> None:
        """Tell one outcome after the other, each until the relay has it."""
        if self.says != "outcomes" or not self._greeted or self._wire is None or self._telling is not None:
            return
        if (outcome := next(iter(self.due.values()), None)) is not None:
            self._questions += 1
            self._telling = (self._questions, outcome)
            self._wire.to_relay(("event", "outcome", outcome, self._questions))
            self._after(ANSWER_SECONDS, self._tell_again, self._questions)

    def _tell_again(self, number: int) -> None:
        if self._telling is not None and self._telling[0] == number:
            self._telling = None
            self._tell()

    def _answered(self, number: int, value: dict[str, Any] | None) -> None:
        if self._telling is None or self._telling[0] != number or (value or {}).get("code") in NOT_NOW:
            return  # told again when the time for this answer is over
        outcome = self._telling[1]
        self._telling = None
        self.due.pop(outcome["id"], None)
        self._after(self.world.between(0.001, 0.02), self._reported, outcome["id"])
        self._tell()

    def _reported(self, id_: str) -> None:
        self.inbox.kept[id_].reported = True


def _failed(id_: str, code: Code) -> dict[str, Any]:
    return {"id": id_, "state": "failed", "code": code.value, "error": "not shown"}

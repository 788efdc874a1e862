"""Watches a simulation while it runs, and judges it at its end, with the checker that judges every fault run.

While it runs: nothing leaves for a screen that is not there, at most a window is under way, letters stand in the order
of their seq, a healthy line is never cut, and whenever nothing is under way between the engine and the journal, both
know of the same open deliveries, none of which is past its time.
"""

# the judge looks into what it judges.
# pyright: reportPrivateUsage=false
import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any

from faults.checker import END_STATES, Verdict, Violation, check
from faults.history import BackAgain, DeadLetter, Ended, Event, Known, Painted, Submitted
from faults.simulation_clients import Client, Wish, window_of
from faults.simulation_plan import AFTERMATH_SECONDS, Plan
from faults.simulation_relay import Process, SimulatedRelay
from faults.simulation_world import World

from relay.delivery.actions import Action, Cut, Send
from relay.delivery.mailbox import WINDOW

LOOK_SECONDS = 1.0
# What may be written, answered and told again takes this long when nothing is broken.
GRACE_SECONDS = 3.0
# A screen that only acknowledges says no more; the journal has ended what it received.
ENDS = END_STATES | {"received at last"}
PAINT_RULES = {"painted twice", "painted though known", "order"}
# A note may be lost while the disk cannot be written; anything else at this level is a bug.
EXPECTED_ERRORS = {"A note in the journal was lost"}


class Judge:
    """The one who looks."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.actions = 0

    def watch(self, process: Process) -> None:
        """Look over the shoulder of a relay's courier."""
        do = process.courier.do

        def watched(actions: Sequence[Action]) -> None:
            for action in actions:
                self._look_at(process, action)
            self.actions += len(actions)
            do(actions)
            for action in actions:
                self._look_at_mailbox(process, action.recipient)

        process.courier.do = watched
        self.world.later(LOOK_SECONDS, self._look_at_rest, process)

    def _look_at(self, process: Process, action: Action) -> None:
        match action:
            case Send(recipient=recipient, id=id_):
                box = process.courier.engine.mailboxes[recipient]
                is_there = process.live.connection_of(recipient.removeprefix("screen:")) is not None
                if not (box.ready and is_there):
                    self.world.blame("sent to nobody", f"{id_} left for {recipient}, which is not there")
            case Cut(recipient=recipient, reason=reason):
                if self.world.now > self.world.troubled_until:
                    self.world.blame("cut", f"a healthy line of {recipient} was cut: {reason}")
            case _:
                pass

    def _look_at_mailbox(self, process: Process, recipient: str) -> None:
        letters = list(process.courier.engine.mailboxes[recipient].letters.values())
        if sum(letter.state == "sent" for letter in letters) > WINDOW:
            self.world.blame("window", f"more than {WINDOW} are under way to {recipient}")
        seqs = [letter.seq for letter in letters]
        if seqs != sorted(set(seqs)):
            self.world.blame("order in the mailbox", f"{recipient} holds {seqs}")

    def _look_at_rest(self, process: Process) -> None:
        if process.is_dead:
            return
        self.world.later(LOOK_SECONDS, self._look_at_rest, process)
        if process.is_serving and process.is_idle():
            self.compare(process)

    def compare(self, process: Process) -> None:
        """Compare the engine with the journal, at a moment when nothing is under way between them."""
        clock = self.world.clock
        rows = process.database._disk.driver.execute(
            "SELECT id, seq FROM delivery WHERE ended_at IS NULL"
        ).fetchall()
        boxes = process.courier.engine.mailboxes.values()
        letters = {letter.id: letter for box in boxes for letter in box.letters.values()}
        if {row[0] for row in rows} != letters.keys():
            odd = sorted({row[0] for row in rows} ^ letters.keys())
            self.world.blame("engine and journal", f"only one of them has {odd} open")
        if process.courier._contents.keys() != letters.keys():
            odd = sorted(process.courier._contents.keys() ^ letters.keys())
            self.world.blame("contents", f"only one of letters and contents has {odd}")
        for letter in letters.values():
            if letter.expires_at < clock.monotonic() - GRACE_SECONDS:
                self.world.blame("past its time", f"{letter.id} is open {letter.state}")

    def conclude(self, relay: SimulatedRelay, plan: Plan, logs: list[dict[str, Any]]) -> Verdict:
        """Judge the whole run."""
        world = self.world
        for log in logs:
            if log["log_level"] in {"error", "critical"} and log["event"] not in EXPECTED_ERRORS:
                world.blame("bug", f"the relay logged: {log}")
        for bug in world.loop.bugs:
            world.blame("bug", f"nobody caught {bug}")
        process = relay.serving
        if process is None or not process.is_idle():
            world.blame("at rest", "the relay does not come to rest")
        else:
            self.compare(process)
        for client in plan.clients:
            for wish in client.wishes:
                if not wish.is_accepted:
                    world.blame("accepted", f"{wish.id} was never answered with 202")
        self._tell_ends(relay, plan.clients)
        verdict = self._check(plan)
        verdict.violations += [Violation(rule, text) for rule, text in world.wrong]
        return verdict

    def _tell_ends(self, relay: SimulatedRelay, clients: list[Client]) -> None:
        """Write down how everything stands at the relay, as it would answer who asks."""
        world = self.world
        cursor = relay.disk.driver.execute("SELECT * FROM delivery ORDER BY recipient, seq")
        names = [column[0] for column in cursor.description]
        asked = {wish.id: wish for client in clients for wish in client.wishes}
        for values in cursor.fetchall():
            row = dict(zip(names, values, strict=True))
            id_, window = row["id"], window_of(row)
            if row["retry_of"] is not None:
                at = next((c.retried[row["retry_of"]] for c in clients if row["retry_of"] in c.retried), None)
                if at is not None:
                    world.tell(Submitted(at=at, id=id_, screen=row["screen_id"], slot=window, source="retry"))
            world.tell(
                Ended(
                    at=world.now,
                    id=id_,
                    state=_state_of(row),
                    screen=row["screen_id"],
                    seq=row["seq"],
                    slot=window,
                    superseded_by=row["superseded_by"],
                    source="relay",
                )
            )
            if row["state"] == "dead":
                world.tell(DeadLetter(at=world.now, id=id_, source="relay"))
            if row["state"] == "expired" and (wish := asked.get(id_)) is not None:
                self._look_at_life(row, wish)

    def _look_at_life(self, row: dict[str, Any], wish: Wish) -> None:
        """Blame an end that came before its time."""
        world = self.world
        clock_was_set = world.clock_was_set_at is not None
        if row["outcome"] is not None and clock_was_set:
            return
        lived_seconds = (row["ended_at"] - row["created_at"]) / 1000
        is_too_short = lived_seconds < wish.life_seconds - 0.01 and not clock_was_set
        if is_too_short or world.now < wish.asked_at + wish.life_seconds:
            world.blame("ended early", f"{row['id']} expired after {lived_seconds} s of {wish.life_seconds}")

    def _check(self, plan: Plan) -> Verdict:
        """Have the checker judge; what a replaced machine painted is judged apart, for it is another one's wall."""
        replaced = {desk.name for desk in plan.replaced}
        history = self.world.history
        if not replaced:
            return _check(history)
        verdict = _check(history)
        verdict.violations = [each for each in verdict.violations if each.rule not in PAINT_RULES]
        for name in sorted({event.source for event in history if isinstance(event, Painted)}):
            own = [
                event
                for event in history
                if not isinstance(event, Painted | Known | BackAgain) or event.source == name
            ]
            for violation in _check(own).violations:
                if violation.rule in PAINT_RULES:
                    verdict.violations.append(replace(violation, text=f"{name}: {violation.text}"))
        return verdict


def _check(history: Iterable[Event]) -> Verdict:
    return check(history, back_within_seconds=AFTERMATH_SECONDS, end_states=ENDS)


def _state_of(row: dict[str, Any]) -> str:
    """Name the end for the checker: `received` is one when it is the last word of a screen that says no more."""
    if row["ended_at"] is None:
        return f"{row['state']} (open)"
    return "received at last" if row["state"] == "received" else str(row["state"])


def fingerprint(history: list[Event]) -> str:
    """Name a history by its content: the same seed must give the same one."""
    return hashlib.sha256("\n".join(map(repr, history)).encode()).hexdigest()

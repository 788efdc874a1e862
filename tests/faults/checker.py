"""Judges the history of a fault run: what must hold for every delivery, whatever was broken in between.

    verdict = check(history, back_within_seconds=15)
    assert not verdict.violations, verdict.describe()

Pure: no clock, no files, no relay. The chaos run, the simulator and the model-based test all ask here.

The rules (DELIVERY.md, section 3), by the names under which violations are reported:

- `missing`: whatever a client holds a 202 for is known to the relay after the faults.
- `one end`: it stands in exactly one end state, and the relay says the same whenever it is asked.
- `one seq`: an id has one seq, whoever tells it; two ids of one screen never share one.
- `gap`: the seqs of a screen leave none out, from 1.
- `painted twice`: an id is painted once. One excuse: the screen's process died between the painting and knowing it, so
  its window is gone; then the next life paints it again, unless something newer of that slot was painted already.
- `painted though known`: what a screen has written down as done it never paints again, in no life.
- `order`: the seqs that a screen paints in a slot only ever rise.
- `unasked`: nothing is painted or known to the relay that nobody asked for, or for another screen or slot.
- `superseded`: only by a larger seq of the same screen and slot, and whoever follows the chain comes to an end.
- `shown`: the relay says `shown` only of what was painted.
- `dead letter`: what is dead is listed among the dead letters.
- `not back`: after every fault each screen is back by itself in time. A fault that was followed by the next one before
  that time was over is excused, and counted.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from faults.history import (
    Accepted,
    BackAgain,
    DeadLetter,
    Ended,
    Event,
    FaultBegan,
    FaultEnded,
    Known,
    Painted,
    Submitted,
)

END_STATES = frozenset({"shown", "failed", "superseded", "expired", "dead", "cancelled"})


@dataclass(frozen=True, slots=True)
class Violation:
    """A broken rule, and the sentence that says where."""

    rule: str
    text: str


@dataclass(slots=True)
class Verdict:
    """What was found. `reshown` and `excused` count what was broken and has its excuse."""

    violations: list[Violation] = field(default_factory=list)
    faults: Counter[str] = field(default_factory=Counter)
    ended: Counter[str] = field(default_factory=Counter)
    submits: int = 0
    accepts: int = 0
    painted: int = 0
    reshown: int = 0
    excused: int = 0
    slowest_back_seconds: float = 0.0

    def describe(self) -> str:
        """Say everything in a few lines; the violations last."""
        kinds = " ".join(f"{kind}={count}" for kind, count in sorted(self.faults.items()))
        ends = " ".join(f"{state}={count}" for state, count in sorted(self.ended.items()))
        lines = [
            (
                f"faults={self.faults.total()} accepts={self.accepts} painted={self.painted} "
                f"violations={len(self.violations)}"
            ),
            f"  faults: {kinds}",
            (
                f"  submits={self.submits} ends: {ends} reshown={self.reshown} excused={self.excused} "
                f"slowest_back={self.slowest_back_seconds:.1f}s"
            ),
        ]
        by_rule = Counter(violation.rule for violation in self.violations)
        lines += [f"  {count} x {rule}" for rule, count in by_rule.most_common()]
        lines += [f"  {violation.rule}: {violation.text}" for violation in self.violations[:40]]
        return "\n".join(lines)


def check(
    history: Iterable[Event],
    *,
    back_within_seconds: float = 15.0,
    gap_free: bool = True,
    end_states: frozenset[str] = END_STATES,
) -> Verdict:
    """Judge a history. `gap_free=False` for one that does not list every delivery of its screens."""
    ordered = sorted(history, key=lambda event: event.at)
    return _Check(ordered, back_within_seconds, gap_free, end_states).verdict


class _Check:
    def __init__(
        self, history: list[Event], bound: float, gap_free: bool, end_states: frozenset[str]
    ) -> None:
        self.history = history
        self.end_states = end_states
        self.bound = bound
        self.verdict = Verdict()
        self.submitted = {event.id: event for event in reversed(history) if isinstance(event, Submitted)}
        self.accepted: defaultdict[str, list[Accepted]] = defaultdict(list)
        self.ended: defaultdict[str, list[Ended]] = defaultdict(list)
        self.painted: defaultdict[str, list[Painted]] = defaultdict(list)
        self.dead_letters: set[str] = set()
        self._sort()
        self._ends()
        self._seqs(gap_free)
        self._paintings()
        self._asked()
        self._chains()
        self._recoveries()

    def _sort(self) -> None:
        for event in self.history:
            match event:
                case Accepted():
                    self.accepted[event.id].append(event)
                case Ended():
                    self.ended[event.id].append(event)
                case Painted():
                    self.painted[event.id].append(event)
                case DeadLetter():
                    self.dead_letters.add(event.id)
                case FaultBegan():
                    self.verdict.faults[event.kind] += 1
                case _:
                    pass
        self.verdict.submits = len(self.submitted)
        self.verdict.accepts = len(self.accepted)
        self.verdict.painted = sum(len(events) for events in self.painted.values())
        self.verdict.ended.update(events[-1].state for events in self.ended.values())

    def _broken(self, rule: str, text: str) -> None:
        self.verdict.violations.append(Violation(rule, text))

    def _ends(self) -> None:
        for id_ in self.accepted.keys() - self.ended.keys():
            self._broken(
                "missing", f"{self._name(id_)} was answered with 202, and the relay does not know it"
            )
        for id_, ends in self.ended.items():
            states = {end.state for end in ends}
            if len(states) > 1:
                self._broken("one end", f"{self._name(id_)} ended as {' and as '.join(sorted(states))}")
            for state in states - self.end_states:
                self._broken("one end", f"{self._name(id_)} never ended; it is still {state}")
            if "shown" in states and id_ not in self.painted:
                self._broken("shown", f"{self._name(id_)} is shown, says the relay; no screen painted it")
            if "dead" in states and id_ not in self.dead_letters:
                self._broken("dead letter", f"{self._name(id_)} is dead and not among the dead letters")

    def _seqs(self, gap_free: bool) -> None:
        told: defaultdict[str, set[int]] = defaultdict(set)
        owners: defaultdict[tuple[str, int], set[str]] = defaultdict(set)
        for id_, screen, seq in self._tellings():
            told[id_].add(seq)
            owners[screen, seq].add(id_)
        for id_, seqs in told.items():
            if len(seqs) > 1:
                self._broken("one seq", f"{self._name(id_)} has the seqs {sorted(seqs)}")
        for (screen, seq), ids in owners.items():
            if len(ids) > 1:
                self._broken("one seq", f"{' and '.join(sorted(ids))} share the seq {seq} of {screen}")
        if gap_free:
            known: defaultdict[str, set[int]] = defaultdict(set)
            for screen, seq in owners:
                known[screen].add(seq)
            for screen, seqs in known.items():
                if gone := sorted(set(range(1, max(seqs) + 1)) - seqs):
                    self._broken("gap", f"{screen} has no delivery with the seqs {gone[:20]}")

    def _tellings(self) -> Iterator[tuple[str, str, int]]:
        for events in (self.accepted, self.ended, self.painted):
            for id_, tellings in events.items():
                for telling in tellings:
                    screen = getattr(telling, "screen", None)
                    if screen is None and id_ in self.submitted:
                        screen = self.submitted[id_].screen
                    if screen is not None:
                        yield id_, screen, telling.seq

    def _paintings(self) -> None:
        known: set[tuple[str, str]] = set()
        newest: dict[tuple[str, str], Painted] = {}
        last: dict[str, Painted] = {}
        for event in self.history:
            if isinstance(event, Known):
                known.add((event.screen, event.id))
            if not isinstance(event, Painted):
                continue
            name, slot = self._name(event.id), (event.screen, event.slot)
            before, first = newest.get(slot), last.get(event.id)
            if (event.screen, event.id) in known:
                self._broken("painted though known", f"{name} was done, and {event.screen} painted it again")
            elif first is not None:
                its_window_died = first.screen == event.screen and event.life > first.life
                if its_window_died and before is first:
                    self.verdict.reshown += 1
                else:
                    lives = f"life {first.life} of {first.screen}, life {event.life} of {event.screen}"
                    self._broken("painted twice", f"{name} was painted again ({lives})")
            if before is not None and event.seq <= before.seq and before.id != event.id:
                self._broken("order", f"{event.screen} painted seq {event.seq} over {before.seq} ({name})")
            if before is None or event.seq >= before.seq:
                newest[slot] = event
            last[event.id] = event

    def _asked(self) -> None:
        for events in (self.painted, self.ended):
            for id_, tellings in events.items():
                asked = self.submitted.get(id_)
                for telling in tellings:
                    if asked is None:
                        self._broken("unasked", f"{id_} was asked for by nobody ({type(telling).__name__})")
                    elif (telling.screen, telling.slot) != (asked.screen, asked.slot):
                        where = f"{telling.screen}/{telling.slot}"
                        self._broken(
                            "unasked", f"{id_} was for {asked.screen}/{asked.slot} and came to {where}"
                        )
                    elif isinstance(telling, Painted) and telling.at < asked.at:
                        self._broken("unasked", f"{id_} was painted before anybody asked for it")

    def _chains(self) -> None:
        for id_, ends in self.ended.items():
            for end in (end for end in ends if end.state == "superseded"):
                by = self.ended.get(end.superseded_by or "")
                if by is None:
                    self._broken(
                        "superseded", f"{self._name(id_)} was superseded by {end.superseded_by or 'nobody'}"
                    )
                    continue
                newer = by[-1]
                if (newer.screen, newer.slot) != (end.screen, end.slot) or newer.seq <= end.seq:
                    told = f"{newer.screen}/{newer.slot} seq {newer.seq}"
                    self._broken("superseded", f"{self._name(id_)} was superseded by {newer.id} of {told}")
                elif self._ends_nowhere(newer):
                    self._broken("superseded", f"{self._name(id_)}: the chain of its successors does not end")

    def _ends_nowhere(self, end: Ended) -> bool:
        seen = {end.id}
        while end.state == "superseded":
            following = self.ended.get(end.superseded_by or "")
            if following is None or following[-1].id in seen:
                return True
            end = following[-1]
            seen.add(end.id)
        return False

    def _recoveries(self) -> None:
        all_screens = {event.screen for event in self.submitted.values()}
        begins = [event.at for event in self.history if isinstance(event, FaultBegan)]
        backs: defaultdict[str, list[float]] = defaultdict(list)
        for event in self.history:
            if isinstance(event, BackAgain):
                backs[event.screen].append(event.at)
        for fault in (event for event in self.history if isinstance(event, FaultEnded)):
            for screen in fault.screens or sorted(all_screens):
                back = min((at for at in backs[screen] if at >= fault.at), default=None)
                if back is not None and back <= fault.at + self.bound:
                    if not any(fault.at <= at <= back for at in begins):  # else nobody watched for it at once
                        slowest = self.verdict.slowest_back_seconds
                        self.verdict.slowest_back_seconds = max(slowest, back - fault.at)
                elif any(fault.at <= at <= fault.at + self.bound for at in begins):
                    self.verdict.excused += 1
                else:
                    took = "not at all" if back is None else f"after {back - fault.at:.1f} s"
                    self._broken(
                        "not back", f"{screen} came back {took} (after {fault.kind} at {fault.at:.3f})"
                    )

    def _name(self, id_: str) -> str:
        asked = self.submitted.get(id_)
        return f"{id_} (by {asked.source or 'somebody'}, for {asked.screen}/{asked.slot})" if asked else id_

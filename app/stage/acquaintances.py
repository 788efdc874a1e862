"""The monitors that this bench has met: each keeps its id for good, whatever it hangs on and wherever it stands.

How it works: `look` names the monitors that are connected, `learn` does the same and remembers what is new about
them, once things have settled. What identity could only guess becomes a question that is asked once; `answer`
settles it. Nothing here is about windows, files or Qt: whoever made this keeps what `keep` is given.

What must always hold: an id never changes hands by itself; what a strong trait has said is not forgotten because an
adapter hides it for a while.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from msgspec import Meta, Struct
from msgspec.structs import replace

from app.stage.displays import Display, Monitor, find, number
from app.stage.identity import recognise
from relay.contract.names import DisplayId

MOST = 32  # more monitors than a bench ever sees; the one that was away longest is forgotten first
_Text = Annotated[str, Meta(max_length=200)]


class Acquaintance(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is remembered of a monitor. `maybe` lists the ids of those that it could be as well: a question."""

    display_id: Annotated[DisplayId, Meta(min_length=1, max_length=200)]
    name: _Text = ""
    edid: _Text = ""
    vendor: _Text = ""
    model: _Text = ""
    serial: _Text = ""
    connector: _Text = ""
    x: int = 0
    y: int = 0
    width: Annotated[int, Meta(ge=0)] = 0
    height: Annotated[int, Meta(ge=0)] = 0
    scale: Annotated[float, Meta(gt=0)] = 1.0
    primary: bool = False
    index: Annotated[int, Meta(ge=0)] = 0
    maybe: tuple[DisplayId, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Which of the connected `candidates` is the monitor that was called `name`? `present`: it is guessed to be one."""

    display_id: DisplayId
    name: str
    index: int  # the number that it had, from 0
    candidates: tuple[Display, ...]
    present: bool


class Acquaintances:
    """Everybody who was met, the latest first."""

    def __init__(
        self,
        known: Sequence[Acquaintance] = (),
        *,
        keep: Callable[[tuple[Acquaintance, ...]], None] = lambda known: None,  # noqa: ARG005 - of the shape
        needed: Callable[[], set[DisplayId]] = set,
    ) -> None:
        """Begin with who was `known`. `keep` is told of every change; whoever is `needed` is never forgotten."""
        self._known = tuple(known)
        self._keep = keep
        self._needed = needed

    @property
    def known(self) -> tuple[Acquaintance, ...]:
        """Everybody who was met, the latest first."""
        return self._known

    def look(self, monitors: Iterable[Monitor]) -> tuple[Display, ...]:
        """Name the connected monitors, and number them."""
        present = list(monitors)
        return number(present, self._names(present, recognise(self._known, present).known))

    def absent(self, displays: Sequence[Display]) -> tuple[Display, ...]:
        """List who was met and is not among these, the latest first, each as it was last seen."""
        here = {display.display_id for display in displays}
        return tuple(_as_display(one) for one in self._known if one.display_id not in here)

    def learn(self, monitors: Iterable[Monitor]) -> tuple[Display, ...]:
        """Name and number the connected monitors, and remember them as they are now."""
        present = list(monitors)
        if not present:
            return ()  # between two states, or a machine that sleeps: nothing to learn
        recognition = recognise(self._known, present)
        names = self._names(present, recognition.known)
        displays = number(present, names)
        before = {one.display_id: one for one in self._known}
        here = {
            names[monitor]: _met(monitor, displays, names[monitor], before.get(names[monitor]))
            for monitor in present
        }
        met = list(here.values())
        away = [one for one in self._known if one.display_id not in here]
        doubts = {
            name: tuple(names[present[place]] for place in places)
            for name, places in recognition.doubts.items()
        }
        strangers = tuple(one.display_id for one in met if one.display_id not in before and not one.primary)
        self._become(
            [_in_doubt(one, doubts) for one in met]
            + [_in_doubt(one, doubts | _replaced(one, strangers, doubts)) for one in away]
        )
        return displays

    def doubts(self, displays: Sequence[Display]) -> tuple[Doubt, ...]:
        """List the open questions that can be answered with the monitors that are connected now."""
        found: list[Doubt] = []
        for one in self._known:
            candidates = tuple(display for display in displays if display.display_id in one.maybe)
            here = find(displays, one.display_id)
            if candidates and candidates != (here,):
                found.append(
                    Doubt(
                        display_id=one.display_id,
                        name=one.name,
                        index=one.index,
                        candidates=candidates,
                        present=here is not None,
                    )
                )
        return tuple(found)

    def answer(self, display_id: DisplayId, chosen: DisplayId | None) -> None:
        """Settle a doubt: `chosen` is that monitor (None: none of them is). The two change their ids."""
        known = {one.display_id: one for one in self._known}
        one = known.get(display_id)
        if one is None:
            return
        settled = {display_id, *one.maybe} if chosen is not None else {display_id}
        if chosen is not None and chosen != display_id and chosen in known:
            known[display_id] = replace(known[chosen], display_id=display_id)
            known[chosen] = replace(one, display_id=chosen)
        self._become(
            replace(each, maybe=()) if each.display_id in settled else each for each in known.values()
        )

    def _names(self, present: list[Monitor], known: Mapping[int, DisplayId]) -> dict[Monitor, DisplayId]:
        plain = {place_of(display): display.display_id for display in number(present)}
        taken = {one.display_id for one in self._known}
        names: dict[Monitor, DisplayId] = {}
        for place, monitor in enumerate(present):
            name = known.get(place) or _free(plain[place_of(monitor)], monitor.connector, taken)
            taken.add(name)
            names[monitor] = name
        return names

    def _become(self, known: Iterable[Acquaintance]) -> None:
        everybody = list(known)
        needed = self._needed()
        for one in reversed(tuple(everybody)):
            if one.display_id not in needed and len(everybody) > MOST:
                everybody.remove(one)
        if tuple(everybody) != self._known:
            self._known = tuple(everybody)
            self._keep(self._known)


def place_of(one: Monitor | Display) -> tuple[str, int, int, int, int]:
    """Tell one connected monitor from another at one moment."""
    return (one.connector, one.x, one.y, one.width, one.height)


def _free(wished: DisplayId, connector: str, taken: set[DisplayId]) -> DisplayId:
    tries = [wished, f"{wished}@{connector}" if connector and "@" not in wished else wished]
    tries += [f"{wished[:190]}#{count}" for count in range(2, len(taken) + 3)]
    return next(DisplayId(each[:200]) for each in tries if each[:200] not in taken)


def _met(
    monitor: Monitor, displays: Sequence[Display], display_id: DisplayId, before: Acquaintance | None
) -> Acquaintance:
    display = next(each for each in displays if each.display_id == display_id)
    # An adapter or a switch may hide for a while what a monitor has said before.
    hidden = (
        before is not None and bool(before.edid or before.serial) and not (monitor.edid or monitor.serial)
    )
    said = before if before is not None and hidden else monitor
    return Acquaintance(
        display_id=display_id,
        name=(said.model or display.name)[:200],
        edid=said.edid,
        vendor=said.vendor[:200],
        model=said.model[:200],
        serial=said.serial[:200],
        connector=monitor.connector[:200],
        x=monitor.x,
        y=monitor.y,
        width=monitor.width,
        height=monitor.height,
        scale=monitor.scale,
        primary=monitor.primary,
        index=display.index,
        maybe=before.maybe if before is not None and display_id in before.maybe else (),
    )


def _in_doubt(one: Acquaintance, doubts: dict[DisplayId, tuple[DisplayId, ...]]) -> Acquaintance:
    return replace(one, maybe=doubts[one.display_id]) if one.display_id in doubts else one


def _replaced(
    one: Acquaintance, strangers: tuple[DisplayId, ...], doubts: dict[DisplayId, tuple[DisplayId, ...]]
) -> dict[DisplayId, tuple[DisplayId, ...]]:
    """Ask whether a new monitor stands in for one that is away."""
    return {one.display_id: strangers} if strangers and one.display_id not in doubts else {}


def _as_display(one: Acquaintance) -> Display:
    return Display(
        display_id=one.display_id,
        index=one.index,
        name=one.name or one.display_id,
        x=one.x,
        y=one.y,
        width=one.width,
        height=one.height,
        scale=one.scale,
        primary=one.primary,
        kin=one.display_id,
        connector=one.connector,
    )

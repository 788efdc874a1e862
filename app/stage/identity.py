"""Who is who: monitors that are remembered and monitors that are connected, brought together.

The evidence, from strong to weak: the EDID's digest; model and serial number; the connector; the place on the
desktop. Who is known by the strong ones is never taken for somebody else by the weak ones. Where several are
equally likely the connector decides; where it cannot, the best guess is used and a doubt is raised, for somebody
at the bench to settle. Pure: nothing here remembers anything.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from relay.contract.names import DisplayId

EDID, SERIAL, CONNECTOR, PLACE = 8, 4, 2, 1


class Traits(Protocol):
    """What a monitor is recognised by; an empty text says nothing. Native pixels."""

    @property
    def edid(self) -> str: ...
    @property
    def vendor(self) -> str: ...
    @property
    def model(self) -> str: ...
    @property
    def serial(self) -> str: ...
    @property
    def connector(self) -> str: ...
    @property
    def x(self) -> int: ...
    @property
    def y(self) -> int: ...
    @property
    def width(self) -> int: ...
    @property
    def height(self) -> int: ...
    @property
    def primary(self) -> bool: ...


class Known(Traits, Protocol):
    """A monitor that is remembered."""

    @property
    def display_id(self) -> DisplayId: ...


@dataclass(frozen=True, kw_only=True)
class Recognition:
    """`known` says which connected monitor (by its place in the list) is which remembered one.

    `doubts` says for a remembered monitor which connected ones it might be as well, the chosen one among them.
    """

    known: Mapping[int, DisplayId] = field(default_factory=dict[int, DisplayId])
    doubts: Mapping[DisplayId, tuple[int, ...]] = field(default_factory=dict[DisplayId, tuple[int, ...]])


def identity_score(one: Traits, other: Traits) -> int | None:
    """Compare what two say of themselves: the strong evidence that they are one monitor, 0 where they say too little,
    None where they cannot be the same.
    """
    if one.edid and one.edid == other.edid:
        return EDID + (SERIAL if one.serial and one.serial == other.serial else 0)
    for mine, its in ((one.vendor, other.vendor), (one.model, other.model), (one.serial, other.serial)):
        if mine and its and mine != its:
            return None
    return (
        SERIAL if one.model and one.serial and one.serial == other.serial and one.model == other.model else 0
    )


def score(one: Traits, other: Traits) -> int:
    """Add up all the evidence that two are one monitor; 0 is none, or evidence against it."""
    identity = identity_score(one, other)
    if identity is None:
        return 0
    same_connector = bool(one.connector) and one.connector == other.connector
    same_place = _place(one) == _place(other)
    return identity + (CONNECTOR if same_connector else 0) + (PLACE if same_place else 0)


def recognise(known: Sequence[Known], present: Sequence[Traits]) -> Recognition:
    """Bring remembered and connected monitors together, each at most once."""
    work = _Work(list(known), dict(enumerate(present)))
    # Who is known by name and where it was is certain; then who is known by name and has no rival.
    work.pair(lambda k, m: _by_name(k, m) and _same_connector(k, m))
    work.settle_by_name()
    # Names are used up: monitors that say nothing of themselves are known by where they are.
    work.pair(lambda k, m: identity_score(k, m) == 0 and _same_connector(k, m))
    work.pair(lambda k, m: _is_mute(k) and _is_mute(m) and _place(k) == _place(m))
    return Recognition(known=work.found, doubts=work.doubts)


class _Work:
    """The monitors that are not brought together yet."""

    def __init__(self, known: list[Known], present: dict[int, Traits]) -> None:
        self.known = known
        self.present = present
        self.found: dict[int, DisplayId] = {}
        self.doubts: dict[DisplayId, tuple[int, ...]] = {}

    def pair(self, fits: "_Fits") -> None:
        """Join every pair that fits, the best evidence first."""
        pairs = [
            (-score(one, monitor), order, place)
            for order, one in enumerate(self.known)
            for place, monitor in self.present.items()
            if fits(one, monitor)
        ]
        known = list(self.known)
        for _, order, place in sorted(pairs):
            if known[order] in self.known and place in self.present:
                self._join(known[order], place)

    def settle_by_name(self) -> None:
        """Join those who are known by name but hang on another connector, and doubt where there are rivals."""
        for kin in self._kins():
            candidates = sorted(
                (place for place, monitor in self.present.items() if _by_name(kin[0], monitor)),
                key=lambda place: (self.present[place].connector, place),
            )
            if not candidates:
                continue
            if len(kin) == len(candidates) == 1:
                self._join(kin[0], candidates[0])
                continue
            for one in kin:
                self.doubts[one.display_id] = tuple(candidates)
            self._guess(kin, candidates)

    def _guess(self, kin: list[Known], candidates: list[int]) -> None:
        """Take equal ones by their place on the desktop, then in the order of their connectors. Whoever was not the
        main screen is never guessed to be it: the worker's own screen is not covered on a guess.
        """
        pairs = [
            (-score(one, self.present[place]), (one.connector, order), rank)
            for order, one in enumerate(kin)
            for rank, place in enumerate(candidates)
            if one.primary or not self.present[place].primary
        ]
        for _, (_, order), rank in sorted(pairs):
            if kin[order] in self.known and candidates[rank] in self.present:
                self._join(kin[order], candidates[rank])

    def _kins(self) -> list[list[Known]]:
        """Group the remembered ones that say the same of themselves."""
        groups: list[list[Known]] = []
        for one in self.known:
            for group in groups:
                if _by_name(group[0], one):
                    group.append(one)
                    break
            else:
                groups.append([one])
        return groups

    def _join(self, one: Known, place: int) -> None:
        self.found[place] = one.display_id
        self.known = [each for each in self.known if each is not one]
        del self.present[place]


class _Fits(Protocol):
    def __call__(self, known: Known, monitor: Traits, /) -> bool: ...


def _by_name(one: Traits, other: Traits) -> bool:
    return bool(identity_score(one, other))


def _same_connector(one: Traits, other: Traits) -> bool:
    return bool(one.connector) and one.connector == other.connector


def _is_mute(one: Traits) -> bool:
    return not one.edid and not (one.model and one.serial)


def _place(one: Traits) -> tuple[int, int, int, int]:
    return (one.x, one.y, one.width, one.height)

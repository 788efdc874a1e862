"""Which monitor is meant: monitors are known by who they are, and a wish finds its monitor or is refused.

A monitor that was met before keeps its id (acquaintances). A new one is named after its model and serial number
where it tells them, else its connector, else its place; two that say the same of themselves get the connector
added. Numbers count from 0, the primary one; the others follow by position, and change when monitors do.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from relay.contract.names import DisplayId, Place
from relay.contract.problems import Code, write_problem
from relay.contract.reports import DisplayInfo
from relay.contract.wording import Language, Wording

_LONGEST_ID = 200  # the contract's limit for a displayId and for a label


class CannotShow(Exception):
    """The content is not visible, for this reason; it becomes an outcome `failed` with this code.

    `values` fill the code's sentence in the problem catalogue. A value that is itself a key of the stage
    catalogue (`stage.what.encrypted`) is worded first, in the language of the reader.
    """

    def __init__(self, code: Code, **values: str | int) -> None:
        """Name the problem and what its sentence needs."""
        super().__init__(f"{code}: {values}" if values else str(code))
        self.code = code
        self.values: dict[str, str | int] = values

    def explain(self, language: Language) -> str:
        """Word the reason for a person."""
        say = Wording(language).say
        worded = {
            key: say(value, **self.values) if isinstance(value, str) and value.startswith("stage.") else value
            for key, value in self.values.items()
        }
        return write_problem(self.code, language, trace_id="", values=worded).detail


# What becomes of a window whose monitor is away: it waits, or the admin named another monitor, by id or by index.
# Only the word `primary`, or index 0, lets it cover the worker's main screen.
Missing = str | int
WAIT, PRIMARY = "wait", "primary"


@dataclass(frozen=True, kw_only=True)
class Monitor:
    """What the platform says of one monitor: its origin on the desktop, its size in native pixels.

    `edid` is a digest, `vendor` three letters; what the platform does not know is an empty text.
    """

    connector: str = ""
    edid: str = ""
    vendor: str = ""
    model: str = ""
    serial: str = ""
    x: int
    y: int
    width: int
    height: int
    scale: float = 1.0
    primary: bool = False


@dataclass(frozen=True, kw_only=True)
class Display:
    """A monitor with its number and its lasting name. `width` and `height` are native pixels, 1.0 of
    `scale` is 96 dpi. Where it is a window's wish, `place` is the part of the monitor that the window takes.
    """

    display_id: DisplayId
    index: int
    name: str
    x: int
    y: int
    width: int
    height: int
    scale: float = 1.0
    primary: bool = False
    kin: str = ""  # what equal monitors share; the id of one that has no twin
    connector: str = ""
    place: Place = "full"

    def info(self) -> DisplayInfo:
        """Describe it for the relay."""
        return DisplayInfo(
            display_id=self.display_id,
            index=self.index,
            name=self.name,
            width=self.width,
            height=self.height,
            scale=self.scale,
            primary=self.primary,
        )


def number(
    monitors: Iterable[Monitor], ids: Mapping[Monitor, DisplayId] | None = None
) -> tuple[Display, ...]:
    """Give every monitor its number and its identity: the one in `ids`, or one made of what it says of itself."""
    ordered = sorted(
        monitors, key=lambda monitor: (not monitor.primary, monitor.x, monitor.y, monitor.connector)
    )
    ids = ids or {}
    kins = [_kin(monitor) for monitor in ordered]
    count = Counter(kins)
    displays: list[Display] = []
    taken: set[str] = set()
    for index, (monitor, kin) in enumerate(zip(ordered, kins, strict=True)):
        display_id = ids.get(monitor) or (kin if count[kin] == 1 else _beside_twins(kin, monitor.connector))
        if display_id in taken:
            display_id = _beside_twins(kin, _place(monitor))
        taken.add(display_id)
        displays.append(
            Display(
                display_id=DisplayId(display_id),
                index=index,
                name=(monitor.model or monitor.connector or f"{monitor.width}x{monitor.height}")[
                    :_LONGEST_ID
                ],
                x=monitor.x,
                y=monitor.y,
                width=monitor.width,
                height=monitor.height,
                scale=monitor.scale,
                primary=monitor.primary,
                kin=kin,
                connector=monitor.connector,
            )
        )
    return tuple(displays)


def choose(
    displays: Sequence[Display],
    *,
    display_id: str | None = None,
    display_index: int | None = None,
    default: int | None = None,
    absent: Sequence[Display] = (),
    seated: Callable[[Display], Display | None] = lambda _wished: None,
) -> Display:
    """Choose the monitor for a wish; the id wins over the index, the index over the bench's own default.

    Without any wish it is the first monitor that is not the primary one: the worker's own screen is never
    covered unless somebody says so. A wish for one of the `absent` monitors is granted when there is a place for it
    meanwhile (`seated`). Raises CannotShow(DISPLAY_NOT_AVAILABLE).
    """
    if display_id is not None:
        refusal = CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.id", displayId=display_id)
        found = find(displays, display_id)
        away = find(absent, display_id)
    elif (wished := display_index if display_index is not None else default) is not None:
        refusal = CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.index", number=wished + 1)
        found, away = _numbered(displays, wished), _numbered(absent, wished)
    else:
        refusal = CannotShow(Code.DISPLAY_NOT_AVAILABLE, wish="stage.wish.second")
        found, away = _beside_the_primary(displays), _beside_the_primary(absent)
    if found is not None:
        return found
    if away is not None and seated(away) is not None:
        return away
    raise refusal


def seat(displays: Sequence[Display], wished: Display, missing: Missing = WAIT) -> Display | None:
    """Tell where what belongs on `wished` is to be now: there, or, while it is away, where the rule says, or nowhere.

    A monitor that the rule names by id, or by an index other than 0, is not taken while it is the primary one.
    """
    for display in displays:
        if display.display_id == wished.display_id:
            return display
    if missing == WAIT:
        return None
    if missing in {PRIMARY, 0}:
        return next((display for display in displays if display.primary), None)
    other = _numbered(displays, missing) if isinstance(missing, int) else find(displays, missing)
    return None if other is None or other.primary else other


def find(displays: Sequence[Display], display_id: str) -> Display | None:
    """Find a monitor by its id, also by the longer id that it had while a twin was connected."""
    for display in displays:
        if display.display_id == display_id:
            return display
    for display in displays:
        if _beside_twins(display.kin, display.connector) == display_id:
            return display
    return None


def _numbered(displays: Sequence[Display], index: int) -> Display | None:
    return next((display for display in displays if display.index == index), None)


def _beside_the_primary(displays: Sequence[Display]) -> Display | None:
    return next((display for display in displays if not display.primary), None)


def _kin(monitor: Monitor) -> str:
    if monitor.model and monitor.serial:
        kin = f"{monitor.model}/{monitor.serial}"
    else:
        kin = monitor.connector or _place(monitor)
    return kin[: _LONGEST_ID // 2]


def _place(monitor: Monitor) -> str:
    return f"{monitor.x},{monitor.y},{monitor.width}x{monitor.height}"


def _beside_twins(kin: str, difference: str) -> str:
    return f"{kin}@{difference}"[:_LONGEST_ID]

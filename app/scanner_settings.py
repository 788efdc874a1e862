"""What can be set about the scanners of a bench, in `benchcast.toml` under `[scanner]`.

[scanner]
suffix = "tab"                  # enter (usual), tab, none, or what the scanner is set to send last
known_prefixes = ["WO-"]        # a scan that does not begin so is tried on the keyboard layouts of the world

[[scanner.serial]]              # a scanner on a serial or USB-COM port; every field narrows the choice
usb = "0c2e:0ca1"               # vendor and product, so that another COM number changes nothing
baud = 115200

[[scanner.evdev]]               # Linux: read the scanner itself, wherever the focus is
name = "*Barcode*"
grab = true                     # its keys reach nothing else

[[scanner.rules]]               # the first that fits decides
pattern = 'JOB-(?P<order>[0-9]{6})'
order = "WO-{order}"

[[scanner.rules]]
gs1 = "400"                     # the application identifier whose value is the order

[[scanner.rules]]
pattern = 'PANIC'
action = "close"
"""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.controls import ControlVerb

ShortText = Annotated[str, Meta(max_length=8)]
UsbId = Annotated[str, Meta(pattern=r"^[0-9A-Fa-f]{4}:[0-9A-Fa-f]{4}$(?!\n)")]
Glob = Annotated[str, Meta(min_length=1, max_length=200)]


class SerialSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A scanner on a serial port. Without `usb`, `serial_number` and `port` it is the first USB port that there is."""

    name: Annotated[str, Meta(max_length=60)] = ""
    usb: UsbId | None = None
    serial_number: Annotated[str, Meta(min_length=1, max_length=100)] | None = None
    port: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    baud: Annotated[int, Meta(ge=300, le=4_000_000)] = 9600
    parity: Literal["none", "even", "odd"] = "none"
    data_bits: Literal[7, 8] = 8
    stop_bits: Literal[1, 2] = 1
    suffix: ShortText = "enter"
    silence_ms: Annotated[int, Meta(ge=20, le=5000)] = 150


class EvdevSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """A scanner that Linux knows as a keyboard, found by USB ids, name (with * and ?) or the device's path."""

    name: Glob | None = None
    usb: UsbId | None = None
    path: Glob | None = None
    grab: bool = True
    suffix: ShortText = "enter"
    layout: Annotated[str, Meta(max_length=20)] = "us"


class RuleSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """What a scan of one form means. `pattern` fits the whole scan; `gs1` names an application identifier."""

    pattern: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    gs1: Annotated[str, Meta(pattern=r"^[0-9]{2,4}$(?!\n)")] | None = None
    order: Annotated[str, Meta(min_length=1, max_length=200)] | None = None
    action: ControlVerb | Literal["ignore"] | None = None
    display: Annotated[int, Meta(ge=1, le=64)] | None = None


class LearnedLayout(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the learn mode found out: a layout of the table, or pairs of what arrives and what is meant."""

    layout: str | None = None
    pairs: tuple[tuple[str, str], ...] = ()
    compensates_caps_lock: bool = False


class ScannerSettings(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """Everything under `[scanner]`. A keyboard wedge is always heard; serial and evdev scanners are named."""

    gap_ms: Annotated[int, Meta(ge=5, le=500)] = 50
    fewest: Annotated[int, Meta(ge=1, le=40)] = 4
    prefix: ShortText = ""
    suffix: ShortText = "enter"
    group_separator: Annotated[str, Meta(max_length=1)] = ""
    known_prefixes: Annotated[
        tuple[Annotated[str, Meta(min_length=1, max_length=40)], ...], Meta(max_length=20)
    ] = ()
    layout: Annotated[str, Meta(max_length=20)] | None = None
    again_within_ms: Annotated[int, Meta(ge=0, le=60_000)] = 2000
    serial: Annotated[tuple[SerialSettings, ...], Meta(max_length=8)] = ()
    evdev: Annotated[tuple[EvdevSettings, ...], Meta(max_length=8)] = ()
    rules: Annotated[tuple[RuleSettings, ...], Meta(max_length=100)] = ()

"""What can be set at a bench: flags, then `BENCHCAST_*` variables, then files; validated once, at the start.

Which source wins over which, and where the files are, is written in `settings_sources`. A value remembers its origin,
so that the settings window can say where it comes from, and who has to be asked to change it.
"""

import os
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated, Literal

import msgspec
import platformdirs
from msgspec import Meta, Struct

from app.scanner_settings import LearnedLayout, ScannerSettings
from app.settings_sources import (
    COMFORT,
    FILE,
    LOCKS,
    NAME,
    BadFile,
    Layer,
    Origin,
    admins_file,
    merge,
    read_layer,
    variables,
)
from relay.contract.codec import Malformed, convert, decode_json, to_json
from relay.contract.names import DisplayIndex
from relay.contract.wording import DEFAULT_LANGUAGE, LANGUAGES, Language, Wording

MIB = 1024 * 1024
VOLUMES = (25, 50, 75, 100)

Volume = Annotated[int, Meta(ge=1, le=100, description="Per cent.")]


class SettingsError(ValueError):
    """The settings do not fit; the message is a sentence for the person who set them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one bench. `origins` tells where each came from; one that is not in it is our own."""

    data: Path
    language: Language
    keyring: Literal["auto", "file"]
    default_display_index: int | None
    missing_monitor: str | int
    pair: str | None
    library_bytes: int
    library_days: int
    island_hours: int
    island_trusts_clock: bool
    log_level: Literal["debug", "info", "warning", "error"]
    muted: bool
    volume: int
    screenshots: bool
    whole_monitor_screenshots: bool
    update_check: bool
    find_relays: bool
    invite_phones: bool
    relay: str | None
    watchdog_seconds: int
    history_days: int
    scanner: ScannerSettings = field(default_factory=ScannerSettings)
    learned_layout: LearnedLayout | None = None
    origins: Mapping[str, Origin] = field(default_factory=dict[str, Origin])

    def origin(self, name: str) -> Origin:
        """Tell where a setting's value came from; `name` is its key in the files."""
        return self.origins.get(name, Origin())

    def is_locked(self, name: str) -> bool:
        """May the window not change it? The language and the sound of an admin's file are only a beginning."""
        return self.origin(name).where in LOCKS and not _is_comfort_of_the_admin(name, self.origin(name))


class _Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand in a file; flags and variables have the same names."""

    data: Annotated[str, Meta(min_length=1)] | None = None
    language: Language | None = None
    keyring: Literal["auto", "file"] = "auto"
    default_display_index: DisplayIndex | None = None
    # Where a window goes while its monitor is away: `wait`, `primary`, or another monitor by its id or index.
    missing_monitor: DisplayIndex | Annotated[str, Meta(min_length=1, max_length=200)] = "wait"
    pair: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    library_mib: Annotated[int, Meta(ge=1, le=1024 * 1024)] = 2048
    # A document that was not used for so long is removed, unless it is due.
    library_days: Annotated[int, Meta(ge=1, le=3650)] = 30
    # Without the relay, a scan shows what was the newest so many hours ago at most; 0: nothing without the relay.
    island_hours: Annotated[int, Meta(ge=0, le=720)] = 8
    # After a restart of the PC, may its own clock say how old a document is? See app/link/island_clock.py.
    island_trusts_clock: bool = False
    log_level: Literal["debug", "info", "warning", "error"] = "info"
    muted: bool = False
    volume: Volume = 100
    # May the relay ask for a picture of what a monitor shows?
    screenshots: bool = True
    # Also of what other programs show there?
    whole_monitor_screenshots: bool = False
    # Ask the own relay, and nobody else, which version of the app it recommends.
    update_check: bool = True
    # While this bench is not paired, look on its own network for relays that announce themselves (multicast DNS).
    find_relays: bool = True
    # While this bench shows nothing, offer it to phones by a QR code; the relay may have forbidden it, too.
    invite_phones: bool = True
    # The relay that an installer or an administrator says this bench is for; pairing begins with it.
    relay: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    # A window that has not moved for so long is started again; 0 leaves it as it is.
    watchdog_seconds: Annotated[int, Meta(ge=0, le=600)] = 20
    history_days: Annotated[int, Meta(ge=1, le=3650)] = 90
    scanner: ScannerSettings = ScannerSettings()


class Choices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the operator chose in the windows; None is no choice, and what the files say holds."""

    language: Language | None = None
    muted: bool | None = None
    volume: Volume | None = None
    default_display_index: DisplayIndex | None = None
    screenshots: bool | None = None
    update_check: bool | None = None
    # What the test of the scanner found out about this machine's keyboard.
    learned_layout: LearnedLayout | None = None
    # Not settings, but things that are said only once.
    knows_the_tray: bool = False
    told_version: str | None = None
    # Where the guide of the first start was left, and whether it shall not come by itself any more.
    guide_step: str | None = None
    guide_done: bool = False


_NUMBERS = (
    "default_display_index",
    "missing_monitor",
    "library_mib",
    "library_days",
    "island_hours",
    "volume",
    "watchdog_seconds",
    "history_days",
)
_SWITCHES = (
    "muted",
    "screenshots",
    "whole_monitor_screenshots",
    "update_check",
    "find_relays",
    "invite_phones",
    "island_trusts_clock",
)
_YES, _NO = frozenset({"1", "true", "yes", "on"}), frozenset({"0", "false", "no", "off"})
_FLAGS = ("pair", "data", "language")


def load_settings(
    arguments: Sequence[str],
    *,
    environ: Mapping[str, str] | None = None,
    config: Path | None = None,
    admins: Path | None = None,
) -> Settings:
    """Merge the sources. Raises SettingsError; `--help` prints and raises SystemExit(0).

    `config` is the user's configuration directory, `admins` the machine-wide file; without them, the platform's.
    """
    environ = os.environ if environ is None else environ
    config = config or Path(platformdirs.user_config_dir(NAME, appauthor=False))
    from_environment = variables(_Given.__struct_fields__, environ)

    def say(key: str, **values: str) -> str:
        return Wording(_language_to_complain_in(arguments, from_environment.values)).say(key, **values)

    flags = Layer(Origin("flag"), _read_flags(arguments, say))
    try:
        ruled = read_layer("admin", admins or admins_file(environ))
        users = read_layer("file", config / FILE)
        data = _data_folder((users, ruled, from_environment, flags))
        beside_data = read_layer("file", data / FILE)
    except BadFile as bad:
        raise SettingsError(_say_bad_file(bad, say)) from bad
    chosen = read_choices(data)
    choices = Layer(Origin("choice"), _chosen(chosen))
    values, origins = merge((users, beside_data, ruled, choices, from_environment, flags))
    for name, value in values.items():
        if isinstance(value, str):
            values[name] = _from_text(name, value)
    try:
        given = convert(values, _Given)
    except Malformed as malformed:
        raise SettingsError(
            say("settings.invalid", name=malformed.field, reason=say(malformed.reason))
        ) from malformed
    return Settings(
        data=data,
        language=given.language or _system_language(environ),
        keyring=given.keyring,
        default_display_index=given.default_display_index,
        missing_monitor=given.missing_monitor,
        pair=given.pair,
        library_bytes=given.library_mib * MIB,
        library_days=given.library_days,
        island_hours=given.island_hours,
        island_trusts_clock=given.island_trusts_clock,
        log_level=given.log_level,
        muted=given.muted,
        volume=given.volume,
        screenshots=given.screenshots,
        whole_monitor_screenshots=given.whole_monitor_screenshots,
        update_check=given.update_check,
        find_relays=given.find_relays,
        invite_phones=given.invite_phones,
        relay=given.relay,
        watchdog_seconds=given.watchdog_seconds,
        history_days=given.history_days,
        scanner=given.scanner,
        learned_layout=chosen.learned_layout,
        origins=origins,
    )


def read_choices(data: Path) -> Choices:
    """Read what the operator chose; whatever cannot be read counts as no choice."""
    try:
        return decode_json((data / "choices.json").read_bytes(), Choices)
    except (OSError, Malformed):
        return Choices()


def keep_choices(data: Path, choices: Choices) -> None:
    """Keep what the operator chose. Raises OSError."""
    draft = data / "choices.json.draft"
    draft.write_bytes(to_json(choices))
    draft.replace(data / "choices.json")


def with_choices(settings: Settings, choices: Choices) -> Settings:
    """Return the settings as the next start would find them after these choices; what is locked stays."""
    changed: dict[str, object] = {}
    origins = dict(settings.origins)
    for name, value in _chosen(choices).items():
        if not settings.is_locked(name) and hasattr(settings, name):
            changed[name] = value
            origins[name] = Origin("choice")
    if choices.default_display_index is None and settings.origin("default_display_index").where == "choice":
        changed["default_display_index"] = None
        del origins["default_display_index"]
    return replace(settings, **changed, origins=origins)


def _chosen(choices: Choices) -> dict[str, object]:
    known = set(_Given.__struct_fields__)
    return {
        name: value
        for name, value in msgspec.structs.asdict(choices).items()
        if name in known and value is not None
    }


def _is_comfort_of_the_admin(name: str, origin: Origin) -> bool:
    return name in COMFORT and origin.where == "admin"


def _data_folder(layers: Sequence[Layer]) -> Path:
    """Find the data directory, which the sources say before its own file is read; the strongest comes last."""
    named = [str(layer.values["data"]) for layer in layers if layer.values.get("data")]
    return _folder(named[-1] if named else "") or Path(platformdirs.user_data_dir(NAME, appauthor=False))


def _from_text(name: str, text: str) -> object:
    """Read what a variable says as a number or a switch, where the setting is one."""
    word = text.strip()
    if name in _NUMBERS and word.lstrip("-").isdecimal():
        return int(word)
    if name in _SWITCHES and word.lower() in _YES | _NO:
        return word.lower() in _YES
    return text


def _say_bad_file(bad: BadFile, say: Callable[..., str]) -> str:
    if bad.reason:
        return say("settings.not_toml", file=str(bad.file), reason=bad.reason)
    return say("settings.unreadable", file=str(bad.file))


def _read_flags(arguments: Sequence[str], say: Callable[..., str]) -> dict[str, object]:
    parser = ArgumentParser(
        prog=NAME,
        description=say("settings.help"),
        allow_abbrev=False,
        add_help=False,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("-h", "--help", action="help", help=say("settings.help.help"))
    for flag, example in (("pair", "LINK"), ("data", "DIR"), ("language", "ko|en")):
        parser.add_argument(f"--{flag}", metavar=example, help=say(f"settings.help.{flag}"))
    for argument, following in zip(arguments, [*arguments[1:], "-"], strict=False):
        # argparse would say it in its own words and language.
        if argument in {"--pair", "--data", "--language"} and following.startswith("-"):
            raise SettingsError(say("settings.no_value", flag=argument))
    read, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        raise SettingsError(say("settings.unknown_flag", flag=unknown[0]))
    return {name: value for name in _FLAGS if (value := getattr(read, name)) is not None}


def _folder(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _language_to_complain_in(arguments: Sequence[str], variables: Mapping[str, object]) -> Language:
    """Find out in which language to say that the settings are wrong, from settings that may be wrong."""
    for place, argument in enumerate(arguments):
        wished = argument.removeprefix("--language=")
        if argument == "--language" and place + 1 < len(arguments):
            wished = arguments[place + 1]
        if wished in LANGUAGES and argument.startswith("--language"):
            return "en" if wished == "en" else "ko"
    wished = str(variables.get("language", ""))
    return ("en" if wished == "en" else "ko") if wished in LANGUAGES else _system_language(os.environ)


def _system_language(environ: Mapping[str, str]) -> Language:
    """Speak English where the machine does; Korean, our users' first language, wherever it says nothing."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), None)
    if named is None:
        import locale

        named = locale.getlocale()[0] or ""
    return "en" if named.lower().startswith("en") else DEFAULT_LANGUAGE

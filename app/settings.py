"""What can be set at a bench: flags, then `BENCHCAST_*` variables, then TOML files; validated once, at the start.

A file `benchcast.toml` may lie in the platform's configuration directory and in the data directory; the latter wins.
What the operator chooses in the window (language, sound) is kept beside the data and wins over everything but flags
and variables.
"""

import locale
import os
import tomllib
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal

import platformdirs
from msgspec import Meta, Struct

from relay.contract.codec import Malformed, convert, decode_json, to_json
from relay.contract.names import DisplayIndex
from relay.contract.wording import DEFAULT_LANGUAGE, LANGUAGES, Language, Wording

NAME = "benchcast"
FILE = "benchcast.toml"
MIB = 1024 * 1024


class SettingsError(ValueError):
    """The settings do not fit; the message is a sentence for the person who set them."""


@dataclass(frozen=True, kw_only=True)
class Settings:
    """The settings of one bench."""

    data: Path
    language: Language
    keyring: Literal["auto", "file"]
    default_display_index: int | None
    pair: str | None
    library_bytes: int
    log_level: Literal["debug", "info", "warning", "error"]
    muted: bool


class _Given(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may stand in a file; flags and variables have the same names."""

    data: Annotated[str, Meta(min_length=1)] | None = None
    language: Language | None = None
    keyring: Literal["auto", "file"] = "auto"
    default_display_index: DisplayIndex | None = None
    pair: Annotated[str, Meta(min_length=1, max_length=4000)] | None = None
    library_mib: Annotated[int, Meta(ge=1, le=1024 * 1024)] = 2048
    log_level: Literal["debug", "info", "warning", "error"] = "info"


class Choices(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the operator chose in the window."""

    language: Language | None = None
    muted: bool = False


_NUMBERS = ("default_display_index", "library_mib")
_FLAGS = ("pair", "data", "language")


def load_settings(
    arguments: Sequence[str], *, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Settings:
    """Merge flags over variables over files. Raises SettingsError; `--help` prints and raises SystemExit(0)."""
    environ = os.environ if environ is None else environ
    config = config or Path(platformdirs.user_config_dir(NAME, appauthor=False))
    variables = {
        field: text
        for field in _Given.__struct_fields__
        if (text := environ.get(f"BENCHCAST_{field.upper()}")) is not None
    }
    wording = Wording(_language_to_complain_in(arguments, variables))
    flags = _read_flags(arguments, wording)
    near: dict[str, object] = {**variables, **flags}
    values = _read_file(config / FILE, wording)
    data = _folder(str(near.get("data") or values.get("data") or "")) or Path(
        platformdirs.user_data_dir(NAME, appauthor=False)
    )
    values |= _read_file(data / FILE, wording)
    values |= near
    for name in _NUMBERS:
        text = values.get(name)
        if isinstance(text, str) and text.strip().lstrip("-").isdecimal():
            values[name] = int(text)
    try:
        given = convert(values, _Given)
    except Malformed as malformed:
        raise SettingsError(
            wording.say("settings.invalid", name=malformed.field, reason=wording.say(malformed.reason))
        ) from malformed
    choices = read_choices(data)
    language = near.get("language") or choices.language or given.language or _system_language(environ)
    return Settings(
        data=data,
        language="en" if language == "en" else "ko",
        keyring=given.keyring,
        default_display_index=given.default_display_index,
        pair=given.pair,
        library_bytes=given.library_mib * MIB,
        log_level=given.log_level,
        muted=choices.muted,
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


def _read_flags(arguments: Sequence[str], wording: Wording) -> dict[str, object]:
    parser = ArgumentParser(
        prog=NAME,
        description=wording.say("settings.help"),
        allow_abbrev=False,
        add_help=False,
        formatter_class=RawDescriptionHelpFormatter,
    )
    parser.add_argument("-h", "--help", action="help", help=wording.say("settings.help.help"))
    for flag, example in (("pair", "LINK"), ("data", "DIR"), ("language", "ko|en")):
        parser.add_argument(f"--{flag}", metavar=example, help=wording.say(f"settings.help.{flag}"))
    for argument, following in zip(arguments, [*arguments[1:], "-"], strict=False):
        # argparse would say it in its own words and language.
        if argument in {"--pair", "--data", "--language"} and following.startswith("-"):
            raise SettingsError(wording.say("settings.no_value", flag=argument))
    read, unknown = parser.parse_known_args(list(arguments))
    if unknown:
        raise SettingsError(wording.say("settings.unknown_flag", flag=unknown[0]))
    return {name: value for name in _FLAGS if (value := getattr(read, name)) is not None}


def _read_file(file: Path, wording: Wording) -> dict[str, object]:
    try:
        return tomllib.loads(file.read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(wording.say("settings.not_toml", file=str(file), reason=str(error))) from error
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(wording.say("settings.unreadable", file=str(file))) from error


def _folder(text: str) -> Path | None:
    return Path(text).expanduser().absolute() if text else None


def _language_to_complain_in(arguments: Sequence[str], variables: Mapping[str, str]) -> Language:
    """Find out in which language to say that the settings are wrong, from settings that may be wrong."""
    for place, argument in enumerate(arguments):
        wished = argument.removeprefix("--language=")
        if argument == "--language" and place + 1 < len(arguments):
            wished = arguments[place + 1]
        if wished in LANGUAGES and argument.startswith("--language"):
            return "en" if wished == "en" else "ko"
    wished = variables.get("language", "")
    return ("en" if wished == "en" else "ko") if wished in LANGUAGES else _system_language(os.environ)


def _system_language(environ: Mapping[str, str]) -> Language:
    """Speak English where the machine does; Korean, our users' first language, wherever it says nothing."""
    named = next((environ[name] for name in ("LC_ALL", "LC_MESSAGES", "LANG") if environ.get(name)), None)
    if named is None:
        named = locale.getlocale()[0] or ""
    return "en" if named.lower().startswith("en") else DEFAULT_LANGUAGE

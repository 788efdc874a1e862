"""Settings that an admin chooses in the console: checked with all others, kept on disk, and in force at once.

How it works: every room was given the same `Settings` at the start and reads those of `CHOSEN_AT_ONCE` when it needs
them. They are changed in that one object here, and nowhere else; all others stay what they were until the next start.

What must always hold: what a flag, a variable or the admin's file says cannot be changed here; what was refused changed
nothing; the file can be read by nobody but the relay, because it may hold the key of an alert receiver.
"""

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec

from relay.settings import (
    CHOSEN,
    CHOSEN_AT_ONCE,
    Given,
    Origin,
    Settings,
    SettingsError,
    convert_settings,
    read_chosen,
)


class FirmSettingError(ValueError):
    """The setting `name` is said elsewhere, or holds from the next start on: it cannot be chosen."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(name)
        self.name = name


class WrongSettingError(ValueError):
    """The value of `name` does not fit; without a name: those given do not fit together."""

    def __init__(self, name: str) -> None:
        """Name it."""
        super().__init__(name)
        self.name = name


class ChosenSettings:
    """The settings of a running relay."""

    def __init__(self, settings: Settings, given: Given | None = None) -> None:
        """Look after these; without `given`, whatever differs from its default counts as said by a flag."""
        if given is None:
            said = {
                name: value
                for name, value in msgspec.structs.asdict(settings).items()
                if value != getattr(DEFAULTS, name)
            }
            given = Given(settings, dict.fromkeys(said, "flag"), None, said)
        self.settings = settings
        self.config = given.config
        self._firm = dict(given.firm)
        self._origins: dict[str, Origin] = dict(given.origins)
        self._path = settings.data / CHOSEN

    def origin(self, name: str) -> Origin:
        """Tell who says what this setting is."""
        return self._origins.get(name, "default")

    def may_choose(self, name: str) -> bool:
        """Tell whether it can be chosen here."""
        return name in CHOSEN_AT_ONCE and name not in self._firm

    def plan(self, values: Mapping[str, object]) -> "Plan":
        """Check a choice of these, None for the default again; nothing is changed yet. Blocks for the disk.

        Raises FirmSettingError and WrongSettingError.
        """
        if firm := [name for name in values if not self.may_choose(name)]:
            raise FirmSettingError(firm[0])
        both = {**read_chosen(self._path), **values}
        chosen = {name: value for name, value in both.items() if value is not None}
        for name in values:
            if name in chosen:
                _require_fit(name, chosen[name])
        try:
            return Plan(chosen, convert_settings(chosen | self._firm))
        except SettingsError as error:
            raise WrongSettingError("") from error

    def carry_out(self, plan: "Plan") -> None:
        """Keep it on disk and have it hold. Blocks. Raises OSError; then nothing was changed."""
        _keep(self._path, plan.chosen)
        for name in CHOSEN_AT_ONCE:
            msgspec.structs.force_setattr(self.settings, name, getattr(plan.settings, name))
            if name not in self._firm:
                self._origins[name] = "chosen" if name in plan.chosen else "default"


@dataclass(frozen=True, slots=True)
class Plan:
    """A choice that fits: everything that is chosen then, and the settings that follow."""

    chosen: Mapping[str, object]
    settings: Settings


DEFAULTS = Settings()


def _require_fit(name: str, value: object) -> None:
    field = next(each for each in msgspec.structs.fields(Settings) if each.name == name)
    try:
        msgspec.convert(value, field.type, strict=True)
    except msgspec.ValidationError as error:
        raise WrongSettingError(name) from error


def _keep(path: Path, chosen: Mapping[str, object]) -> None:
    partial = path.with_suffix(".partial")
    partial.unlink(missing_ok=True)
    descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(chosen, file, ensure_ascii=False, indent=2)
        file.flush()
        os.fsync(file.fileno())
    partial.replace(path)

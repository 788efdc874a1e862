"""What the settings window is told, and what it asks for: facts without words, and callables."""

from collections.abc import Callable
from dataclasses import dataclass

from app.settings import Settings
from app.stage.status import LinkState
from relay.contract.reports import DisplayInfo
from relay.contract.wording import Language


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A value that only an admin's file or a start can change; `key` names its words and the setting's own key."""

    key: str
    value: str  # a number or a path, or, with `is_word`, the key of a word
    is_word: bool = False


@dataclass(frozen=True, kw_only=True)
class SettingsFacts:
    """Everything that the settings window shows."""

    settings: Settings
    displays: tuple[DisplayInfo, ...] = ()
    starts_at_login: bool = False
    link: LinkState = LinkState.UNPAIRED
    screen: str = ""
    relay: str = ""
    kept: str = ""  # the key of the words that say where the credential is
    version: str = ""
    newer: str = ""  # the version that the relay recommends
    newer_note: str = ""
    admins_file: str = ""
    rules: tuple[Rule, ...] = ()


@dataclass(frozen=True, kw_only=True)
class SettingsActions:
    """What the settings window asks for. Each takes effect at once; `show` tells the window what is true then."""

    language: Callable[[Language], None]
    muted: Callable[[bool], None]
    volume: Callable[[int], None]
    try_sound: Callable[[], None]
    display: Callable[[int | None], None]
    identify: Callable[[], None]
    screenshots: Callable[[bool], None]
    update_check: Callable[[bool], None]
    check_now: Callable[[], None]
    starts_at_login: Callable[[bool], None]
    wizard: Callable[[], None] | None  # None where there is none to open
    unpair: Callable[[], None]
    bundle: Callable[[], None]

"""What an admin can set: flags, then `BENCHCAST_*` variables, then a TOML file, then what was chosen in the console.

Everything is validated together, at the start and when something is chosen (`relay.chosen_settings`).
"""

import json
import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal, cast

import msgspec
import platformdirs
from msgspec import Meta

from relay.operation_settings import OperationSettings

MIB = 1024 * 1024


def default_data() -> Path:
    """Return where the data is without a word of the admin's: the user's place for it, or the system's own.

    A service's user has no home, and then says where by `--data`.
    """
    try:
        return Path(platformdirs.user_data_dir("benchcast-relay", appauthor=False))
    except RuntimeError:
        return Path("/var/lib/benchcast-relay")


class Settings(OperationSettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The relay's settings; the name of a field is its key in the TOML file, `BENCHCAST_` + upper case its variable."""

    data: Path = default_data()
    host: str = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535)] = 8440
    name: str = "Benchcast"
    plain_http: bool = False
    # Where benches reach the relay, in the order to try; empty means: found out from host and port.
    addresses: tuple[str, ...] = ()
    # Say on the relay's own networks that it is there (multicast DNS); never on loopback alone.
    announce: bool = True
    # Web pages may be shown from these hosts (`host`, `host:port` or `*.domain`); the relay's own are always allowed.
    url_hosts: tuple[str, ...] = ()
    # Files in this folder that are named after their orders become documents of them; nothing in it is ever changed.
    watched_folder: Path | None = None
    max_upload_bytes: Annotated[int, Meta(ge=1024)] = 100 * MIB
    max_body_bytes: Annotated[int, Meta(ge=1024)] = 1 * MIB
    # How many sign-ins or claims one address may try in a minute.
    attempts_per_minute: Annotated[int, Meta(ge=1)] = 30
    # How many seconds a screen that did not acknowledge is given at its second, third, ... attempt (the first follows
    # the measured round trip); after the last one its line is given up.
    retry_seconds: Annotated[tuple[Annotated[float, Meta(gt=0, le=300)], ...], Meta(max_length=16)] = (
        1.0,
        2.0,
        4.0,
        8.0,
    )
    # How many characters a password that somebody chooses has at least (OWASP ASVS 4.0.3: 12; NIST SP 800-63B: 8 in
    # revision 3, 15 in revision 4 where the password is the only proof).
    password_length: Annotated[int, Meta(ge=8, le=64)] = 12
    # How long, and how many entries of, the audit log is kept.
    audit_days: Annotated[int, Meta(ge=1, le=3650)] = 365
    audit_rows: Annotated[int, Meta(ge=1000)] = 500_000
    log_level: str = "info"
    # The version of the desktop app that benches are told of, and where to get it; empty: none is recommended.
    app_version: Annotated[
        str, Meta(max_length=64, pattern=r"^([0-9]+(\.[0-9]+){0,3}[A-Za-z0-9.+-]{0,20})?$(?!\n)")
    ] = ""
    app_note: Annotated[str, Meta(max_length=200)] = ""
    # What carries the live lines: `fast` is ours, `stock` is python-socketio as it comes, to tell whose a trouble is.
    engine: Literal["fast", "stock"] = "fast"
    # How many clients may open a line in a second; the others are told to come back in a few seconds.
    handshakes_per_second: Annotated[int, Meta(ge=1)] = 2_500
    # How many lines may not have said yet whose they are, in all and from one address, and for how long.
    strangers: Annotated[int, Meta(ge=1)] = 4_096
    strangers_per_address: Annotated[int, Meta(ge=1)] = 1_024
    connect_seconds: Annotated[float, Meta(gt=0)] = 10.0
    # What one client may say: frames, or KiB of larger ones; four seconds' worth at once.
    frames_per_second: Annotated[int, Meta(ge=1)] = 500

    @property
    def is_loopback(self) -> bool:
        """Tell whether only this machine can reach the relay."""
        return self.host in {"127.0.0.1", "localhost", "::1"}

    @property
    def uses_tls(self) -> bool:
        """Tell whether to serve TLS: by default for anything but loopback."""
        return not self.plain_http and not self.is_loopback


class SettingsError(ValueError):
    """The settings do not fit; the message says which one and why."""


Origin = Literal["flag", "variable", "file", "chosen", "default"]
# What was chosen in the console lies in the data directory under this name.
CHOSEN = "settings.json"
# What may be chosen there, and holds at once; the rest is read at the start.
CHOSEN_AT_ONCE = (
    "second_factor", "session_hours", "session_idle_minutes", "url_hosts", "url_private", "app_version", "app_note",
    "backup_hours", "backup_keep", "keep_deliveries_days", "keep_history_days", "alert_webhook", "alert_format",
    "alert_key", "alert_language", "alert_offline_minutes", "alert_dead_letters", "alert_error_percent",
    "alert_disk_free_percent", "alert_certificate_days", "alert_attack_minutes", "alert_refused_sign_ins",
    "alert_limits_hit", "alert_reused_tokens", "alert_refused_calls",
    "privacy_notice", "upload_quota_mib", "upload_quota_files",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Given:
    """The settings, who said each of them, and what is said more strongly than by a choice in the console."""

    settings: Settings
    origins: Mapping[str, Origin]
    config: Path | None = None
    firm: Mapping[str, object] = field(default_factory=dict[str, object])


def load_settings(
    flags: Mapping[str, object], *, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Settings:
    """Merge flags over variables over the TOML file over what was chosen. Raises SettingsError."""
    return read_settings(flags, environ=environ, config=config).settings


def read_settings(
    flags: Mapping[str, object], *, environ: Mapping[str, str] | None = None, config: Path | None = None
) -> Given:
    """Merge as `load_settings` does, and tell where each value is from. Raises SettingsError."""
    environ = os.environ if environ is None else environ
    firm: dict[str, object] = {}
    origins: dict[str, Origin] = {}
    if config is not None:
        try:
            firm.update(tomllib.loads(config.read_text("utf-8")))
        except (OSError, tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            raise SettingsError(f"{config}: {error}") from error
    origins.update(dict.fromkeys(firm, "file"))
    for name in Settings.__struct_fields__:
        if (text := environ.get(f"BENCHCAST_{name.upper()}")) is not None:
            firm[name] = (
                [part.strip() for part in text.split(",") if part.strip()] if _is_list(name) else text
            )
            origins[name] = "variable"
    for name, value in flags.items():
        if value is not None:
            firm[name], origins[name] = value, "flag"
    data = convert_settings(firm).data
    chosen = read_chosen(data / CHOSEN)
    of_chosen: dict[str, Origin] = dict.fromkeys(chosen, "chosen")
    return Given(convert_settings(chosen | firm), of_chosen | origins, config, firm)


def convert_settings(values: Mapping[str, object]) -> Settings:
    """Make settings of plain values. Raises SettingsError."""
    try:
        return msgspec.convert(values, Settings, strict=False, dec_hook=_path)
    except msgspec.ValidationError as error:
        raise SettingsError(str(error)) from error


def read_chosen(path: Path) -> dict[str, object]:
    """Read what was chosen in the console; nothing where there is no such file. Raises SettingsError."""
    try:
        read = cast("object", json.loads(path.read_text("utf-8")))
    except (FileNotFoundError, NotADirectoryError):
        return {}  # whether there can be a data directory at all is found out, and told, by those who use it
    except (OSError, ValueError) as error:
        raise SettingsError(f"{path}: {error}") from error
    if not isinstance(read, dict):
        raise SettingsError(f"{path}: an object was expected")
    # What an older or newer relay knew is left alone.
    values = cast("dict[str, object]", read)
    return {name: values[name] for name in CHOSEN_AT_ONCE if name in values}


def _is_list(name: str) -> bool:
    return name in {"addresses", "url_hosts", "retry_seconds", "trusted_proxies"}


def _path(kind: type, value: object) -> object:
    if kind is Path:
        return Path(str(value)).expanduser()
    raise NotImplementedError(kind)

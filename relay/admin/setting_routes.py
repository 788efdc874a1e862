"""`/api/settings`: what is set and by whom, and what an admin changes while the relay runs."""

import asyncio
import json
from pathlib import Path

import msgspec
from aiohttp import web
from msgspec import inspect

from relay.admin.alerts import Alerts
from relay.chosen_settings import DEFAULTS, ChosenSettings, FirmSettingError, WrongSettingError
from relay.clock import Clock
from relay.contract.operations import AlertTrial, SettingChange, SettingInfo, SettingList, SettingValue
from relay.errors import StorageUnavailableError, invalid
from relay.identity.audit import noting
from relay.settings import Settings
from relay.storage.database import Database
from relay.web.access import caller_of
from relay.web.handler import answer, read_body

# Every setting stands in one group; the page shows them in this order.
GROUPS: dict[str, tuple[str, ...]] = {
    "network": ("host", "port", "addresses", "name", "announce", "plain_http", "trusted_proxies", "proxy_headers"),
    "certificate": ("tls_certificate", "tls_key", "renew_old_certificate", "hsts"),
    "people": (
        "second_factor", "password_length", "session_hours", "session_idle_minutes", "attempts_per_minute",
        "attempts_per_minute_of_address",
    ),
    "phones": ("phone_address", "guests", "guest_hours", "guests_per_screen"),
    "orders": ("watched_folder", "url_hosts", "url_private", "max_upload_bytes", "max_body_bytes"),
    "alerts": (
        "alert_webhook", "alert_format", "alert_key", "alert_language", "alert_offline_minutes", "alert_dead_letters",
        "alert_error_percent", "alert_disk_free_percent", "alert_certificate_days",
        "alert_attack_minutes", "alert_refused_sign_ins", "alert_limits_hit", "alert_reused_tokens",
        "alert_refused_calls",
    ),
    "backup": ("backup_hours", "backup_keep", "backup_folder"),
    "keeping": ("keep_deliveries_days", "keep_history_days", "audit_days", "audit_rows", "privacy_notice"),
    "app": ("app_version", "app_note"),
    "watching": ("log_level", "log_format", "otlp_endpoint", "metrics_open"),
    "limits": (
        "triggers_per_minute", "triggers_per_minute_of_address", "uploads_per_minute", "uploads_per_minute_of_address",
        "upload_quota_mib", "upload_quota_files",
        "handshakes_per_second", "strangers", "strangers_per_address", "connect_seconds", "frames_per_second",
    ),
    "engine": ("data", "retry_seconds", "engine"),
}  # fmt: skip
# Whoever has these can write into the company's chat.
SECRETS = frozenset({"alert_webhook", "alert_key"})


class SettingRoutes:
    """The HTTP face of the settings."""

    def __init__(self, choices: ChosenSettings, alerts: Alerts, database: Database, clock: Clock) -> None:
        """Show and change these; try out that receiver."""
        self._choices = choices
        self._alerts = alerts
        self._database = database
        self._clock = clock
        self._alone = asyncio.Lock()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/settings", self.list),
            web.patch("/api/settings", self.change),
            web.post("/api/settings/alert-trial", self.try_alert),
        ]

    async def list(self, request: web.Request) -> web.Response:
        """Answer all settings."""
        (await caller_of(request)).require_role("admin")
        return answer(self._list())

    async def change(self, request: web.Request) -> web.Response:
        """Change what may be changed; on record before it holds, as it is no matter of the database."""
        (await caller_of(request)).require_role("admin")
        values = (await read_body(request, SettingChange)).values
        note = noting("settings.change", "settings", " ".join(sorted(values)), self._clock)
        async with self._alone:
            try:
                plan = await asyncio.to_thread(self._choices.plan, values)
                await self._database.write(note)
                await asyncio.to_thread(self._choices.carry_out, plan)
            except FirmSettingError as error:
                raise invalid(error.name[:100], "setting_firm") from error
            except WrongSettingError as error:
                raise invalid(
                    error.name or "$", "setting_wrong" if error.name else "setting_apart"
                ) from error
            except OSError as error:
                raise StorageUnavailableError(str(error)) from error
        return answer(self._list())

    async def try_alert(self, request: web.Request) -> web.Response:
        """Send a trial to whoever is told of alerts."""
        (await caller_of(request)).require_role("admin")
        if not self._choices.settings.alerts_go_to:
            raise invalid("alert_webhook", "missing")
        is_taken, heard = await self._alerts.try_out()
        return answer(AlertTrial(is_taken=is_taken, heard=heard))

    def _list(self) -> SettingList:
        described = tuple(self._describe(name, group) for group, names in GROUPS.items() for name in names)
        config = self._choices.config
        return SettingList(
            settings=described,
            data=str(self._choices.settings.data.absolute()),
            config=str(config.absolute()) if config is not None else None,
        )

    def _describe(self, name: str, group: str) -> SettingInfo:
        value, default = getattr(self._choices.settings, name), getattr(DEFAULTS, name)
        is_secret = name in SECRETS
        kind = TYPES[name]
        info = SettingInfo(
            name=name,
            group=group,
            kind="text",
            origin=self._choices.origin(name),
            variable=f"BENCHCAST_{name.upper()}",
            toml=toml_line(name, "..." if is_secret else value),
            value=None if is_secret else _plain(value),
            default=_plain(default),
            is_set=bool(value),
            is_secret=is_secret,
            is_chosen_here=self._choices.may_choose(name),
        )
        match kind:
            case inspect.BoolType():
                return msgspec.structs.replace(info, kind="switch")
            case inspect.IntType() | inspect.FloatType():
                return msgspec.structs.replace(
                    info, kind="number", least=_float(kind.ge), most=_float(kind.le)
                )
            case inspect.LiteralType():
                return msgspec.structs.replace(info, kind="choice", choices=tuple(map(str, kind.values)))
            case inspect.VarTupleType():
                return msgspec.structs.replace(info, kind="list")
            case _:
                return info


def _fields() -> dict[str, inspect.Type]:
    described = inspect.type_info(Settings)
    assert isinstance(described, inspect.StructType)
    return {field.name: field.type for field in described.fields}


TYPES = _fields()


def toml_line(name: str, value: object) -> str:
    """Write a setting as it stands in the admin's file; one without a value as a comment."""
    match value:
        case None:
            return f'# {name} = ""'
        case tuple():
            return f"{name} = [{', '.join(map(_toml, value))}]"
        case _:
            return f"{name} = {_toml(value)}"


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    # A basic string of TOML is written as one of JSON, but for DEL.
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _plain(value: object) -> SettingValue | None:
    match value:
        case None | bool() | int() | float() | str():
            return value
        case tuple():
            return tuple(each if isinstance(each, float) else str(each) for each in value)
        case Path():
            return str(value)
        case _:
            raise TypeError(f"{value!r} is of no kind that a setting has")


def _float(bound: float | None) -> float | None:
    return None if bound is None else float(bound)

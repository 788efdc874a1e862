"""What the relay says about itself: figures, a dashboard, its health in words, and its backups."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Millis

Severity = Literal["warning", "error"]
VerdictTone = Literal["good", "warn", "bad"]
Rate = Annotated[float, Meta(ge=0, le=1, description="A share, 0 to 1.")]
Latency = Annotated[float, Meta(ge=0, description="Milliseconds from accept to paint.")]


class Figures(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/metrics`: the last quarter of an hour; with nothing shown, latencies are 0 and `success_rate` is 1."""

    success_rate: Rate
    error_rate: Rate
    average_latency: Latency
    p95_latency: Latency
    messages_per_minute: Annotated[float, Meta(ge=0)]


class RecentError(Struct, frozen=True, kw_only=True, rename="camel"):
    """A delivery that ended badly; `error` is worded for a person."""

    timestamp: Millis
    screen_id: str
    error: str
    code: str
    severity: Severity


class Dashboard(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/monitoring/dashboard`: the last quarter of an hour.

    `uptime` is seconds; `attacks` is how many signs of an attack there are.
    """

    total_connections: int
    active_screens: int
    messages_per_minute: Annotated[float, Meta(ge=0)]
    average_latency: Latency
    p95_latency: Latency
    error_rate: Rate
    uptime: float
    recent_errors: tuple[RecentError, ...]
    attacks: int = 0


class SeriesPoint(Struct, frozen=True, kw_only=True, rename="camel"):
    """What happened in the time before `at`; latencies are null when nothing was shown."""

    at: Millis
    accepted: int
    shown: int
    failed: int
    connections: int
    p50: Latency | None = None
    p95: Latency | None = None
    p99: Latency | None = None


class Series(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/monitoring/series`: the last quarter of an hour in steps, oldest first, and what it comes to."""

    step_seconds: int
    points: tuple[SeriesPoint, ...]
    p50_latency: Latency | None = None
    p95_latency: Latency | None = None
    p99_latency: Latency | None = None
    dead_letters: int = 0


class Finding(Struct, frozen=True, kw_only=True, rename="camel"):
    """What was looked at, how it is, and, unless that is good, what to do."""

    check: str
    verdict: VerdictTone
    title: str
    detail: str
    action: str = ""


class Condition(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/monitoring/health`: what the relay finds when it examines itself, and what it is made of."""

    ready: bool
    uptime: float
    versions: dict[str, str]
    findings: tuple[Finding, ...]


class BackupInfo(Struct, frozen=True, kw_only=True, rename="camel"):
    """A backup; `size` in bytes, `documents` how many it holds, `version` the relay's that made it."""

    name: str
    size: int
    made_at: Millis
    version: str
    documents: int


class BackupList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/backups`, newest first; `every_hours` is 0 when none is made by itself."""

    folder: str
    every_hours: float
    keep: int
    backups: tuple[BackupInfo, ...]


SettingText = Annotated[str, Meta(max_length=2000)]
SettingValue = (
    bool | int | float | SettingText | Annotated[tuple[SettingText | float, ...], Meta(max_length=200)]
)


class SettingInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A setting: what it is, who says so, and how it is written down; a secret does not come, only whether it is set.

    `is_chosen_here` says that it can be changed while the relay runs, unless somebody says it more firmly; `kind` is
    what it takes, `choices`, `least` and `most` within which bounds.
    """

    name: str
    group: str
    kind: Literal["text", "number", "switch", "choice", "list"]
    origin: Literal["flag", "variable", "file", "chosen", "default"]
    variable: str
    toml: str
    value: SettingValue | None = None
    default: SettingValue | None = None
    is_set: bool = False
    is_secret: bool = False
    is_chosen_here: bool = False
    choices: tuple[str, ...] = ()
    least: float | None = None
    most: float | None = None


class SettingList(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/settings`; `config` is the admin's file, if the relay was started with one."""

    settings: tuple[SettingInfo, ...]
    data: str
    config: str | None = None


class SettingChange(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`PATCH /api/settings`: what shall hold from now on; null for the default again."""

    values: Annotated[dict[str, SettingValue | None], Meta(min_length=1, max_length=100)]


class AlertTrial(Struct, frozen=True, kw_only=True, rename="camel"):
    """`POST /api/settings/alert-trial`: whether the receiver took it, and what was heard from it."""

    is_taken: bool
    heard: str

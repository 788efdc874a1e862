"""Samples of what the relay says about itself: figures, health, backups."""

from msgspec import Struct

from relay.contract.operations import (
    AlertTrial,
    BackupInfo,
    BackupList,
    Condition,
    Dashboard,
    Figures,
    Finding,
    RecentError,
    Series,
    SeriesPoint,
    SettingChange,
    SettingInfo,
    SettingList,
)
from relay.contract.pairing import Entrance, EntranceList

_NOW = 1_764_000_000_000

OPERATION_SAMPLES: dict[str, Struct] = {
    "figures": Figures(
        success_rate=0.99, error_rate=0.01, average_latency=41.5, p95_latency=88.0, messages_per_minute=12.4
    ),
    "dashboard": Dashboard(
        total_connections=14,
        active_screens=12,
        messages_per_minute=12.4,
        average_latency=41.5,
        p95_latency=88.0,
        error_rate=0.01,
        uptime=86_400.5,
        recent_errors=(
            RecentError(
                timestamp=_NOW,
                screen_id="SCREEN-001",
                error="문서를 열 수 없습니다",
                code="DOCUMENT_UNREADABLE",
                severity="error",
            ),
        ),
        attacks=1,
    ),
    "series": Series(
        step_seconds=10,
        points=(
            SeriesPoint(at=_NOW, accepted=3, shown=2, failed=1, connections=14, p50=40.0, p95=88.0, p99=90.0),
            SeriesPoint(at=_NOW + 10_000, accepted=0, shown=0, failed=0, connections=14),
        ),
        p50_latency=40.0,
        p95_latency=88.0,
        p99_latency=90.0,
        dead_letters=1,
    ),
    "condition": Condition(
        ready=True,
        uptime=86_400.5,
        versions={"benchcast": "0.1.0", "python": "3.12.1", "sqlite": "3.51.3", "system": "Linux"},
        findings=(
            Finding(
                check="disk", verdict="good", title="디스크 여유 공간", detail="81.2 GB 남았습니다(40%)."
            ),
            Finding(
                check="backup",
                verdict="warn",
                title="백업",
                detail="백업이 없습니다.",
                action="benchcast-relay backup 명령으로 만드세요.",
            ),
        ),
    ),
    "backup-list": BackupList(
        folder="/var/lib/benchcast-relay/backups",
        every_hours=24.0,
        keep=7,
        backups=(
            BackupInfo(
                name="relay-20251124-160000.benchcast-backup",
                size=1_048_576,
                made_at=_NOW,
                version="0.1.0",
                documents=8,
            ),
        ),
    ),
    "backup": BackupInfo(
        name="relay-20251124-160000.benchcast-backup",
        size=1_048_576,
        made_at=_NOW,
        version="0.1.0",
        documents=8,
    ),
    "setting-list": SettingList(
        data="/var/lib/benchcast-relay",
        config="/etc/benchcast/relay.toml",
        settings=(
            SettingInfo(
                name="alert_key",
                group="alerts",
                kind="text",
                origin="file",
                variable="BENCHCAST_ALERT_KEY",
                toml='alert_key = "..."',
                is_set=True,
                is_secret=True,
            ),
            SettingInfo(
                name="backup_keep",
                group="backup",
                kind="number",
                origin="chosen",
                variable="BENCHCAST_BACKUP_KEEP",
                toml="backup_keep = 14",
                value=14,
                default=7,
                is_set=True,
                is_chosen_here=True,
                least=1.0,
                most=1000.0,
            ),
            SettingInfo(
                name="proxy_headers",
                group="network",
                kind="choice",
                origin="default",
                variable="BENCHCAST_PROXY_HEADERS",
                toml='proxy_headers = "x-forwarded"',
                value="x-forwarded",
                default="x-forwarded",
                is_set=True,
                choices=("forwarded", "x-forwarded"),
            ),
        ),
    ),
    "setting-change": SettingChange(
        values={"url_hosts": ("erp.plant",), "backup_keep": 14, "url_private": True, "alert_webhook": None}
    ),
    "entrance-list": EntranceList(
        entrances=(Entrance(kind="screen", url="https://192.168.0.10:8440/screen/", qr_svg="<svg/>"),)
    ),
    "alert-trial": AlertTrial(is_taken=True, heard="HTTP 200"),
}

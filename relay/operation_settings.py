"""What an admin can set about operations: what is watched, who is told, what is kept and for how long."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta

from relay.security_settings import SecuritySettings

AlertFormat = Literal["json", "slack", "pagerduty"]
Days = Annotated[int, Meta(ge=1, le=36_500)]
HttpUrl = Annotated[str, Meta(max_length=2000, pattern=r"^(https?://[^\s/?#]+[^\s]*)?$(?!\n)")]
PAGERDUTY = "https://events.pagerduty.com/v2/enqueue"


class OperationSettings(SecuritySettings, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The part of `relay.settings.Settings` that is about operations; everything has a value that does no harm."""

    # `json` writes one JSON object a line, for a collector.
    log_format: Literal["text", "json"] = "text"
    # Where traces go (OTLP over HTTP, such as http://collector:4318); needs `benchcast[otel]`. Empty: nowhere.
    otlp_endpoint: HttpUrl = ""
    # Give /metrics to anybody; otherwise to this machine, to people, and to tokens of scope `metrics`.
    metrics_open: bool = False

    # A backup by itself every so many hours (0: never), the newest so many kept, in this folder (else data/backups).
    backup_hours: Annotated[float, Meta(ge=0, le=8760)] = 0.0
    backup_keep: Annotated[int, Meta(ge=1, le=1000)] = 7
    backup_folder: str = ""

    # Deliveries that have ended are forgotten after so many days; their step-by-step history earlier, if so set.
    keep_deliveries_days: Days = 365
    keep_history_days: Days = 365

    # What people are told is kept about them, a paragraph a line; empty: our own words, with the periods that are set.
    privacy_notice: Annotated[str, Meta(max_length=2000)] = ""

    # Where alerts go, and in whose form. PagerDuty's (events v2) needs its integration key; the address may stay empty.
    alert_webhook: HttpUrl = ""
    alert_format: AlertFormat = "json"
    alert_key: Annotated[str, Meta(max_length=200)] = ""
    alert_language: Literal["ko", "en"] = "ko"
    # What is worth an alert; 0 turns one off.
    alert_offline_minutes: Annotated[float, Meta(ge=0)] = 10.0
    alert_dead_letters: Annotated[int, Meta(ge=0)] = 10
    alert_error_percent: Annotated[float, Meta(ge=0, le=100)] = 20.0
    alert_disk_free_percent: Annotated[float, Meta(ge=0, le=100)] = 10.0
    alert_certificate_days: Annotated[int, Meta(ge=0)] = 21
    # Signs of an attack: in so many minutes, so many refused sign-ins, limits on guessing that were hit, refresh tokens
    # that came twice, and refused calls of one caller.
    alert_attack_minutes: Annotated[float, Meta(gt=0, le=1440)] = 10.0
    alert_refused_sign_ins: Annotated[int, Meta(ge=0)] = 50
    alert_limits_hit: Annotated[int, Meta(ge=0)] = 50
    alert_reused_tokens: Annotated[int, Meta(ge=0)] = 1
    alert_refused_calls: Annotated[int, Meta(ge=0)] = 200

    def __post_init__(self) -> None:
        """Refuse what does not fit together; msgspec words it as the validation error that the admin reads."""
        super().__post_init__()
        if self.alert_format == "pagerduty" and not self.alert_key:
            raise ValueError("alert_format is pagerduty, so alert_key (the integration key) has to be set")
        if self.alert_key and self.alert_format != "pagerduty":
            raise ValueError("alert_key is PagerDuty's integration key, and alert_format is not pagerduty")

    @property
    def alerts_go_to(self) -> str:
        """Return the address that alerts are posted to, empty when there is none."""
        return self.alert_webhook or (PAGERDUTY if self.alert_format == "pagerduty" else "")

    def backups_in(self, data: Path) -> Path:
        """Return the folder of the backups that the relay makes."""
        return Path(self.backup_folder).expanduser() if self.backup_folder else data / "backups"

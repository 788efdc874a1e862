"""The HTTP calls about operations: figures, health, backups."""

from relay.contract.call import Call
from relay.contract.operations import (
    AlertTrial,
    BackupInfo,
    BackupList,
    Condition,
    Dashboard,
    Figures,
    Series,
    SettingChange,
    SettingList,
)

OPERATION_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/metrics",
        "Everything that is counted, as Prometheus reads it; from elsewhere with a token (scope `metrics`).",
        "anybody",
        {200: None},
    ),
    Call(
        "GET", "/api/metrics", "Rates and latencies of the last quarter of an hour.", "viewer", {200: Figures}
    ),
    Call(
        "GET", "/api/monitoring/dashboard", "How things stand, and recent errors.", "viewer", {200: Dashboard}
    ),
    Call(
        "GET", "/api/monitoring/series", "The last quarter of an hour, step by step.", "viewer", {200: Series}
    ),
    Call("GET", "/api/monitoring/health", "What the relay finds about itself.", "admin", {200: Condition}),
    Call("GET", "/api/backups", "List the backups.", "admin", {200: BackupList}),
    Call("POST", "/api/backups", "Make a backup now.", "admin", {201: BackupInfo}),
    Call("GET", "/api/backups/{name}", "A backup; it holds every secret.", "admin", {200: None, 206: None}),
    Call("DELETE", "/api/backups/{name}", "Remove a backup.", "admin", {204: None}),
    Call(
        "GET", "/api/settings", "What is set, by whom, and what may be changed.", "admin", {200: SettingList}
    ),
    Call(
        "PATCH",
        "/api/settings",
        "Change settings that hold at once.",
        "admin",
        {200: SettingList},
        SettingChange,
    ),
    Call(
        "POST",
        "/api/settings/alert-trial",
        "Send the receiver of alerts a message that says that it is a trial.",
        "admin",
        {200: AlertTrial},
    ),
)

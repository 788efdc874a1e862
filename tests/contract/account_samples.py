"""Samples of what an admin sees and changes of people, programs, groups of screens, and of the audit log."""

from msgspec import Struct

from relay.contract.audit import AuditEntry, AuditPage

NOW = 1_760_000_000_000

ACCOUNT_SAMPLES: dict[str, Struct] = {
    "audit-page": AuditPage(
        entries=(
            AuditEntry(
                id=42,
                at=NOW,
                actor="user:반장",
                address="192.168.0.31",
                action="screen.change",
                outcome="done",
                target_kind="screen",
                target="SCREEN-001",
                detail="2번 작업대",
            ),
            AuditEntry(
                id=41,
                at=NOW,
                actor="anybody",
                address="192.168.0.77",
                action="auth.sign_in",
                outcome="SIGN_IN_FAILED",
            ),
        ),
        next="41",
    ),
}

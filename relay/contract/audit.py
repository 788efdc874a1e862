"""The audit log as it is read: who did what to what, when, from which address, and whether it was granted."""

from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.names import Millis


class AuditEntry(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One deed. `outcome` is `done`, or the code with which it was refused; `target` is what it was done to.

    `actor` is `user:NAME`, `screen:ID`, `api:TOKEN NAME`, `anybody` before a sign-in, or `relay`.
    """

    id: Annotated[int, Meta(ge=1)]
    at: Millis
    actor: str
    address: str
    action: str
    outcome: str
    target_kind: str = ""
    target: str = ""
    detail: str = ""


class AuditPage(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/audit`: newest first; `next` is the cursor of the older ones."""

    entries: tuple[AuditEntry, ...]
    next: str | None = None

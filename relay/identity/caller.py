"""A caller is whoever a valid access token stands for; permissions are read from it and from nowhere else."""

from dataclasses import dataclass
from typing import Literal

from relay.contract.identity import ROLES, Role, UserInfo
from relay.contract.problems import Code
from relay.errors import Refusal

Kind = Literal["user", "screen", "api"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is the user's, the screen's id, or the API token's name; `scopes` are such as `trigger:SCREEN-001`."""

    kind: Kind
    name: str
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    token_id: str = ""
    expires_at_ms: int = 0
    session_id: str | None = None

    @property
    def subject(self) -> str:
        """Name the caller unmistakably, as the journal and the audit keep it."""
        return f"{self.kind}:{self.name}"

    def info(self) -> UserInfo:
        """Describe the person. Only for a caller with a role."""
        assert self.role is not None, "programs and screens are no persons"
        return UserInfo(name=self.name, role=self.role)

    def has_role(self, least: Role) -> bool:
        """Tell whether this is a person of that role or a higher one."""
        return self.role is not None and ROLES.index(self.role) <= ROLES.index(least)

    def require_role(self, least: Role) -> None:
        """Raise FORBIDDEN unless this is a person (or local admin) of that role or a higher one."""
        if not self.has_role(least):
            raise Refusal(Code.FORBIDDEN)

    def may_trigger(self, screen_id: str) -> bool:
        """Tell whether this caller may put something on that screen: operators any, a screen only its own."""
        if self.kind == "screen":
            return self.name.casefold() == screen_id.casefold()
        return self.has_role("operator") or bool(
            self.scopes & {f"trigger:{screen_id}", "trigger:*", f"trigger:{screen_id.casefold()}"}
        )

    def may_view(self, screen_id: str) -> bool:
        """Tell whether this caller may see what that screen shows and was sent."""
        return self.has_role("viewer") or self.may_trigger(screen_id)

    def may_read_documents(self) -> bool:
        """Tell whether this caller may open order documents: people, and screens, which have to show them."""
        return self.kind == "screen" or self.has_role("viewer")

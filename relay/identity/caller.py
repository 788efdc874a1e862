"""A caller is whoever a valid access token stands for; permissions are read from it and from nowhere else."""

from dataclasses import dataclass
from typing import Literal

from relay.contract.identity import ROLES, Role, UserInfo
from relay.contract.problems import Code
from relay.contract.second_factor import SecondFactorDemand
from relay.errors import Refusal
from relay.identity.rights import Level, Rights
from relay.identity.session_terms import PageSession
from relay.identity.spelling import name_key

Kind = Literal["user", "screen", "api", "guest"]


@dataclass(frozen=True, slots=True)
class Caller:
    """`name` is the user's, the screen's id, the API token's name, or what the guest of a screen is called.

    `scopes` are what an API token was made for; `screen_id` is a guest's one screen, as it was added.
    """

    kind: Kind
    name: str
    role: Role | None = None
    scopes: frozenset[str] = frozenset()
    # None for whoever has no permissions of their own: the role decides.
    rights: Rights | None = None
    token_id: str = ""
    expires_at_ms: int = 0
    session_id: str | None = None
    screen_id: str | None = None
    # Whether a person has one set up; they signed in with it then.
    has_second_factor: bool = False
    # Of a person in a browser.
    page: PageSession | None = None

    @property
    def is_guest(self) -> bool:
        """Tell whether this is a phone that joined one screen: it sees what is there now, and what it sent itself."""
        return self.kind == "guest"

    @property
    def subject(self) -> str:
        """Name the caller unmistakably, as the journal and the audit keep it."""
        return f"{self.kind}:{self.name}"

    def lacks_factor(self, demand: SecondFactorDemand) -> bool:
        """Tell whether this is a person who has to set up a second factor before anything else."""
        if self.kind != "user" or self.has_second_factor:
            return False
        match demand:
            case "optional":
                return False
            case "admins":
                return self.has_role("admin")
            case "everybody":
                return True

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

    def may(self, screen_id: str, least: Level) -> bool:
        """Decide about one screen: the only place that does.

        A screen sees and triggers on itself. An admin may everything. Whoever has permissions of their own has those
        and no others; anybody else has what the role gives at every screen.
        """
        if self.kind == "screen":
            return least != "admin" and self.name.casefold() == screen_id.casefold()
        if self.has_role("admin"):
            return True
        if self.rights is not None:
            return self.rights.allow(screen_id, least)
        match least:
            case "view":
                return self.has_role("viewer")
            case "trigger":
                return self.has_role("operator")
            case "admin":
                return False

    def may_trigger(self, screen_id: str) -> bool:
        """Tell whether this caller may put something on that screen."""
        return self.may(screen_id, "trigger")

    def may_view(self, screen_id: str) -> bool:
        """Tell whether this caller may see what that screen shows and was sent."""
        return self.may(screen_id, "view")

    def may_see_delivery(self, screen_id: str, sender: str) -> bool:
        """Tell whether this caller may see one delivery: a guest its own alone."""
        return sender == self.subject or (not self.is_guest and self.may_view(screen_id))

    def require_member(self) -> None:
        """Raise FORBIDDEN for a guest: what was and what is to come at a screen is not a guest's."""
        if self.is_guest:
            raise Refusal(Code.FORBIDDEN)

    def may_administer(self, screen_id: str) -> bool:
        """Tell whether this caller may rename that screen, pair it, and say what is due there."""
        return self.may(screen_id, "admin")

    def require(self, screen_id: str, least: Level) -> None:
        """Raise FORBIDDEN unless this caller reaches that level at the screen."""
        if not self.may(screen_id, least):
            raise Refusal(Code.FORBIDDEN)

    @property
    def views_all(self) -> bool:
        """Tell whether this caller may see every screen, also those that are yet to come."""
        if self.kind == "screen":
            return False
        if self.rights is None or self.has_role("admin"):
            return self.has_role("viewer")
        return self.rights.everywhere > 0

    @property
    def viewed_keys(self) -> frozenset[str]:
        """Return the keys of the single screens that this caller may see."""
        if self.kind == "screen":
            return frozenset({name_key(self.name)})
        return frozenset(self.rights.screens) if self.rights is not None else frozenset()

    def may_read_documents(self) -> bool:
        """Tell whether this caller may open order documents: people, and screens, which have to show them."""
        return self.kind == "screen" or self.has_role("viewer")

"""What the relay knows of one person, as a file to take along, and what people are told about what is kept."""

from msgspec import Struct

from relay.contract.audit import AuditEntry
from relay.contract.identity import Role
from relay.contract.names import Millis
from relay.contract.own_account import Notice, OwnSession, PastSignIn


class PersonDelivery(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """Something that the person had shown on a screen."""

    id: str
    at: Millis
    screen_id: str
    command: str
    state: str
    order_id: str | None = None


class PersonalData(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/users/{name}/data`. Of deeds and deliveries the newest 10,000 of `deeds_in_all`, `deliveries_in_all`.

    Secrets do not come: of the password, the second factor and the sessions only that they are there. `deeds` are what
    the person did, and what others did to the account; both go by the name that it has now.
    """

    relay: str
    at: Millis
    name: str
    role: Role
    created_at: Millis
    restricted: bool
    permissions: tuple[str, ...]
    sessions: tuple[OwnSession, ...]
    notices: tuple[Notice, ...]
    deeds: tuple[AuditEntry, ...]
    deeds_in_all: int
    deliveries: tuple[PersonDelivery, ...]
    deliveries_in_all: int
    tokens_made: tuple[str, ...]
    second_factor_since: Millis | None = None
    recovery_codes_left: int = 0
    last_sign_in: PastSignIn | None = None
    sign_in_before: PastSignIn | None = None


class PrivacyNotice(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/privacy`: what is kept about people, for how long and for whom, in paragraphs."""

    title: str
    paragraphs: tuple[str, ...]

"""Where orders come from beside this relay: an ERP asked over HTTP or SQL, and a watched folder; as it travels."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Millis, WireOrderId, WireUrl

Name = Annotated[str, Meta(min_length=1, max_length=80)]
Path = Annotated[str, Meta(max_length=300)]
HostPattern = Annotated[str, Meta(min_length=1, max_length=255, pattern=r"^[^\s/\\@]+$(?!\n)")]
Hosts = Annotated[tuple[HostPattern, ...], Meta(max_length=50)]
AuthKind = Literal["none", "basic", "bearer", "header"]


class HttpSource(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`url_template` holds `{orderId}`. The paths are dotted (`data.items[0].url`) into the JSON of the answer.

    An empty `document_path` means that the answer itself is the document. `hosts` are allowed beside the template's
    own; the secret is sent to the template's own origin alone.
    """

    url_template: WireUrl
    document_path: Path = ""
    title_path: Path = ""
    revision_path: Path = ""
    customer_path: Path = ""
    due_date_path: Path = ""
    auth: AuthKind = "none"
    username: Annotated[str, Meta(max_length=200)] = ""
    header_name: Annotated[str, Meta(max_length=100, pattern=r"^[A-Za-z0-9-]*$(?!\n)")] = ""
    hosts: Hosts = ()
    allow_private: bool = False


class SqlSource(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`url` is SQLAlchemy's (`sqlite:////path`, `postgresql://user@host/name`), without the password: the secret is it.

    `query` is one SELECT with `:orderId` whose columns are called `url` or `path`, and `title`, `revision`, `customer`,
    `due_date` where there are such. Paths lie within `folder`.
    """

    url: Annotated[str, Meta(min_length=10, max_length=1000)]
    query: Annotated[str, Meta(min_length=6, max_length=10_000)]
    folder: Annotated[str, Meta(max_length=1000)] = ""
    hosts: Hosts = ()
    allow_private: bool = False


class SourceDraft(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/sources` and `PUT /api/sources/{sourceId}`: exactly one of `http` and `sql`.

    An absent `secret` keeps what is there, an empty one takes it away.
    """

    name: Name
    http: HttpSource | None = None
    sql: SqlSource | None = None
    is_enabled: bool = True
    cache_seconds: Annotated[int, Meta(ge=0, le=86_400)] = 300
    timeout_ms: Annotated[int, Meta(ge=200, le=30_000)] = 3_000
    secret: Annotated[str, Meta(max_length=4_000)] | None = None


class SourceInfo(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A source and how it does; its secret is never told again. `detail` says why it failed last."""

    source_id: str
    name: str
    is_enabled: bool
    cache_seconds: int
    timeout_ms: int
    has_secret: bool
    orders: int
    http: HttpSource | None = None
    sql: SqlSource | None = None
    is_resting: bool = False
    answered_at: Millis | None = None
    failed_at: Millis | None = None
    detail: str | None = None


class SourceList(Struct, frozen=True, kw_only=True, rename="camel"):
    """`GET /api/sources`, in the order in which they are asked."""

    sources: tuple[SourceInfo, ...]


class SourceOrder(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`PUT /api/sources`: the order in which they are asked; all of them, each once."""

    source_ids: Annotated[tuple[str, ...], Meta(max_length=100)]


class SourceQuestion(Struct, frozen=True, kw_only=True, rename="camel", forbid_unknown_fields=True):
    """`POST /api/sources/{sourceId}/try`."""

    order_id: WireOrderId


class TrialStep(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One step of a trial, in words; `ms` counts from its beginning."""

    title: str
    ok: bool
    ms: int
    detail: str = ""


class SourceTrial(Struct, frozen=True, kw_only=True, rename="camel"):
    """What a source says about an order; nothing of it is kept."""

    found: bool
    steps: tuple[TrialStep, ...]


class WatchedFile(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """A file of the watched folder: `waiting` until it is quiet, `filed` under its order, or `failed` and why."""

    name: str
    state: Literal["waiting", "filed", "failed"]
    order_id: str | None = None
    at: Millis | None = None
    code: str | None = None
    detail: str | None = None


class WatchedFolder(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/watched-folder`; `path` is absent where none is watched, `problem` says why it cannot be read."""

    filed: int
    files: tuple[WatchedFile, ...]
    path: str | None = None
    problem: str | None = None

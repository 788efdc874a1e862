"""Every refusal has one code, one HTTP status and one sentence in each language.

The codes are CONTRACT.md's; the sentences live in resources/i18n/<language>/problems.json, and a test holds both
together.
"""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

from relay.contract.wording import Language, Wording


class Code(StrEnum):
    """The vocabulary of refusals; the value is what travels."""

    # The brief's.
    CONNECTION_TIMEOUT = "CONNECTION_TIMEOUT"
    CONNECTION_REFUSED = "CONNECTION_REFUSED"
    TOKEN_EXPIRED = "TOKEN_EXPIRED"  # noqa: S105 - a code, not a password
    TOKEN_INVALID = "TOKEN_INVALID"  # noqa: S105 - a code, not a password
    ORDER_NOT_FOUND = "ORDER_NOT_FOUND"
    ORDER_OUT_OF_STOCK = "ORDER_OUT_OF_STOCK"
    DISPLAY_NOT_AVAILABLE = "DISPLAY_NOT_AVAILABLE"
    DISPLAY_PERMISSION_DENIED = "DISPLAY_PERMISSION_DENIED"
    VALIDATION_ERROR = "VALIDATION_ERROR"
    INTERNAL_ERROR = "INTERNAL_ERROR"
    # The contract's own.
    SCREEN_NOT_FOUND = "SCREEN_NOT_FOUND"
    SCREEN_OFFLINE = "SCREEN_OFFLINE"
    SCREEN_UNHEALTHY = "SCREEN_UNHEALTHY"
    FORBIDDEN = "FORBIDDEN"
    RATE_LIMITED = "RATE_LIMITED"
    CLOCK_SKEW = "CLOCK_SKEW"
    IDEMPOTENCY_MISMATCH = "IDEMPOTENCY_MISMATCH"
    PAIRING_INVALID = "PAIRING_INVALID"
    PAIRING_EXPIRED = "PAIRING_EXPIRED"
    AUTHORIZATION_PENDING = "AUTHORIZATION_PENDING"
    SLOW_DOWN = "SLOW_DOWN"
    ORDER_SOURCE_UNAVAILABLE = "ORDER_SOURCE_UNAVAILABLE"
    DOCUMENT_NOT_FOUND = "DOCUMENT_NOT_FOUND"
    DOCUMENT_UNREADABLE = "DOCUMENT_UNREADABLE"
    DOCUMENT_TOO_LARGE = "DOCUMENT_TOO_LARGE"
    UPLOAD_QUOTA_REACHED = "UPLOAD_QUOTA_REACHED"
    URL_NOT_ALLOWED = "URL_NOT_ALLOWED"
    SUPERSEDED = "SUPERSEDED"
    EXPIRED = "EXPIRED"
    UNSUPPORTED = "UNSUPPORTED"
    # Where the contract was silent.
    SIGN_IN_FAILED = "SIGN_IN_FAILED"
    SECOND_FACTOR_NEEDED = "SECOND_FACTOR_NEEDED"
    SECOND_FACTOR_WRONG = "SECOND_FACTOR_WRONG"
    SECOND_FACTOR_USED = "SECOND_FACTOR_USED"
    SECOND_FACTOR_MISSING = "SECOND_FACTOR_MISSING"
    REAUTHENTICATION_NEEDED = "REAUTHENTICATION_NEEDED"
    NOT_FOUND = "NOT_FOUND"
    METHOD_NOT_ALLOWED = "METHOD_NOT_ALLOWED"
    ALREADY_EXISTS = "ALREADY_EXISTS"
    DELIVERY_NOT_FOUND = "DELIVERY_NOT_FOUND"
    ALREADY_ENDED = "ALREADY_ENDED"
    RELAY_UNAVAILABLE = "RELAY_UNAVAILABLE"
    TOO_MANY_WINDOWS = "TOO_MANY_WINDOWS"
    SCREENSHOT_NOT_ALLOWED = "SCREENSHOT_NOT_ALLOWED"
    SCREENSHOT_NOT_FOUND = "SCREENSHOT_NOT_FOUND"
    PAIRING_USED = "PAIRING_USED"
    PAIRING_DENIED = "PAIRING_DENIED"
    SCREEN_PAIRED = "SCREEN_PAIRED"
    CERTIFICATE_MISMATCH = "CERTIFICATE_MISMATCH"
    CSRF_FAILED = "CSRF_FAILED"
    LINE_ENDED = "LINE_ENDED"
    USER_NOT_FOUND = "USER_NOT_FOUND"
    LAST_ADMIN = "LAST_ADMIN"
    WELCOME_ENDED = "WELCOME_ENDED"
    JOIN_INVALID = "JOIN_INVALID"
    JOIN_EXPIRED = "JOIN_EXPIRED"
    JOIN_FULL = "JOIN_FULL"
    GUESTS_NOT_ALLOWED = "GUESTS_NOT_ALLOWED"
    GUEST_NOT_FOUND = "GUEST_NOT_FOUND"


STATUS: dict[Code, int] = {
    Code.CONNECTION_TIMEOUT: 504,
    Code.CONNECTION_REFUSED: 502,
    Code.TOKEN_EXPIRED: 401,
    Code.TOKEN_INVALID: 401,
    Code.ORDER_NOT_FOUND: 404,
    Code.ORDER_OUT_OF_STOCK: 409,
    Code.DISPLAY_NOT_AVAILABLE: 409,
    Code.DISPLAY_PERMISSION_DENIED: 403,
    Code.VALIDATION_ERROR: 400,
    Code.INTERNAL_ERROR: 500,
    Code.SCREEN_NOT_FOUND: 404,
    Code.SCREEN_OFFLINE: 503,
    Code.SCREEN_UNHEALTHY: 503,
    Code.FORBIDDEN: 403,
    Code.RATE_LIMITED: 429,
    Code.CLOCK_SKEW: 401,
    Code.IDEMPOTENCY_MISMATCH: 409,
    Code.PAIRING_INVALID: 403,
    Code.PAIRING_EXPIRED: 410,
    # RFC 8628, 3.5, and RFC 6749, 5.2.
    Code.AUTHORIZATION_PENDING: 400,
    Code.SLOW_DOWN: 400,
    Code.PAIRING_USED: 410,
    Code.PAIRING_DENIED: 403,
    Code.JOIN_INVALID: 403,
    Code.JOIN_EXPIRED: 410,
    Code.JOIN_FULL: 409,
    Code.GUESTS_NOT_ALLOWED: 403,
    Code.GUEST_NOT_FOUND: 404,
    Code.SCREEN_PAIRED: 409,
    Code.CERTIFICATE_MISMATCH: 409,
    Code.ORDER_SOURCE_UNAVAILABLE: 503,
    Code.DOCUMENT_NOT_FOUND: 404,
    Code.DOCUMENT_UNREADABLE: 422,
    Code.DOCUMENT_TOO_LARGE: 413,
    Code.UPLOAD_QUOTA_REACHED: 429,
    Code.URL_NOT_ALLOWED: 403,
    Code.SUPERSEDED: 409,
    Code.EXPIRED: 410,
    Code.UNSUPPORTED: 422,
    Code.SIGN_IN_FAILED: 401,
    Code.SECOND_FACTOR_NEEDED: 401,
    Code.SECOND_FACTOR_WRONG: 401,
    Code.SECOND_FACTOR_USED: 401,
    Code.SECOND_FACTOR_MISSING: 403,
    # Not 401: the session stands.
    Code.REAUTHENTICATION_NEEDED: 403,
    Code.NOT_FOUND: 404,
    Code.METHOD_NOT_ALLOWED: 405,
    Code.ALREADY_EXISTS: 409,
    Code.DELIVERY_NOT_FOUND: 404,
    Code.ALREADY_ENDED: 409,
    Code.RELAY_UNAVAILABLE: 503,
    Code.TOO_MANY_WINDOWS: 409,
    Code.SCREENSHOT_NOT_ALLOWED: 403,
    Code.SCREENSHOT_NOT_FOUND: 404,
    Code.CSRF_FAILED: 403,
    Code.LINE_ENDED: 409,
    Code.USER_NOT_FOUND: 404,
    Code.LAST_ADMIN: 409,
    Code.WELCOME_ENDED: 410,
}

PROBLEM_TYPE = "urn:benchcast:problem:"


class Problem(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """RFC 9457's problem details, with our code and what to do next. On sockets `status` is absent."""

    type: str
    title: str
    code: Annotated[str, Meta(pattern=r"^[A-Z][A-Z_]{2,39}$(?!\n)")]
    detail: str
    action: str
    trace_id: str
    status: int | None = None
    server_time: int | None = None
    retry_after_ms: int | None = None
    fields: dict[str, str] | None = None


def write_problem(
    code: Code,
    language: Language,
    *,
    trace_id: str,
    values: dict[str, str | int] | None = None,
    with_status: bool = True,
) -> Problem:
    """Word a refusal. `values` fill the sentence; `serverTime` and `retryAfterMs` among them also travel as fields.

    `reason` is a key of the catalogue (such as `reason.missing`) that is worded in the same language first; `what` may
    be one (such as `what.locked`).
    """
    wording = Wording(language)
    say = wording.say
    given = dict(values or {})
    reason = given.pop("reason", None)
    words: dict[str, str | int] = {**given}
    words["reason"] = say(str(reason), **given) if reason else ""
    what = str(given.get("what", ""))
    if what.startswith("what.") and wording.knows(what):
        words["what"] = say(what, **given)
    server_time, retry_after_ms = given.get("serverTime"), given.get("retryAfterMs")
    if isinstance(retry_after_ms, int):
        words["retryAfterSeconds"] = max(1, round(retry_after_ms / 1000))
    return Problem(
        type=PROBLEM_TYPE + code.value.lower().replace("_", "-"),
        title=say(f"problem.{code}.title", **words),
        code=code.value,
        detail=say(f"problem.{code}.detail", **words).strip(),
        action=say(f"problem.{code}.action", **words),
        trace_id=trace_id,
        status=STATUS[code] if with_status else None,
        server_time=server_time if isinstance(server_time, int) else None,
        retry_after_ms=retry_after_ms if isinstance(retry_after_ms, int) else None,
    )

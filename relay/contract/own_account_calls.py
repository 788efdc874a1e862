"""The HTTP calls about one's own account."""

from relay.contract.call import Call
from relay.contract.own_account import OwnAccount, OwnSessions, Proof

OWN_ACCOUNT_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/auth/account",
        "One's own last sign-in, and what changed about how one signs in.",
        "signed in",
        {200: OwnAccount},
    ),
    Call("GET", "/api/auth/sessions", "List one's own sessions.", "signed in", {200: OwnSessions}),
    Call(
        "DELETE",
        "/api/auth/sessions",
        "End all of one's sessions but the one that asks.",
        "signed in",
        {204: None},
    ),
    Call("DELETE", "/api/auth/sessions/{sessionId}", "End one of one's sessions.", "signed in", {204: None}),
    Call(
        "DELETE",
        "/api/auth/notices/{noticeId}",
        "Take away a notice that was seen.",
        "signed in",
        {204: None},
    ),
    Call(
        "GET",
        "/api/auth/browser/proof",
        "Would a deed that matters be done now? REAUTHENTICATION_NEEDED if not.",
        "signed in",
        {204: None},
    ),
    Call(
        "POST",
        "/api/auth/browser/proof",
        "Give the password again, which deeds that matter ask for (REAUTHENTICATION_NEEDED) ten minutes later.",
        "signed in",
        {204: None},
        Proof,
    ),
)

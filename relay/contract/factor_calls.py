"""The HTTP calls about second factors."""

from relay.contract.call import Call
from relay.contract.second_factor import FactorDraft, FactorProof, FactorWish, RecoveryCodes, SecondFactor

FACTOR_CALLS: tuple[Call, ...] = (
    Call("GET", "/api/auth/second-factor", "One's own second factor.", "signed in", {200: SecondFactor}),
    Call(
        "POST",
        "/api/auth/second-factor",
        "Begin to set up a second factor, by one's password: the key for an authenticator app.",
        "signed in",
        {201: FactorDraft},
        FactorWish,
    ),
    Call(
        "POST",
        "/api/auth/second-factor/confirm",
        "Have it count, by a first code of it; one's other sessions end.",
        "signed in",
        {200: RecoveryCodes},
        FactorProof,
    ),
    Call(
        "POST",
        "/api/auth/second-factor/recovery-codes",
        "Have new recovery codes, by a code; those of before are void.",
        "signed in",
        {200: RecoveryCodes},
        FactorProof,
    ),
    Call(
        "POST",
        "/api/auth/second-factor/remove",
        "Remove one's own second factor, by a code; one's other sessions end.",
        "signed in",
        {204: None},
        FactorProof,
    ),
    Call(
        "DELETE",
        "/api/users/{name}/second-factor",
        "Take the second factor off somebody else who has lost it; their sessions end.",
        "admin",
        {204: None},
    ),
)

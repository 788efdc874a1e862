"""The HTTP calls about the relay's own security: its authority, and whom it does not answer."""

from relay.contract.call import Call

SECURITY_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/ca.pem",
        "The relay's own authority, for phones and browsers to trust; 404 where it has none.",
        "anybody",
        {200: None},
    ),
)

"""The HTTP calls about people's own data."""

from relay.contract.call import Call
from relay.contract.personal import PersonalData, PrivacyNotice

PERSONAL_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/users/{name}/data",
        "What the relay knows of a person, as a file; one's own, or as an admin anybody's.",
        "signed in",
        {200: PersonalData},
    ),
    Call(
        "GET",
        "/api/privacy",
        "What is kept about people, for how long and for whom, for them to read.",
        "anybody",
        {200: PrivacyNotice},
    ),
)

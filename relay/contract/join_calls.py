"""The HTTP calls about phones that join a screen."""

from relay.contract.call import Call
from relay.contract.identity import BrowserSession
from relay.contract.joining import GuestList, Join, JoinTicket

JOIN_CALLS: tuple[Call, ...] = (
    Call(
        "POST",
        "/api/screens/{screenId}/join",
        "A ticket by which phones join a screen for a shift: link, code, QR. For the screen itself, and for people.",
        "who may trigger",
        {201: JoinTicket},
    ),
    Call(
        "POST",
        "/api/join",
        "Join a screen by a ticket, as its guest: the session comes as a cookie. With the header X-Benchcast.",
        "anybody",
        {201: BrowserSession},
        Join,
    ),
    Call("GET", "/api/screens/{screenId}/guests", "List a screen's guests.", "admin", {200: GuestList}),
    Call(
        "DELETE",
        "/api/screens/{screenId}/guests",
        "End every guest's session at a screen, and its tickets.",
        "admin",
        {204: None},
    ),
    Call(
        "DELETE", "/api/screens/{screenId}/guests/{guestId}", "End one guest's session.", "admin", {204: None}
    ),
)

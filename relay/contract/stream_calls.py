"""The HTTP calls of clients that cannot hold a WebSocket: what they follow, and what they say."""

from relay.contract.call import Call
from relay.contract.events import HEARD
from relay.contract.streams import Answered, OutcomeReceipt, PolledEvents, PostedOutcome, Sayings

# What a screen says by HTTP that is an event of the socket: where, which, and what for.
SAID_BY_POST: dict[str, tuple[str, str]] = {
    "/api/presence": (
        "presence",
        "Say what is true at a screen now; the first one after `hello` begins catch-up.",
    ),
    "/api/steering": ("viewport", "Say what a screen's window shows now, and which part of it."),
}
_SCREENS_ONLY = "By a screen's own credential, while its line is open; `gen` refuses it for any other line."

STREAM_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/events/subscribe",
        "The events of the socket as Server-Sent Events, until either side hangs up. `watch` names screens to follow, "
        "`*` all; a screen's last event may also come as the header `Last-Event-ID`.",
        "signed in",
        {200: None},
        query=("watch", "lastEventId"),
        streams="text/event-stream",
    ),
    Call(
        "GET",
        "/api/events/poll",
        "The events of the socket by long polling: without a `cursor` a new line, with one what came behind it, which "
        "it confirms. A line lives for 30 s between two requests.",
        "signed in",
        {200: PolledEvents},
        query=("cursor", "timeoutMs", "watch", "lastEventId"),
    ),
    Call(
        "POST",
        "/api/events/say",
        "Say on one's own line what a socket's client may say (`watch`, `steer`, `trigger`, `auth:renew`, `ping`): "
        "several events at once; each is judged and answered as it would be there.",
        "signed in",
        {200: Answered},
        Sayings,
    ),
    Call(
        "POST",
        "/api/outcome",
        "Acknowledge a command, say how it ended, or answer `status?`; by a screen's own credential.",
        "signed in",
        {200: OutcomeReceipt},
        PostedOutcome,
    ),
    *(
        Call(
            "POST",
            path,
            f"{summary} {_SCREENS_ONLY}",
            "signed in",
            {204: None},
            HEARD[event].payload,
            query=("gen",),
        )
        for path, (event, summary) in SAID_BY_POST.items()
    ),
)

"""The calls about where orders come from."""

from relay.contract.call import Call
from relay.contract.sources import (
    SourceDraft,
    SourceInfo,
    SourceList,
    SourceOrder,
    SourceQuestion,
    SourceTrial,
    WatchedFolder,
)

SOURCE_CALLS: tuple[Call, ...] = (
    Call("GET", "/api/sources", "Order sources, as they are asked.", "admin", {200: SourceList}),
    Call("POST", "/api/sources", "Add an order source.", "admin", {201: SourceInfo}, SourceDraft),
    Call("PUT", "/api/sources", "Put the sources in order.", "admin", {200: SourceList}, SourceOrder),
    Call("PUT", "/api/sources/{sourceId}", "Change a source.", "admin", {200: SourceInfo}, SourceDraft),
    Call("DELETE", "/api/sources/{sourceId}", "Remove a source; its orders stay.", "admin", {204: None}),
    Call(
        "POST",
        "/api/sources/{sourceId}/try",
        "Ask a source for an order and tell every step; nothing is kept.",
        "admin",
        {200: SourceTrial},
        SourceQuestion,
    ),
    Call("GET", "/api/watched-folder", "The watched folder.", "lead", {200: WatchedFolder}),
    Call(
        "POST",
        "/api/watched-folder/retry",
        "Read the files again that failed.",
        "lead",
        {200: WatchedFolder},
    ),
)

"""The HTTP calls about the relay's own security: its authority, and whom it does not answer."""

from relay.contract.blocks import Block, BlockList, NewBlock
from relay.contract.call import Call

SECURITY_CALLS: tuple[Call, ...] = (
    Call(
        "GET",
        "/api/ca.pem",
        "The relay's own authority, for phones and browsers to trust; 404 where it has none.",
        "anybody",
        {200: None},
    ),
    Call(
        "GET",
        "/api/ca.crt",
        "The same in the form that phones install.",
        "anybody",
        {200: None},
    ),
    Call("GET", "/ca", "How a phone comes to trust that authority, step by step.", "anybody", {200: None}),
    Call("GET", "/api/blocks", "List whom the relay does not answer for a while.", "admin", {200: BlockList}),
    Call(
        "POST",
        "/api/blocks",
        "Do not answer an address, a network or a person for a while; never oneself or this machine.",
        "admin",
        {201: Block},
        NewBlock,
    ),
    Call("DELETE", "/api/blocks/{blockId}", "Answer them again.", "admin", {204: None}),
)

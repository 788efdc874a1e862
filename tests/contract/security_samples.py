"""Samples of whom the relay does not answer for a while."""

from msgspec import Struct

from relay.contract.blocks import Block, BlockList, NewBlock

NOW = 1_760_000_000_000
_BLOCK = Block(
    id="0123456789abcdef",
    kind="address",
    value="192.0.2.0/24",
    created_at=NOW,
    until=NOW + 3_600_000,
    created_by="user:kim",
    reason="비밀번호를 계속 틀림",
)

SECURITY_SAMPLES: dict[str, Struct] = {
    "new-block": NewBlock(kind="address", value="192.0.2.7", minutes=60, reason="비밀번호를 계속 틀림"),
    "block": _BLOCK,
    "block-list": BlockList(blocks=(_BLOCK,)),
}

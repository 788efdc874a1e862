"""Whom the relay does not answer for a while: an address, a network, or a person."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from relay.contract.names import Millis

BlockKind = Literal["address", "user"]
LONGEST_MINUTES = 366 * 24 * 60


class NewBlock(
    Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True, forbid_unknown_fields=True
):
    """`POST /api/blocks`. `value` is an address, a network such as 192.0.2.0/24, or a person's name."""

    kind: BlockKind
    value: Annotated[str, Meta(min_length=1, max_length=100)]
    minutes: Annotated[int, Meta(ge=1, le=LONGEST_MINUTES)]
    reason: Annotated[str, Meta(max_length=200)] = ""


class Block(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """One block; it ends by itself at `until`."""

    id: str
    kind: BlockKind
    value: str
    created_at: Millis
    until: Millis
    created_by: str
    reason: str = ""


class BlockList(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    """`GET /api/blocks`: those that have not ended, the youngest first."""

    blocks: tuple[Block, ...] = ()

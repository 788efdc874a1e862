"""Whom the relay does not answer for a while; on disk, and in memory where every request looks.

What must never happen: that an admin blocks themselves, this machine, or its command line, and finds no way back.
"""

import ipaddress
import secrets

from sqlalchemy import Connection, delete, insert, select

from relay.clock import Clock
from relay.contract.blocks import Block, BlockList, NewBlock
from relay.contract.problems import Code
from relay.errors import Refusal, invalid
from relay.identity.audit import noting
from relay.identity.caller import Caller
from relay.identity.spelling import name_key
from relay.identity.tables import blocks
from relay.identity.tokens import AccessTokens
from relay.storage.database import Database

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
MINUTE_MS = 60_000
MOST = 10_000


class Blocks:
    """The block list. `load` it before anybody is served."""

    def __init__(self, database: Database, clock: Clock, access: AccessTokens) -> None:
        """Keep it in `database`; `access` cuts the lines of who is blocked."""
        self._database = database
        self._clock = clock
        self._access = access
        self._users: dict[str, int] = {}
        self._networks: dict[Network, int] = {}
        access.on_verified = self.check_caller

    async def load(self) -> None:
        """Read what stands, and forget what has ended."""
        now = self._clock.now_ms()
        await self._database.write(
            lambda connection: connection.execute(delete(blocks).where(blocks.c.until <= now)).rowcount
        )
        await self._refresh()

    def check_address(self, remote: str | None) -> None:
        """Raise RATE_LIMITED, with the time that is left, for an address that is blocked."""
        if not self._networks:
            return
        address = _address(remote or "")
        now = self._clock.now_ms()
        for network, until in self._networks.items():
            if (
                address is not None
                and until > now
                and address.version == network.version
                and address in network
            ):
                raise Refusal(Code.RATE_LIMITED, retryAfterMs=until - now)

    def check_caller(self, caller: Caller) -> None:
        """Raise RATE_LIMITED, with the time that is left, for a person who is blocked."""
        if not self._users or caller.kind != "user":
            return
        left = self._users.get(name_key(caller.name), 0) - self._clock.now_ms()
        if left > 0:
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=left)

    async def list(self) -> BlockList:
        """List those that have not ended, the youngest first."""
        now = self._clock.now_ms()
        found = await self._database.read(_read)
        return BlockList(blocks=tuple(each for each in found if each.until > now))

    async def add(self, wish: NewBlock, caller: Caller, remote: str | None) -> Block:
        """Block somebody. Raises VALIDATION_ERROR for oneself, this machine, or what is no address."""
        now = self._clock.now_ms()
        value = _tidy(wish, caller, remote)
        block = Block(
            id=secrets.token_hex(8),
            kind=wish.kind,
            value=value,
            created_at=now,
            until=now + wish.minutes * MINUTE_MS,
            created_by=caller.subject,
            reason=wish.reason,
        )
        note = noting("block.add", "block", value, self._clock, wish.reason)

        def change(connection: Connection) -> bool:
            connection.execute(delete(blocks).where(blocks.c.kind == wish.kind, blocks.c.value == value))
            if len(connection.execute(select(blocks.c.id)).all()) >= MOST:
                return False
            connection.execute(
                insert(blocks).values(
                    id=block.id,
                    kind=block.kind,
                    value=value,
                    created_at=now,
                    until=block.until,
                    created_by=block.created_by,
                    reason=block.reason,
                )
            )
            note(connection)
            return True

        if not await self._database.write(change):
            raise invalid("value", "range")
        await self._refresh()
        if wish.kind == "user":
            key = name_key(value)
            self._access.judge_again(lambda each: each.kind == "user" and name_key(each.name) == key)
        return block

    async def remove(self, id_: str) -> None:
        """Answer them again. Raises NOT_FOUND."""
        note = noting("block.remove", "block", id_, self._clock)

        def change(connection: Connection) -> bool:
            gone = delete(blocks).where(blocks.c.id == id_).returning(blocks.c.value)
            value = connection.execute(gone).scalar()
            if value is not None:
                note(connection, value)
            return value is not None

        if not await self._database.write(change):
            raise Refusal(Code.NOT_FOUND)
        await self._refresh()

    async def _refresh(self) -> None:
        found = await self._database.read(_read)
        self._users = {name_key(each.value): each.until for each in found if each.kind == "user"}
        self._networks = {
            ipaddress.ip_network(each.value): each.until for each in found if each.kind == "address"
        }


def _read(connection: Connection) -> tuple[Block, ...]:
    rows = connection.execute(select(blocks).order_by(blocks.c.created_at.desc(), blocks.c.id))
    return tuple(Block(**row) for row in rows.mappings())


def _tidy(wish: NewBlock, caller: Caller, remote: str | None) -> str:
    if wish.kind == "user":
        if caller.kind == "user" and name_key(wish.value) == name_key(caller.name):
            raise invalid("value", "choice")
        return wish.value
    try:
        network = ipaddress.ip_network(wish.value.strip(), strict=False)
    except ValueError as error:
        raise invalid("value", "pattern") from error
    own = _address(remote or "")
    is_own = own is not None and own.version == network.version and own in network
    loopback = ipaddress.ip_network("127.0.0.0/8" if network.version == 4 else "::1/128")
    if is_own or network.overlaps(loopback):
        raise invalid("value", "choice")
    return str(network)


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address

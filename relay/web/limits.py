"""How often somebody may try: a bucket of attempts per key, refilled evenly; what fits is not slowed down at all."""

import functools
import ipaddress
from collections import OrderedDict
from dataclasses import dataclass

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal

# The least recently seen keys are forgotten first. One address cannot wash out the others: it is limited itself.
KEYS_KEPT = 10_000


@dataclass(slots=True)
class _Bucket:
    left: float
    at: float


class Limits:
    """Counts attempts by key, in memory; `per_minute` is both the burst and the refill."""

    def __init__(self, clock: Clock, per_minute: int) -> None:
        """Start with full buckets."""
        self._clock = clock
        self._per_minute = per_minute
        self._buckets: OrderedDict[str, _Bucket] = OrderedDict()

    def take(self, *keys: str) -> None:
        """Count one attempt for every key. Raises RATE_LIMITED with the time to wait; then none is counted."""
        buckets = [self._bucket(key) for key in keys]
        missing = max(1.0 - bucket.left for bucket in buckets)
        if missing > 0:
            raise Refusal(Code.RATE_LIMITED, retryAfterMs=max(1, round(missing * 60_000 / self._per_minute)))
        for bucket in buckets:
            bucket.left -= 1.0

    def give_back(self, *keys: str) -> None:
        """Uncount an attempt that turned out to be right, so that a whole shift can sign in behind one address."""
        for key in keys:
            bucket = self._bucket(key)
            bucket.left = min(bucket.left + 1.0, self._per_minute)

    def _bucket(self, key: str) -> _Bucket:
        now = self._clock.monotonic()
        bucket = self._buckets.get(key)
        if bucket is None:
            bucket = self._buckets[key] = _Bucket(self._per_minute, now)
            while len(self._buckets) > KEYS_KEPT:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(key)
            bucket.left = min(bucket.left + (now - bucket.at) * self._per_minute / 60, self._per_minute)
            bucket.at = now
        return bucket


@functools.lru_cache(maxsize=4096)
def address_key(remote: str | None) -> str:
    """Name the one whose attempts are counted: an IPv4 address, or the /64 network that one IPv6 host has to itself."""
    try:
        address = ipaddress.ip_address((remote or "").partition("%")[0])
    except ValueError:
        return "address:unknown"
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return f"address:{address.ipv4_mapped}"
        return f"address:{ipaddress.ip_network((address, 64), strict=False)}"
    return f"address:{address}"

"""Asks the bench's own relay which version of the app it recommends: never the internet, never anybody else.

Nothing is fetched and nothing is forced: the answer is a sentence for a person. A relay that does not answer, or that
recommends nothing, is no news.
"""

import re

import structlog

from app.errors import RelayRefused, RelayUnreachable
from app.link.relay_http import RelayHttp
from relay.contract.app_version import AppAdvice

log = structlog.get_logger()

PATH = "/api/app/version"


async def recommended(http: RelayHttp, *, running: str) -> tuple[bool, AppAdvice | None]:
    """Tell whether the relay answered, and its advice if that names a newer version than the one that runs."""
    try:
        advice = await http.call("GET", PATH, AppAdvice)
    except (RelayRefused, RelayUnreachable) as failure:
        log.info("The relay did not say which version of the app it recommends", reason=str(failure))
        return False, None
    return True, advice if advice.version and is_newer(advice.version, running) else None


def is_newer(one: str, other: str) -> bool:
    """Compare two versions by their numbers; what comes before a final release (`1.2.0rc1`) is older than it."""
    return _order(one) > _order(other)


def _order(version: str) -> tuple[tuple[int, ...], int]:
    found = re.match(r"\s*v?(\d+(?:\.\d+)*)(.*)", version)
    if found is None:
        return (), 0
    numbers = tuple(int(part) for part in found[1].split("."))
    while numbers and numbers[-1] == 0:
        numbers = numbers[:-1]
    return numbers, 0 if found[2].strip() else 1

"""At most 100 wrong passwords an hour for one person, from wherever they come (OWASP ASVS 4.0.3, 2.2.1).

How it works: what fails is counted by the name alone, over the last hour, in separate counts: of strangers, of
addresses from which the person has signed in lately (programs), and of each browser in which they have
(relay.web.known_browsers). When the strangers have used theirs up, strangers wait, and the others go on: so nobody
locks anybody out by guessing. At the relay's own machine nothing is counted here; its waits (relay.web.guesses) leave
24 an hour. Without a browser of the person's own that makes 99.

What must always hold: a try is counted before it is judged, so that many at once gain nothing; who is right has only
that one try taken back, so that nobody's sign-in gives an attacker new ones; names that nobody has are treated alike.
After a restart the counts are read from the audit log.
"""

import ipaddress
from collections import OrderedDict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field

from relay.clock import Clock
from relay.contract.problems import Code
from relay.errors import Refusal
from relay.identity.spelling import name_key
from relay.web.limits import address_key

HOUR_SECONDS = 3600.0
STRANGERS = 50
KNOWN_ADDRESSES = 25
EACH_BROWSER = 10
# How long an address is known after a sign-in there.
ADDRESS_SECONDS = 7 * 24 * HOUR_SECONDS
ADDRESSES_KEPT = 50
BROWSERS_KEPT = 20
# Names that nobody has; those of people stay, so that nobody's count is washed out by invented names.
NOBODIES_KEPT = 10_000

Window = deque[float]


@dataclass(slots=True)
class _Account:
    strangers: Window = field(default_factory=deque[float])
    known: Window = field(default_factory=deque[float])
    browsers: OrderedDict[str, Window] = field(default_factory=OrderedDict[str, Window])
    addresses: OrderedDict[str, float] = field(default_factory=OrderedDict[str, float])


@dataclass(frozen=True, slots=True)
class Try:
    """One try that is being judged; `right` takes it back."""

    window: Window | None
    at: float


class AccountTries:
    """The tries of the last hour by name, in memory."""

    def __init__(self, clock: Clock) -> None:
        """Start with none."""
        self._clock = clock
        self._people: dict[str, _Account] = {}
        self._nobodies: OrderedDict[str, _Account] = OrderedDict()

    def begin(self, name: str, remote: str | None, browser: str | None, *, is_person: bool) -> Try:
        """Count a try. `browser` is the number of one that the person has used. Raises RATE_LIMITED."""
        now = self._clock.monotonic()
        if _is_here(remote):
            return Try(None, now)
        account = self._account(name, is_person=is_person)
        for window, most in self._counts(account, remote, browser, now):
            while window and window[0] <= now - HOUR_SECONDS:
                window.popleft()
            if len(window) < most:
                window.append(now)
                return Try(window, now)
        wait = account.strangers[0] + HOUR_SECONDS - now
        raise Refusal(Code.RATE_LIMITED, retryAfterMs=max(1, round(wait * 1000)))

    def right(self, tried: Try) -> None:
        """Take back the try of whoever has proved who they are."""
        if tried.window is not None and tried.at in tried.window:
            tried.window.remove(tried.at)

    def know(self, name: str, remote: str | None) -> None:
        """Know a person at the address from which they have signed in."""
        self._know(self._account(name, is_person=True), address_key(remote), self._clock.monotonic())

    def knows(self, name: str, remote: str | None) -> bool:
        """Tell whether a person has signed in from this address lately."""
        return self._is_known(self._account(name, is_person=True), remote, self._clock.monotonic())

    def recall(self, failed: Iterable[tuple[str, float]], known: Iterable[tuple[str, str, float]]) -> None:
        """Take up what was before the start: (name, seconds ago) and (name, address, seconds ago), oldest first."""
        now = self._clock.monotonic()
        for name, ago in failed:
            self._account(name, is_person=True).strangers.append(now - ago)
        for name, address, ago in known:
            self._know(self._account(name, is_person=True), address_key(address), now - ago)

    def _counts(
        self, account: _Account, remote: str | None, browser: str | None, now: float
    ) -> Iterable[tuple[Window, int]]:
        """Name the counts that a try may go into, the caller's own first."""
        if browser is not None:
            own = account.browsers.setdefault(browser, deque())
            account.browsers.move_to_end(browser)
            while len(account.browsers) > BROWSERS_KEPT:
                account.browsers.popitem(last=False)
            yield own, EACH_BROWSER
        if self._is_known(account, remote, now):
            yield account.known, KNOWN_ADDRESSES
        yield account.strangers, STRANGERS

    def _is_known(self, account: _Account, remote: str | None, now: float) -> bool:
        at = account.addresses.get(address_key(remote))
        return at is not None and now - at < ADDRESS_SECONDS

    def _know(self, account: _Account, address: str, at: float) -> None:
        account.addresses[address] = at
        account.addresses.move_to_end(address)
        while len(account.addresses) > ADDRESSES_KEPT:
            account.addresses.popitem(last=False)

    def _account(self, name: str, *, is_person: bool) -> _Account:
        key = name_key(name.strip())
        if is_person:
            return self._people.setdefault(key, _Account())
        account = self._nobodies.setdefault(key, _Account())
        self._nobodies.move_to_end(key)
        while len(self._nobodies) > NOBODIES_KEPT:
            self._nobodies.popitem(last=False)
        return account


def _is_here(remote: str | None) -> bool:
    try:
        return ipaddress.ip_address((remote or "").partition("%")[0]).is_loopback
    except ValueError:
        return False

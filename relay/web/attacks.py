"""Signs of an attack, counted where they are refused: for the alert, the health page and the dashboard.

How it works: every refusal that says that somebody tried what he may not passes through the frame around requests
(relay.web.audited), and is remembered here with its moment before the audit log drops its repetitions. What lies within
the last `alert_attack_minutes` and reaches its threshold is a sign. Nothing is written down, and nobody is kept out by
it: that is what limits and blocks do.

What must always hold: a flood costs little memory (the newest `KEPT` of each kind), and no sign names a password or a
token.
"""

from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from relay.clock import Clock
from relay.operation_settings import OperationSettings

What = Literal["sign_ins", "guessing", "reused_token", "refused_calls"]

KEPT = 20_000
# So many callers of one look are told of by name; more of them are one attack, told by the first.
CALLERS_TOLD = 10
SIGN_IN_REFUSALS = frozenset({"SIGN_IN_FAILED", "SECOND_FACTOR_WRONG", "SECOND_FACTOR_USED"})
# What can be guessed: passwords, codes, and the secrets of a pairing.
GUESSABLE = ("auth.", "factor.", "screen.pair", "screen.ask", "screen.join", "user.first_admin", "POST /pair")


@dataclass(frozen=True, slots=True)
class Sign:
    """What is going on, how often in the time that is looked at, and who does the most of it."""

    what: What
    count: int
    who: str


class Attacks:
    """What was refused of late."""

    def __init__(self, settings: OperationSettings, clock: Clock) -> None:
        """Remember nothing yet; the thresholds are those that hold when they are asked for."""
        self._settings = settings
        self._clock = clock
        self._seen: dict[What, deque[tuple[float, str]]] = {
            what: deque(maxlen=KEPT) for what in ("sign_ins", "guessing", "reused_token", "refused_calls")
        }

    def refused(self, actor: str, address: str, action: str, code: str) -> None:
        """Remember a refusal."""
        if code in SIGN_IN_REFUSALS:
            self._remember("sign_ins", address)
        elif code == "RATE_LIMITED" and action.startswith(GUESSABLE):
            self._remember("guessing", address)
        else:
            self._remember("refused_calls", address if actor == "anybody" else f"{actor} ({address})")

    def reused(self, owner: str) -> None:
        """Remember that a refresh token came a second time: somebody has a copy."""
        self._remember("reused_token", owner)

    def signs(self) -> list[Sign]:
        """Return what reaches its threshold now."""
        return [*self._signs()]

    def _remember(self, what: What, who: str) -> None:
        self._seen[what].append((self._clock.monotonic(), who))

    def _signs(self) -> Iterator[Sign]:
        settings = self._settings
        thresholds: dict[What, int] = {
            "sign_ins": settings.alert_refused_sign_ins,
            "guessing": settings.alert_limits_hit,
            "reused_token": settings.alert_reused_tokens,
        }
        for what, least in thresholds.items():
            of_whom = self._of_late(what)
            if least and (count := of_whom.total()) >= least:
                yield Sign(what, count, of_whom.most_common(1)[0][0])
        if least := settings.alert_refused_calls:
            for who, count in self._of_late("refused_calls").most_common(CALLERS_TOLD):
                if count >= least:
                    yield Sign("refused_calls", count, who)

    def _of_late(self, what: What) -> Counter[str]:
        seen, begin = self._seen[what], self._clock.monotonic() - self._settings.alert_attack_minutes * 60
        while seen and seen[0][0] < begin:
            seen.popleft()
        return Counter(who for _, who in seen)

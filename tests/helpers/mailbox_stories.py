"""Words for the stories of one mailbox: letters, a screen that comes, and time that passes without an answer."""

from collections.abc import Sequence

from relay.delivery.actions import Action, Send
from relay.delivery.mailbox import Letter, Mailbox

S = "screen:s"
FAR = 10_000_000.0


def letter(seq: int, *, slot: str | None = None, expires_at: float = FAR) -> Letter:
    return Letter(id=f"id-{seq}", seq=seq, slot=slot, expires_at=expires_at)


def sent(actions: Sequence[Action]) -> list[str]:
    return [action.id for action in actions if isinstance(action, Send)]


def kinds(actions: Sequence[Action]) -> list[type]:
    return [type(action) for action in actions]


def come(box: Mailbox, now: float, *, applied_seq: int = 0, answers: bool = True) -> list[Action]:
    """Let the screen come with a new line, and return what it is told at once."""
    actions = box.present(applied_seq=applied_seq, answers=answers, now=now)
    return actions + box.advance(now)


def live_until(box: Mailbox, now: float, kind: type) -> tuple[float, list[tuple[float, Action]]]:
    """Go from deadline to deadline, hearing nothing, until an action of this kind; return all, with their times."""
    told: list[tuple[float, Action]] = []
    while not any(isinstance(action, kind) for _, action in told):
        deadline = box.next_deadline(now)
        assert deadline is not None
        now = deadline
        told += [(now, action) for action in box.advance(now)]
    return now, told

"""What the rooms of the app raise at each other when a request was refused or nobody answered, with the words
for it.
"""

from typing import Literal

from relay.contract.problems import PROBLEM_TYPE, Code, Problem
from relay.contract.wording import Language, Wording

# Where the way to the relay ended: its name was not found, nobody listens there, it took too long, TLS could not be
# agreed upon, its certificate is not the pinned one, is over, is not valid yet, is for another name, or is vouched for
# by nobody, this PC's clock is wrong, a pinned relay has no encrypted address, or what answered is no relay of ours.
Step = Literal[
    "address",
    "refused",
    "timeout",
    "tls",
    "pin",
    "expired",
    "not_yet",
    "host",
    "untrusted",
    "clock",
    "in_clear",
    "answer",
]


class Problemful(Exception):
    """A refusal with everything that a person is told about it."""

    def __init__(self, problem: Problem) -> None:
        """Carry the problem."""
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem


class RelayRefused(Problemful):
    """The relay was reached and said no, in its own words."""


class RelayUnreachable(Exception):
    """The relay gave no answer that can be used; `step` says how far we came, `reason` is for the log."""

    def __init__(self, step: Step, address: str, reason: str = "", **values: str) -> None:
        """Name the step at which it ended, the address that was tried last, and what fills the sentence."""
        super().__init__(f"{step}: {address}: {reason}")
        self.step: Step = step
        self.address = address
        self.reason = reason
        self.values = values

    @property
    def code(self) -> Code:
        """Give the code of the contract that is nearest."""
        return Code.CONNECTION_TIMEOUT if self.step == "timeout" else Code.CONNECTION_REFUSED

    def problem(self, language: Language) -> Problem:
        """Word it for a person."""
        say = Wording(language).say
        key = f"link.unreachable.{self.step}"
        return Problem(
            type=PROBLEM_TYPE + self.code.value.lower().replace("_", "-"),
            title=say(f"{key}.title"),
            code=self.code.value,
            detail=say(f"{key}.detail", address=self.address, **self.values),
            action=say(f"{key}.action"),
            trace_id="",
        )

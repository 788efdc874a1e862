"""What the rooms of the app raise at each other when a request was refused: one exception that carries the
problem.
"""

from relay.contract.problems import Problem


class Problemful(Exception):  # noqa: N818 - it carries a problem, and is named so
    """A refusal with everything that a person is told about it."""

    def __init__(self, problem: Problem) -> None:
        """Carry the problem."""
        super().__init__(f"{problem.code}: {problem.detail}")
        self.problem = problem

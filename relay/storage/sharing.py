"""Jobs of one commit that may share their statements: each by itself means the same, only slower.

Between two jobs that do not share, the kinds that do are run one after the other in the order of their `rank`, and
within a kind in the order of their posting. So a kind must not depend on what a kind of a higher rank did in the same
commit; nobody has heard of that yet. If the shared work raises, it has changed nothing and every job is run by itself.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from sqlalchemy import Connection

Work = Callable[[Connection], Any]
# Hears the result or the error, on the loop, once the commit is on disk or cannot be.
Told = Callable[[Any, BaseException | None], None]
Answer = tuple[Any, BaseException | None]


@dataclass(frozen=True, slots=True, eq=False)
class Kind:
    """One kind of shared work: `many` takes the items of several jobs and gives their results in the same order."""

    rank: int
    many: Callable[[Connection, Sequence[Any]], Sequence[Any]]


class Job(NamedTuple):
    """What the writer does in one savepoint, or together with others of its kind."""

    work: Work
    told: Told
    kind: Kind | None = None
    item: Any = None


def run_all(batch: Sequence[Job], run: Callable[[Work], Answer]) -> list[Answer]:
    """Run a batch in its order with `run` (a savepoint around each work), sharing where jobs stand side by side."""
    answers: list[Answer] = []
    start = 0
    while start < len(batch):
        end = start
        while end < len(batch) and batch[end].kind is not None:
            end += 1
        if end - start > 1:
            answers += _run_together(batch[start:end], run)
            start = end
        else:
            answers.append(run(batch[start].work))
            start += 1
    return answers


def _run_together(jobs: Sequence[Job], run: Callable[[Work], Answer]) -> list[Answer]:
    groups: dict[Kind, list[int]] = {}
    for place, job in enumerate(jobs):
        assert job.kind is not None
        groups.setdefault(job.kind, []).append(place)
    answers: list[Answer] = [(None, None)] * len(jobs)
    for kind in sorted(groups, key=lambda each: each.rank):
        places = groups[kind]
        results, error = None, None
        if len(places) > 1:
            items = [jobs[place].item for place in places]
            results, error = run(_bind(kind, items))
        if results is None or error is not None:
            for place in places:
                answers[place] = run(jobs[place].work)
        else:
            for place, result in zip(places, results, strict=True):
                answers[place] = (result, None)
    return answers


def _bind(kind: Kind, items: Sequence[Any]) -> Work:
    return lambda connection: kind.many(connection, items)

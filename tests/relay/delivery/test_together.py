"""What is written together means the same as one after the other."""

from collections.abc import Iterator
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, create_engine, select
from sqlalchemy.pool import StaticPool

from relay.contract.names import TriggerId
from relay.contract.reports import Outcome
from relay.delivery import journal, together
from relay.delivery.records import Appended, Draft, End, Ending, Receipt
from relay.delivery.tables import delivery, history, mailbox
from relay.delivery.tables import journal as journal_table
from relay.errors import Refusal
from relay.storage.database import metadata
from relay.storage.dialect import sqlite
from relay.storage.sharing import Answer, Job, Work, run_all

TABLES = [history, delivery, mailbox, journal_table]


def draft(number: int, screen: int, *, body: bytes = b"same", **fields: object) -> Draft:
    id_ = TriggerId(f"{number:08x}-0000-4000-8000-000000000000")
    return Draft(
        id=id_,
        recipient=f"screen:{screen}",
        screen_id=f"{screen}",
        slot="window:main",
        verb="navigate",
        payload=b'{"id":"%s"}' % id_.encode(),
        body_hash=body,
        sender="user:kim",
        created_at=number,
        expires_at=number + 900_000,
        **fields,
    )


def ending(number: int, state: str = "shown") -> Ending:
    id_ = draft(number, 0).id
    outcome = Outcome(id=id_, state="shown") if state == "shown" else None
    receipt = Receipt(id_, 5, 6, 2) if number % 2 else None
    return Ending(
        id_, 100 + number, End(state, code=None if outcome else "EXPIRED", outcome=outcome), receipt
    )


@pytest.fixture
def base() -> Iterator[Connection]:
    with connected() as connection:
        yield connection


def connected() -> Connection:
    engine = create_engine(
        "sqlite://",
        module=sqlite,
        creator=partial(sqlite.connect, ":memory:", isolation_level=None),
        poolclass=StaticPool,
    )
    connection = engine.connect()
    metadata.create_all(connection, tables=TABLES)
    return connection


def runner(connection: Connection):
    execute = connection.connection.driver_connection.execute

    def run(work: Work) -> Answer:
        execute("SAVEPOINT job")
        try:
            result = work(connection)
        except (Refusal, together.NotPlainError) as error:
            execute("ROLLBACK TO job")
            execute("RELEASE job")
            return None, error
        execute("RELEASE job")
        return result, None

    return run


def job_of(item: Draft | Ending) -> Job:
    if isinstance(item, Draft):
        return Job(lambda connection: journal.append(connection, item), print, journal.APPENDS, item)
    return Job(lambda connection: journal.settle(connection, item), print, journal.ENDINGS, item)


def rows_of(connection: Connection) -> list[list[tuple]]:
    return [
        sorted(map(tuple, connection.execute(select(*(c for c in table.c if c.name != "id" or table is delivery)))),
               key=repr)
        for table in TABLES
    ]  # fmt: skip


def told(answers: list[Answer]) -> list[str]:
    return [
        repr(result) if error is None else repr(getattr(error, "code", error)) for result, error in answers
    ]


batches = st.lists(
    st.one_of(
        st.builds(draft, st.integers(1, 12), st.integers(1, 3), body=st.sampled_from([b"same", b"other"])),
        st.builds(ending, st.integers(1, 12), st.sampled_from(["shown", "expired", "superseded"])),
    ),
    max_size=45,
)


@given(st.lists(batches, max_size=4))
@settings(max_examples=120, deadline=None)
def test_a_commit_written_together_keeps_and_tells_what_one_by_one_would(commits: list[list[Draft | Ending]]):
    with connected() as shared, connected() as alone:
        for commit in commits:
            together_told = told(run_all([job_of(item) for item in commit], runner(shared)))
            # One by one, in the order that is promised: ends first.
            run, order = runner(alone), sorted(range(len(commit)), key=lambda n: isinstance(commit[n], Draft))
            answers: list[Answer] = [(None, None)] * len(commit)
            for place in order:
                answers[place] = run(job_of(commit[place]).work)
            assert together_told == told(answers)
        assert rows_of(shared) == rows_of(alone)


def test_many_accepts_and_ends_take_few_statements(base: Connection):
    run = runner(base)
    run_all([job_of(draft(number, number)) for number in range(1, 41)], run)
    statements: list[str] = []
    base.connection.driver_connection.set_trace_callback(statements.append)
    drafts = [draft(number, number - 40, may_supersede=False) for number in range(41, 81)]
    answers = run_all([job_of(each) for each in drafts], run)
    assert all(isinstance(result, Appended) and result.delivery.seq == 2 for result, _ in answers)
    run_all([job_of(ending(number)) for number in range(41, 81)], run)
    base.connection.driver_connection.set_trace_callback(None)
    assert len(statements) <= 14, statements
    states = [row.state for row in base.execute(select(delivery.c.state).order_by(delivery.c.created_at))]
    assert states == ["waiting"] * 40 + ["shown"] * 40


def test_what_cannot_be_written_together_changes_nothing(base: Connection):
    run = runner(base)
    _, error = run(lambda connection: together.append_many(connection, [draft(1, 1), draft(2, 2)]))
    assert isinstance(error, together.NotPlainError), "these screens have no mailbox yet"
    _, error = run(lambda connection: together.settle_many(connection, [ending(1), ending(2)]))
    assert isinstance(error, together.NotPlainError), "there is nothing to end"
    assert rows_of(base)[1:3] == [[], []]

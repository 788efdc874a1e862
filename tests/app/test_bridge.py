"""Qt and asyncio on one loop: tasks are named and heard, dialogs are awaited, and the loop leaves nothing behind."""

import asyncio
import threading

import pytest
import structlog
from helpers.qt_loop import run_qt
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QDialog
from structlog.testing import capture_logs

from app.bridge import ask, install_exception_hooks, now_ms, spawn
from app.windows.application import pyside_none_safe


@pytest.fixture(autouse=True)
def _fresh_logging():
    structlog.reset_defaults()
    yield
    structlog.reset_defaults()


def test_this_pyside_keeps_its_references_to_none():
    assert pyside_none_safe()


def test_a_task_has_the_name_it_was_given_and_returns_its_value(qapp):
    async def work() -> str:
        task = asyncio.current_task()
        assert task is not None
        return task.get_name()

    async def main() -> str:
        return await spawn(work(), "the name")

    assert run_qt(qapp, main()) == "the name"


def test_a_task_that_fails_is_logged_with_its_name_although_nobody_awaits_it(qapp):
    async def fails() -> None:
        raise ZeroDivisionError

    async def main() -> None:
        task = spawn(fails(), "the culprit")
        await asyncio.wait([task])
        await asyncio.sleep(0)

    with capture_logs() as logs:
        run_qt(qapp, main())
    assert [entry["task"] for entry in logs] == ["the culprit"]


def test_tasks_that_are_left_are_ended_and_may_clean_up(qapp):
    ended = []

    async def stays() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            ended.append("cleaned up")

    async def main() -> None:
        spawn(stays(), "stays")
        await asyncio.sleep(0)

    run_qt(qapp, main())
    assert ended == ["cleaned up"]


def test_a_dialogs_answer_is_awaited_while_everything_else_goes_on(qapp):
    async def main() -> tuple[int, int]:
        ticks = 0

        async def tick() -> None:
            nonlocal ticks
            while True:
                await asyncio.sleep(0.005)
                ticks += 1

        ticking = spawn(tick(), "ticking")
        dialog = QDialog()
        QTimer.singleShot(100, lambda: dialog.done(7))
        answer = await ask(dialog)
        ticking.cancel()
        return answer, ticks

    answer, ticks = run_qt(qapp, main())
    assert answer == 7
    assert ticks > 2


def test_a_question_that_is_no_longer_awaited_closes_its_dialog(qapp):
    async def main() -> bool:
        dialog = QDialog()
        question = spawn(ask(dialog), "a question")
        await asyncio.sleep(0)
        assert dialog.isVisible()
        question.cancel()
        await asyncio.wait([question])
        return dialog.isVisible()

    assert run_qt(qapp, main()) is False


def test_an_error_that_nobody_catches_is_logged(qapp, monkeypatch: pytest.MonkeyPatch):
    import sys
    import threading

    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(threading, "excepthook", threading.excepthook)
    with capture_logs() as logs:
        install_exception_hooks()
        error = ValueError("lost")
        sys.excepthook(ValueError, error, None)
        thread = threading.Thread(target=lambda: 1 / 0, name="worker")
        thread.start()
        thread.join()
    assert [entry["log_level"] for entry in logs] == ["error", "error"]
    assert logs[1]["thread"] == "worker"


def test_the_time_is_in_milliseconds_since_1970():
    assert 1_700_000_000_000 < now_ms() < 4_000_000_000_000


def test_garbage_is_collected_on_the_loops_own_thread_and_on_no_other(qapp, monkeypatch):
    monkeypatch.setattr("app.bridge.COLLECT_MS", 20)
    threads: list[int] = []

    class Ring:
        def __init__(self) -> None:
            self.me = self

        def __del__(self) -> None:
            threads.append(threading.get_ident())

    def litter() -> None:
        for _ in range(50_000):
            Ring()

    async def main() -> None:
        await asyncio.to_thread(litter)
        async with asyncio.timeout(10):
            while not threads:
                await asyncio.sleep(0.02)

    run_qt(qapp, main())
    assert len(threads) == 50_000
    assert set(threads) == {threading.get_ident()}

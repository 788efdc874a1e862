"""Presses hang, die and do not start; whoever waits for a document is told, and the next one is drawn."""

import asyncio
import os
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TypeVar

import pytest
from helpers import hostile_papers as hostile
from helpers.paper_samples import GREEN, RED, Colour, near, pdf
from helpers.qt_loop import run_qt
from helpers.x11 import child
from PySide6.QtCore import QSize

from app.stage.displays import CannotShow
from app.stage.surface import Content
from app.windows import press as press_module
from app.windows.fit import Look
from app.windows.paper import Paper
from app.windows.paper_view import draw_sheet
from app.windows.press import Press
from app.windows.press_process import PressProcess, press_command
from relay.contract.names import TriggerId

T = TypeVar("T")


def content(path: Path) -> Content:
    kind = "pdf" if path.suffix == ".pdf" else "image"
    return Content(trigger_id=TriggerId("t"), kind=kind, path=path)


async def colour_of(paper: Paper) -> Colour:
    colour = (await draw_sheet(paper, Look(), QSize(80, 60), 1.0)).image.pixelColor(40, 30)
    return colour.red(), colour.green(), colour.blue()


async def drawn(press: Press, path: Path) -> Colour:
    paper = await press.open(content(path))
    colour = await colour_of(paper)
    paper.close()
    return colour


def with_press(qapp: object, work: Callable[[Press], Awaitable[T]], **more: object) -> T:
    async def main() -> T:
        press = Press(**more)  # type: ignore[arg-type]
        try:
            return await work(press)
        finally:
            press.dismiss()

    return run_qt(qapp, main(), seconds=60)  # type: ignore[arg-type]


def pids(press: Press) -> list[int]:
    found = [one.process._process for one in press._presses]
    return [process.pid for process in found if process is not None]


def is_alive(pid: int) -> bool:
    try:
        return "Z" not in Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def never(folder: Path) -> Path:
    """A file that nobody ever writes: opening it waits for ever."""
    os.mkfifo(folder / "never.png")
    return folder / "never.png"


def test_a_press_that_hangs_is_killed_and_the_next_document_does_not_wait_for_it(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(press_module, "GRACE_SECONDS", 4.0)

    async def work(press: Press) -> None:
        assert near(await drawn(press, pdf(tmp_path / "a.pdf", [RED])), RED)
        (hung,) = pids(press)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await press.open(content(never(tmp_path)))
        assert near(await drawn(press, pdf(tmp_path / "b.pdf", [GREEN])), GREEN)
        assert is_alive(hung), "another process has drawn it, before the grace of this one was over"
        async with asyncio.timeout(10):
            while is_alive(hung):
                await asyncio.sleep(0.02)
        assert near(await drawn(press, tmp_path / "b.pdf"), GREEN)
        assert hung not in pids(press)

    with_press(qapp, work)


def test_a_page_that_is_drawn_for_ever_hangs_nothing(qapp, tmp_path: Path):
    async def work(press: Press) -> None:
        paper = await press.open(content(hostile.form_bomb(tmp_path / "bomb.pdf")))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await colour_of(paper)
        assert near(await drawn(press, pdf(tmp_path / "b.pdf", [GREEN])), GREEN)

    with_press(qapp, work)


def test_a_drawing_that_is_drawn_for_ever_hangs_nothing(qapp, tmp_path: Path):
    async def work(press: Press) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await drawn(press, hostile.svg_use_bomb(tmp_path / "bomb.svg"))
        assert near(await drawn(press, pdf(tmp_path / "b.pdf", [GREEN])), GREEN)

    with_press(qapp, work)


def test_an_open_document_goes_on_after_its_press_was_killed(qapp, tmp_path: Path):
    async def work(press: Press) -> None:
        paper = await press.open(content(pdf(tmp_path / "a.pdf", [RED])))
        (first,) = pids(press)
        os.kill(first, 9)
        assert near(await colour_of(paper), RED)
        assert first not in pids(press)

    with_press(qapp, work)


DIES_OVER_EVERYTHING = 'import sys; print("ready", flush=True); sys.stdin.readline(); sys.exit(3)'
DIES_AT_ONCE = "import sys; sys.exit(3)"


def made_of(program: str) -> Callable[[], PressProcess]:
    return lambda: PressProcess([sys.executable, "-c", program])


def test_a_document_that_kills_its_press_twice_is_refused(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf")

    async def work(press: Press) -> CannotShow:
        with pytest.raises(CannotShow) as refused:
            await press.open(content(path))
        return refused.value

    started: list[PressProcess] = []

    def make() -> PressProcess:
        started.append(made_of(DIES_OVER_EVERYTHING)())
        return started[-1]

    worn: list[str] = []
    reason = with_press(qapp, work, make=make, worn_out=lambda: worn.append("worn out"))
    assert (reason.code, reason.values["what"]) == ("DOCUMENT_UNREADABLE", "stage.what.stopped")
    assert len(started) == 2
    assert worn == [], "one bad document is no reason to start the app anew"


def test_a_press_that_does_not_start_is_told_and_a_restart_is_asked_for_once(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf")
    worn: list[str] = []

    async def work(press: Press) -> list[CannotShow]:
        reasons = []
        for _ in range(2):
            with pytest.raises(CannotShow) as refused:
                await press.open(content(path))
            reasons.append(refused.value)
        return reasons

    reasons = with_press(qapp, work, make=made_of(DIES_AT_ONCE), worn_out=lambda: worn.append("worn out"))
    assert [reason.values["what"] for reason in reasons] == ["stage.what.no_press"] * 2
    assert worn == ["worn out"]


def test_processes_that_cannot_be_ended_are_left_behind_but_not_without_number(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(press_module, "GRACE_SECONDS", 0.01)
    monkeypatch.setattr(press_module, "_STUCK_SECONDS", 0.05)
    worn, real = asyncio.Event(), []

    class Undying(PressProcess):
        def end(self) -> None:
            """A kill that does nothing, as for a process that waits for a drive that has gone."""
            real.append(self)

    async def work(press: Press) -> CannotShow:
        for number in range(press_module.MOST_STUCK):
            folder = tmp_path / str(number)
            folder.mkdir()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(0.3):
                    await press.open(content(never(folder)))
        await asyncio.wait_for(worn.wait(), 10)
        with pytest.raises(CannotShow) as refused:
            await press.open(content(pdf(tmp_path / "a.pdf")))
        for process in real:
            PressProcess.end(process)
        return refused.value

    reason = with_press(qapp, work, make=Undying, worn_out=worn.set)
    assert reason.values["what"] == "stage.what.no_press"


def test_a_second_press_rests_when_there_is_nothing_to_do_and_the_first_stays(
    qapp, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(press_module, "REST_SECONDS", 0.1)
    monkeypatch.setattr(press_module, "BUSY_SECONDS", 0.0)
    path = pdf(tmp_path / "a.pdf", [RED])

    async def work(press: Press) -> None:
        await asyncio.gather(*(drawn(press, path) for _ in range(8)))
        both = pids(press)
        assert len(both) == press_module.MOST
        async with asyncio.timeout(10):
            while sum(map(is_alive, both)) > 1:
                await asyncio.sleep(0.02)
        assert near(await drawn(press, path), RED)
        assert pids(press)[0] in both

    with_press(qapp, work)


def test_idle_work_waits_until_nobody_wants_anything(qapp, tmp_path: Path):
    path = pdf(tmp_path / "a.pdf", [RED])
    order: list[str] = []

    async def work(press: Press) -> None:
        paper = await press.open(content(path))

        async def one(name: str, *, idle: bool) -> None:
            await draw_sheet(paper, Look(), QSize(80, 60), 1.0, idle=idle)
            order.append(name)

        await paper.size(1)
        await asyncio.gather(
            one("at once", idle=False),
            one("idle", idle=True),
            one("wanted", idle=False),
            one("too", idle=False),
        )

    with_press(qapp, work)
    assert order == ["at once", "wanted", "too", "idle"]


def test_a_press_ends_itself_when_the_app_is_gone(tmp_path: Path):
    with child(press_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE) as process:
        assert process.stdin
        assert process.stdout
        assert process.stdout.readline() == b"ready\n"
        process.stdin.close()
        assert process.wait(timeout=10) == 0


def test_a_press_ends_itself_when_a_job_takes_too_long_even_if_nobody_is_left_to_end_it(tmp_path: Path):
    job = '{"do": "open", "paper": 1, "path": "%s", "kind": "image", "media": null, "seconds": 0.3}\n'
    with child(
        press_command(), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as process:
        assert process.stdin
        process.stdin.write((job % never(tmp_path)).encode())
        process.stdin.flush()
        assert process.wait(timeout=20) == 1


def test_a_page_that_eats_memory_ends_its_press_and_not_the_machine(qapp, tmp_path: Path):
    eats = (
        'import sys; sys.argv=["x"]; from app.windows import press_worker as worker\n'
        "worker._MOST_MEMORY = 300_000_000\n"
        "real = worker._open\n"
        "worker._open = lambda job: (bytearray(400_000_000), real(job))[1]\n"
        "worker.main()"
    )
    path = pdf(tmp_path / "a.pdf")

    async def work(press: Press) -> CannotShow:
        with pytest.raises(CannotShow) as refused:
            await press.open(content(path))
        return refused.value

    assert with_press(qapp, work, make=made_of(eats)).code == "DOCUMENT_TOO_LARGE"

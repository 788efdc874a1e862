"""Sound for each outcome: through the first player that works, never two at once, never waiting."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QProcess
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.stage.scan_result import Tone
from app.windows.sound import FILES, SOUNDS, Sound


class Players:
    """A PATH with players of our own, which write down what they were asked to play."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.log.touch()

    def add(self, name: str, script: str = "") -> None:
        program = self.folder / name
        program.write_text(f'#!/bin/sh\necho "{name} $@" >> "{self.log}"\n{script}\n')
        program.chmod(0o755)

    def asked(self) -> list[str]:
        return self.log.read_text().splitlines()


@pytest.fixture
def players(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Players:
    monkeypatch.setenv("PATH", f"{tmp_path}")
    # The stub's shell finds its own programs; only the players' names must not be found.
    for program in ("sleep", "sh", "echo"):
        (tmp_path / program).symlink_to(f"/bin/{program}")
    return Players(tmp_path)


@pytest.fixture
def sound(qtbot: QtBot) -> Iterator[Sound]:
    sound = Sound()
    yield sound
    sound.close()


@pytest.fixture
def beeps(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    heard: list[bool] = []
    monkeypatch.setattr(QApplication, "beep", lambda: heard.append(True))
    return heard


@pytest.mark.parametrize("tone", list(Tone))
def test_each_outcome_has_its_sound(tone: Tone, players: Players, sound: Sound, qtbot: QtBot) -> None:
    players.add("aplay")
    sound.play(tone)
    qtbot.waitUntil(lambda: players.asked() == [f"aplay -q {SOUNDS / FILES[tone]}"])
    assert (SOUNDS / FILES[tone]).is_file()


def test_the_first_player_of_the_three_is_taken(players: Players, sound: Sound, qtbot: QtBot) -> None:
    for name in ("aplay", "paplay", "pw-play"):
        players.add(name)
    sound.play(Tone.GOOD)
    qtbot.waitUntil(lambda: len(players.asked()) == 1)
    assert players.asked()[0].startswith("pw-play ")


def test_a_player_that_fails_makes_room_for_the_next(
    players: Players, sound: Sound, qtbot: QtBot, beeps: list[bool]
) -> None:
    players.add("pw-play", "exit 1")
    players.add("aplay")
    sound.play(Tone.BAD)
    qtbot.waitUntil(lambda: [line.split()[0] for line in players.asked()] == ["pw-play", "aplay"])
    assert beeps == []


def test_without_any_player_that_works_the_application_beeps(
    players: Players, sound: Sound, qtbot: QtBot, beeps: list[bool]
) -> None:
    sound.play(Tone.BAD)
    assert beeps == [True]
    players.add("paplay", "exit 3")
    (players.folder / "aplay").write_text("not a program")
    (players.folder / "aplay").chmod(0o755)
    sound.play(Tone.BAD)
    qtbot.waitUntil(lambda: beeps == [True, True])


def test_a_newer_sound_ends_the_older_one_and_nobody_waits(
    players: Players, sound: Sound, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.windows.sound.LONGEST_MS", 60_000)  # not this one's doing
    players.add("aplay", f'echo $$ >> "{players.folder}/pids"; exec sleep 30')
    pids = players.folder / "pids"
    sound.play(Tone.WAITING)
    qtbot.waitUntil(lambda: pids.exists() and len(pids.read_text().split()) == 1)
    began = time.perf_counter()
    sound.play(Tone.BAD)
    sound.play(Tone.GOOD)
    assert time.perf_counter() - began < 0.05
    qtbot.waitUntil(lambda: len(pids.read_text().split()) == 2)
    assert players.asked()[-1].endswith("shown.wav"), "only the newest one is played"
    first, second = (int(pid) for pid in pids.read_text().split())
    qtbot.waitUntil(lambda: not _exists(first))
    sound.close()
    assert not _exists(second), "no process is left behind, not even a zombie"


def test_a_player_that_hangs_is_ended(
    players: Players, sound: Sound, qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.windows.sound.LONGEST_MS", 50)
    monkeypatch.setattr(QApplication, "beep", lambda: None)
    players.add("aplay", "exec sleep 30")
    sound.play(Tone.GOOD)
    qtbot.waitUntil(lambda: len(players.asked()) == 1)
    qtbot.waitUntil(lambda: sound.findChild(QProcess) is None)


def test_muted_is_silent(players: Players, sound: Sound, beeps: list[bool]) -> None:
    players.add("aplay")
    sound.muted = True
    sound.play(Tone.BAD)
    assert sound.findChild(QProcess) is None
    assert beeps == []


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True

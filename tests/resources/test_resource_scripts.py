"""The resources are what their scripts make, byte for byte, so a change to either shows up as a diff."""

import subprocess
import sys
from pathlib import Path

import pytest

RESOURCES = Path(__file__).resolve().parents[2] / "resources"
SAMPLES = RESOURCES / "samples"

MADE = (".pdf", ".svg", ".png", ".jpg", ".csv", ".wav")


def made_in(folder: Path) -> dict[str, bytes]:
    """Every generated file below a folder, by its relative name."""
    files = (path for path in folder.rglob("*") if path.suffix in MADE)
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


def run(script: Path, folder: Path) -> dict[str, bytes]:
    """Run a generator into an empty folder and read what it made."""
    subprocess.run([sys.executable, "-B", str(script), str(folder)], check=True, timeout=120)
    return made_in(folder)


@pytest.mark.parametrize(
    ("script", "folder"),
    [
        (SAMPLES / "make_samples.py", SAMPLES),
        (RESOURCES / "sounds" / "make_sounds.py", RESOURCES / "sounds"),
        (RESOURCES / "control_sheet" / "make_control_sheet.py", RESOURCES / "control_sheet"),
    ],
    ids=["samples", "sounds", "control sheet"],
)
def test_a_generator_makes_the_same_bytes_again(script: Path, folder: Path, tmp_path: Path) -> None:
    kept, first, second = made_in(folder), run(script, tmp_path / "first"), run(script, tmp_path / "second")
    assert first == second, "Two runs differ: something in the generator depends on time or chance."
    assert sorted(first) == sorted(kept)
    changed = [name for name in kept if kept[name] != first[name]]
    assert not changed, f"Run {script.name} and commit what it makes; these files differ: {changed}"

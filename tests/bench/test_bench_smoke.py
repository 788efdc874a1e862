"""The benchmark works: with tiny numbers it loses nothing and writes its tables. It never judges a time here."""

import subprocess
import sys
from pathlib import Path

import msgspec
import pytest
from bench.figures import BEGIN, END, NoPlaceForFigures, table, write_into

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def quick(tmp_path_factory: pytest.TempPathFactory) -> tuple[dict, str]:
    folder = tmp_path_factory.mktemp("bench")
    done = subprocess.run(
        [
            sys.executable,
            "tests/bench",
            "--quick",
            "--out",
            folder / "out.md",
            "--samples",
            folder / "out.json",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=110,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return msgspec.json.decode((folder / "out.json").read_bytes()), (folder / "out.md").read_text("utf-8")


def test_every_accepted_trigger_reaches_its_own_screen(quick) -> None:
    readings = quick[0]["readings"]
    assert {reading["kind"]["key"] for reading in readings} == {"relay", "python"}
    for reading in readings:
        counts = {name: reading[name] for name in ("lost", "misled", "superseded", "refused")}
        assert counts == {"lost": 0, "misled": 0, "superseded": 0, "refused": {}}, reading["load"]
        assert reading["accepted"] == len(reading["arrive_ms"]) > 0


def test_what_waited_through_a_restart_is_delivered_after_it(quick) -> None:
    storms = [storm for storm in quick[0]["storms"] if storm["kind"]["key"] == "relay"]
    assert {storm["signal"] for storm in storms} == {"SIGTERM", "SIGKILL"}
    for storm in storms:
        assert storm["waiting"] > 0
        assert storm["lost"] == 0
        # Infinity, for somebody who never came back, is no number of JSON.
        assert None not in storm["last_back"], storm["signal"]


def test_the_tables_say_what_was_measured_and_on_what(quick) -> None:
    text = quick[1]
    for words in ("accept → navigate P50 / P95 / P99", "ours to this", "last is back", "fdatasync", "commit"):
        assert words in text
    for row in (line for line in text.splitlines() if line.startswith("| Benchcast relay")):
        assert row.count("|") == len(row.split("|")) - 1


def test_the_page_keeps_what_stands_around_the_marks(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text(f"# Before\n{BEGIN}\nold\n{END}\nafter\n", "utf-8")
    write_into(page, "new")
    assert page.read_text("utf-8") == f"# Before\n{BEGIN}\n\nnew\n\n{END}\nafter\n"


def test_a_page_without_marks_is_left_alone(tmp_path: Path) -> None:
    page = tmp_path / "figures.md"
    page.write_text(f"{END}{BEGIN}", "utf-8")
    with pytest.raises(NoPlaceForFigures):
        write_into(page, "new")
    assert page.read_text("utf-8") == f"{END}{BEGIN}"


def test_the_page_of_figures_has_its_marks() -> None:
    text = (ROOT / "resources/docs/figures.md").read_text("utf-8")
    assert text.count(BEGIN) == text.count(END) == 1
    assert text.index(BEGIN) < text.index(END)


def test_a_table_is_as_wide_as_its_widest_cell() -> None:
    assert table(("a", "b"), [("long", 1)]).splitlines() == ["| a    | b |", "|------|--:|", "| long | 1 |"]

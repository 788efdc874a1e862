"""What those who change Benchcast are told names commands, rules and files that are there, and all of the rules."""

import re
from pathlib import Path

import pytest
from helpers.house import ROOT, tracked_files
from helpers.papers import DOCS, Paper, rows, ticked

PAPER = Paper.read(ROOT / "CONTRIBUTING.md")
PAPERS = (
    ROOT / "CONTRIBUTING.md",
    ROOT / "SECURITY.md",
    *(DOCS / name for name in ("threats.md", "data.md", "keys.md", "security.md")),
)


def test_every_command_that_it_tells_is_one_of_the_makefile() -> None:
    there = set(re.findall(r"^([a-z][a-z-]*):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    told = set(re.findall(r"`make ([a-z-]+)", PAPER.text))
    assert {"test", "lint", "lock", "sbom", "audit"} <= told
    assert told <= there


def test_every_rule_of_the_house_stands_in_the_list_and_is_there() -> None:
    listed = {each for _, where in rows(PAPER.section("What a machine looks at")) for each in ticked(where)}
    assert [each for each in sorted(listed) if not (ROOT / each).is_file()] == []
    rules = {f"tests/house/{file.name}" for file in (ROOT / "tests" / "house").glob("test_*.py")}
    assert sorted(rules - listed) == []


@pytest.mark.parametrize("paper", PAPERS, ids=lambda paper: paper.name)
def test_what_it_links_to_is_there(paper: Path) -> None:
    links = re.findall(r"\]\(([^)#:\s]+)\)", paper.read_text("utf-8"))
    assert links
    kept = {*tracked_files(), *(parent for file in tracked_files() for parent in file.parents)}
    assert [link for link in links if (paper.parent / link).resolve() not in kept] == []


def test_eyes_have_a_list_that_ends() -> None:
    points = re.findall(r"^\d+\. \*\*", PAPER.section("What eyes look at"), re.MULTILINE)
    assert 8 <= len(points) <= 12

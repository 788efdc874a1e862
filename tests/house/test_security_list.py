"""The security checklist names tests that exist, and says of every row how it stands."""

import ast
import re
from functools import cache

import pytest
from helpers.house import ROOT

LIST = ROOT / "resources" / "docs" / "security.md"
ROWS = [line for line in LIST.read_text("utf-8").splitlines() if line.startswith("| ")][2:]
NAMED = sorted(set(re.findall(r"`([\w/]+::test_\w+)`", LIST.read_text("utf-8"))))


@cache
def names_in(path: str) -> set[str]:
    tree = ast.parse((ROOT / "tests" / f"{path}.py").read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_the_checklist_names_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert name in names_in(path)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_a_row_says_how_it_stands_and_what_shows_it(row: str) -> None:
    _, number, state, shown, _ = (cell.strip() for cell in row.split("|"))
    assert re.match(r"\d+\.\d+|beyond", number), "the requirement comes first"
    assert state in {"yes", "part", "no", ""}
    if state == "yes":
        assert "::test_" in shown, "what is met is shown by a test"
    if state == "part":
        assert shown, "what is missing is said"
    if not state:
        assert shown == "not used"


def test_the_checklist_is_there() -> None:
    assert len(ROWS) > 60
    assert len(NAMED) > 50

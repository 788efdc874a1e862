"""The security checklist has every requirement of ASVS 4.0.3, level 2, once, and names tests that exist."""

import re
from collections import Counter

import pytest
from helpers.house import ROOT
from helpers.papers import names_in

LIST = ROOT / "resources" / "docs" / "security.md"
TEXT = LIST.read_text("utf-8")
ROWS = [line for line in TEXT.partition("\n## Checklist\n")[2].splitlines() if line.startswith("| ")][2:]
NAMED = sorted(set(re.findall(r"`([\w/]+::test_\w+)`", TEXT)))
STATES = ("yes", "untested", "part", "no", "n/a")
# The numbers of level 2 as the edition's own table has them (4.0/docs_en/...4.0.3-en.csv): section, then requirements.
LEVEL_2 = """
1.1:1-7 1.2:1-4 1.4:1,4,5 1.5:1-4 1.6:1-4 1.7:1-2 1.8:1-2 1.9:1-2 1.10:1 1.11:1-2 1.12:2 1.14:1-6
2.1:1-12 2.2:1-3 2.3:1-3 2.4:1-6 2.5:1-7 2.6:1-3 2.7:1-6 2.8:1-7 2.9:1-3 2.10:1-4
3.1:1 3.2:1-4 3.3:1-4 3.4:1-5 3.5:1-3 3.7:1 4.1:1-3,5 4.2:1-2 4.3:1-3
5.1:1-5 5.2:1-8 5.3:1-10 5.4:1-3 5.5:1-4 6.1:1-3 6.2:1-6 6.3:1-2 6.4:1-2
7.1:1-4 7.2:1-2 7.3:1,3,4 7.4:1-3 8.1:1-4 8.2:1-3 8.3:1-8 9.1:1-3 9.2:1-4 10.2:1-2 10.3:1-3
11.1:1-8 12.1:1-3 12.2:1 12.3:1-6 12.4:1-2 12.5:1-2 12.6:1 13.1:1,3,4,5 13.2:1,2,3,5,6 13.3:1-2 13.4:1-2
14.1:1-4 14.2:1-6 14.3:2-3 14.4:1-7 14.5:1-4
"""


def required() -> list[str]:
    found: list[str] = []
    for word in LEVEL_2.split():
        section, _, parts = word.partition(":")
        for part in parts.split(","):
            first, _, last = part.partition("-")
            found += [f"{section}.{number}" for number in range(int(first), int(last or first) + 1)]
    return found


def numbers_of(row: str) -> list[str]:
    """Write out a row's first cell: `2.4.3, 2.4.6 to 2.4.8`; what is beyond the standard has none."""
    cell = row.split("|")[1].strip()
    if cell.startswith("beyond: "):
        return []
    found: list[str] = []
    for part in cell.split(", "):
        first, _, last = part.partition(" to ")
        section, _, number = first.rpartition(".")
        up_to = int(last.rpartition(".")[2]) if last else int(number)
        found += [f"{section}.{each}" for each in range(int(number), up_to + 1)]
    return found


def state_of(row: str) -> str:
    return row.split("|")[2].strip()


@pytest.mark.parametrize("named", NAMED)
def test_a_test_that_the_checklist_names_exists(named: str) -> None:
    path, _, name = named.partition("::")
    assert name in names_in(path)


def test_every_requirement_of_level_2_has_exactly_one_row() -> None:
    listed = Counter(number for row in ROWS for number in numbers_of(row))
    assert [number for number in required() if number not in listed] == []
    assert sorted(listed - Counter(required())) == [], "of another level, deleted, or twice"


def test_the_count_above_the_table_is_that_of_the_table() -> None:
    counted = Counter[str]()
    for row in ROWS:
        counted[state_of(row)] += len(numbers_of(row))
    said = ", ".join(f"{counted[state]} {state}" for state in STATES)
    assert f"Of the {len(required())} requirements of level 2: {said}." in TEXT


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row[2:40])
def test_a_row_says_how_it_stands_and_what_shows_it(row: str) -> None:
    shown = row.split("|")[3].strip()
    assert state_of(row) in STATES
    assert shown, "what shows it, or what is missing, is said"
    if state_of(row) == "yes":
        assert "::test_" in shown, "what is met is shown by a test"
    else:
        assert re.sub(r"`[\w/]+::test_\w+`", "", shown).strip(" ,:"), (
            "what is missing, or why, is said in words"
        )

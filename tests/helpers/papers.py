"""Documents that tests hold to the code: their sections, their tables, what they name, and figures they repeat."""

import ast
import importlib
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from helpers.house import ROOT

DOCS = ROOT / "resources" / "docs"
TEST = re.compile(r"`([\w/]+::test_\w+)`")


@dataclass(frozen=True)
class Paper:
    """One document; a section is what stands below a heading, up to the next one of its rank or a higher."""

    text: str

    @classmethod
    def read(cls, path: Path) -> "Paper":
        return cls(path.read_text("utf-8"))

    def section(self, heading: str) -> str:
        found = re.search(rf"^(#+) {re.escape(heading)}\n", self.text, re.MULTILINE)
        assert found, f"no heading {heading!r}"
        rest = self.text[found.end() :]
        following = re.search(rf"^#{{1,{len(found[1])}}} ", rest, re.MULTILINE)
        return rest[: following.start()] if following else rest

    def headings(self, rank: int) -> list[str]:
        return re.findall(rf"^{'#' * rank} (.+)$", self.text, re.MULTILINE)


def rows(section: str) -> list[list[str]]:
    """List the rows of the section's tables, cell by cell, without their heads."""
    found: list[list[str]] = []
    lines = section.splitlines()
    for number, line in enumerate(lines):
        is_head = number + 1 < len(lines) and lines[number + 1].startswith("| ---")
        if line.startswith("| ") and not line.startswith("| ---") and not is_head:
            cells = line.removeprefix("|").rstrip().removesuffix("|").split("|")
            found.append([cell.strip() for cell in cells])
    return found


def ticked(text: str) -> list[str]:
    """List what stands between back-ticks."""
    return re.findall(r"`([^`\n]+)`", text)


@cache
def names_in(path: str) -> set[str]:
    """List the tests of a file below tests/, named without its ending."""
    tree = ast.parse((ROOT / "tests" / f"{path}.py").read_text("utf-8"))
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    }


def missing_tests(text: str) -> list[str]:
    """List the tests that a text names and that do not exist."""
    named = sorted(set(TEST.findall(text)))
    assert named, "it names no test at all"
    return [
        each
        for each in named
        if not (ROOT / "tests" / f"{each.partition('::')[0]}.py").is_file()
        or each.partition("::")[2] not in names_in(each.partition("::")[0])
    ]


def wrong_figures(section: str) -> list[str]:
    """List what a table `| what it means | `module:NAME` | `value` |` says otherwise than the code does."""
    wrong: list[str] = []
    for _, place, said in rows(section):
        module, _, path = ticked(place)[0].partition(":")
        value: object = importlib.import_module(module)
        for name in path.split("."):
            value = _default(value, name)
        if str(value) != ticked(said)[0]:
            wrong.append(f"{place} is {value}, not {said}")
    return wrong


def _default(holder: object, name: str) -> object:
    """Read a constant, or the default of a Struct's field."""
    fields = getattr(holder, "__struct_fields__", ())
    if name in fields:
        defaults = holder.__struct_defaults__  # pyright: ignore[reportAttributeAccessIssue]
        return defaults[len(defaults) - len(fields) + fields.index(name)]
    return getattr(holder, name)

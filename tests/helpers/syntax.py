"""The program as a tree: every call, import and statement of relay and app, found once for all rules."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from typing import TypeVar, cast

from helpers.house import PROGRAM, name_of, parsed, python_files

N = TypeVar("N", bound=ast.AST)


@cache
def _found() -> dict[type[ast.AST], list[tuple[str, ast.AST]]]:
    found: dict[type[ast.AST], list[tuple[str, ast.AST]]] = defaultdict(list)
    kinds = (
        ast.Import, ast.ImportFrom, ast.Call, ast.Attribute, ast.JoinedStr, ast.BinOp, ast.Assign, ast.FunctionDef,
        ast.AsyncFunctionDef,
    )  # fmt: skip
    for file in python_files(*PROGRAM):
        for node in ast.walk(parsed(file)):
            if isinstance(node, kinds):
                found[type(node)].append((name_of(file), node))
    return found


def nodes(kind: type[N]) -> list[tuple[str, N]]:
    """List what there is of a kind, each with its file."""
    return cast("list[tuple[str, N]]", _found()[kind])


@cache
def imports() -> list[tuple[str, str]]:
    """List what each file imports: modules, and what is taken from them, as dotted names."""
    plain = [(where, each.name) for where, node in nodes(ast.Import) for each in node.names]
    taken = [
        (where, f"{node.module}.{each.name}")
        for where, node in nodes(ast.ImportFrom)
        if not node.level
        for each in node.names
    ]
    return plain + taken


@cache
def calls() -> list[tuple[str, str, ast.Call]]:
    """List all calls: where, by which dotted name (`.encrypt` when it is not called on a name), and the call."""
    return [(where, dotted(node.func), node) for where, node in nodes(ast.Call)]


def dotted(node: ast.AST) -> str:
    """Spell a name or an attribute as it is written."""
    if isinstance(node, ast.Name):
        return node.id
    return f"{dotted(node.value)}.{node.attr}" if isinstance(node, ast.Attribute) else ""


def roots() -> Iterator[tuple[str, str]]:
    """Give the top package of every import."""
    return ((where, name.split(".")[0]) for where, name in imports())

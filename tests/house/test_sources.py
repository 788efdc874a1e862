"""How the code is written: short files that say what they promise, named tasks, no catch-all, and reasons."""

import ast
import re
import subprocess
import sys
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest
from helpers.house import PROGRAM, ROOT, name_of, parsed, python_files

RUFF = Path(sys.executable).with_name("ruff")
LONGEST = 400

# The outermost edges, where what nobody expected is logged once and answered: the handlers of requests, of socket
# messages, of commands and of writes, and the two places that own tasks.
CATCH_ALL = {
    "app/stage/director.py",
    "relay/web/handler.py",
    "relay/live/server.py",
    "relay/live/wire.py",
    "relay/storage/readers.py",
    "relay/storage/writer.py",
    "relay/tasks.py",
    "app/bridge.py",
    "app/windows/importing.py",  # raised again, by the thread that waits
}
MAKES_TASKS = {"relay/tasks.py", "app/bridge.py"}


@pytest.mark.parametrize("file", python_files(), ids=name_of)
def test_a_file_is_short_enough_to_be_read(file: Path) -> None:
    lines = file.read_text("utf-8").count("\n")
    assert lines <= LONGEST, f"{name_of(file)} has {lines} lines; split it"


@pytest.mark.parametrize("file", python_files("app", "relay", "packaging", "tests"), ids=name_of)
def test_a_module_opens_with_what_it_promises(file: Path) -> None:
    if file == ROOT / "relay" / "__init__.py":
        return  # empty on purpose, so that the contract can be imported alone
    promise = ast.get_docstring(parsed(file))
    assert promise, f"{name_of(file)} does not say what it promises"
    first = promise.split("\n\n")[0]
    assert re.search(r"[.:;!?]['\"`)]?$", first), (
        f"{name_of(file)} opens with an unfinished sentence: {first}"
    )


@pytest.mark.parametrize("file", python_files(*PROGRAM), ids=name_of)
def test_a_room_has_no_vague_name(file: Path) -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "base", "misc", "queue"}
    assert not vague & {part.removesuffix(".py") for part in file.relative_to(ROOT).parts}


def _ruff(code: str, name: str) -> str:
    done = subprocess.run(
        [RUFF, "check", "--no-cache", "--output-format", "concise", "--stdin-filename", name, "-"],
        cwd=ROOT,
        input=code,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


@pytest.mark.parametrize(
    ("line", "rule"),
    [
        ("asyncio.create_task(work())", "TID251"),
        ("asyncio.ensure_future(work())", "TID251"),
        ("time.time()", "TID251"),
        ("datetime.datetime.now(datetime.UTC)", "TID251"),
        ("print(1)", "T201"),
        ("asyncio.get_event_loop().create_task(work())", None),
    ],
)
@pytest.mark.parametrize("room", ["app/link", "relay/delivery"])
def test_a_banned_call_is_caught(room: str, line: str, rule: str | None) -> None:
    code = f'"""Plants a mistake."""\n\nimport asyncio\nimport datetime\nimport time\n\n{line}\n'
    said = _ruff(code, f"{room}/planted.py")
    if rule is None:
        tree = ast.parse(code)
        assert any(_makes_task(node) for node in ast.walk(tree))
    else:
        assert rule in said


@pytest.mark.parametrize("clause", ["except Exception:", "except BaseException:", "except:"])
def test_a_catch_all_is_caught(clause: str) -> None:
    code = f'"""Plants a mistake."""\n\ntry:\n    x = 1\n{clause}\n    x = 2\n'
    assert re.search("BLE001|E722", _ruff(code, "relay/delivery/planted.py"))


def _makes_task(node: ast.AST) -> bool:
    return (
        isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in {"create_task", "ensure_future"}
        # A TaskGroup owns its tasks and hears them fail.
        and not (isinstance(node.func.value, ast.Name) and node.func.value.id in {"group", "tasks"})
    )


@pytest.mark.parametrize("file", python_files(*PROGRAM), ids=name_of)
def test_a_task_is_made_where_it_gets_a_name_and_an_owner(file: Path) -> None:
    made = [
        node.lineno for node in ast.walk(parsed(file)) if isinstance(node, ast.expr) and _makes_task(node)
    ]
    assert not made or name_of(file) in MAKES_TASKS, f"{name_of(file)}:{made}"


@pytest.mark.parametrize("file", python_files(*PROGRAM), ids=name_of)
def test_everything_is_caught_only_at_the_edges(file: Path) -> None:
    broad = [
        node.lineno
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.ExceptHandler)
        and (
            node.type is None
            or (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"})
        )
        # One that passes on whatever it caught hides nothing.
        and not (isinstance(node.body[-1], ast.Raise) and node.body[-1].exc is None)
    ]
    assert not broad or name_of(file) in CATCH_ALL, f"{name_of(file)}:{broad}"


def _comments(file: Path) -> Iterator[tuple[int, str, bool]]:
    """List the comments, each with its line and whether a comment of its own line stands right above it."""
    above = -1
    with file.open("rb") as source:
        for token in tokenize.tokenize(source.readline):
            if token.type == tokenize.COMMENT:
                line = token.start[0]
                yield line, token.string, above == line - 1
                if token.line.lstrip().startswith("#"):
                    above = line


@pytest.mark.parametrize("file", python_files(*PROGRAM, "packaging"), ids=name_of)
def test_an_exception_from_a_rule_names_the_rule_and_the_reason(file: Path) -> None:
    rules = re.compile(r"# (noqa: ?|pyright: ignore)\[?(\w+(, ?\w+)*)\]?")
    for line, comment, explained_above in _comments(file):
        where = f"{name_of(file)}:{line}: {comment}"
        assert not re.search(r"\b(TODO|FIXME|XXX|HACK)\b", comment), where
        assert not re.search(r"#\s*type:\s*ignore", comment), f"{where}: say pyright: ignore[rule]"
        if re.search(r"#\s*(noqa|pyright:\s*ignore)", comment):
            named = rules.search(comment)
            assert named, f"{where}: name the rule"
            assert explained_above or re.search(r"\w", comment[named.end() :]), f"{where}: say why"

"""The import rules hold, and each of them bites when somebody breaks it."""

import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from helpers.house import ROOT, name_of, parsed, python_files

LINT = Path(sys.executable).with_name("lint-imports")


def lint(folder: Path) -> tuple[int, str]:
    """Run import-linter there, on the code that stands there."""
    done = subprocess.run(
        [LINT, "--no-cache", "--no-logo"],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
        env={"PATH": "/usr/bin:/bin", "PYTHONPATH": str(folder), "COLUMNS": "200", "LANG": "C.UTF-8"},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("house")
    for file in [*python_files("app", "relay"), ROOT / "pyproject.toml"]:
        there = folder / file.relative_to(ROOT)
        there.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, there)
    return folder


def test_nobody_visits_whom_he_may_not() -> None:
    status, said = lint(ROOT)
    assert status == 0, said


@pytest.mark.parametrize(
    ("file", "line", "rule"),
    [
        ("relay/clock.py", "import app.errors", "The relay never knows the app"),
        ("app/errors.py", "import relay.settings", "the app knows the wire contract alone"),
        ("app/stage/status.py", "import PySide6.QtCore", "The stage knows neither Qt nor the network"),
        ("app/stage/status.py", "import aiohttp", "The stage knows neither Qt nor the network"),
        ("app/link/__init__.py", "import app.bridge", "The link knows no Qt"),
        ("app/scan/burst.py", "import PySide6.QtGui", "Only windows, bridge and the wiring know Qt"),
        (
            "app/windows/sound.py",
            "import qasync",
            "Only bridge and main know how Qt and asyncio share a loop",
        ),
        ("relay/live/wire.py", "import sqlalchemy", "Only the rooms that keep something know SQLAlchemy"),
        ("relay/delivery/courier.py", "import socketio", "know Socket.IO"),
        ("relay/web/access.py", "import relay.delivery.courier", "The relay's rooms stand in layers"),
        ("relay/contract/names.py", "import relay.errors", "The relay's rooms stand in layers"),
        ("app/scan/rules.py", "import app.windows", "The app's rooms stand in layers"),
        ("app/stage/displays.py", "import app.link", "The app's rooms stand in layers"),
        ("relay/flows/other/__init__.py", "import relay.flows.display", "A flow never knows another flow"),
        ("relay/utils.py", "", "The relay's rooms stand in layers"),
        ("app/helpers/__init__.py", "", "The app's rooms stand in layers"),
    ],
)
def test_a_forbidden_visit_is_caught(copy: Path, file: str, line: str, rule: str) -> None:
    planted = copy / file
    before = planted.read_text("utf-8") if planted.exists() else None
    planted.parent.mkdir(exist_ok=True)
    planted.write_text(f"{before or ''}\n{line}\n", "utf-8")
    try:
        status, said = lint(copy)
    finally:
        if before is None:
            planted.unlink()
            shutil.rmtree(planted.parent, ignore_errors=True) if file.endswith("__init__.py") else None
        else:
            planted.write_text(before, "utf-8")
    assert status != 0, said
    broken = [verdict for verdict in said.splitlines() if rule in verdict and "BROKEN" in verdict]
    assert broken, said


@pytest.mark.parametrize("file", python_files("relay/contract", "relay"), ids=name_of)
def test_the_contract_stands_on_msgspec_and_python_alone(file: Path) -> None:
    if file.parent.name != "contract":
        return
    for node in ast.walk(parsed(file)):
        roots: list[str] = []
        if isinstance(node, ast.Import):
            roots = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0
            roots = [node.module or ""]
        for root in roots:
            known = root.split(".")[0] in sys.stdlib_module_names or root.split(".")[0] == "msgspec"
            # What a certificate proves, bench and relay have to read alike; whoever needs it imports it late.
            known = known or (file.name == "vouching.py" and root.split(".")[0] == "cryptography")
            assert known or root.startswith("relay.contract"), f"{name_of(file)}:{node.lineno} imports {root}"


def test_the_contract_loads_no_server_code() -> None:
    words = "import sys, relay.contract.commands, relay.contract.problems; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", words], cwd=ROOT, capture_output=True, text=True, check=True
    )
    heavy = {"aiohttp", "socketio", "sqlalchemy", "relay.settings", "relay.errors", "asyncio", "PySide6"}
    assert not heavy & set(loaded.stdout.split())
    assert not (ROOT / "relay" / "__init__.py").read_text("utf-8").strip()


def test_no_folder_shadows_a_library() -> None:
    # `packaging` is also a library that pytest needs; with an __init__.py ours would be imported in its place.
    assert not (ROOT / "packaging" / "__init__.py").exists()

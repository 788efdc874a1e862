"""The suite: every folder of tests is run, what fails beside others is run once more alone; the rules are kept, too."""

import importlib.util
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ONCE_STARVED = """
from pathlib import Path

def test_it():
    mark = Path(__file__).with_name("was-here")
    was_here = mark.exists()
    mark.touch()
    assert was_here
"""


@pytest.fixture
def suite(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    spec = importlib.util.spec_from_file_location("suite", ROOT / "packaging" / "suite" / "__main__.py")
    assert spec is not None
    assert spec.loader is not None
    suite = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(suite)
    monkeypatch.setenv("PYTEST_DISABLE_PLUGIN_AUTOLOAD", "1")  # they take seconds to load, five times over
    monkeypatch.setattr(suite, "ROOT", tmp_path)
    monkeypatch.setattr(suite, "TESTS", tmp_path / "tests")
    monkeypatch.setattr(suite, "ORDER", ("one", "two"))
    monkeypatch.setattr(suite, "RULES", ("true",))
    for name in suite.ORDER:
        folder = tmp_path / "tests" / name
        folder.mkdir(parents=True)
        (folder / f"test_{name}.py").write_text("def test_it(): pass\n", "utf-8")
    return suite


def test_what_passes_passes(suite, capfd):
    assert suite.main() == 0
    assert "Nothing had to be run again." in capfd.readouterr().out


def test_what_fails_beside_others_and_passes_alone_is_named(suite, tmp_path: Path, capfd):
    (tmp_path / "tests" / "two" / "test_two.py").write_text(ONCE_STARVED, "utf-8")
    assert suite.main() == 0
    said = capfd.readouterr().out
    assert "two" in said
    assert "passed alone" in said
    assert "assert was_here" in said, "what failed first is shown whole"


def test_what_fails_alone_too_fails_the_suite(suite, tmp_path: Path, capfd):
    (tmp_path / "tests" / "one" / "test_one.py").write_text("def test_it(): assert False\n", "utf-8")
    assert suite.main() == 1
    assert "FAILED (1)" in capfd.readouterr().out


def test_what_cannot_be_read_is_no_matter_of_load(suite, tmp_path: Path, capfd):
    (tmp_path / "tests" / "one" / "test_one.py").write_text("import nothing_of_that_name\n", "utf-8")
    assert suite.main() == 2
    assert "passed alone" not in capfd.readouterr().out


def test_where_the_rules_do_not_hold_nothing_else_is_waited_for(suite, tmp_path: Path, monkeypatch, capfd):
    monkeypatch.setattr(suite, "RULES", ("sh", "-c", "sleep 1; echo not so; exit 3"))
    (tmp_path / "tests" / "one" / "test_one.py").write_text(
        "import time\ndef test_it(): time.sleep(60)\n", "utf-8"
    )
    began = time.monotonic()
    assert suite.main() == 3
    assert time.monotonic() - began < 40
    assert "not so" in capfd.readouterr().out


def test_a_folder_that_nobody_runs_is_an_error(suite, tmp_path: Path, capfd):
    (tmp_path / "tests" / "three").mkdir()
    assert suite.main() == 2
    assert "three" in capfd.readouterr().err

"""The Python and the Qt that run here can live together."""

import subprocess
import sys

import pytest
from PySide6.QtCore import QObject

# WORKAROUND: PySide6 6.12 drops a reference of None in every call that returns nothing, on Python 3.11 and older;
# the process dies after some thousand calls. It was measured and not found in the issue tracker; pyproject keeps the
# two apart by markers, and this test keeps pyproject honest.


def test_qt_gives_back_every_none_that_it_took() -> None:
    thing = QObject()
    thing.setObjectName("once")
    before = sys.getrefcount(None)
    for _ in range(200):
        thing.setObjectName("again")
    assert sys.getrefcount(None) - before > -100


def test_this_python_is_one_that_the_project_supports() -> None:
    assert (3, 11) <= sys.version_info < (3, 14)


@pytest.mark.parametrize(
    "module", ["PySide6.QtPdfWidgets", "PySide6.QtWebEngineWidgets", "pysqlite3", "qasync"]
)
def test_what_the_program_loads_late_is_really_there(module: str) -> None:
    # In a process of its own: WebEngine wants to be first, and qasync looks which Qt was loaded.
    subprocess.run([sys.executable, "-c", f"import PySide6.QtCore, {module}"], check=True, timeout=60)

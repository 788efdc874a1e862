"""Compiles the Python part of PySide6, which its library carries as source in a ZIP and compiles at every start.

Shiboken takes the directory `files.dir` beside itself instead, if there is one (its variable SBK_EMBED makes it). That
saves 120 million instructions, a tenth of the start.
"""

from __future__ import annotations

import compileall
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

# In a process of its own, for PySide6 changes the interpreter that imports it. `signature_bootstrap` is Shiboken's.
_UNPACK = """
import sys
from pathlib import Path
import PySide6.QtCore
sys.modules["signature_bootstrap"].reincarnate_files(Path(sys.argv[1]))
"""


def compiled_support(folder: Path) -> list[tuple[str, str]]:
    """Unpack and compile into `folder`; returns the files, each with its directory in the bundle."""
    shutil.rmtree(folder, ignore_errors=True)
    subprocess.run([sys.executable, "-c", _UNPACK, str(folder)], check=True)
    # Beside the sources, where they are found without them; and valid whatever the time of a file says.
    checked = py_compile.PycInvalidationMode.UNCHECKED_HASH
    if not compileall.compile_dir(
        folder, quiet=1, legacy=True, invalidation_mode=checked, stripdir=str(folder)
    ):
        raise RuntimeError("the support files of PySide6 cannot be compiled")
    made = sorted(folder.rglob("*.pyc"))
    if not made:
        raise RuntimeError("PySide6 has no support files any more; this step can go")
    return [(str(file), f"shiboken6/files.dir/{file.relative_to(folder).parent.as_posix()}") for file in made]

"""Runs in the bundle before the app: programs of the system that it starts must load the system's libraries, not ours.

PyInstaller's starter points LD_LIBRARY_PATH into the bundle, and `xdg-mime` and its like inherit that. The running
program has read the variable by now and loses nothing.
"""

import os

_own = os.environ.pop("LD_LIBRARY_PATH_ORIG", None)
if _own is None:
    os.environ.pop("LD_LIBRARY_PATH", None)
else:
    os.environ["LD_LIBRARY_PATH"] = _own

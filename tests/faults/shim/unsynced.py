"""Builds the disk that forgets (unsynced.c says what each setting does), and words the environment that loads it."""

import hashlib
import os
import subprocess
import tempfile
from functools import cache
from pathlib import Path

SOURCE = Path(__file__).with_name("unsynced.c")


@cache
def built() -> Path:
    """Compile the shim once for this version of its source, and return where it is. Needs gcc."""
    version = hashlib.sha256(SOURCE.read_bytes()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"benchcast-unsynced-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    library = folder / f"{version}.so"
    if not library.exists():
        partial = folder / f"{version}.{os.getpid()}"
        flags = ("-O2", "-Wall", "-Wextra", "-Werror", "-shared", "-fPIC")
        subprocess.run(["gcc", *flags, "-o", partial, SOURCE, "-ldl", "-lpthread"], check=True)
        partial.replace(library)
    return library


def environment(directory: Path, **settings: object) -> dict[str, str]:
    """Return this process's environment with the shim over `directory`; `kill_at=7` is UNSYNCED_KILL_AT=7."""
    directory.mkdir(parents=True, exist_ok=True)
    words = {f"UNSYNCED_{name.upper()}": str(value) for name, value in settings.items() if value is not None}
    return os.environ | words | {"UNSYNCED_DIR": str(directory.resolve()), "LD_PRELOAD": str(built())}

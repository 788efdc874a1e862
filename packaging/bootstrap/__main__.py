"""Brings a fresh Debian or Ubuntu to where `make demo`, `test`, `lint` and `bench` can run, and does nothing twice.

Needs no more than the machine's own python3. Says one line for each thing it had to do, and nothing when
there was nothing to do. It never asks a question: what it may not do itself it prints as a line to run.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

from environment import prepare_environment, prepare_node_modules, prepare_uv
from interpreter import choose_interpreter, has_ensurepip
from steps import Blocked, alone
from system import ensure_packages, packages_for

ROOT = Path(__file__).resolve().parents[2]
PROFILES = ("demo", "test", "lint", "bench", "package", "relay-package", "uv")
LOCKED = {"demo": "demo", "bench": "bench"}


def main() -> int:
    """Prepare what the profile named on the command line needs."""
    profile = sys.argv[1] if len(sys.argv) == 2 else ""
    if profile not in PROFILES:
        print(f"usage: bootstrap {'|'.join(PROFILES)}", file=sys.stderr)
        return 2
    # Nothing may fetch an interpreter or ask a question behind our back.
    os.environ.update(UV_PYTHON_DOWNLOADS="never", UV_NO_PROGRESS="1", PIP_NO_INPUT="1")
    try:
        with alone(ROOT / ".tools"):
            prepare(profile)
    except Blocked as blocked:
        print(f"\n{blocked}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted. Run the same command again to go on.", file=sys.stderr)
        return 130
    return 0


def prepare(profile: str) -> None:
    """Do the steps in order; each looks first whether its work is done already."""
    interpreter = choose_interpreter(ROOT / ".venv")
    wanted = packages_for(profile)
    if not (ROOT / ".tools" / "bin" / "uv").exists() and not has_ensurepip(interpreter):
        wanted += ((f"python{interpreter.version}-venv",),)
    ensure_packages(wanted)
    uv = prepare_uv(ROOT, interpreter)
    if profile == "uv":
        return
    prepare_environment(ROOT, uv, interpreter, locked=LOCKED.get(profile, "test"))
    if profile == "test":
        prepare_node_modules(ROOT / "tests" / "js", "the JavaScript client")
    if profile == "bench":
        prepare_node_modules(ROOT / "tests" / "bench" / "peers", "the peers that the relay is measured with")


if __name__ == "__main__":
    sys.exit(main())

"""The bootstrap on machines that are not like this one: told by programs that only pretend."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from helpers.house import ROOT

NOBODY = 65534
# The system's own, as on a fresh machine: somebody else than root may not run every other one.
PYTHON3 = shutil.which("python3", path="/usr/bin:/usr/local/bin") or "python3"


@dataclass
class Machine:
    """A checkout with the bootstrap alone, and a PATH with what the test put there."""

    root: Path
    user: int | None = None
    env: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        shutil.copytree(ROOT / "packaging" / "bootstrap", self.root / "packaging" / "bootstrap")
        for lock in (ROOT / "packaging").glob("requirements*.txt"):
            shutil.copy(lock, self.root / "packaging")
        (self.root / "bin").mkdir()

    @property
    def log(self) -> str:
        file = self.root / "said"
        return file.read_text("utf-8") if file.exists() else ""

    def program(self, name: str, script: str) -> Path:
        path = self.root / "bin" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f'#!/bin/sh\necho "$(basename $0) $*" >> {self.root}/said\n{script}\n', "utf-8")
        path.chmod(0o755)
        return path

    def python(self, name: str, version: str) -> Path:
        """Pretend to be a Python of this version that can do nothing but say so."""
        return self.program(
            name, f'case "$2" in *sqlite3*) echo "{version} cpython";; *ensurepip*) ;; *) exit 9;; esac'
        )

    def bootstrap(self, profile: str) -> tuple[int, str]:
        if self.user is not None:
            for path in [self.root, *self.root.rglob("*")]:
                os.chown(path, self.user, self.user)
        done = subprocess.run(
            [PYTHON3, "packaging/bootstrap", profile],
            cwd=self.root,
            env={
                "PATH": f"{self.root}/bin",
                "HOME": str(self.root),
                "PYTHONDONTWRITEBYTECODE": "1",
                **self.env,
            },
            user=self.user,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout


@pytest.fixture
def machine() -> Iterator[Machine]:
    # Not tmp_path, whose parents are closed to everybody else.
    with tempfile.TemporaryDirectory(prefix="bootstrap-") as folder:
        Path(folder).chmod(0o755)
        yield Machine(Path(folder) / "checkout")


def chosen(said: str) -> str:
    """Read which Python was asked to make the environment for uv (and could not, because it only pretends)."""
    line = next(line for line in said.splitlines() if " -m venv " in line)
    return Path(line.split()[0]).name


def test_python_3_12_is_taken_before_newer_and_older_ones(machine: Machine) -> None:
    for version in ("3.11", "3.13", "3.12"):
        machine.python(f"python{version}", version)
    status, said = machine.bootstrap("uv")
    assert (status, chosen(said)) == (2, "python3.12")


def test_a_shim_that_does_not_run_is_passed_over(machine: Machine) -> None:
    machine.program("python3.12", "echo 'pyenv: python3.12: command not found' >&2; exit 127")
    machine.python("python3.13", "3.13")
    _, said = machine.bootstrap("uv")
    assert chosen(said) == "python3.13"


def test_a_python_of_pyenv_is_found_without_pyenv(machine: Machine) -> None:
    machine.python("python3.11", "3.11")
    machine.python("../.pyenv/versions/3.12.7/bin/python", "3.12")
    _, said = machine.bootstrap("uv")
    assert ".pyenv/versions/3.12.7" in said


def test_a_python_that_is_too_new_is_refused_with_the_reason(machine: Machine) -> None:
    newest = machine.python("python3.14", "3.14")
    machine.env = {"BENCHCAST_PYTHON": str(newest)}
    status, said = machine.bootstrap("uv")
    assert status == 2
    assert "is 3.14" in said
    assert "qasync" in said
    assert "Traceback" not in said


DPKG = 'for n in "$@"; do [ -e "$(dirname $0)/../installed/$n" ] && echo "$n installed"; done; exit 1'
APT = 'if [ "$1" = install ]; then for n in "$@"; do touch "$(dirname $0)/../installed/$n"; done; fi'
POLICY = 'shift; for n in "$@"; do echo "$n:"; echo "  Installed: (none)"; case $n in *t64) c="(none)";; *) c=1;; esac; echo "  Candidate: $c"; done'  # noqa: E501


@pytest.fixture
def debian(machine: Machine) -> Machine:
    machine.python("python3.12", "3.12")
    machine.program("dpkg-query", DPKG)
    machine.program("apt-get", APT)
    machine.program("apt-cache", POLICY)
    for name in ("basename", "dirname", "env", "sh", "touch"):
        (machine.root / "bin" / name).symlink_to(shutil.which(name) or name)
    machine.program("sudo", 'shift; exec "$@"')
    (machine.root / "installed").mkdir()
    return machine


def test_who_may_not_install_is_given_the_exact_line(debian: Machine) -> None:
    debian.user = NOBODY if os.geteuid() == 0 else None
    (debian.root / "bin" / "sudo").unlink()
    status, said = debian.bootstrap("demo")
    assert status == 2
    assert "sudo apt-get update && sudo apt-get install -y --no-install-recommends libgl1 " in said
    assert " libasound2 " in said
    assert "t64" not in said
    assert "apt-get install" not in debian.log


def test_what_is_missing_is_installed_once(debian: Machine) -> None:
    debian.bootstrap("demo")
    assert debian.log.count("apt-get update") == 1
    assert "apt-get install -y -qq --no-install-recommends libgl1 " in debian.log
    debian.bootstrap("demo")
    assert debian.log.count("apt-get") == 2


def test_a_display_of_its_own_is_installed_only_where_there_is_none(debian: Machine) -> None:
    debian.env = {"DISPLAY": ":0"}
    debian.bootstrap("demo")
    assert "xvfb" not in debian.log
    debian.env = {}
    debian.bootstrap("demo")
    assert "install -y -qq --no-install-recommends xvfb xauth x11-xserver-utils openbox" in debian.log

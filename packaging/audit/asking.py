"""Asks those who know of vulnerabilities: OSV by pip-audit, npm's registry by npm.

An answer that is not understood counts as none: silence must never look like good news.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
# Together they hold everything that is installed by `make` or shipped.
LOCKS = (
    ROOT / "packaging" / "requirements-bench.txt",
    ROOT / "packaging" / "requirements-uv.txt",
    ROOT / "packaging" / "app" / "requirements.txt",
    ROOT / "packaging" / "relay" / "requirements.txt",
)
MANIFEST = ROOT / "resources" / "web" / "vendor" / "manifest.json"
LONGEST_SECONDS = 600


@dataclass(frozen=True, slots=True)
class Finding:
    """What is known about one package; `known` are the names of the vulnerabilities."""

    name: str
    version: str
    known: tuple[str, ...]


class NotLookedUpError(Exception):
    """Nobody answered, or not in a way that can be understood; the message is for whoever ran this."""


def locked() -> set[tuple[str, str]]:
    """List name and version of every Python package, for every system."""
    found: set[tuple[str, str]] = set()
    for lock in LOCKS:
        for line in lock.read_text("utf-8").replace("\\\n", " ").splitlines():
            if words := line.partition(" --hash=")[0].strip():
                said = Requirement(words)
                found.add((canonicalize_name(said.name), str(said.specifier).removeprefix("==")))
    return found


def vendored() -> set[tuple[str, str]]:
    """List name and version of every npm package that the pages vendor."""
    return {(str(each["package"]), str(each["version"])) for each in json.loads(MANIFEST.read_text("utf-8"))}


def ask_osv(url: str | None = None) -> tuple[int, list[Finding]]:
    """Return how many packages were looked up, and what is known. Raises NotLookedUpError."""
    findings: list[Finding] = []
    wanted = locked()
    for round_ in _rounds(wanted):
        with tempfile.TemporaryDirectory() as folder:
            file = Path(folder) / "requirements.txt"
            file.write_text("".join(f"{name}=={version}\n" for name, version in sorted(round_)), "utf-8")
            command = [sys.executable, "-m", "pip_audit", "--no-deps", "--disable-pip", "--strict"]
            command += ["--vulnerability-service", "osv", "--progress-spinner", "off", "--format", "json"]
            command += ["--requirement", str(file), *(("--osv-url", url) if url else ())]
            answer = _answer_of(command, Path(folder))
        told = answer.get("dependencies")
        if not isinstance(told, list) or {(each["name"], each.get("version")) for each in told} != round_:
            raise NotLookedUpError("pip-audit did not answer for every package.")
        findings += [
            Finding(each["name"], each["version"], tuple(sorted(hole["id"] for hole in each["vulns"])))
            for each in told
            if each["vulns"]
        ]
    return len(wanted), findings


def ask_npm(registry: str | None = None) -> tuple[int, list[Finding]]:
    """Return how many packages were looked up, with what they bring along, and what is known.

    Raises NotLookedUpError.
    """
    npm = ["npm", "--fetch-retries=0", *((f"--registry={registry}",) if registry else ())]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        project = {"name": "vendored", "private": True, "dependencies": dict(sorted(vendored()))}
        (folder / "package.json").write_text(json.dumps(project), "utf-8")
        _answer_of(
            [*npm, "install", "--package-lock-only", "--ignore-scripts", "--no-audit", "--json"], folder
        )
        answer = _answer_of([*npm, "audit", "--json"], folder)
        lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    found, total = answer.get("vulnerabilities"), len(lock) - 1
    if "auditReportVersion" not in answer or not isinstance(found, dict):
        raise NotLookedUpError(f"npm's registry did not answer as expected: {_words(answer)}")
    return total, [
        Finding(name, str(lock.get(f"node_modules/{name}", {}).get("version", "")), _known(hole))
        for name, hole in sorted(found.items())
    ]


def _known(hole: dict[str, Any]) -> tuple[str, ...]:
    """Name the holes of one package: its own by their pages, those of what it needs by that package's name."""
    return tuple(via if isinstance(via, str) else str(via.get("url", "")) for via in hole["via"])


def _rounds(wanted: set[tuple[str, str]]) -> list[set[tuple[str, str]]]:
    """Split them so that no name comes twice in one round: pip-audit takes one version of each."""
    rounds: list[dict[str, str]] = []
    for name, version in sorted(wanted):
        place = next((each for each in rounds if name not in each), None)
        if place is None:
            rounds.append(place := {})
        place[name] = version
    return [set(each.items()) for each in rounds]


def _answer_of(command: Sequence[str], folder: Path) -> dict[str, Any]:
    """Run a program that answers in JSON, whatever its exit status. Raises NotLookedUpError."""
    try:
        done = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, timeout=LONGEST_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise NotLookedUpError(f"{command[0]}: {error}") from error
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        last = done.stderr.strip().splitlines()[-1:] or ["it said nothing"]
        raise NotLookedUpError(f"The service was not reached: {last[0][:300]}") from None
    if not isinstance(answer, dict) or "error" in answer:
        raise NotLookedUpError(f"The service was not reached: {_words(answer)}")
    return answer


def _words(answer: object) -> str:
    return json.dumps(answer)[:300]

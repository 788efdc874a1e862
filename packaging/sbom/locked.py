"""Reads what is locked and what is vendored: the parts of others that Benchcast is made of."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).resolve().parents[2]
LOCKS = {
    "relay": ROOT / "packaging" / "relay" / "requirements.txt",
    "app": ROOT / "packaging" / "app" / "requirements.txt",
}
VENDORED = ROOT / "resources" / "web" / "vendor"
FONTS = ROOT / "resources" / "fonts"
PASSWORDS = ROOT / "resources" / "passwords" / "common.txt"


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One line of a lock; `hashes` are the SHA-256 of every file by which it may be installed."""

    name: str
    version: str
    hashes: tuple[str, ...]
    # Where alone it is installed, as a PEP 508 marker; empty: everywhere.
    only: str


@dataclass(frozen=True, slots=True)
class VendoredFile:
    """One file or folder of somebody else's under resources/web/vendor, with the SHA-256 that its manifest states."""

    path: str
    sha256: str
    licence: str
    changed: str


@dataclass(slots=True)
class VendoredPackage:
    """What of one npm package lies there."""

    name: str
    version: str
    files: list[VendoredFile] = field(default_factory=list[VendoredFile])


def packages_of(lock: Path) -> Iterator[LockedPackage]:
    """Read a lock, line by line."""
    for line in lock.read_text("utf-8").replace("\\\n", " ").splitlines():
        words, *hashes = re.split(r"\s+--hash=sha256:", line.strip())
        if words and not words.startswith("#"):
            said = Requirement(words)
            version = str(said.specifier).removeprefix("==")
            only = str(said.marker) if said.marker else ""
            yield LockedPackage(canonicalize_name(said.name), version, tuple(sorted(hashes)), only)


def vendored_packages() -> list[VendoredPackage]:
    """Read the manifest of what is vendored for the pages, by package."""
    found: dict[tuple[str, str], VendoredPackage] = {}
    for entry in json.loads((VENDORED / "manifest.json").read_text("utf-8")):
        name, version = str(entry["package"]), str(entry["version"])
        package = found.setdefault((name, version), VendoredPackage(name, version))
        changed = "; ".join(str(entry[key]) for key in ("changed", "contains") if key in entry)
        file = VendoredFile(
            str(entry.get("file") or entry["folder"]), entry["sha256"], entry["licence"], changed
        )
        package.files.append(file)
    return [found[key] for key in sorted(found)]


def sha256_of(file: Path) -> str:
    """Hash a file."""
    return hashlib.sha256(file.read_bytes()).hexdigest()

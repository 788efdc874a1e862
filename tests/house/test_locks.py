"""What is installed is pinned and hashed, agrees with pyproject, and says nothing about where it comes from."""

import json
import re
import tomllib
from pathlib import Path

import pytest
from helpers.house import ROOT, name_of, tracked_files
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

LOCKS = {
    "packaging/relay/requirements.txt": ("relay", "build"),
    "packaging/requirements.txt": ("relay", "desktop", "web", "build"),
    "packaging/requirements-test.txt": ("relay", "desktop", "web", "build", "test"),
    "packaging/requirements-bench.txt": ("relay", "desktop", "web", "build", "test", "bench"),
    # Nobody installs it: it says what the app alone is made of (packaging/sbom).
    "packaging/app/requirements.txt": ("desktop", "web", "serial"),
}
ALL_LOCKS = (*LOCKS, "packaging/requirements-uv.txt")
PYTHONS = ("3.11", "3.12", "3.13")


def entries(lock: str) -> list[tuple[Requirement, list[str]]]:
    """Read a lock: each requirement with its hashes."""
    text = (ROOT / lock).read_text("utf-8").replace("\\\n", " ")
    found: list[tuple[Requirement, list[str]]] = []
    for line in text.splitlines():
        if line.strip() and not line.startswith("#"):
            words, *hashes = re.split(r"\s+--hash=", line.strip())
            found.append((Requirement(words), hashes))
    return found


def installed(lock: str, python: str) -> dict[str, str]:
    """Say which versions a lock gives to one Python on Linux."""
    where = {"python_version": python, "python_full_version": f"{python}.9", "sys_platform": "linux"}
    where |= {"platform_system": "Linux", "platform_python_implementation": "CPython", "os_name": "posix"}
    return {
        canonicalize_name(requirement.name): str(requirement.specifier).removeprefix("==")
        for requirement, _ in entries(lock)
        if requirement.marker is None or requirement.marker.evaluate(where)
    }


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_everything_is_pinned_to_one_version_and_hashed(lock: str) -> None:
    assert entries(lock)
    for requirement, hashes in entries(lock):
        assert re.fullmatch(r"==[^,*]+", str(requirement.specifier)), requirement
        assert requirement.url is None, requirement
        assert hashes, requirement
        assert all(re.fullmatch(r"sha256:[0-9a-f]{64}", hash_) for hash_ in hashes), requirement


@pytest.mark.parametrize("lock", ALL_LOCKS)
def test_a_lock_has_no_options_but_hashes(lock: str) -> None:
    text = (ROOT / lock).read_text("utf-8")
    assert set(re.findall(r"(?<!\S)--?[a-z][a-z-]*", text)) == {"--hash"}


@pytest.mark.parametrize("python", PYTHONS)
@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_gives_what_the_project_asks_for(lock: str, python: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    asked = list(project["dependencies"])
    for extra in LOCKS[lock]:
        asked += project["optional-dependencies"][extra]
    given = installed(lock, python)
    for text in asked:
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"python_version": python}):
            version = given.get(canonicalize_name(requirement.name))
            assert version is not None, f"{text} is not in {lock}: make lock"
            assert requirement.specifier.contains(version), f"{text} is not {version}: make lock"


@pytest.mark.parametrize("python", PYTHONS)
def test_the_demo_the_tests_and_the_benchmark_run_on_the_same_versions(python: str) -> None:
    container, demo, test, bench, app = (installed(lock, python) for lock in LOCKS)
    assert app.items() <= demo.items()
    assert container.items() <= demo.items()
    assert demo.items() <= test.items() <= bench.items()


def test_python_3_11_never_gets_the_qt_that_kills_it() -> None:
    given = installed("packaging/requirements.txt", "3.11")
    assert all(version.startswith("6.11.") for name, version in given.items() if name.startswith("pyside6"))


@pytest.mark.parametrize("place", ["tests/js", "tests/bench/peers"])
def test_what_npm_brings_is_pinned_and_hashed_without_addresses(place: str) -> None:
    folder = ROOT / place
    asked = json.loads((folder / "package.json").read_text("utf-8"))["dependencies"]
    lock = json.loads((folder / "package-lock.json").read_text("utf-8"))["packages"]
    assert lock.pop("")["dependencies"] == asked
    for name, package in lock.items():
        assert package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package, f"{name}: npm was run without {place}/.npmrc"
    for name, version in asked.items():
        assert lock[f"node_modules/{name}"]["version"] == version


# Written in pieces, so that this file is none of those it looks for.
PLACES = {
    "the address of a package registry": re.compile(
        "|".join(
            re.escape(a + b)
            for a, b in [
                ("pypi", ".org"),
                ("python", "hosted.org"),
                ("npm", "js.org"),
                ("yarn", "pkg.com"),
                ("jsdeli", "vr.net"),
                ("unp", "kg.com"),
            ]
        )
    ),
    "a choice of registry": re.compile(
        r"--(extra-)?index-" r"url|--find-" r"links|^registry\s*=", re.MULTILINE
    ),
    "a path of one machine": re.compile(r"(?<![\w.~$}/-])/(" r"root|work|Users|home/(?!bench)[a-z]+)/"),
}


VENDORED = ROOT / "resources" / "web" / "vendor"


@pytest.mark.parametrize("what", PLACES)
def test_no_file_says_where_one_machine_keeps_or_gets_its_things(what: str) -> None:
    found: list[str] = []
    for file in tracked_files():
        if VENDORED in file.parents:
            continue  # as others wrote it; the pages' policy lets nothing be fetched from there
        text = _text(file)
        found += [f"{name_of(file)}: {match[0]}" for match in PLACES[what].finditer(text)]
    assert not found


def _text(file: Path) -> str:
    try:
        return file.read_text("utf-8")
    except UnicodeDecodeError:
        return ""

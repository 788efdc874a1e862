"""The bills of materials hold exactly what is locked and vendored, and travel with what is installed."""

import json
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from helpers.house import ROOT
from license_expression import get_spdx_licensing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

BILLS = ROOT / "packaging" / "sbom"
LOCKS = {"relay": "packaging/relay/requirements.txt", "app": "packaging/app/requirements.txt"}
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
MEND = "make sbom writes it anew"


def bill(what: str) -> dict:
    return json.loads((BILLS / f"{what}.cdx.json").read_text("utf-8"))


def parts(what: str, kind: str) -> dict[str, dict]:
    return {part["purl"]: part for part in bill(what)["components"] if f"pkg:{kind}/" in part.get("purl", "")}


def hashes(part: dict) -> set[str]:
    assert all(each["alg"] == "SHA-256" for each in part["hashes"])
    return {each["content"] for each in part["hashes"]}


@pytest.mark.parametrize("what", LOCKS)
def test_a_bill_holds_exactly_the_packages_of_its_lock_with_their_hashes(what: str) -> None:
    locked: dict[str, set[str]] = {}
    for line in (ROOT / LOCKS[what]).read_text("utf-8").replace("\\\n", " ").splitlines():
        words, *found = line.split(" --hash=sha256:")
        said = Requirement(words.strip())
        purl = f"pkg:pypi/{canonicalize_name(said.name)}@{str(said.specifier).removeprefix('==')}"
        locked[purl] = {each.strip() for each in found}
    assert {purl: hashes(part) for purl, part in parts(what, "pypi").items()} == locked, MEND


def test_the_relays_bill_holds_exactly_what_the_pages_vendor() -> None:
    manifest = json.loads((ROOT / "resources/web/vendor/manifest.json").read_text("utf-8"))
    vendored = {
        (f"pkg:npm/{each['package']}@{each['version']}", each.get("file") or each["folder"], each["sha256"])
        for each in manifest
    }
    listed = {
        (purl, file["name"], *hashes(file))
        for purl, part in parts("relay", "npm").items()
        for file in part["components"]
    }
    assert listed == vendored, MEND


@pytest.mark.parametrize("what", LOCKS)
def test_a_bill_is_cyclonedx_of_this_version_and_names_a_licence_for_every_part(what: str) -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(json.dumps(bill(what))) is None
    assert bill(what)["metadata"]["component"]["version"] == VERSION, MEND
    spdx = get_spdx_licensing()
    for part in bill(what)["components"]:
        (licence,) = part["licenses"]
        keys = {
            symbol.key for symbol in spdx.parse(licence["expression"], validate=True, strict=True).symbols
        }
        assert not [key for key in keys if key.startswith(("GPL", "AGPL"))], part["name"]


@pytest.mark.parametrize("what", LOCKS)
def test_the_same_parts_make_the_same_bill(what: str) -> None:
    words = (
        f"import sys; sys.path.insert(0, {str(BILLS)!r}); import bill; print(bill.bill_of({what!r}), end='')"
    )
    made = subprocess.run([sys.executable, "-c", words], capture_output=True, text=True, check=True)
    assert made.stdout == (BILLS / f"{what}.cdx.json").read_text("utf-8"), MEND


def test_whoever_installs_the_package_has_the_relays_bill_where_tools_look_for_it(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(command, cwd=ROOT, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as files:
        shipped = files.read(f"benchcast-{VERSION}.dist-info/sboms/relay.cdx.json")
    assert shipped == (BILLS / "relay.cdx.json").read_bytes()


def test_the_container_is_built_from_a_package_with_its_bill() -> None:
    lines = (ROOT / "packaging/relay/Dockerfile").read_text("utf-8").splitlines()
    copied = next(number for number, line in enumerate(lines) if "packaging/sbom/relay.cdx.json" in line)
    assert copied < next(number for number, line in enumerate(lines) if "--no-build-isolation ." in line)
    let_in = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert "!packaging/sbom/relay.cdx.json" in let_in

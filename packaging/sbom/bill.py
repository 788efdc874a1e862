"""Makes a bill of materials in CycloneDX 1.6: every part of others with version, hashes and licence.

The same parts make the same bytes, whenever and wherever: no time and nothing random, so that a difference in git is a
difference in what Benchcast is made of. What a wheel carries inside (OpenSSL, SQLite, Qt) is not listed apart.
"""

from __future__ import annotations

import json
import tomllib
import uuid
from collections.abc import Iterable, Iterator

from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator
from licences import licence_of
from locked import FONTS, LOCKS, PASSWORDS, ROOT, VendoredPackage, packages_of, sha256_of, vendored_packages
from packageurl import PackageURL

Part = dict[str, object]
_TITLES = {"relay": "Benchcast relay", "app": "Benchcast desktop app"}


class InvalidBillError(Exception):
    """What was made is no CycloneDX of that version; the message says where."""


def bill_of(what: str) -> str:
    """Return the bill of `relay` or `app`. Raises InvalidBillError, UnknownLicenceError."""
    parts = [*_packages(what), *_fonts()]
    if what == "relay":
        parts += [*map(_vendored, vendored_packages()), _passwords()]
    parts.sort(key=lambda part: str(part["bom-ref"]))
    version = str(tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"])
    whole = _part("application", _TITLES[what], f"benchcast-{what}", "Apache-2.0", version=version)
    names = json.dumps([whole, parts], sort_keys=True)
    head: Part = {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_OID, names)}",
        "version": 1,
        "metadata": {"component": whole},
    }
    text = _a_part_a_line(head, parts)
    if wrong := JsonStrictValidator(SchemaVersion.V1_6).validate_str(text):
        raise InvalidBillError(str(wrong))
    return text


def _packages(what: str) -> Iterator[Part]:
    for package in packages_of(LOCKS[what]):
        purl = PackageURL("pypi", name=package.name, version=package.version).to_string()
        licence = licence_of(package.name)
        part = _part("library", package.name, purl, licence, version=package.version, hashes=package.hashes)
        yield part | {"purl": purl} | _noted("only", package.only)


def _vendored(package: VendoredPackage) -> Part:
    purl = PackageURL("npm", name=package.name, version=package.version).to_string()
    licence = " AND ".join(sorted({file.licence for file in package.files}))
    files = [
        _part("file", file.path, f"{purl}#{file.path}", file.licence, hashes=[file.sha256])
        | _noted("changed", file.changed)
        for file in package.files
    ]
    whole = _part("library", package.name, purl, licence, version=package.version)
    return whole | {"purl": purl, "components": files}


def _fonts() -> Iterator[Part]:
    for file in sorted(FONTS.glob("*.ttf")):
        ref = f"font:{file.name}"
        yield _part("file", file.name, ref, "OFL-1.1", version="3.021", hashes=[sha256_of(file)])


def _passwords() -> Part:
    ref, digest = "data:common-passwords", sha256_of(PASSWORDS)
    return _part("data", PASSWORDS.name, ref, "MIT", version="zxcvbn 4.5.0", hashes=[digest])


def _part(
    kind: str, name: str, ref: str, licence: str, *, version: str = "", hashes: Iterable[str] = ()
) -> Part:
    part: Part = {"type": kind, "name": name, "bom-ref": ref, "licenses": [{"expression": licence}]}
    if version:
        part["version"] = version
    if found := [{"alg": "SHA-256", "content": value} for value in hashes]:
        part["hashes"] = found
    return part


def _noted(name: str, value: str) -> Part:
    return {"properties": [{"name": f"benchcast:{name}", "value": value}]} if value else {}


def _a_part_a_line(head: dict[str, object], parts: Iterable[Part]) -> str:
    """Write it so that git shows which part has changed."""
    lines = ",\n".join(json.dumps(part, ensure_ascii=False) for part in parts)
    return (
        f"{json.dumps(head, indent=1, ensure_ascii=False).removesuffix('}').rstrip()},"
        f'\n "components": [\n{lines}\n ]\n}}\n'
    )

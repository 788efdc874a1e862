"""The pages' files: sent whole, kept by the browser, under a policy that lets nothing foreign run."""

import hashlib
import json
from pathlib import Path

import pytest
from helpers.relay_running import running_relay

from relay.web.pages import FILES, Page

POLICY = Page(index="").headers()["Content-Security-Policy"]


@pytest.fixture
async def office(tmp_path):
    async with running_relay(tmp_path / "relay") as office:
        yield office.as_(None)


async def test_the_relay_s_address_leads_to_the_console(office):
    answer = await office.call("GET", "/")
    assert answer.status == 200  # followed
    assert b'src="/web/console/app.js"' in answer.body["bytes"]


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/console/", "text/html"),
        ("/web/console/app.js", "text/javascript"),
        ("/web/console/console.css", "text/css"),
        ("/web/vendor/preact.js", "text/javascript"),
        ("/web/icons/benchcast.svg", "image/svg+xml"),
        ("/web/i18n/ko.json", "application/json"),
    ],
)
async def test_a_file_comes_with_its_kind_its_policy_and_a_tag_by_which_it_is_kept(
    office, path: str, kind: str
):
    answer = await office.call("GET", path)
    assert answer.status == 200
    assert answer.headers["Content-Type"].split(";")[0] == kind
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    again = await office.call("GET", path, headers={"If-None-Match": answer.headers["Etag"]})
    assert again.status == 304


def test_the_policy_lets_nothing_inline_and_nothing_foreign_run():
    assert "unsafe" not in POLICY
    assert "*" not in POLICY
    assert "http" not in POLICY
    for needed in ("default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'"):
        assert needed in POLICY


@pytest.mark.parametrize(
    "path", ["/web/nothing.js", "/web/../pyproject.toml", "/web/%2e%2e/i18n/ko/ui.json", "/web/console"]
)
async def test_nothing_else_is_there(office, path: str):
    assert (await office.call("GET", path)).status == 404


async def test_pages_are_given_their_own_sentences_and_no_others(office):
    sentences = (await office.call("GET", "/web/i18n/en.json")).body
    assert sentences["ui.retry"] == "Try again"
    assert {key.partition(".")[0] for key in sentences} == {"ui", "console", "phone", "screen"}


def test_what_is_vendored_is_what_its_manifest_says():
    vendor = FILES / "vendor"
    manifest = json.loads((vendor / "manifest.json").read_text("utf-8"))
    listed = {"manifest.json"}
    for entry in manifest:
        listed.add(entry["licenceFile"])
        if "folder" in entry:
            files = sorted((vendor / entry["folder"]).iterdir())
            sums = "".join(f"{file.name} {sha256_of(file)}\n" for file in files)
            assert hashlib.sha256(sums.encode()).hexdigest() == entry["sha256"], entry["folder"]
            listed |= {file.relative_to(vendor).as_posix() for file in files}
        else:
            assert sha256_of(vendor / entry["file"]) == entry["sha256"], entry["file"]
            listed.add(entry["file"])
        assert entry["licence"] in {"MIT", "Apache-2.0", "BSD-3-Clause", "BSD-2-Clause", "CC0-1.0"}
    assert listed == {path.relative_to(vendor).as_posix() for path in vendor.rglob("*") if path.is_file()}


def sha256_of(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()

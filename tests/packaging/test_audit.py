"""`make audit` says what is known, and never calls good what it could not look up. The services are doubles here."""

import asyncio
import json
import re
import sys
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer, unused_port
from helpers.house import ROOT


@dataclass
class Services:
    """OSV and npm's registry, as far as they are asked; `known` are the packages of which they know something."""

    url: str = ""
    known: set[str] = field(default_factory=set)
    asked: set[tuple[str, str]] = field(default_factory=set)

    async def osv(self, request: web.Request) -> web.Response:
        question = await request.json()
        name = question["package"]["name"]
        self.asked.add((name, question["version"]))
        hole = {
            "id": "PYSEC-1",
            "summary": "",
            "details": "",
            "affected": [],
            "published": "2026-01-01T00:00:00Z",
        }
        return web.json_response({"vulns": [hole]} if name in self.known else {})

    async def package(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        versions = {
            version: {
                "name": name,
                "version": version,
                "dist": {"tarball": self.url + "/x", "shasum": "0" * 40},
            }
            for known, version in vendored()
            if known == name
        }
        return web.json_response({"name": name, "versions": versions, "dist-tags": {"latest": min(versions)}})

    async def advisories(self, request: web.Request) -> web.Response:
        asked = json.loads(await request.read())
        self.asked |= {(name, *versions) for name, versions in asked.items()}
        hole = {"id": 1, "url": "https://advisories.example/1", "title": "", "severity": "high"}
        hole["vulnerable_versions"] = "*"
        return web.json_response({name: [hole] for name in asked if name in self.known})


def vendored() -> set[tuple[str, str]]:
    manifest = json.loads((ROOT / "resources/web/vendor/manifest.json").read_text("utf-8"))
    return {(each["package"], each["version"]) for each in manifest}


@pytest.fixture
async def services() -> AsyncIterator[Services]:
    services = Services()
    app = web.Application()
    app.router.add_post("/v1/query", services.osv)
    app.router.add_post("/-/npm/v1/security/advisories/bulk", services.advisories)
    app.router.add_get("/{name}", services.package)
    async with TestServer(app) as server:
        services.url = str(server.make_url("")).rstrip("/")
        yield services


async def audit(url: str) -> tuple[int, str]:
    command = [str(ROOT / "packaging/audit"), "--osv-url", f"{url}/v1/query", "--npm-registry", url]
    process = await asyncio.create_subprocess_exec(
        sys.executable, *command, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await process.communicate()
    assert process.returncode is not None
    return process.returncode, said.decode()


async def test_all_that_is_locked_or_vendored_is_looked_up(services: Services) -> None:
    status, said = await audit(services.url)
    assert status == 0, said
    locked = set[tuple[str, str]]()
    for lock in ROOT.glob("packaging/**/requirements*.txt"):
        locked |= set(re.findall(r"^([a-z0-9-]+)==([^ ]+)", lock.read_text("utf-8"), re.MULTILINE))
    assert services.asked == locked | vendored()


async def test_what_is_known_is_named_and_fails(services: Services) -> None:
    services.known = {"aiohttp", "preact"}
    status, said = await audit(services.url)
    assert status == 1, said
    assert re.search(r"aiohttp \S+: PYSEC-1", said)
    assert re.search(r"preact \S+: https://advisories.example/1", said)


async def test_a_service_that_is_not_reached_is_said_and_is_no_good_news() -> None:
    status, said = await audit(f"http://127.0.0.1:{unused_port()}")
    assert status == 2, said
    assert said.count("NOT LOOKED UP") == 2
    assert "looked up, 0 with known" not in said

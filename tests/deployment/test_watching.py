"""A real Prometheus scrapes a real relay: every query of the dashboard and every alert rule finds what it asks for."""

import asyncio
import json
import math
import re
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
import yaml
from engines import HERE, PLACE
from helpers.desk import Desk
from helpers.real_desk import free_port
from helpers.relay_running import Office, running_relay

BOARD = HERE / "grafana" / "benchcast.json"
RULES = HERE / "prometheus" / "benchcast.rules.yml"


class Prometheus:
    def __init__(self, url: str, http: aiohttp.ClientSession) -> None:
        self._url, self._http = url, http

    async def ask(self, path: str, **query: str) -> object:
        async with self._http.get(f"{self._url}/api/v1/{path}", params=query) as answer:
            body = await answer.json()
            assert body["status"] == "success", (query, body)
            return body["data"]

    async def series(self, query: str) -> list[tuple[dict, float]]:
        found = (await self.ask("query", query=query))["result"]
        return [(each["metric"], float(each["value"][1])) for each in found]


@asynccontextmanager
async def prometheus(office: Office, folder: Path) -> AsyncIterator[Prometheus]:
    """Scrape the relay each second, with a token for that, as the docs say."""
    made = await office.call("POST", "/api/tokens", json={"scopes": ["metrics"], "name": "prometheus"})
    job = {
        "job_name": "benchcast",
        "scheme": "https",
        "tls_config": {"insecure_skip_verify": True},
        "authorization": {"credentials": made.body["token"]},
        "static_configs": [{"targets": [office.url.removeprefix("https://")]}],
    }
    config = {
        "global": {"scrape_interval": "1s", "evaluation_interval": "1s"},
        "rule_files": [str(RULES)],
        "scrape_configs": [job],
    }
    folder.mkdir()
    (folder / "prometheus.yml").write_text(yaml.safe_dump(config), "utf-8")
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *("prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data"),
        f"--web.listen-address=127.0.0.1:{port}",
        stdout=asyncio.subprocess.DEVNULL,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        async with aiohttp.ClientSession() as http:
            there = Prometheus(f"http://127.0.0.1:{port}", http)
            for _ in range(120):
                try:
                    if await there.series("count_over_time(up[1m]) >= 8 and up == 1"):
                        break
                except aiohttp.ClientError:
                    pass
                await asyncio.sleep(0.5)
            else:
                raise AssertionError(await there.ask("targets"))
            yield there
    finally:
        process.terminate()
        await process.wait()


@asynccontextmanager
async def traffic(office: Office) -> AsyncIterator[None]:
    """Let a desk show two orders of three, and fail one, until the block ends."""
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        good = desk.show
        count = 0

        def show(command: dict) -> dict | None:
            nonlocal count
            count += 1
            failed = {"id": command["id"], "state": "failed", "code": "DOCUMENT_UNREADABLE"}
            return failed if count % 3 == 0 else good(command)

        desk.show = show

        async def trigger() -> None:
            while True:
                await office.trigger(command="identify", wait_ms=2000)
                await asyncio.sleep(0.1)

        asking = asyncio.ensure_future(trigger())  # noqa: TID251 - an actor
        try:
            yield
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)


def as_asked(query: str) -> str:
    """Put in what Grafana puts in for its variables."""
    query = query.replace("$instance", ".*").replace("$__rate_interval", "8s")
    assert "$" not in query, query
    return query


@pytest.fixture
def untrusting(monkeypatch: pytest.MonkeyPatch) -> None:
    plain = aiohttp.ClientSession
    monkeypatch.setattr(
        "helpers.desk.aiohttp.ClientSession",
        lambda **more: plain(**{"connector": aiohttp.TCPConnector(ssl=False), **more}),
    )


async def test_every_query_and_every_rule_finds_what_it_asks_for(tmp_path: Path, untrusting: None) -> None:
    board = json.loads(BOARD.read_text("utf-8"))
    targets = [(panel["title"], target) for panel in board["panels"] for target in panel["targets"]]
    async with (
        running_relay(tmp_path / "relay", host="127.0.0.2", announce=False) as office,
        traffic(office),
        prometheus(office, tmp_path / "prometheus") as there,
    ):
        for title, target in targets:
            found = await there.series(as_asked(target["expr"]))
            assert found, f"{title}: nothing answers {target['expr']}"
            assert not all(math.isnan(value) for _, value in found), f"{title}: {target['expr']}"
            for label in re.findall(r"\{\{\s*(\w+)\s*\}\}", target.get("legendFormat", "")):
                assert any(label in labels for labels, _ in found), f"{title}: its legend wants {label}"
        for variable in board["templating"]["list"]:
            if variable["type"] == "query":
                metric, label = re.fullmatch(
                    r"label_values\((\w+), (\w+)\)", variable["query"]["query"]
                ).groups()
                assert await there.ask(f"label/{label}/values", **{"match[]": metric})
        groups = (await there.ask("rules"))["groups"]
        rules = [rule for group in groups for rule in group["rules"]]
        assert len(rules) >= 8
        assert {(rule["name"], rule["health"], rule.get("lastError", "")) for rule in rules} == {
            (rule["name"], "ok", "") for rule in rules
        }
        for rule in rules:
            for selector in re.findall(r"\b(?:benchcast_\w+|up)(?:\{[^}]*\})?", rule["query"]):
                assert await there.series(selector), f"{rule['name']}: there is no {selector}"


def test_alerts_begin_when_they_should_and_not_otherwise() -> None:
    done = subprocess.run(
        ["promtool", "test", "rules", "benchcast.rules.test.yml"],
        cwd=RULES.parent,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def test_grafana_s_own_types_know_every_field_of_the_dashboard() -> None:
    """The types are generated from Grafana's schema (grafana-foundation-sdk); no Grafana was started."""
    own = PLACE / "grafana"
    here = Path(__file__).parent
    if not (own / "bin" / "python").exists():
        subprocess.run([sys.executable, "-m", "venv", own], check=True)
    subprocess.run(
        [own / "bin" / "pip", "install", "--quiet", "--require-hashes", "-r", here / "requirements.txt"],
        check=True,
    )
    done = subprocess.run(
        [own / "bin" / "python", here / "known_to_grafana.py", BOARD],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout.strip()) == (0, ""), done.stdout + done.stderr
    assert "__inputs" not in json.loads(BOARD.read_text("utf-8")), "nobody is asked for what nothing uses"

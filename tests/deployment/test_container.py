"""The container: without root, read-only, healthy; it leaves within five seconds, losing nothing."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from types import SimpleNamespace

import aiohttp
import pytest
import yaml
from box import HERE, IMAGE, Box
from crowd import Crowd, lost
from helpers.desk import Desk
from helpers.real_desk import free_port
from helpers.relay_running import Office, small_pdf

from relay.clock import SystemClock

NAME, VOLUME, PASSWORD = "benchcast-trial", "benchcast-trial", "correct horse"
GOODBYE_SECONDS = 5.0


# podman-compose wants a network of its own beside the machine's, which podman refuses.
WRAPPER = """#!{python}
import os, sys
words, kept = iter(sys.argv[1:]), []
for word in words:
    if word in ("--net", "--network-alias"):
        next(words)
    else:
        kept.append(word)
os.execvp("podman", ["podman", *{store!r}, *kept])
"""


async def healthy(box: Box, name: str = NAME) -> None:
    async with asyncio.timeout(60):
        while not await asyncio.to_thread(box.is_healthy, name):
            await asyncio.sleep(0.2)


@asynccontextmanager
async def office_at(port: int, token: str | None = None) -> AsyncIterator[Office]:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as session:
        yield Office(None, session, token, SystemClock(), f"https://127.0.0.1:{port}")


async def signed_in(office: Office) -> Office:
    answer = await office.call("POST", "/api/auth/login", json={"username": "kim", "password": PASSWORD})
    assert answer.status == 200, answer.body
    return office.as_(answer.body["accessToken"])


@pytest.fixture
def untrusting(monkeypatch: pytest.MonkeyPatch) -> None:
    """Desks of this test ask nobody about the certificate."""

    def session() -> aiohttp.ClientSession:
        return aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))

    monkeypatch.setattr("helpers.desk.aiohttp", SimpleNamespace(ClientSession=session))


async def test_it_has_no_rights_says_goodbye_and_loses_nothing(box: Box, untrusting: None) -> None:
    port = free_port()
    wish = (f"--volume={VOLUME}:/data", f"--env=BENCHCAST_PORT={port}", "--env=BENCHCAST_ANNOUNCE=false")
    box.podman("volume", "rm", "--force", VOLUME)
    box.run(NAME, *wish)
    await healthy(box)

    said = dict(
        line.split(":\t") for line in box.inside(NAME, "cat", "/proc/1/status").splitlines() if ":\t" in line
    )
    assert said["Uid"].split() == ["10440"] * 4
    assert {said[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert said["NoNewPrivs"] == "1"
    for place in ("/opt/benchcast/x", "/etc/x", "/usr/x"):
        assert "Read-only" in box.inside(NAME, "sh", "-c", f"touch {place} 2>&1 || true")
    assert (
        box.inside(NAME, "python", "-c", "import importlib.util as u; print(u.find_spec('PySide6'))")
        == "None"
    )
    assert "password" not in box.podman("history", "--no-trunc", IMAGE)

    box.inside(
        NAME, "benchcast-relay", "user", "add", "kim", "--role", "admin", "--password-stdin", given=PASSWORD
    )
    async with office_at(port) as office:
        kim = await signed_in(office)
        await kim.add_order("WO-1", small_pdf("WO-1"))  # read by a process of its own, also in here
        grant = await kim.pair()
        await kim.add_screen("SCREEN-002")
        async with Desk(office.url, grant["token"]) as desk:
            shown = await kim.trigger(orderId="WO-1", wait_ms=20_000)
            assert shown.body["state"] == "shown", shown.body
            assert desk.commands[0][1]["orderId"] == "WO-1"

        async with Crowd(kim, "SCREEN-002") as crowd:
            await crowd.until(200)
            began = time.monotonic()
            await asyncio.to_thread(box.podman, "stop", "--time=15", NAME)
            took = time.monotonic() - began
            state = box.inspect(NAME)["State"]
        assert state["ExitCode"] == 0, box.podman("logs", NAME)[-2000:]
        assert took <= GOODBYE_SECONDS, "a graceful stop"

        # Another container of the image, on the same volume: what an update does.
        box.podman("rm", NAME)
        box.run(NAME, *wish)
        await healthy(box)
        kim = await signed_in(office)
        assert len(crowd.accepted) >= 200
        assert await lost(kim, crowd.accepted) == []
        async with Desk(office.url, grant["token"]) as desk:
            assert (await kim.trigger(orderId="WO-1", wait_ms=20_000)).body["state"] == "shown"

        # The power goes.
        async with Crowd(kim, "SCREEN-002") as crowd:
            await crowd.until(200)
            await asyncio.to_thread(box.podman, "kill", "--signal=KILL", NAME)
        await asyncio.to_thread(box.podman, "start", NAME)
        await healthy(box)
        kim = await signed_in(office)
        assert await lost(kim, crowd.accepted) == []
    findings = box.inside(NAME, "benchcast-relay", "doctor", check=False)
    assert "✕" not in findings, findings
    box.podman("rm", "--force", NAME)


async def test_the_compose_file_starts_it(box: Box, tmp_path: Path) -> None:
    """podman-compose reads the very file; what this machine cannot give (bridges, higher limits) is laid over it."""
    port = free_port()
    wrapper = tmp_path / "podman"
    wrapper.write_text(WRAPPER.format(python=sys.executable, store=[str(each) for each in box.store]))
    wrapper.chmod(0o755)
    compose = yaml.safe_load((HERE / "compose.yaml").read_text("utf-8"))
    relay = compose["services"]["relay"]
    assert relay.pop("build")["dockerfile"] == "packaging/relay/Dockerfile"
    relay |= {"image": IMAGE, "network_mode": "host", "ulimits": {"nofile": 4096, "nproc": 4096}}
    del relay["ports"]
    relay["environment"]["BENCHCAST_PORT"] = str(port)
    laid_over = tmp_path / "compose.yaml"
    laid_over.write_text(yaml.safe_dump(compose), "utf-8")
    env = {"BENCHCAST_ADDRESSES": f"https://127.0.0.1:{port}"}
    started = await asyncio.to_thread(
        box.compose, wrapper, laid_over, "up", "--detach", "--no-build", env=env
    )
    assert started.returncode == 0, started.stdout + started.stderr
    name = box.podman("ps", "--all", "--format={{.Names}}")
    assert name, started.stdout + started.stderr
    assert box.inspect(name)["State"]["Running"], started.stdout + started.stderr + box.podman("logs", name)
    await healthy(box, name)
    host = box.inspect(name)["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapAdd"], host["RestartPolicy"]["Name"]) == (True, [], "on-failure")
    assert "no-new-privileges" in str(host["SecurityOpt"])
    began = time.monotonic()
    stopped = await asyncio.to_thread(box.compose, wrapper, laid_over, "down", "--volumes", env=env)
    assert stopped.returncode == 0, stopped.stdout + stopped.stderr
    assert time.monotonic() - began < 15

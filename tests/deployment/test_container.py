"""The container: without root, read-only, healthy; it leaves within five seconds, losing nothing; with each engine."""

import asyncio
import re
import time
from pathlib import Path

import yaml
from crowd import Crowd, lost, office_at
from engines import BASE_IMAGE, BENCH, BUILDER_IMAGE, IMAGE, URL, Engine
from helpers.desk import Desk
from helpers.relay_running import Office, small_pdf

NAME, VOLUME, PASSWORD = "benchcast-trial", "benchcast-trial", "correct horse"
GOODBYE_SECONDS = 5.0
COMPOSE = ("--project-name=trial", "--file=packaging/relay/compose.yaml")


async def well(engine: Engine, name: str = NAME) -> None:
    async with asyncio.timeout(90):
        while not await asyncio.to_thread(engine.is_well, name):
            await asyncio.sleep(0.2)


async def signed_in(office: Office) -> Office:
    answer = await office.call("POST", "/api/auth/login", json={"username": "kim", "password": PASSWORD})
    assert answer.status == 200, answer.body
    return office.as_(answer.body["accessToken"])


async def test_it_has_no_rights_says_goodbye_and_loses_nothing(engine: Engine, untrusting: None) -> None:
    wish = (f"--volume={VOLUME}:/data", f"--env=BENCHCAST_ADDRESSES={URL}", "--env=BENCHCAST_ANNOUNCE=false")
    engine.call("volume", "rm", "--force", VOLUME)
    engine.run(NAME, *wish)
    await well(engine)

    said = dict(
        line.split(":\t")
        for line in engine.inside(NAME, "cat", "/proc/1/status").splitlines()
        if ":\t" in line
    )
    assert said["Uid"].split() == ["10440"] * 4
    assert {said[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert said["NoNewPrivs"] == "1"
    for place in ("/opt/benchcast/x", "/etc/x", "/usr/x"):
        assert "Read-only" in engine.inside(NAME, "sh", "-c", f"touch {place} 2>&1 || true")
    assert (
        engine.inside(NAME, "python", "-c", "import importlib.util as u; print(u.find_spec('PySide6'))")
        == "None"
    )
    assert engine.inside(NAME, "sh", "-c", "ls /etc/pip.conf /src 2>/dev/null || true") == ""
    assert "password" not in engine.call("history", "--no-trunc", IMAGE)

    engine.inside(
        NAME, "benchcast-relay", "user", "add", "kim", "--role", "admin", "--password-stdin", given=PASSWORD
    )
    async with office_at(URL) as office:
        kim = await signed_in(office)
        entry = (await kim.call("GET", "/api/audit?limit=1")).body["entries"][0]
        assert entry["address"] == BENCH, "limits and blocks go by who asks, and not by the engine's bridge"
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
            await asyncio.to_thread(engine.call, "stop", "--time=15", NAME)
            took = time.monotonic() - began
            state = engine.inspect(NAME)["State"]
        assert state["ExitCode"] == 0, engine.call("logs", NAME)[-2000:]
        assert took <= GOODBYE_SECONDS, "a graceful stop"

        # Another container of the image, on the same volume: what an update does.
        engine.call("rm", NAME)
        engine.run(NAME, *wish)
        await well(engine)
        kim = await signed_in(office)
        assert len(crowd.accepted) >= 200
        assert await lost(kim, crowd.accepted) == []
        async with Desk(office.url, grant["token"]) as desk:
            assert (await kim.trigger(orderId="WO-1", wait_ms=20_000)).body["state"] == "shown"

        # The power goes.
        async with Crowd(kim, "SCREEN-002") as crowd:
            await crowd.until(200)
            await asyncio.to_thread(engine.call, "kill", "--signal=KILL", NAME)
        await asyncio.to_thread(engine.call, "start", NAME)
        await well(engine)
        kim = await signed_in(office)
        assert await lost(kim, crowd.accepted) == []
    findings = engine.inside(NAME, "benchcast-relay", "doctor", check=False)
    assert "✕" not in findings, findings
    engine.call("rm", "--force", NAME)


async def test_the_guide_s_steps_lead_from_the_compose_file_to_a_first_scan(
    engine: Engine, tmp_path: Path, untrusting: None
) -> None:
    """What is laid over the file is what only this machine wants: no registry, and limits of its own for podman."""
    build = {"args": {"BASE": BASE_IMAGE, "BUILDER": BUILDER_IMAGE}}
    mine: dict = {"build": build}
    if engine.name == "podman":
        mine["ulimits"] = {"nofile": 4096, "nproc": 4096}
    over = tmp_path / "over.yaml"
    over.write_text(yaml.safe_dump({"services": {"relay": mine}}), "utf-8")
    env = {"BENCHCAST_ADDRESSES": URL}

    async def compose(*arguments: str) -> str:
        return await asyncio.to_thread(engine.compose, *COMPOSE, f"--file={over}", *arguments, env=env)

    await compose("up", "--detach", "--build")
    name = engine.call("ps", "--all", "--format={{.Names}}")
    assert engine.inspect(name)["State"]["Running"], engine.call("logs", name, all_of_it=True)
    await well(engine, name)
    host = engine.inspect(name)["HostConfig"]
    assert (host["ReadonlyRootfs"], host["CapAdd"] or []) == (True, [])
    assert host["RestartPolicy"]["Name"] == "unless-stopped"
    assert "no-new-privileges" in str(host["SecurityOpt"])

    said = await compose("logs", "relay")
    (secret,) = re.findall(rf"{URL}/console/#/welcome\?secret=([\w-]+)", said)
    async with office_at(URL) as office:
        wish = {"secret": secret, "name": "kim", "password": PASSWORD}
        made = await office.call("POST", "/api/auth/welcome", json=wish, headers={"X-Benchcast": "1"})
        assert made.status == 200, made.body
        kim = await signed_in(office)
        await kim.add_order("WO-1", small_pdf("WO-1"))
        await kim.add_screen()
        assert (await kim.offer())["link"].startswith(f"{URL}/"), "where a bench reaches it"
        grant = await kim.pair()
        async with Desk(office.url, grant["token"]) as desk:
            assert (await kim.trigger(orderId="WO-1", wait_ms=20_000)).body["state"] == "shown"
            assert desk.commands[0][1]["orderId"] == "WO-1"
        assert "✕" not in await compose("exec", "-T", "relay", "benchcast-relay", "doctor")

        # A backup, and back to it.
        backup = "/data/backups/by-hand.benchcast-backup"
        await compose("exec", "-T", "relay", "benchcast-relay", "backup", backup)
        await kim.add_order("WO-2", small_pdf("WO-2"))
        await compose("stop", "relay")
        await compose("run", "--rm", "relay", "restore", backup)
        await compose("start", "relay")
        await well(engine, name)
        kim = await signed_in(office)
        orders = (await kim.call("GET", "/api/orders")).body["orders"]
        assert [order["orderId"] for order in orders] == ["WO-1"]
        async with Desk(office.url, grant["token"]):
            assert (await kim.trigger(orderId="WO-1", wait_ms=20_000)).body["state"] == "shown"

        # The machine is switched off and on: nobody has to start the relay. (With podman a unit of systemd does that.)
        if await asyncio.to_thread(engine.reboot):
            await well(engine, name)
            assert (await signed_in(office)).token

    began = time.monotonic()
    await compose("down", "--volumes")
    assert time.monotonic() - began < 15

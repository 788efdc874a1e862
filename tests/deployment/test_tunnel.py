"""A phone on the internet, a tunnel that the relay has laid, and a bench on the LAN that does not notice any of it.

Four grounds of their own: the plant with the relay, a host on the internet with nginx and sshd, the phone with a real
Chromium; the bench and the admin are this machine. Between phone and plant there is no way but the tunnel. What the
docs say is done as they say it, with the files that they name (packaging/relay/tunnel).
"""

import asyncio
import json
import re
import shlex
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pytest
from crowd import office_at
from engines import HERE, ROOT
from ground import Ground, demand
from helpers.browser import PATIENCE_MS, PHONE, Visitor, chromium
from helpers.camera_video import barcode, camera_arguments, empty, seen, write_video
from helpers.certificates import Authority
from helpers.desk import Desk
from helpers.relay_running import Office, small_pdf
from helpers.x11 import end
from playwright.async_api import Page, expect

PROGRAMS = ("nsenter", "nginx", "sshd", "ssh", "ssh-keygen", "chromium", "certutil", "curl", "ss")
FILES = HERE / "tunnel"
USER = "benchcast-tunnel"
NAME, OUTSIDE = "relay.example.com", "https://relay.example.com"
AS_USER = ("setpriv", f"--reuid={USER}", f"--regid={USER}", "--clear-groups", "--no-new-privs")
LAN, BENCH = "10.77.6.2", "10.77.6.1"
PUBLIC, PLANT, PHONE_ADDRESS = "198.51.100.1", "198.51.100.2", "203.0.113.2"
SETTINGS = f"""host = "0.0.0.0"
announce = false
addresses = ["https://{LAN}:8440"]
phone_address = "{OUTSIDE}"
trusted_proxies = ["127.0.0.1/32"]
"""
BOOK = """() => new Promise((resolve, reject) => {
  const opening = indexedDB.open("benchcast-scans", 1);
  opening.onerror = reject;
  opening.onsuccess = () => {
    const asking = opening.result.transaction("scans").objectStore("scans").getAll();
    asking.onsuccess = () => { opening.result.close(); resolve(asking.result); };
  };
})"""
FIRST_EVENT = """async () => {
  const stop = new AbortController();
  const answer = await fetch("/api/events/subscribe?watch=SCREEN-001", { signal: stop.signal });
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  while (!/event: screen:status/.test(text)) text += (await reader.read()).value;
  stop.abort();
  return text;
}"""


@dataclass
class World:
    """The grounds, and what was started on them."""

    plant: Ground
    public: Ground
    phone: Ground
    authority: Authority
    data: Path
    home: Path

    def cut(self) -> None:
        self.plant.run("ip", "link", "set", "wan0", "down")

    def mend(self) -> None:
        self.plant.run("ip", "link", "set", "wan0", "up")


def tunnel_command() -> list[str]:
    """Read from the unit what it starts."""
    text = (FILES / "benchcast-tunnel.service").read_text("utf-8").replace("\\\n", " ")
    (line,) = re.findall(r"^ExecStart=(.*)$", text, re.MULTILINE)
    return shlex.split(line)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    demand(*PROGRAMS)
    with Ground() as plant, Ground() as public, Ground() as phone:
        plant.cable("lan0", None, here=f"{LAN}/30", far=f"{BENCH}/30")
        plant.cable("wan0", public, here=f"{PLANT}/30", far=f"{PUBLIC}/30")
        phone.cable("net0", public, here=f"{PHONE_ADDRESS}/30", far="203.0.113.1/30")
        for name, ground, host in (
            ("plant", plant, PUBLIC),
            ("public", public, "127.0.0.1"),
            ("phone", phone, "203.0.113.1"),
        ):
            ground.own_etc(tmp_path / name)
            ground.write("/etc/hosts", f"127.0.0.1 localhost\n{host} {NAME}\n")
        authority = Authority(tmp_path)
        home = tmp_path / "home"
        store = home / ".pki" / "nssdb"
        store.mkdir(parents=True)
        for command in (
            ("-N", "--empty-password"),
            ("-A", "-t", "C,,", "-n", "public", "-i", str(authority.file)),
        ):
            subprocess.run(["certutil", "-d", f"sql:{store}", *command], check=True)
        yield World(plant, public, phone, authority, tmp_path / "relay", home)


@asynccontextmanager
async def relay_on(world: World, folder: Path) -> AsyncIterator[Office]:
    """Serve on the plant's ground, with the settings of the docs; yields an admin at the LAN's address."""
    world.plant.write("/etc/benchcast/relay.toml", SETTINGS)
    program = (sys.executable, "-m", "relay")
    place = ("--data", world.data, "--config", "/etc/benchcast/relay.toml")
    with (folder / "relay.log").open("wb") as log:
        process = subprocess.Popen(
            world.plant.within(*program, "serve", *place, at=ROOT), stdout=log, stderr=log
        )
    try:
        async with office_at(f"https://{LAN}:8440") as office, asyncio.timeout(60):
            while not await is_ready(office):
                assert process.poll() is None, (folder / "relay.log").read_text("utf-8")
                await asyncio.sleep(0.1)
        added = ("user", "add", "kim", "--role", "admin", "--password-stdin")
        world.plant.run(*program, *added, *place, given="correct horse", at=ROOT)
        async with office_at(f"https://{LAN}:8440") as office:
            said = {"username": "kim", "password": "correct horse"}
            answer = await office.call("POST", "/api/auth/login", json=said)
            yield office.as_(answer.body["accessToken"])
    finally:
        end(process)


async def is_ready(office: Office) -> bool:
    try:
        return (await office.call("GET", "/ready")).status == 200
    except OSError:
        return False


async def listening(ground: Ground, port: int, *, so: bool = True) -> None:
    """Wait until somebody listens there; or, with `so=False`, until nobody does."""
    async with asyncio.timeout(60):
        while (f":{port} " in ground.run("ss", "-Hltn")) != so:
            await asyncio.sleep(0.1)


@asynccontextmanager
async def host_on_the_internet(world: World, office: Office, folder: Path) -> AsyncIterator[None]:
    """Set nginx and sshd up as the docs say, and let them run."""
    public, plant = world.public, world.plant
    public.run("mount", "-t", "tmpfs", "tmpfs", "/run")
    public.run("mkdir", "/run/sshd")
    public.run("useradd", "--system", "--shell", "/usr/sbin/nologin", USER)
    plant.run("adduser", "--system", "--group", "--no-create-home", USER)
    plant.run("ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", "/etc/benchcast/tunnel.key")
    plant.run("chown", USER, "/etc/benchcast/tunnel.key")
    public.write("/etc/ssh/benchcast-tunnel.keys", plant.run("cat", "/etc/benchcast/tunnel.key.pub") + "\n")
    public.run("ssh-keygen", "-A")
    key = public.run("cat", "/etc/ssh/ssh_host_ed25519_key.pub")
    plant.write("/etc/benchcast/tunnel.hosts", f"{NAME} {key}\n")
    public.write("/etc/ssh/sshd_config.d/benchcast-tunnel.conf", (FILES / "sshd.conf").read_text("utf-8"))

    world.authority.issue(NAME)
    (signed,) = world.authority.folder.glob("[0-9]*.pem")
    for path in ("/etc/ssl/relay.pem", "/etc/ssl/relay.key"):
        public.write(path, signed.read_text("ascii"))
    ca = await office.call("GET", "/api/ca.pem")
    public.write("/etc/ssl/benchcast-ca.pem", ca.body["bytes"].decode())
    public.write(
        "/etc/nginx/nginx.conf",
        f"daemon off; pid /run/nginx.pid; error_log {folder}/nginx.log;\nevents {{}}\n"
        f"http {{ access_log off; include /etc/nginx/sites-enabled/benchcast.conf; }}\n",
    )
    public.write("/etc/nginx/sites-enabled/benchcast.conf", (FILES / "nginx.conf").read_text("utf-8"))
    with (folder / "sshd.log").open("wb") as log:
        servers = [
            subprocess.Popen(public.within("/usr/sbin/sshd", "-D", "-e"), stdout=log, stderr=log),
            subprocess.Popen(public.within("nginx"), stdout=log, stderr=log),
        ]
    try:
        await listening(public, 22)
        await listening(public, 443)
        yield
    finally:
        for server in servers:
            end(server)


class Tunnel:
    """What the unit is to systemd: started anew, after a while, whenever it has left."""

    def __init__(self, world: World, folder: Path) -> None:
        self._world, self._log = world, folder / "ssh.log"
        self.starts = 0
        self.process: subprocess.Popen[bytes] | None = None

    async def __aenter__(self) -> Self:
        self._life = asyncio.ensure_future(self._keep())  # noqa: TID251 - an actor
        await listening(self._world.public, 8440)
        return self

    async def __aexit__(self, *_error: object) -> None:
        self._life.cancel()
        await asyncio.gather(self._life, return_exceptions=True)
        if self.process is not None:
            end(self.process)

    async def _keep(self) -> None:
        while True:
            self.starts += 1
            with self._log.open("ab") as log:
                command = self._world.plant.within(*AS_USER, *tunnel_command())
                self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
            while self.process.poll() is None:
                await asyncio.sleep(0.2)
            await asyncio.sleep(5)


@asynccontextmanager
async def phone_of(world: World, folder: Path, video: Path) -> AsyncIterator[Visitor]:
    """A real Chromium on the phone's ground, whose store knows the public authority and nothing is clicked away."""
    wrapper = folder / "chromium"
    start = shlex.join(world.phone.within("/usr/bin/chromium", at=folder))
    wrapper.write_text(f'#!/bin/sh\nexport HOME={world.home}\nexec {start} "$@"\n', "utf-8")
    wrapper.chmod(0o755)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("helpers.browser.CHROMIUM", str(wrapper))
        async with chromium(*camera_arguments(video)) as browser:
            context = await browser.new_context(locale="en-GB", **PHONE)
            context.set_default_timeout(PATIENCE_MS)
            yield Visitor(await context.new_page())
            await context.close()


def tell(what: str, began: float) -> None:
    print(f"{what} {(time.monotonic() - began) * 1000:.0f} ms", file=sys.stderr)


async def scan(page: Page, order: str) -> None:
    await page.locator("#typed").fill(order)
    await page.locator("#typed").press("Enter")


async def waits(page: Page, order: str) -> str:
    """Answer the id under which the phone keeps a scan."""
    (scan,) = [each for each in await page.evaluate(BOOK) if each["orderId"] == order]
    return scan["id"]


async def until_shown(desk: Desk, order: str, id_: str, seconds: float = 90) -> None:
    async with asyncio.timeout(seconds):
        while (order, id_) not in [(each.get("orderId"), each["id"]) for _, each in desk.commands]:
            await asyncio.sleep(0.1)
    assert [each.get("orderId") for _, each in desk.commands].count(order) == 1


async def who_asked(office: Office) -> str:
    (entry,) = (await office.call("GET", "/api/audit?action=auth.sign_in&limit=1")).body["entries"]
    return entry["address"]


async def test_a_phone_on_the_internet_scans_through_the_relay_s_own_tunnel(
    world: World, tmp_path: Path, untrusting: None
) -> None:
    code = seen(barcode("WO-2025-0001", "Code128", scale=3))
    video = write_video(tmp_path / "code.mjpeg", [(empty(), 1), (code, 3)])
    async with relay_on(world, tmp_path) as kim, host_on_the_internet(world, kim, tmp_path):
        for order in ("WO-2025-0001", "WO-1", "WO-2", "WO-3", "WO-4"):
            await kim.add_order(order, small_pdf(order), revision="C")
        grant = await kim.pair()
        async with (
            Desk(kim.url, grant["token"]) as desk,
            Tunnel(world, tmp_path) as tunnel,
            phone_of(world, tmp_path, video) as phone,
        ):
            page, outcome = phone.page, phone.page.locator(".outcome")
            lines: list[str] = []
            page.on("websocket", lambda line: lines.append(line.url))

            # It joins by the link of the bench's QR, has a camera, and is told the truth.
            ticket = await kim.as_(grant["token"]).call("POST", "/api/screens/SCREEN-001/join")
            assert ticket.body["link"].startswith(f"{OUTSIDE}/scan/#join=")
            await page.goto(ticket.body["link"])
            assert await page.evaluate("[isSecureContext, Boolean(navigator.mediaDevices)]") == [True, True]
            await expect(outcome).to_contain_text("Shown on display 2")
            await expect(outcome).to_contain_text("WO-2025-0001")
            assert await page.evaluate("navigator.serviceWorker.ready.then(() => true)")
            (cookie,) = [each for each in await page.context.cookies() if "benchcast" in each["name"]]
            assert (cookie["name"], cookie["secure"], cookie["httpOnly"]) == ("__Host-benchcast", True, True)
            await page.get_by_role("button", name="Pause").click()
            assert lines
            assert all(line.startswith("wss://relay.example.com/socket.io/") for line in lines)
            assert '"screenId":"SCREEN-001"' in await page.evaluate(FIRST_EVENT)

            # Who asks is believed of the tunnel's end alone, and of it what nginx saw.
            said = ("-d", json.dumps({"username": "kim", "password": "wrong horse"}), "-o", "/dev/null")
            lie = (
                "curl",
                "-s",
                "-H",
                "Content-Type: application/json",
                "-H",
                "X-Forwarded-For: 192.0.2.99",
                *said,
            )
            world.phone.run(*lie, "--cacert", world.authority.file, f"{OUTSIDE}/api/auth/login")
            assert await who_asked(kim) == PHONE_ADDRESS
            subprocess.run([*lie, "-k", f"https://{LAN}:8440/api/auth/login"], check=True)
            assert await who_asked(kim) == BENCH
            status = ("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "--cacert", world.authority.file)
            assert world.phone.run(*status, f"{OUTSIDE}/metrics") == "404"
            assert world.phone.run(*status, f"{OUTSIDE}/console/") == "404"
            through = (
                "curl",
                "-sk",
                "-o",
                "/dev/null",
                "-w",
                "%{http_code}",
                "-H",
                f"X-Forwarded-For: {PHONE_ADDRESS}",
            )
            assert world.public.run(*through, "https://127.0.0.1:8440/metrics") == "401", "it is no loopback"

            # The internet goes: the bench on the LAN does not notice, and the phone keeps what it has scanned.
            world.cut()
            began = time.monotonic()
            shown = await kim.trigger(orderId="WO-1", wait_ms=20_000)
            tell("LAN while the tunnel is down: shown after", began)
            assert shown.body["state"] == "shown", shown.body
            began = time.monotonic()
            await scan(page, "WO-2")
            await expect(outcome).to_contain_text("Waiting for the relay", timeout=60_000)
            tell("the phone knew after", began)
            assert "WO-2" not in [each.get("orderId") for _, each in desk.commands]
            # It is back before the tunnel has given up: what was under way arrives, and again from the phone: once.
            began = time.monotonic()
            world.mend()
            await until_shown(desk, "WO-2", await waits(page, "WO-2"))
            tell("after a short cut: shown after", began)
            await expect(outcome).to_contain_text("Shown on display 2")

            # It is away for longer: both ends give the tunnel up, and it comes back by itself.
            starts = tunnel.starts
            world.cut()
            await scan(page, "WO-3")
            await expect(outcome).to_contain_text("Waiting for the relay", timeout=60_000)
            await listening(world.public, 8440, so=False)
            async with asyncio.timeout(60):
                while tunnel.starts == starts:
                    await asyncio.sleep(0.2)
            began = time.monotonic()
            world.mend()
            await until_shown(desk, "WO-3", await waits(page, "WO-3"))
            tell("after a long cut: shown after", began)
            await expect(outcome).to_contain_text("Shown on display 2")

            # The tunnel's process dies, and the next takes its place.
            assert tunnel.process is not None
            starts, lines_then = tunnel.starts, len(lines)
            tunnel.process.kill()
            tunnel.process.wait()
            await scan(page, "WO-4")
            await until_shown(desk, "WO-4", await waits(page, "WO-4"))
            assert tunnel.starts > starts
            await expect(outcome).to_contain_text("Shown on display 2")
            async with asyncio.timeout(60):
                while len(lines) == lines_then:
                    await asyncio.sleep(0.1)  # its live line comes back too
            assert desk.is_connected, "the bench's own line was never cut"
            shown_now = [(each.get("orderId"), each["id"]) for _, each in desk.commands]
            assert len(shown_now) == len(set(shown_now)) == 5

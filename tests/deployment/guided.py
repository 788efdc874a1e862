"""A new admin inside a booted machine: does what the guide says, from the unit to the first scan, backup and restore.

The commands in `/trial/guide.json` are the guide's own, taken from its text by the test outside. This judges nothing:
`/trial/seen.json` says what came of each.
"""

import json
import re
from types import SimpleNamespace

import aiohttp
import desk
import steps
from desk import Desk
from steps import TRIAL, Person, shell

COMMAND = "/opt/benchcast/bin/benchcast-relay"
PLACE = ("--data", "/var/lib/benchcast-relay", "--config", "/etc/benchcast/relay.toml")
BACKUP = "/mnt/relay.benchcast-backup"


def typed(line: str) -> str:
    """Run a line as root types it, who has no sudo here."""
    return shell("sh", "-c", f'sudo() {{ "$@"; }}\n{line}')


def relay(*words: str) -> str:
    return shell(COMMAND, *words, *PLACE)


async def shown(kim: Person, order_id: str) -> object:
    body = steps.trigger_body() | {"orderId": order_id}
    del body["command"]
    return await kim.call("POST", "/api/trigger?wait=shown&timeoutMs=20000", json=body)


async def look(seen: dict) -> None:
    guide = json.loads((TRIAL / "guide.json").read_text("utf-8"))
    steps.URL = guide["url"]
    # A desk of this trial asks nobody about the certificate.
    desk.aiohttp = SimpleNamespace(
        ClientSession=lambda: aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False))
    )
    seen["said"] = [typed(line) for line in guide["start"]]
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        kim = Person(http)
        await kim.until_ready()
        seen["journal"] = typed(guide["start"][-1])
        link = re.search(r"(https://\S+)/console/#/welcome\?secret=(\S+)", seen["journal"])
        assert link, seen["journal"]
        seen["link"] = link[1]
        wish = {"secret": link[2], "name": "kim", "password": steps.PASSWORD}
        seen["first admin"] = (
            await kim.call("POST", "/api/auth/welcome", json=wish, headers={"X-Benchcast": "1"})
        )[0]
        await kim.sign_in()
        seen["doctor"] = relay("doctor")
        seen["import"] = relay("order", "import", "/trial/samples/orders.csv")
        await kim.call("POST", "/api/screens", json={"screenId": "SCREEN-001", "name": "Bench 3"})
        _, offer = await kim.call("POST", "/api/screens/SCREEN-001/pairing")
        claim = {"screenId": "SCREEN-001", "token": offer["token"], "device": {"name": "desk"}}
        _, grant = await kim.call("POST", "/api/pair", json=claim)
        async with Desk(steps.URL, grant["token"]):
            seen["first scan"] = await shown(kim, "WO-2025-0001")
        seen["token"] = relay("token", "create", "--name", "ERP", "--scope", "trigger:SCREEN-001")

        seen["backup"] = relay("backup", BACKUP)
        typed("sudo systemctl stop benchcast-relay")
        seen["restore"] = relay("restore", BACKUP)
        typed("sudo systemctl start benchcast-relay")
        await kim.until_ready()
        seen["signed out"] = (await kim.call("GET", "/api/screens"))[0]
        await kim.sign_in()
        async with Desk(steps.URL, grant["token"]):
            seen["after the restore"] = await shown(kim, "WO-2025-0001")
        seen["added"] = shell(
            *(COMMAND, "user", "add", "lee", "--role", "admin", "--password-stdin", *PLACE),
            given=steps.PASSWORD,
        )
        typed("sudo systemctl restart benchcast-relay")
        await kim.until_ready()
        seen["unit"] = steps.shown("ActiveState", "NRestarts")
        seen["doctor at last"] = relay("doctor")


if __name__ == "__main__":
    steps.run(look)

"""What is tried inside a booted machine with keys that are sealed: by systemd's own vault, with the host's key.

It takes the place of `inside.py`, whose steps it finds beside itself as `steps.py`, and judges nothing either.
"""

import json
import time
from pathlib import Path

import aiohttp
from steps import DATA, PASSWORD, PROGRAM, UNIT, Person, run, shell, shown

PLACE = Path("/etc/credstore.encrypted")


def secrets_in(folder: str, *secrets: bytes) -> list[str]:
    """Name the files below a folder that hold one of these, as they are or in base64."""
    return [
        str(path)
        for path in Path(folder).rglob("*")
        if path.is_file() and any(secret in path.read_bytes() for secret in secrets)
    ]


async def look(seen: dict) -> None:
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        kim = Person(http)
        await kim.until_ready()
        added = ("user", "add", "kim", "--role", "admin", "--password-stdin", "--data", DATA)
        seen["user"] = shell(PROGRAM, *added, given=PASSWORD)
        said = {"username": "kim", "password": PASSWORD}
        _, tokens = await kim.call("POST", "/api/auth/login", json=said)
        secret = json.loads(Path(DATA, "keys.json").read_text("ascii"))["secret"].encode()
        authority_key = Path(DATA, "tls", "ca.key").read_bytes()
        seen["before"] = secrets_in(f"{DATA}/", secret, authority_key)

        seen["while it runs"] = shell(PROGRAM, "keys", "seal", "--with-key", "host", "--data", DATA)
        shell("systemctl", "stop", UNIT)
        seen["seal"] = shell(PROGRAM, "keys", "seal", "--with-key", "host", "--data", DATA)
        seen["modes"] = shell("stat", "-c", "%a %U", *map(str, sorted(PLACE.iterdir()))).splitlines()
        seen["after"] = secrets_in(f"{DATA}/", secret, authority_key) + secrets_in(str(PLACE), secret)
        shell("systemctl", "start", UNIT)
        await kim.until_ready()
        # The same secret as before has made this token, and signs the next.
        seen["refresh"] = await kim.call(
            "POST", "/api/auth/refresh", json={"refreshToken": tokens["refreshToken"]}
        )
        seen["unit"] = shown("ActiveState", "NRestarts", "MainPID")
        environ = Path(f"/proc/{seen['unit']['MainPID']}/environ").read_bytes()
        seen["given"] = b"CREDENTIALS_DIRECTORY=" in environ and secret not in environ
        seen["renewed"] = shell("stat", "-L", "-c", "%s", f"{DATA}/tls/relay.pem")
        seen["command line"] = shell(PROGRAM, "token", "create", "--scope", "trigger:*", "--data", DATA)
        seen["doctor"] = shell(PROGRAM, "doctor", "--data", DATA, "--config", "/etc/benchcast/relay.toml")
        seen["plain again"] = secrets_in(f"{DATA}/", secret, authority_key)

    shell("systemctl", "stop", UNIT)
    sealed = PLACE / "benchcast-keys"
    kept = sealed.read_bytes()
    sealed.write_bytes(kept[:-20] + b"A" * 20)
    shell("systemctl", "start", UNIT)
    time.sleep(3)
    seen["damaged"] = shown("SubState", "ExecMainStatus") | {"made": Path(DATA, "keys.json").exists()}
    shell("systemctl", "stop", UNIT)
    sealed.write_bytes(kept)
    seen["unseal"] = shell(PROGRAM, "keys", "unseal", "--data", DATA)
    shell("systemctl", "reset-failed", UNIT)
    shell("systemctl", "start", UNIT)
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=False)) as http:
        kim = Person(http)
        await kim.until_ready()
        seen["unsealed"] = (await kim.call("POST", "/api/auth/login", json=said))[0]
    seen["owner"] = shell("stat", "-L", "-c", "%a %u", DATA, f"{DATA}/keys.json").split()


if __name__ == "__main__":
    run(look)

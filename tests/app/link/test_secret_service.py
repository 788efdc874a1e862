"""The real Secret Service of a Linux desktop, unlocked and locked, on a message bus of its own."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import asyncio, sys
from pathlib import Path
import structlog
from app.link import credential_store
from app.link.credential_store import Credential, CredentialStore, KeyringUnavailable
from relay.contract.pairing import RelayAddress

structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
credential_store.KEYRING_SECONDS = 8.0
credential = Credential(
    screen_id="SCREEN-001", refresh_token="refresh-1", secret="s" * 32,
    relay=RelayAddress(addresses=("https://relay.test:8440",)),
)

async def main(data, step):
    store = CredentialStore(data)
    if step == "save":
        await store.save(credential)
        print(store.where.where)
    elif step == "load":
        assert await store.load() == credential
        print(store.where.where)
    elif step == "delete":
        await store.load()
        await store.delete()
        print(await CredentialStore(data).load())
    else:
        try:
            print(await store.load())
        except KeyringUnavailable:
            print("locked")

asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
"""


@pytest.fixture
def on_a_desktop(tmp_path):
    """Run steps on a fresh session bus with gnome-keyring, which keeps its secrets in this test's home."""
    home = tmp_path / "home"
    run = home / "run"
    run.mkdir(parents=True, mode=0o700)
    home.chmod(0o700)
    program = tmp_path / "program.py"
    program.write_text(PROGRAM)
    env = {
        key: value for key, value in os.environ.items() if key not in {"PYTHON_KEYRING_BACKEND", "DISPLAY"}
    }
    env |= {"HOME": str(home), "XDG_RUNTIME_DIR": str(run), "XDG_DATA_HOME": str(home / "share")}
    env |= {"PYTHONPATH": str(ROOT)}
    (home / "share").mkdir()

    def steps(*names: str, unlock: bool = True) -> list[str]:
        keyring = (
            "printf 'password\\n' | gnome-keyring-daemon --unlock --components=secrets"
            if unlock
            else "gnome-keyring-daemon --start --components=secrets"
        )
        lines = [f'"{sys.executable}" "{program}" "{tmp_path / "data"}" {name}' for name in names]
        script = "\n".join(["set -e", f"{keyring} >/dev/null 2>&1", *lines])
        done = subprocess.run(
            ["dbus-run-session", "--", "bash", "-c", script],
            env=env,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.split()

    return steps


def test_the_credential_lives_in_the_desktops_keyring_and_survives_a_new_session(on_a_desktop, tmp_path):
    assert on_a_desktop("save", "load") == ["keyring", "keyring"]
    assert b"refresh" not in (tmp_path / "data" / "credential.json").read_bytes()
    assert on_a_desktop("load") == ["keyring"]
    assert on_a_desktop("delete") == ["None"]


def test_a_locked_keyring_is_said_to_be_locked_and_the_credential_is_not_lost(on_a_desktop):
    assert on_a_desktop("save") == ["keyring"]
    assert on_a_desktop("load-locked", unlock=False) == ["locked"]
    assert on_a_desktop("load") == ["keyring"]


def test_a_desktop_whose_keyring_is_locked_from_the_start_keeps_a_file(on_a_desktop):
    assert on_a_desktop("save", "load", unlock=False) == ["file", "file"]

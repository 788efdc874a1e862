"""`benchcast-relay keys seal`, `unseal` and `make`: the relay's secret keys in the machine's vault, or in another's.

Sealing and unsealing take the relay's lock: a relay that runs would go on with, and write, what was on disk before.
"""

import argparse
import asyncio
import sys
from collections.abc import Callable
from pathlib import Path

import filelock

from relay.admin.at_terminal import Commands
from relay.contract.wording import Wording
from relay.identity.keys import new_keys, sealable
from relay.ops.authority import AUTHORITY_KEY_FILE, FOLDER
from relay.settings import Settings
from relay.storage.vault import AUTHORITY_KEY, PLACE, Sealable, VaultShutError, seal, unseal

KINDS = ("auto", "host", "tpm2", "host+tpm2")


def add_vault_commands(commands: Commands, common: argparse.ArgumentParser, wording: Wording) -> None:
    """Describe the three commands."""
    say = wording.say
    sealing = commands.add_parser("seal", parents=[common], help=say("cli.keys.seal"))
    sealing.add_argument("--with-key", choices=KINDS, default="auto", help=say("cli.keys.seal.with_key"))
    sealing.add_argument(
        "--place", type=Path, metavar="DIR", default=PLACE, help=say("cli.keys.seal.place", place=str(PLACE))
    )
    sealing.set_defaults(command=seal_keys)
    commands.add_parser("unseal", parents=[common], help=say("cli.keys.unseal")).set_defaults(
        command=unseal_keys
    )
    commands.add_parser("make", parents=[common], help=say("cli.keys.make")).set_defaults(command=make_keys)


async def seal_keys(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Put the keys of a stopped relay into the machine's vault; the plain files go."""

    def work() -> list[Path]:
        return seal(_secrets(settings), settings.data, place=arguments.place, key=arguments.with_key)

    return await _with_the_lock(settings, wording, work, "cli.keys.sealed", "cli.keys.nothing_to_seal")


async def unseal_keys(_arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Put the keys of a stopped relay back into its data directory."""

    def work() -> list[Path]:
        return unseal(_secrets(settings), settings.data)

    return await _with_the_lock(settings, wording, work, "cli.keys.unsealed", "cli.keys.nothing_sealed")


async def make_keys(_arguments: argparse.Namespace, _settings: Settings, _wording: Wording) -> int:
    """Print new keys, for the secrets of a container or a vault of the plant's; nothing is written."""
    sys.stdout.write(new_keys().decode() + "\n")
    return 0


async def _with_the_lock(
    settings: Settings, wording: Wording, work: Callable[[], list[Path]], done: str, nothing: str
) -> int:
    if not settings.data.is_dir():
        _trouble(wording, nothing, data=str(settings.data))
        return 1
    try:
        with filelock.FileLock(settings.data / "relay.lock").acquire(timeout=0):
            paths = await asyncio.to_thread(work)
    except filelock.Timeout:
        _trouble(wording, "cli.already_running", data=str(settings.data))
        return 1
    except VaultShutError as error:
        _trouble(wording, "cli.keys.vault_shut", reason=str(error))
        return 1
    if not paths:
        _trouble(wording, nothing, data=str(settings.data))
        return 1
    sys.stdout.write(wording.say(done, paths=" ".join(map(str, paths))) + "\n")
    return 0


def _secrets(settings: Settings) -> tuple[Sealable, ...]:
    authority_key = settings.data / FOLDER / AUTHORITY_KEY_FILE
    return sealable(settings.data), Sealable(AUTHORITY_KEY, authority_key)


def _trouble(wording: Wording, key: str, **values: str) -> None:
    for part in ("title", "detail", "action"):
        sys.stderr.write(wording.say(f"{key}.{part}", **values) + "\n")

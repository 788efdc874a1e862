"""Secrets that the machine's vault keeps: systemd opens them, by the TPM or the host's own key, for the service alone.

How it works: `seal` has `systemd-creds` encrypt a file of the data directory into a credential (systemd.exec(5),
LoadCredentialEncrypted=), checks that it opens again, notes in the data directory where it lies, and takes the plain
file away. The service finds the opened ones in $CREDENTIALS_DIRECTORY, in memory that is never swapped out; the command
line, as root, has them opened for the moment.

What must never happen: a sealed secret that is taken for a missing one and made anew. Where there is a note and no
secret can be had, that is an error. Linux with systemd 252 alone; elsewhere a container's secret does the same
(`BENCHCAST_KEYS_FILE`).
"""

import os
import shutil
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import msgspec

from relay.storage.backup import sync_folder

KEYS, AUTHORITY_KEY = "benchcast-keys", "benchcast-authority-key"
NOTE = "sealed.json"
PLACE = Path("/etc/credstore.encrypted")
DIRECTORY = "CREDENTIALS_DIRECTORY"
PROGRAM = "systemd-creds"
# A TPM is slow, and may be busy with somebody else's wish.
PATIENCE_SECONDS = 60.0


class VaultShutError(Exception):
    """The vault does not give, or take, a secret; the message says why."""


@dataclass(frozen=True, slots=True)
class Sealable:
    """A secret by the name that the vault knows it by, and the file that it has in the data directory."""

    name: str
    path: Path


def read_secret(secret: Sealable, data: Path, environ: Mapping[str, str] | None = None) -> bytes | None:
    """Return what the vault keeps by that name; None where it keeps nothing. Blocks.

    Raises VaultShutError, unless the plain file lies there: whoever put it there means it.
    """
    environ = os.environ if environ is None else environ
    if directory := environ.get(DIRECTORY):
        with suppress(FileNotFoundError):
            return Path(directory, secret.name).read_bytes()
    place = sealed_in(data).get(secret.name)
    if place is None:
        return None
    try:
        return open_secret(secret.name, Path(place))
    except VaultShutError:
        if secret.path.exists():
            return None
        raise


def sealed_in(data: Path) -> dict[str, str]:
    """Return which secrets of a data directory are sealed, and where. Raises VaultShutError."""
    try:
        return msgspec.json.decode((data / NOTE).read_bytes(), type=dict[str, str])
    except (FileNotFoundError, NotADirectoryError):
        return {}
    except (OSError, msgspec.MsgspecError) as error:
        raise VaultShutError(f"{data / NOTE}: {error}") from error


def seal(secrets: tuple[Sealable, ...], data: Path, *, place: Path = PLACE, key: str = "auto") -> list[Path]:
    """Seal the files of these that are there, and return the credentials. Blocks; no relay may run on the directory.

    `key` is what `systemd-creds --with-key` takes: `host`, `tpm2`, `host+tpm2` or `auto`. Raises VaultShutError; then
    every plain file is where it was.
    """
    there = [secret for secret in secrets if secret.path.exists()]
    sealed = sealed_in(data)
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        for secret in there:
            target = place / secret.name
            content = secret.path.read_bytes()
            words = ("encrypt", f"--with-key={key}", f"--name={secret.name}", "-", "-")
            draft = target.with_name(f".{secret.name}.partial")
            _put(draft, _ask(words, content))
            if open_secret(secret.name, draft) != content:
                draft.unlink()
                raise VaultShutError(f"{draft}: it does not open to what was sealed")
            draft.replace(target)
            sealed[secret.name] = str(target)
        sync_folder(place)
        _put(data / NOTE, msgspec.json.encode(sealed), like=data)
        sync_folder(data)
        for secret in there:
            secret.path.unlink()
    except OSError as error:
        raise VaultShutError(str(error)) from error
    return [place / secret.name for secret in there]


def unseal(secrets: tuple[Sealable, ...], data: Path) -> list[Path]:
    """Put back as plain files what is sealed, and return them. Blocks; no relay may run on the directory.

    Raises VaultShutError; then everything is still sealed.
    """
    places = sealed_in(data)
    opened = [
        (secret, open_secret(secret.name, Path(places[secret.name])))
        for secret in secrets
        if secret.name in places
    ]
    try:
        for secret, content in opened:
            _put(secret.path, content, like=data)
            sync_folder(secret.path.parent)
        (data / NOTE).unlink(missing_ok=True)
        for secret, _ in opened:
            Path(places[secret.name]).unlink(missing_ok=True)
    except OSError as error:
        raise VaultShutError(str(error)) from error
    return [secret.path for secret, _ in opened]


def open_secret(name: str, place: Path) -> bytes:
    """Have a credential opened; for root alone. Blocks. Raises VaultShutError."""
    return _ask(("decrypt", f"--name={name}", str(place), "-"))


def _ask(words: tuple[str, ...], content: bytes = b"") -> bytes:
    program = shutil.which(PROGRAM)
    if program is None:
        raise VaultShutError(f"{PROGRAM}: not found; it is a part of systemd 252")
    try:
        done = subprocess.run(  # noqa: S603 - the system's own program; secrets go through pipes alone
            [program, *words], input=content, capture_output=True, timeout=PATIENCE_SECONDS, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise VaultShutError(f"{PROGRAM}: {type(error).__name__}") from error
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace").strip()
        raise VaultShutError(f"{PROGRAM} {words[0]}: {said or done.returncode}")
    return done.stdout


def _put(path: Path, content: bytes, *, like: Path | None = None) -> None:
    """Write a file for its owner alone, whole or not at all; `like` names a folder whose owner it gets."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.draft")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    if like is not None and os.name == "posix":
        owner = like.stat()
        if os.geteuid() == 0:
            os.chown(draft, owner.st_uid, owner.st_gid)
    draft.replace(path)

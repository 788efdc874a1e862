"""The relay's own secrets: made at random when missing, kept in one file that only its owner can read.

There is no default secret anywhere. Whoever can read this file can act as the relay's admin; that is how the command
line on the same machine signs in. `BENCHCAST_KEYS` (its content), `BENCHCAST_KEYS_FILE` (a file that somebody else
looks after, such as a container's secret) or the machine's vault (relay.storage.vault) stand in its place, and nothing
is then written.

A key that no longer signs is retired: it verifies what it has signed, and nothing that it could not have signed then.
Refresh tokens are made with a secret of their own from the first rotation on (before it, with the one secret); a former
one is good until the last token that it made has ended. The one secret stays: what lies encrypted or hashed by it on
disk (second factors) could not be read any more.
"""

import hashlib
import hmac
import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import msgspec
import structlog
from msgspec import Struct

from relay.storage.vault import KEYS, Sealable, VaultShutError, read_secret

log = structlog.get_logger()

FILE_NAME = "keys.json"
VARIABLE = "BENCHCAST_KEYS"
KEY_BYTES = 32


class KeysUnreadableError(Exception):
    """The key file is damaged or may not be read; the message names the file and says why."""


class Retired(Struct, frozen=True, forbid_unknown_fields=True):
    """Since when a key does not sign any more, and until when what it has signed may be good; UTC milliseconds."""

    at: int
    until: int


class Maker(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """A secret that makes refresh tokens; one that makes none any more says until when those it made may be good."""

    secret: bytes
    until: int | None = None

    def counts(self, now_ms: int) -> bool:
        """Tell whether anything that it made may still be good."""
        return self.until is None or self.until > now_ms


class _File(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    current: str
    signing: dict[str, bytes]
    secret: bytes
    retired: dict[str, Retired] = {}
    refresh: tuple[Maker, ...] = ()


@dataclass(slots=True, repr=False)
class Keys:
    """Signing keys by their id (`kid`), of which `current` signs, and one secret from which all others are derived."""

    current: str
    signing: Mapping[str, bytes]
    secret: bytes
    retired: Mapping[str, Retired] = field(default_factory=dict[str, Retired])
    # What refresh tokens are made with, and then what they were made with before; empty: with `secret` ever since.
    # Read from other threads, so it is changed as one.
    refresh: tuple[Maker, ...] = ()
    # Where they are kept; None where they are given from outside.
    path: Path | None = None
    # They are in the machine's vault.
    is_sealed: bool = False

    @classmethod
    def open(cls, data: Path, environ: Mapping[str, str] | None = None) -> "Keys":
        """Read the keys that are given, or those of a data directory, made if not there. Raises KeysUnreadableError."""
        environ = os.environ if environ is None else environ
        if (text := environ.get(VARIABLE)) is not None:
            return _read(text.encode(), VARIABLE)
        path = data / FILE_NAME
        given = environ.get(f"{VARIABLE}_FILE")
        try:
            if given is not None:
                return _read(Path(given).read_bytes(), given)
            if (content := read_secret(sealable(data), data, environ)) is not None:
                keys = _read(content, KEYS)
                keys.is_sealed = True
                return keys
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                _make(path)
            _close_to_others(path)
            keys = _read(path.read_bytes(), str(path))
        except OSError as error:
            raise KeysUnreadableError(f"{given or path}: {error}") from error
        except VaultShutError as error:
            raise KeysUnreadableError(str(error)) from error
        keys.path = path
        return keys

    def rotate(self, now_ms: int, until_ms: int) -> None:
        """Sign, and make refresh tokens, with new keys; what the last ones have made may be good until `until_ms`.

        Raises OSError, and then nothing has changed. Retired keys of which nothing can be good any more go.
        """
        assert self.path is not None, "they are given from outside"
        kid = secrets.token_hex(8)
        retired = {**self.retired, self.current: Retired(now_ms, until_ms)}
        retired = {key: each for key, each in retired.items() if each.until > now_ms}
        signing = {key: self.signing[key] for key in retired} | {kid: secrets.token_bytes(KEY_BYTES)}
        current, *former = self.refresh or (Maker(self.secret),)
        refresh = (
            Maker(secrets.token_bytes(KEY_BYTES)),
            Maker(current.secret, until_ms),
            *(each for each in former if each.counts(now_ms)),
        )
        file = _File(kid, signing, self.secret, retired, refresh)
        _write_draft(self.path, msgspec.json.encode(file)).replace(self.path)
        self.current, self.signing, self.retired, self.refresh = kid, signing, retired, refresh

    def derive(self, purpose: str, *parts: bytes) -> bytes:
        """Return 32 bytes that only the holder of these keys can compute, another for every purpose and content."""
        return _derive(self.secret, purpose, parts)

    def derive_for_refresh(self, purpose: str, *parts: bytes, now_ms: int) -> list[bytes]:
        """Derive with the secret behind refresh tokens: as it is now, then as former ones had it that still count."""
        makers = self.refresh or (Maker(self.secret),)
        return [_derive(each.secret, purpose, parts) for each in makers if each.counts(now_ms)]


def _derive(secret: bytes, purpose: str, parts: tuple[bytes, ...]) -> bytes:
    key = hmac.digest(secret, purpose.encode(), hashlib.sha256)
    # Each part carries its length, so that ("ab", "c") and ("a", "bc") differ.
    return hmac.digest(key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), hashlib.sha256)


def sealable(data: Path) -> Sealable:
    """Name the keys of a data directory as the machine's vault knows them."""
    return Sealable(KEYS, data / FILE_NAME)


def new_keys() -> bytes:
    """Return keys that were never used, as the file holds them, for a vault of somebody else's."""
    kid = secrets.token_hex(8)
    return msgspec.json.encode(
        _File(kid, {kid: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))
    )


def _read(content: bytes, where: str) -> Keys:
    try:
        file = msgspec.json.decode(content, type=_File)
    except msgspec.MsgspecError as error:
        raise KeysUnreadableError(f"{where}: {error}") from error
    if file.current not in file.signing or any(
        len(key) < KEY_BYTES
        for key in (*file.signing.values(), file.secret, *(each.secret for each in file.refresh))
    ):
        raise KeysUnreadableError(f"{where}: a key is missing or too short")
    return Keys(file.current, file.signing, file.secret, file.retired, file.refresh)


def _make(path: Path) -> None:
    draft = _write_draft(path, new_keys())
    try:
        # A link fails where the name is taken, so of two processes that start together one wins and both read its keys.
        try:
            os.link(draft, path)
        except FileExistsError:
            pass
        except OSError:
            # A file system without links (FAT, some network shares); the relay's lock keeps others away there.
            draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)


def _write_draft(path: Path, content: bytes) -> Path:
    """Write beside `path`, for the owner alone and synced, what shall take its place."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(content)
            out.flush()
            os.fsync(out.fileno())
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    return draft


def _close_to_others(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
        log.warning(
            "The key file was open to other users of this machine and has been closed", path=str(path)
        )

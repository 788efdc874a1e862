"""The relay's own secrets: made at random when missing, kept in one file that only its owner can read.

There is no default secret anywhere. Whoever can read this file can act as the relay's admin; that is how the command
line on the same machine signs in.
"""

import hashlib
import hmac
import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

import msgspec
import structlog
from msgspec import Struct

log = structlog.get_logger()

FILE_NAME = "keys.json"
KEY_BYTES = 32


class KeysUnreadableError(Exception):
    """The key file is damaged or may not be read; the message names the file and says why."""


class _File(Struct, frozen=True, forbid_unknown_fields=True):
    current: str
    signing: dict[str, bytes]
    secret: bytes


@dataclass(frozen=True, slots=True, repr=False)
class Keys:
    """Signing keys by their id (`kid`), of which `current` signs, and one secret from which all others are derived."""

    current: str
    signing: MappingProxyType[str, bytes]
    secret: bytes

    @classmethod
    def open(cls, data: Path) -> "Keys":
        """Read the keys of a data directory, making both if they are not there. Raises KeysUnreadableError."""
        path = data / FILE_NAME
        try:
            data.mkdir(parents=True, exist_ok=True, mode=0o700)
            if not path.exists():
                _make(path)
            _close_to_others(path)
            file = msgspec.json.decode(path.read_bytes(), type=_File)
        except (OSError, msgspec.MsgspecError) as error:
            raise KeysUnreadableError(f"{path}: {error}") from error
        if file.current not in file.signing or any(
            len(key) < KEY_BYTES for key in (*file.signing.values(), file.secret)
        ):
            raise KeysUnreadableError(f"{path}: a key is missing or too short")
        return cls(file.current, MappingProxyType(file.signing), file.secret)

    def derive(self, purpose: str, *parts: bytes) -> bytes:
        """Return 32 bytes that only the holder of these keys can compute, another for every purpose and content."""
        key = hmac.digest(self.secret, purpose.encode(), hashlib.sha256)
        # Each part carries its length, so that ("ab", "c") and ("a", "bc") differ.
        return hmac.digest(
            key, b"".join(len(part).to_bytes(4, "big") + part for part in parts), hashlib.sha256
        )


def _make(path: Path) -> None:
    kid = secrets.token_hex(8)
    file = _File(kid, {kid: secrets.token_bytes(KEY_BYTES)}, secrets.token_bytes(KEY_BYTES))
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as out:
            out.write(msgspec.json.encode(file))
            out.flush()
            os.fsync(out.fileno())
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


def _close_to_others(path: Path) -> None:
    if os.name == "posix" and path.stat().st_mode & 0o077:
        path.chmod(0o600)
        log.warning(
            "The key file was open to other users of this machine and has been closed", path=str(path)
        )

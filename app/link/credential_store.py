"""Keeps the bench's credential: in the system keyring, else in a file that only this user can read, and says where.

How it works: a small file beside the data says where the credential is; without a keyring it holds the credential
itself. It is 0600 in a 0700 folder and replaced in one step. The keyring gets calls in a thread of their own, since
a locked one may wait for the user's answer for ever.

What must always hold: after `save` has returned, the credential survives a crash. Backends that forget, or that keep
secrets in clear text, count as none. A keyring that cannot be read now is `KeyringUnavailable`, never "unpaired".
"""

import asyncio
import contextlib
import hashlib
import os
import secrets
import stat
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Literal, Protocol, TypeVar

import msgspec
import structlog
from msgspec import Struct

from app.stage.scan_result import Kept
from relay.contract.codec import Malformed, decode_json, to_json
from relay.contract.names import WireScreenId
from relay.contract.pairing import RelayAddress

log = structlog.get_logger()
T = TypeVar("T")

SERVICE = "Benchcast"
KEYRING_SECONDS = 5.0
RETRY_SECONDS = 3.0
# Windows' Credential Manager takes 2,560 bytes, and keyring writes UTF-16 there.
LONGEST_KEYRING_TEXT = 1_250
_NO_KEYRING = ("keyring.backends.fail", "keyring.backends.null", "keyrings.alt.")


class Credential(Struct, frozen=True, kw_only=True, rename="camel"):
    """What makes this bench a screen. `secret` never leaves this machine; the access token is not kept."""

    screen_id: WireScreenId
    refresh_token: str
    secret: str
    relay: RelayAddress


class _File(Struct, frozen=True, kw_only=True, rename="camel", omit_defaults=True):
    kept: Literal["keyring", "file"]
    credential: Credential | None = None


class KeyringUnavailable(Exception):
    """The credential is in the keyring, and the keyring cannot be read now: locked, or its service is not running."""


class CannotKeep(Exception):
    """The credential could be written neither to the keyring nor to the file `where`."""

    def __init__(self, where: Path, reason: str) -> None:
        """Name the file, and why."""
        super().__init__(f"{where}: {reason}")
        self.where = where


class Keyring(Protocol):
    """What we ask of a keyring: `keyring`'s own functions, or a test's."""

    def get_password(self, service: str, username: str, /) -> str | None:
        """Read."""
        ...

    def set_password(self, service: str, username: str, password: str, /) -> None:
        """Write."""
        ...

    def delete_password(self, service: str, username: str, /) -> None:
        """Remove."""
        ...


class CredentialStore:
    """One bench's credential, in one place at a time."""

    def __init__(self, data: Path, mode: Literal["auto", "file"] = "auto") -> None:
        """Keep it for the bench whose data directory this is; `file` leaves the system's keyring alone."""
        self._file = data / "credential.json"
        self._mode = mode
        self._user = "bench-" + hashlib.sha256(str(data.resolve()).encode()).hexdigest()[:16]
        self._stuck: threading.Thread | None = None
        self.where: Kept | None = None

    async def load(self) -> Credential | None:
        """Read the credential; None means unpaired. Raises KeyringUnavailable."""
        kept = await asyncio.to_thread(self._read_file)
        if kept is None:
            self.where = None
            return None
        if kept.kept == "file":
            self.where = Kept("file", str(self._file))
            return kept.credential
        try:
            name, text = await self._in_thread(self._read_keyring)
        except _KeyringFailed as error:
            raise KeyringUnavailable(str(error)) from error
        if text is None:
            log.warning("The keyring no longer holds this bench's credential", keyring=name)
            return None
        try:
            credential = decode_json(text, Credential)
        except Malformed as error:
            log.warning("The keyring's entry cannot be read", keyring=name, reason=str(error))
            return None
        self.where = Kept("keyring", name)
        return credential

    async def load_patiently(self, on_locked: Callable[[], None]) -> Credential | None:
        """Read the credential as soon as the keyring lets us; `on_locked` is called while it does not."""
        while True:
            try:
                return await self.load()
            except KeyringUnavailable as error:
                log.warning("The keyring cannot be read now", reason=str(error))
                on_locked()
                await asyncio.sleep(RETRY_SECONDS)

    async def save(self, credential: Credential) -> None:
        """Keep the credential; it is safe when this returns. Raises CannotKeep."""
        if self._mode == "auto":
            try:
                name = await self._in_thread(lambda: self._write_keyring(_fitting(credential)))
            except _KeyringFailed as error:
                log.info(
                    "The credential goes to a file, because the keyring does not take it", reason=str(error)
                )
            else:
                if self.where is None or self.where.where != "keyring":
                    await self._write_file(_File(kept="keyring"))
                self.where = Kept("keyring", name)
                return
        await self._write_file(_File(kept="file", credential=credential))
        self.where = Kept("file", str(self._file))

    async def delete(self) -> None:
        """Forget the credential, wherever it is."""
        if self.where is not None and self.where.where == "keyring":
            try:
                await self._in_thread(self._clear_keyring)
            except _KeyringFailed as error:
                log.warning("The keyring would not forget the credential", reason=str(error))
        await asyncio.to_thread(self._file.unlink, missing_ok=True)
        self.where = None

    # The file.

    def _read_file(self) -> _File | None:
        try:
            mode = stat.S_IMODE(self._file.stat().st_mode)
            content = self._file.read_bytes()
        except FileNotFoundError:
            return None
        except OSError as error:
            log.exception("The credential's file cannot be read", file=str(self._file), reason=str(error))
            return None
        if os.name == "posix" and mode & 0o077:
            log.warning("Others could read the credential's file; it is closed again", mode=oct(mode))
            self._file.chmod(0o600)
        try:
            return decode_json(content, _File)
        except Malformed as error:
            log.exception("The credential's file is damaged", file=str(self._file), reason=str(error))
            return None

    async def _write_file(self, content: _File) -> None:
        try:
            await asyncio.to_thread(_replace, self._file, to_json(content))
        except OSError as error:
            raise CannotKeep(self._file, str(error)) from error

    # The keyring. These run in a thread.

    def _read_keyring(self) -> tuple[str, str | None]:
        keyring, name = _system_keyring()
        return name, keyring.get_password(SERVICE, self._user)

    def _write_keyring(self, text: str) -> str:
        keyring, name = _system_keyring()
        keyring.set_password(SERVICE, self._user, text)
        if keyring.get_password(SERVICE, self._user) != text:
            raise _KeyringFailed(f"{name} did not keep what it was given")
        return name

    def _clear_keyring(self) -> None:
        keyring, _name = _system_keyring()
        keyring.delete_password(SERVICE, self._user)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        """Run `work` in a thread that nobody waits for at the end of the program. Raises _KeyringFailed."""
        if self._stuck is not None and self._stuck.is_alive():
            raise _KeyringFailed("an earlier question is still waiting for an answer")
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()

        def settle(results: list[T], failure: _KeyringFailed) -> None:
            if answer.done():
                return
            if results:
                answer.set_result(results[0])
            else:
                answer.set_exception(failure)

        def run() -> None:
            results: list[T] = []
            failure = _KeyringFailed("its backend broke")
            try:
                results.append(work())
            except _keyring_errors() as error:
                failure = _KeyringFailed(f"{type(error).__name__}: {error}")
            finally:
                # The loop may have ended while the keyring waited for its user.
                with contextlib.suppress(RuntimeError):
                    loop.call_soon_threadsafe(settle, results, failure)

        thread = threading.Thread(target=run, name="keyring", daemon=True)
        thread.start()
        try:
            async with asyncio.timeout(KEYRING_SECONDS):
                return await answer
        except TimeoutError:
            self._stuck = thread
            raise _KeyringFailed(f"no answer within {KEYRING_SECONDS:.0f} s; is it locked?") from None


class _KeyringFailed(Exception):
    """The keyring is not there, is locked, or fails."""


def new_secret() -> str:
    """Make the secret from which this bench's refresh attempts are computed."""
    return secrets.token_hex(16)


def _keyring_errors() -> tuple[type[Exception], ...]:
    import keyring.errors

    return (keyring.errors.KeyringError, _KeyringFailed)


def _system_keyring() -> tuple[Keyring, str]:
    import keyring

    backend = keyring.get_keyring()
    first = next(iter(getattr(backend, "backends", ())), backend)  # a chain asks its first one first
    if any(type(each).__module__.startswith(_NO_KEYRING) for each in (backend, first)):
        raise _KeyringFailed(f"{backend.name} is no safe place")
    return backend, str(first.name)


def _fitting(credential: Credential) -> str:
    """Write the credential so that every keyring takes it, at the cost of the relay's last addresses."""
    relay = credential.relay
    while True:
        text = to_json(msgspec.structs.replace(credential, relay=relay)).decode()
        if len(text) <= LONGEST_KEYRING_TEXT or len(relay.addresses) <= 1:
            return text
        relay = msgspec.structs.replace(relay, addresses=relay.addresses[:-1])


def _replace(file: Path, content: bytes) -> None:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    if os.name == "posix" and stat.S_IMODE(file.parent.stat().st_mode) & 0o077:
        file.parent.chmod(0o700)
    draft = file.with_name(f"{file.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(file)
    except OSError:
        draft.unlink(missing_ok=True)
        raise
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

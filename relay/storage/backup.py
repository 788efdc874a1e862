"""Makes a backup while the relay serves: one file with the database, the documents, the keys and the certificate.

How it works: SQLite copies the database in one read transaction of a connection of its own, so the copy is what stood
on disk at one moment, and the writer, which appends to its log, is never held. Whatever was answered before the backup
began is in it. Documents never change under their name, so those that the copy knows are added afterwards. Each file is
hashed as it goes into the archive (a tar), and the manifest, its last member, says all hashes.

What must always hold: a backup has its name only when it is whole and on disk. It holds secrets and is for its owner's
eyes alone (mode 0600).
"""

import hashlib
import os
import secrets
import tarfile
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path
from typing import BinaryIO

import msgspec
from msgspec import Struct

from relay.errors import StorageUnavailableError
from relay.storage import dialect
from relay.storage.notices import notice

MANIFEST = "manifest.json"
DATABASE = "relay.db"
DOCUMENTS = "documents"
TLS = "tls"
FORMAT = 1
# Beside the database lie files that mean nothing elsewhere; all other files of the directory belong to the relay.
TRANSIENT = frozenset({"relay.lock", "running.json", "ballast", "ballast.trial"})
SUFFIX = ".benchcast-backup"
_CHUNK = 1024 * 1024


class BackupFile(Struct, frozen=True, rename="camel"):
    """One file in a backup; `size` in bytes."""

    path: str
    sha256: str
    size: int


class Manifest(Struct, frozen=True, rename="camel", kw_only=True):
    """What a backup says about itself; `made_at` is UTC milliseconds, `damaged` are documents that were so before."""

    format: int
    version: str
    made_at: int
    files: tuple[BackupFile, ...]
    damaged: tuple[str, ...] = ()

    @property
    def size(self) -> int:
        """Return how many bytes all files have."""
        return sum(file.size for file in self.files)


def make_backup(data: Path, target: Path, *, version: str, now_ms: int) -> Manifest:
    """Back the data directory up into `target`, replacing it. Blocks for as long as the disk takes.

    Raises StorageUnavailableError when the database cannot be read or the file cannot be written.
    """
    if not (data / DATABASE).is_file():
        raise StorageUnavailableError(f"{data} holds no database.")
    mark = secrets.token_hex(8)
    copy, draft = target.with_name(f".{mark}.db"), target.with_name(f".{mark}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        shas = _copy_database(data / DATABASE, copy)
        descriptor = os.open(draft, os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as out:
            manifest = _write(out, data, copy, shas, version=version, now_ms=now_ms)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(target)
        sync_folder(target.parent)
    except OSError as error:
        raise StorageUnavailableError(f"{target}: {error.strerror or error}") from error
    except dialect.sqlite.Error as error:
        raise StorageUnavailableError(f"{data / DATABASE}: {error}") from error
    else:
        return manifest
    finally:
        copy.unlink(missing_ok=True)
        draft.unlink(missing_ok=True)


def read_manifest(path: Path) -> Manifest:
    """Read what a backup says about itself. Raises ValueError for what is none, OSError for what cannot be read."""
    try:
        with tarfile.open(path, "r:") as archive:
            file = archive.extractfile(MANIFEST)
            if file is None:
                raise ValueError(MANIFEST)
            manifest = msgspec.json.decode(file.read(), type=Manifest)
    except (tarfile.TarError, KeyError, msgspec.MsgspecError, EOFError) as error:
        raise ValueError(str(error)) from error
    if manifest.format != FORMAT:
        raise ValueError(f"format {manifest.format}")
    return manifest


def document_path(sha256: str) -> str:
    """Say where, below the data directory, the document with that hash lies (relay.documents.folder)."""
    return f"{DOCUMENTS}/{sha256[:2]}/{sha256[2:]}"


def sync_folder(folder: Path) -> None:
    """Bring the names in a folder to disk; Windows does that by itself."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _copy_database(source: Path, copy: Path) -> list[str]:
    """Copy the database at one moment, and return the hashes of the documents that it knows."""
    os.close(os.open(copy, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))
    reading = dialect.connect_read_only(source)
    try:
        writing = dialect.sqlite.connect(copy, isolation_level=None)
        try:
            # All pages in one step: in several, every write in between would make it begin anew.
            reading.backup(writing, pages=-1)
            writing.execute("PRAGMA journal_mode=DELETE")
            return [row[0] for row in writing.execute("SELECT sha256 FROM blobs ORDER BY sha256")]
        finally:
            writing.close()
    finally:
        reading.close()


def _write(out: BinaryIO, data: Path, copy: Path, shas: list[str], *, version: str, now_ms: int) -> Manifest:
    files: list[BackupFile] = []
    damaged: list[str] = []
    with tarfile.open(fileobj=out, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for name, path in _members(data, copy, shas):
            try:
                file = _add(archive, name, path, now_ms)
            except FileNotFoundError:
                damaged.append(name)
                notice("error", "A document is missing from the disk, and from the backup", path=name)
                continue
            files.append(file)
            if name.startswith(f"{DOCUMENTS}/") and file.sha256 != name.removeprefix(DOCUMENTS).replace(
                "/", ""
            ):
                damaged.append(name)
                notice("error", "A document is damaged, here and in the backup", path=name)
        manifest = Manifest(
            format=FORMAT, version=version, made_at=now_ms, files=tuple(files), damaged=tuple(damaged)
        )
        content = msgspec.json.encode(manifest)
        archive.addfile(_member(MANIFEST, len(content), now_ms), BytesIO(content))
    return manifest


def _members(data: Path, copy: Path, shas: list[str]) -> Iterator[tuple[str, Path]]:
    yield DATABASE, copy
    for path in sorted(data.iterdir()):
        is_ours = path.name not in TRANSIENT and not path.name.startswith((".", DATABASE))
        if is_ours and path.is_file() and path.suffix not in {".partial", SUFFIX}:
            yield path.name, path
    for path in sorted((data / TLS).rglob("*")):
        if path.is_file() and not path.name.startswith("."):
            yield path.relative_to(data).as_posix(), path
    for sha256 in shas:
        yield (name := document_path(sha256)), data / name


def _add(archive: tarfile.TarFile, name: str, path: Path, now_ms: int) -> BackupFile:
    with path.open("rb") as file:
        size = os.fstat(file.fileno()).st_size
        hashed = _Hashed(file)
        archive.addfile(_member(name, size, now_ms), hashed)
        return BackupFile(name, hashed.digest.hexdigest(), size)


def _member(name: str, size: int, now_ms: int) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size, member.mode, member.mtime = size, 0o600, now_ms // 1000
    return member


class _Hashed(BytesIO):
    """A file whose content is hashed as it is read, so that the hash is of what went into the archive."""

    def __init__(self, file: BinaryIO) -> None:
        super().__init__()
        self._file = file
        self.digest = hashlib.sha256()

    def read(self, size: int | None = -1, /) -> bytes:
        block = self._file.read(-1 if size is None else size)
        self.digest.update(block)
        return block

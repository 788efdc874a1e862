"""Puts a backup back in the place of a data directory: checked whole before anything is touched, the old kept aside.

How it works: everything is unpacked beside the old and compared with the manifest, and the database is checked page by
page. Only then the old files move into `before-restore-<time>` and the new ones take their place. While they do, a note
stands in the directory, and a relay that finds it does not start: restoring again goes on from there.

What a restore changes in the database: the journal gets a new epoch, so that screens forget the numbers they counted
by; a screen may come back with whichever genuine refresh token it has, once, because the one that it holds may be newer
than the backup; people sign in again.

No relay may run on the directory; the caller holds its lock.
"""

import hashlib
import os
import secrets
import shutil
import tarfile
import time
from pathlib import Path, PurePosixPath

from relay.errors import DatabaseDamagedError, StorageUnavailableError
from relay.storage import dialect
from relay.storage.backup import DATABASE, DOCUMENTS, TRANSIENT, Manifest, read_manifest, sync_folder

# While it stands, the directory holds neither what was nor what is to be.
UNFINISHED = "restore.unfinished"
ASIDE = "before-restore-"
_STAGING = ".restoring"
_CHUNK = 1024 * 1024


class BackupUnreadableError(Exception):
    """The file is no backup of ours, or not the one that was made; the message says what is wrong with it."""


def restore_backup(source: Path, data: Path) -> tuple[Manifest, Path | None]:
    """Restore `source` into `data`, and return what it is and where the old now lies. Blocks.

    Raises BackupUnreadableError, and StorageUnavailableError when the disk refuses; neither changed anything that
    restoring again would not mend.
    """
    staging = data / _STAGING
    try:
        manifest = read_manifest(source)
    except (ValueError, OSError) as error:
        raise BackupUnreadableError(f"{source}: {error}") from error
    try:
        data.mkdir(parents=True, exist_ok=True, mode=0o700)
        aside = _aside_of(data)
        shutil.rmtree(staging, ignore_errors=True)
        staging.mkdir(mode=0o700)
        _unpack(source, manifest, staging)
        _prepare(staging / DATABASE)
        _give_to_owner(data, staging, *staging.rglob("*"))
        _leave_note(data, aside)
        if is_there := _move_aside(data, staging, aside):
            _give_to_owner(data, aside)
        for path in staging.iterdir():
            path.replace(data / path.name)
        staging.rmdir()
        sync_folder(data)
        (data / UNFINISHED).unlink()
        sync_folder(data)
    except OSError as error:
        raise StorageUnavailableError(f"{data}: {error.strerror or error}") from error
    finally:
        if not (data / UNFINISHED).exists():
            shutil.rmtree(staging, ignore_errors=True)
    return manifest, aside if is_there else None


def refuse_unfinished(data: Path) -> None:
    """Raise StorageUnavailableError for a directory whose restore did not come to its end."""
    if (data / UNFINISHED).exists():
        raise StorageUnavailableError(f"{data}: a restore did not come to its end; restore the backup again.")


def _unpack(source: Path, manifest: Manifest, staging: Path) -> None:
    wanted = {file.path: file for file in manifest.files}
    if DATABASE not in wanted:
        raise BackupUnreadableError(f"{source}: {DATABASE}")
    (staging / DOCUMENTS).mkdir()
    try:
        with tarfile.open(source, "r:") as archive:
            for member in archive:
                if (file := wanted.pop(member.name, None)) is None:
                    continue
                target = staging / _safe(member.name)
                content = archive.extractfile(member)
                if content is None:
                    raise BackupUnreadableError(f"{source}: {member.name}")
                target.parent.mkdir(parents=True, exist_ok=True)
                digest = hashlib.sha256()
                descriptor = os.open(
                    target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600
                )
                with os.fdopen(descriptor, "wb") as out:
                    while block := content.read(_CHUNK):
                        digest.update(block)
                        out.write(block)
                    out.flush()
                    os.fsync(out.fileno())
                if digest.hexdigest() != file.sha256:
                    raise BackupUnreadableError(f"{source}: {member.name}")
    except (tarfile.TarError, EOFError) as error:
        raise BackupUnreadableError(f"{source}: {error}") from error
    if wanted:
        raise BackupUnreadableError(f"{source}: {next(iter(wanted))}")


def _safe(name: str) -> Path:
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or not path.parts or "\\" in name or ":" in name:
        raise BackupUnreadableError(name)
    return Path(*path.parts)


def _prepare(database: Path) -> None:
    """Check every page, and begin a new epoch."""
    try:
        connection = dialect.sqlite.connect(database, isolation_level=None)
        try:
            (finding,) = connection.execute("PRAGMA integrity_check(1)").fetchone()
            if finding != "ok":
                raise DatabaseDamagedError(database, finding)
            connection.execute("PRAGMA synchronous=FULL")
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("UPDATE journal SET epoch = ?", (secrets.token_hex(16),))
            connection.execute("DELETE FROM sessions WHERE user_key IS NOT NULL")
            # A phone that was signed out after the backup would be in again; what is older has no such table.
            for table in ("guests", "join_tickets"):
                if connection.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                    connection.execute(f"DELETE FROM {table}")  # noqa: S608 - ours, from the line above
            # Read by relay.identity.sessions: any genuine token of the family will do, once.
            connection.execute(
                "UPDATE sessions SET token_hash = x'', previous_hash = NULL, previous_attempt = NULL"
            )
            connection.execute("COMMIT")
        finally:
            connection.close()
    except dialect.sqlite.Error as error:
        raise BackupUnreadableError(f"{database.name}: {error}") from error
    except DatabaseDamagedError as error:
        raise BackupUnreadableError(f"{database.name}: {error.finding}") from error


def _give_to_owner(data: Path, *made: Path) -> None:
    """Give what root has made to whom the directory belongs: a service's user, which has to write it."""
    if os.name != "posix" or os.geteuid() != 0:
        return
    owner = data.stat()
    for path in made:
        os.chown(path, owner.st_uid, owner.st_gid)


def _aside_of(data: Path) -> Path:
    """Name the place of the old files: a new one, or that of a restore that did not come to its end."""
    note = data / UNFINISHED
    if note.exists() and (name := note.read_text("utf-8").strip()):
        return data / Path(name).name
    stem = f"{ASIDE}{time.strftime('%Y%m%d-%H%M%S')}"
    return data / (stem if not (data / stem).exists() else f"{stem}-{secrets.token_hex(2)}")


def _leave_note(data: Path, aside: Path) -> None:
    with (data / UNFINISHED).open("w", encoding="utf-8") as note:
        note.write(aside.name)
        note.flush()
        os.fsync(note.fileno())
    sync_folder(data)


def _move_aside(data: Path, staging: Path, aside: Path) -> bool:
    """Move what the new files replace; tell whether there was anything."""
    names = {path.name for path in staging.iterdir()} | {"screenshots"}
    moving = [
        path
        for path in data.iterdir()
        if path.name not in TRANSIENT and (path.name in names or path.name.startswith(DATABASE))
    ]
    if not moving:
        return aside.exists()
    aside.mkdir(mode=0o700, exist_ok=True)
    for path in moving:
        # What a restore that did not end had put in place already is not the old.
        if not (aside / path.name).exists():
            path.replace(aside / path.name)
        elif path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    sync_folder(aside)
    return True

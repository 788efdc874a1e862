"""Backups that the relay makes itself: by a button or by the clock, the newest few kept, for an admin to take along."""

import asyncio
import re
from datetime import UTC, datetime
from pathlib import Path

import structlog
from aiohttp import web

from relay.clock import Clock
from relay.contract.operations import BackupInfo, BackupList
from relay.contract.problems import Code
from relay.errors import Refusal, StorageUnavailableError
from relay.identity.audit import about
from relay.ops.health import app_version
from relay.settings import Settings
from relay.storage.backup import DOCUMENTS, SUFFIX, make_backup, read_manifest
from relay.web.access import caller_of
from relay.web.handler import answer

log = structlog.get_logger()

LOOK_SECONDS = 60.0
HOUR_MS = 3_600_000
_NAME = re.compile(r"relay-\d{8}-\d{6}\.benchcast-backup")


class Backups:
    """The folder of backups, and its HTTP face."""

    def __init__(self, settings: Settings, clock: Clock) -> None:
        """Keep them where the settings say; the folder is made with the first."""
        self._settings = settings
        self._clock = clock
        self._folder = settings.backups_in(settings.data)
        self._making = asyncio.Lock()

    def table(self) -> list[web.RouteDef]:
        """List the routes."""
        return [
            web.get("/api/backups", self.list),
            web.post("/api/backups", self.post),
            web.get("/api/backups/{name}", self.get),
            web.delete("/api/backups/{name}", self.remove),
        ]

    async def make_for_ever(self) -> None:
        """Make one whenever the newest is older than the settings want; what fails is tried again after an hour."""
        not_before = 0
        while True:
            if await asyncio.to_thread(self.is_due, not_before):
                try:
                    await self.make()
                except StorageUnavailableError as error:
                    not_before = self._clock.now_ms() + HOUR_MS
                    log.warning("The backup could not be made", reason=str(error))
            await asyncio.sleep(LOOK_SECONDS)

    def is_due(self, not_before: int) -> bool:
        """Tell whether the newest is older than the settings want, and that time (UTC ms) has come. Blocks."""
        every_ms, now = self._settings.backup_hours * HOUR_MS, self._clock.now_ms()
        return bool(every_ms) and now >= not_before and now - self._newest_ms() >= every_ms

    async def make(self) -> BackupInfo:
        """Make one now, and remove those that are too many. Raises StorageUnavailableError."""
        async with self._making:
            now = self._clock.now_ms()
            moment = datetime.fromtimestamp(now // 1000, UTC)
            path = self._folder / f"relay-{moment:%Y%m%d-%H%M%S}{SUFFIX}"
            await asyncio.to_thread(make_backup, self._settings.data, path, version=app_version(), now_ms=now)
            await asyncio.to_thread(self._remove_the_oldest)
        log.info("A backup was made", file=path.name)
        return await asyncio.to_thread(_describe, path)

    async def list(self, request: web.Request) -> web.Response:
        """Answer which there are."""
        (await caller_of(request)).require_role("admin")
        found = await asyncio.to_thread(self._describe_all)
        return answer(
            BackupList(
                folder=str(self._folder),
                every_hours=self._settings.backup_hours,
                keep=self._settings.backup_keep,
                backups=tuple(found),
            )
        )

    async def post(self, request: web.Request) -> web.Response:
        """Make one now; answers when it is on disk."""
        (await caller_of(request)).require_role("admin")
        made = await self.make()
        about("backup", made.name)
        return answer(made, status=201)

    async def get(self, request: web.Request) -> web.StreamResponse:
        """Give one out; it holds every secret of the relay."""
        (await caller_of(request)).require_role("admin")
        path = await self._find(request)
        # It is a GET, and yet somebody has all secrets then.
        about("backup", path.name)
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Disposition": f'attachment; filename="{path.name}"',
            "Cache-Control": "no-store",
            "X-Content-Type-Options": "nosniff",
        }
        return web.FileResponse(path, headers=headers)

    async def remove(self, request: web.Request) -> web.Response:
        """Remove one."""
        (await caller_of(request)).require_role("admin")
        path = await self._find(request)
        await asyncio.to_thread(path.unlink, missing_ok=True)
        return web.Response(status=204)

    async def _find(self, request: web.Request) -> Path:
        name = request.match_info["name"]
        path = self._folder / name
        if not _NAME.fullmatch(name) or not await asyncio.to_thread(path.is_file):
            raise Refusal(Code.NOT_FOUND)
        return path

    def _paths(self) -> "list[Path]":
        if not self._folder.is_dir():
            return []
        return sorted((path for path in self._folder.iterdir() if _NAME.fullmatch(path.name)), reverse=True)

    def _describe_all(self) -> "list[BackupInfo]":
        found: list[BackupInfo] = []
        for path in self._paths():
            try:
                found.append(_describe(path))
            except (OSError, ValueError) as error:
                log.warning("A backup cannot be read", file=path.name, reason=str(error))
        return found

    def _newest_ms(self) -> int:
        if not (paths := self._paths()):
            return 0
        moment = datetime.strptime(paths[0].name[6:21], "%Y%m%d-%H%M%S").replace(tzinfo=UTC)
        return int(moment.timestamp() * 1000)

    def _remove_the_oldest(self) -> None:
        for path in self._paths()[self._settings.backup_keep :]:
            path.unlink(missing_ok=True)


def _describe(path: Path) -> BackupInfo:
    manifest = read_manifest(path)
    return BackupInfo(
        name=path.name,
        size=path.stat().st_size,
        made_at=manifest.made_at,
        version=manifest.version,
        documents=sum(file.path.startswith(f"{DOCUMENTS}/") for file in manifest.files),
    )

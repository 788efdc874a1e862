"""What is handed over as a file: the log bundle for support, and the sheet of control barcodes to print."""

import asyncio
import shutil
from collections.abc import Awaitable, Callable
from dataclasses import asdict, fields
from pathlib import Path
from urllib.parse import parse_qsl, urlsplit

import msgspec
from PySide6.QtCore import QDateTime, qVersion
from PySide6.QtWidgets import QFileDialog

from app.bridge import ask, spawn
from app.machine.log_bundle import write_bundle
from app.settings import Settings
from app.stage.scan_result import Tone
from app.windows.file_dialog import chosen_file, save_dialog
from app.windows.theme import RESOURCES
from app.wiring.history import History
from app.wiring.workplace import Workplace
from relay.contract.reports import Presence
from relay.contract.wording import Wording

ACCEPTED = int(QFileDialog.DialogCode.Accepted)
SHEETS = RESOURCES / "control_sheet"
RECENT = 50
_NAMES = {"bundle": "benchcast-log-{time}.zip", "sheet": "benchcast-control-sheet.pdf"}


class Support:
    """Asks where to put a file, writes it, and says that it is there, or why not."""

    def __init__(
        self,
        workplace: Workplace,
        *,
        settings: Callable[[], Settings],
        describe: Callable[[], Presence],
        history: History,
        tell: Callable[[str, Tone], None],
    ) -> None:
        """Take what the bundle is made of; `tell` says a sentence to the operator."""
        self._workplace = workplace
        self._settings = settings
        self._describe = describe
        self._history = history
        self._tell = tell

    def bundle(self) -> None:
        """Ask for a place, and write the log bundle there."""
        spawn(self._save("bundle", self.write_bundle), "log bundle")

    def sheet(self) -> None:
        """Ask for a place, and put the sheet of control barcodes there."""
        spawn(self._save("sheet", self._copy_sheet), "control sheet")

    async def write_bundle(self, file: Path) -> None:
        """Write the log bundle. Raises OSError."""
        workplace = self._workplace
        records = await self._history.recent(RECENT)
        credentials = workplace.line.credentials
        settings = self._settings()
        secrets = (*(credentials.secrets() if credentials is not None else ()), *_secrets_of(settings.pair))
        presence = self._describe()
        facts: dict[str, object] = {
            "settings": _settings(settings),
            "choices": msgspec.to_builtins(workplace.choices),
            "monitors": msgspec.to_builtins(presence.displays),
            "windows": msgspec.to_builtins(presence.windows),
            "link": _link(workplace),
            "history": [asdict(record) for record in records],
            "qt": {"qt": qVersion(), "platform": workplace.app.platformName()},
        }
        await asyncio.to_thread(
            write_bundle,
            file,
            data=settings.data,
            facts=facts,
            secrets=secrets,
            version=workplace.version,
        )

    async def _copy_sheet(self, file: Path) -> None:
        sheet = SHEETS / f"control-sheet-{self._workplace.language}.pdf"
        await asyncio.to_thread(shutil.copyfile, sheet, file)

    async def _save(self, what: str, write: Callable[[Path], Awaitable[None]]) -> None:
        wording = Wording(self._workplace.language)
        say = wording.say
        time = QDateTime.currentDateTime().toString("yyyyMMdd-HHmmss")
        window = self._workplace.window
        dialog = save_dialog(
            window if window.isVisible() else None,
            wording,
            title=say(f"desktop.{what}.title"),
            name=_NAMES[what].format(time=time),
        )
        file = chosen_file(dialog) if await ask(dialog) == ACCEPTED else None
        dialog.deleteLater()
        if file is None:
            return
        try:
            await write(file)
        except OSError as error:
            self._tell(say(f"desktop.{what}.failed", reason=error.strerror or str(error)), Tone.BAD)
        else:
            self._tell(say(f"desktop.{what}.saved", file=str(file)), Tone.GOOD)


def _settings(settings: Settings) -> dict[str, object]:
    """Write every setting down with its origin; a pairing link is only said to be there."""
    found: dict[str, object] = {}
    for field in fields(settings):
        if field.name == "origins":
            continue
        value: object = getattr(settings, field.name)
        if field.name == "pair":
            value = value is not None
        elif isinstance(value, msgspec.Struct):
            value = msgspec.to_builtins(value)
        origin = settings.origin(field.name)
        found[field.name] = {"value": value, "from": origin.where, "where": origin.detail}
    return found


def _link(workplace: Workplace) -> dict[str, object]:
    facts, credentials = workplace.status.facts, workplace.line.credentials
    found: dict[str, object] = {
        "state": facts.link.value,
        "detail": facts.link_detail,
        "screen": facts.screen_id,
    }
    if credentials is not None:
        relay = credentials.relay
        found |= {"relay": relay.name, "addresses": relay.addresses, "fingerprint": relay.fingerprint}
    if facts.last_outcome is not None:
        found["lastOutcome"] = msgspec.to_builtins(facts.last_outcome)
    return found


def _secrets_of(link: str | None) -> tuple[str, ...]:
    if link is None:
        return ()
    try:
        parts = urlsplit(link)
    except ValueError:
        return (link,)
    values = dict(parse_qsl(parts.query) + parse_qsl(parts.fragment))
    return (link, values.get("token", ""))

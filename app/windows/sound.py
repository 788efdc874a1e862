"""Plays a short sound for each outcome, without ever keeping the interface waiting; at most one at a time.

Windows plays through winsound, macOS through afplay, Linux through the first of pw-play, paplay and aplay
that is there and succeeds. Where none does, the application beeps. A newer sound stops an older one.
"""

import shutil
import sys
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from app.stage.scan_result import Tone

FILES: dict[Tone, str] = {Tone.GOOD: "shown.wav", Tone.WAITING: "pending.wav", Tone.BAD: "failed.wav"}
PLAYERS: tuple[tuple[str, ...], ...] = (
    (("afplay",),) if sys.platform == "darwin" else (("pw-play",), ("paplay",), ("aplay", "-q"))
)
SOUNDS = Path(__file__).resolve().parents[2] / "resources" / "sounds"
LONGEST_MS = 5_000  # a sound server that hangs must not keep its player for ever


class Sound(QObject):
    """Create it after the QApplication; `close()` it before the application ends."""

    def __init__(self, *, muted: bool = False, folder: Path = SOUNDS, parent: QObject | None = None) -> None:
        """Look nothing up yet; a bench without sound costs nothing."""
        super().__init__(parent)
        self.muted = muted
        self._folder = folder
        self._wanted: str | None = None
        self._file = ""
        self._untried: list[tuple[str, ...]] = []
        self._player: QProcess | None = None

    def play(self, tone: Tone) -> None:
        """Begin to play the sound of `tone` and return at once."""
        if self.muted:
            return
        file = str(self._folder / FILES[tone])
        if sys.platform == "win32":
            _play_on_windows(file)
            return
        self._wanted = file
        if self._player is None:
            self._begin()
        else:
            self._player.kill()  # its end begins the wanted one

    def close(self) -> None:
        """Stop whatever plays, and wait for its end so that no process is left behind."""
        self._wanted = None
        player, self._player = self._player, None
        if player is not None:
            player.finished.disconnect(self._on_finished)
            player.kill()
            player.waitForFinished(1_000)

    def _begin(self) -> None:
        self._file, self._wanted = self._wanted or "", None
        self._untried = [player for player in PLAYERS if shutil.which(player[0])]
        self._try_next()

    def _try_next(self) -> None:
        if not self._untried:
            QApplication.beep()
            return
        program, *arguments = self._untried.pop(0)
        player = QProcess(self)
        player.setStandardOutputFile(QProcess.nullDevice())
        player.setStandardErrorFile(QProcess.nullDevice())
        player.finished.connect(self._on_finished)
        player.errorOccurred.connect(self._on_error)
        self._player = player
        QTimer.singleShot(LONGEST_MS, player, player.kill)
        player.start(program, [*arguments, self._file])

    def _on_error(self, error: QProcess.ProcessError) -> None:
        # Only this error is not followed by `finished`.
        if error == QProcess.ProcessError.FailedToStart:
            self._on_finished(1, QProcess.ExitStatus.NormalExit)

    def _on_finished(self, code: int, status: QProcess.ExitStatus) -> None:
        player, self._player = self._player, None
        if player is not None:
            player.deleteLater()
        if self._wanted is not None:
            self._begin()
        elif code != 0 or status != QProcess.ExitStatus.NormalExit:
            self._try_next()


def _play_on_windows(file: str) -> None:
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(file, winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        except RuntimeError:  # no sound device, or no such file
            QApplication.beep()

"""Plays a short sound for each outcome, without ever keeping the interface waiting; at most one at a time.

Windows plays through winsound, macOS through afplay, Linux through the first of pw-play, paplay and aplay
that is there and succeeds. Where none does, the application beeps. A newer sound stops an older one.

No two of these players agree on how to play more softly, so a soft sound is a file of its own, made when it is needed.
"""

import array
import shutil
import sys
import tempfile
from pathlib import Path

from PySide6.QtCore import QObject, QProcess, QTimer
from PySide6.QtWidgets import QApplication

from app.stage.tone import Tone

FILES: dict[Tone, str] = {Tone.GOOD: "shown.wav", Tone.WAITING: "pending.wav", Tone.BAD: "failed.wav"}
PLAYERS: tuple[tuple[str, ...], ...] = (
    (("afplay",),) if sys.platform == "darwin" else (("pw-play",), ("paplay",), ("aplay", "-q"))
)
SOUNDS = Path(__file__).resolve().parents[2] / "resources" / "sounds"
LONGEST_MS = 5_000  # a sound server that hangs must not keep its player for ever


class Sound(QObject):
    """Create it after the QApplication; `close()` it before the application ends."""

    def __init__(
        self,
        *,
        muted: bool = False,
        volume: int = 100,
        folder: Path = SOUNDS,
        parent: QObject | None = None,
    ) -> None:
        """Look nothing up yet; a bench without sound costs nothing. `volume` is per cent of the recorded one."""
        super().__init__(parent)
        self.muted = muted
        self.volume = volume
        self._soft: tempfile.TemporaryDirectory[str] | None = None
        self._folder = folder
        self._wanted: str | None = None
        self._file = ""
        self._untried: list[tuple[str, ...]] = []
        self._player: QProcess | None = None

    def play(self, tone: Tone) -> None:
        """Begin to play the sound of `tone` and return at once."""
        if self.muted:
            return
        file = str(self._file_of(tone))
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
        soft, self._soft = self._soft, None
        if soft is not None:
            soft.cleanup()

    def _file_of(self, tone: Tone) -> Path:
        file = self._folder / FILES[tone]
        if self.volume >= 100:
            return file
        if self._soft is None:
            self._soft = tempfile.TemporaryDirectory(prefix="benchcast-sounds-", ignore_cleanup_errors=True)
        soft = Path(self._soft.name) / f"{self.volume}-{file.name}"
        if not soft.exists():
            import wave  # not before the first paint

            try:
                _soften(file, soft, self.volume)
            except (OSError, wave.Error):
                return file  # too loud is better than unheard
        return soft

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


def _soften(file: Path, soft: Path, volume: int) -> None:
    """Write the sound at this volume in per cent; hearing is logarithmic, so the middle is a good deal softer."""
    import wave

    factor = (volume / 100) ** 2
    with wave.open(str(file), "rb") as source, wave.open(str(soft), "wb") as target:
        if source.getsampwidth() != 2:
            raise wave.Error("only 16 bit")
        samples = array.array("h", source.readframes(source.getnframes()))
        if sys.byteorder == "big":
            samples.byteswap()
        softened = array.array("h", (round(sample * factor) for sample in samples))
        if sys.byteorder == "big":
            softened.byteswap()
        target.setparams(source.getparams())
        target.writeframes(softened.tobytes())


def _play_on_windows(file: str) -> None:
    if sys.platform == "win32":
        import winsound

        try:
            winsound.PlaySound(file, winsound.SND_FILENAME | winsound.SND_ASYNC | winsound.SND_NODEFAULT)
        except RuntimeError:  # no sound device, or no such file
            QApplication.beep()

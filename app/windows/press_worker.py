"""The press: a process of its own that opens and draws documents, one job after another, until its pipe ends.

Why a process: a document comes from anywhere, and PDFium, the picture decoders and Qt's SVG are written in C++.
A page that is drawn for ever cannot be ended in a thread, PDFium has one lock for the whole process, and a
crash would take the windows with it. A process can be ended, and another one be started.

How it works: a line of JSON in, a line of JSON out, after `draw` followed by the pixels (Format_RGB32, without
gaps). Every job names its file, so that a fresh press can go on where an ended one stopped; an opened document
is kept until the app says that it is closed, or memory becomes short. Every job has a limit; a press that
is still at it then ends itself, also when nobody is left to end it.
"""

import faulthandler
import json
import os
import signal
import sys
from collections import OrderedDict
from pathlib import Path
from typing import Any, BinaryIO

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication, QImage, QTransform

from app.windows.original import TOO_LARGE, UNREADABLE, CannotDraw, Original

MOST_ORIGINALS = 8
MOST_BYTES = 600_000_000  # of opened documents
_MOST_MEMORY = 1_500_000_000  # beyond this, an allocation fails and the document is too large
_FONTS = Path(__file__).resolve().parents[2] / "resources" / "fonts"

Job = dict[str, Any]


class Press:
    """What the process knows: its opened documents, the least recently used first."""

    def __init__(self) -> None:
        """Begin with none."""
        self._originals: OrderedDict[int, Original] = OrderedDict()

    def do(self, job: Job) -> tuple[Job, QImage | None]:
        """Do a job and answer it. Raises CannotDraw."""
        for number in job.get("closed", ()):
            self._close(number)
        match job["do"]:
            case "open":
                self._close(job["paper"])
                return {"pages": self._original(job).pages}, None
            case "size":
                return {"size": self._original(job).size(job["page"])}, None
            case "draw":
                image = self._draw(job)
                return {"size": (image.width(), image.height())}, image
            case _:
                return {}, None

    def _draw(self, job: Job) -> QImage:
        original = self._original(job)
        image = original.draw(job["page"], QSize(*job["scaled"]), QRect(*job["clip"]))
        return image.transformed(QTransform().rotate(job["rotate"])) if job["rotate"] else image

    def _original(self, job: Job) -> Original:
        number = job["paper"]
        original = self._originals.get(number)
        if original is None:
            original = self._originals[number] = _open(job)
        self._originals.move_to_end(number)
        while len(self._originals) > 1 and (
            len(self._originals) > MOST_ORIGINALS
            or sum(one.cost for one in self._originals.values()) > MOST_BYTES
        ):
            self._close(next(iter(self._originals)))
        return original

    def _close(self, number: int) -> None:
        original = self._originals.pop(number, None)
        if original is not None:
            original.close()


def _open(job: Job) -> Original:
    path = Path(job["path"])
    if not path.exists():
        raise CannotDraw(UNREADABLE, what="stage.what.missing")
    if path.is_file() and path.stat().st_size == 0:
        raise CannotDraw(UNREADABLE, what="stage.what.empty")
    if job["kind"] == "pdf":
        from app.windows.pdf_paper import PdfPaper

        return PdfPaper(str(path))
    from app.windows.image_paper import open_image

    return open_image(str(path), job["media"])


def main() -> int:
    """Obey what comes in at standard input until it ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # ctrl-C in a terminal is meant for the app, which ends us
    # A bundle without a console has no sys.stdin, but the pipes are there. Nobody else may write into ours.
    orders, answers = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    os.dup2(os.open(os.devnull, os.O_RDWR), 1)
    os.environ["QT_QPA_PLATFORM"] = "offscreen"
    _limit_memory()
    _app = QGuiApplication([])
    _bring_fonts()
    try:
        serve(Press(), orders, answers)
    except BrokenPipeError:
        os._exit(0)  # the app is gone; there is nobody to answer, and nothing to flush
    return 0


def serve(press: Press, orders: BinaryIO, answers: BinaryIO) -> None:
    """Answer every job."""
    answers.write(b"ready\n")
    answers.flush()
    for line in orders:
        job: Job = json.loads(line)
        faulthandler.dump_traceback_later(job["seconds"], exit=True, file=_nowhere)
        try:
            answer, image = press.do(job)
        except CannotDraw as reason:
            answer, image = {"code": reason.code, "values": reason.values}, None
        except MemoryError:
            answer, image = {"code": TOO_LARGE, "values": {"limit": f"{_MOST_MEMORY // 1_000_000} MB"}}, None
        faulthandler.cancel_dump_traceback_later()
        answers.write(json.dumps({**answer, "memory": _memory()}).encode() + b"\n")
        if image is not None:
            answers.write(image.constBits())
        answers.flush()


_nowhere = Path(os.devnull).open("w")  # noqa: SIM115 - open for as long as the process lives


def _bring_fonts() -> None:
    """Give documents that bring no font of their own the app's, so that Hangul is never a blank."""
    from PySide6.QtGui import QFontDatabase

    for file in sorted(_FONTS.glob("NanumGothic*.ttf")):
        QFontDatabase.addApplicationFont(str(file))


def _limit_memory() -> None:
    """End in an error and not in the machine's swap. Linux alone; elsewhere only the decoder's limits
    hold.
    """
    if sys.platform == "linux":
        import resource

        resource.setrlimit(resource.RLIMIT_DATA, (_MOST_MEMORY, _MOST_MEMORY))


def _memory() -> int | None:
    """Tell the bytes of memory that this process holds now, where the system tells it cheaply."""
    if sys.platform != "linux":
        return None
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")

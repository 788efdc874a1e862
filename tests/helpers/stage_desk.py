"""The near end of `helpers.stage_driver`: document windows in another process, told what to do."""

import json
import queue
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from helpers.x11 import child

DRIVER = Path(__file__).with_name("stage_driver.py")


class StageDesk:
    def __init__(self, process: "subprocess.Popen[bytes]") -> None:
        self.process = process
        self.events: list[str] = []
        self._answers: dict[int, dict[str, Any]] = {}
        self._lines: queue.Queue[dict[str, Any] | None] = queue.Queue()
        self._last = 0
        threading.Thread(target=self._read, daemon=True).start()

    def begin(self, do: str, **order: Any) -> int:
        """Give an order without waiting for its answer."""
        self._last += 1
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"id": self._last, "do": do, **order}).encode() + b"\n")
        self.process.stdin.flush()
        return self._last

    def answer(self, number: int, seconds: float = 20) -> dict[str, Any]:
        while number not in self._answers:
            self._take(seconds)
        said = self._answers.pop(number)
        assert "bug" not in said, said["bug"]
        return said

    def has_answered(self, number: int) -> bool:
        while not self._lines.empty():
            self._take(1)
        return number in self._answers

    def ask(self, do: str, **order: Any) -> dict[str, Any]:
        return self.answer(self.begin(do, **order))

    def show(self, kind: str, source: Path | str, *, display: int | None = 1, **order: Any) -> dict[str, Any]:
        return self.ask(
            "turn_to", content=content(kind, source, **order.pop("content", {})), display=display, **order
        )

    def wait_for_event(self, event: str, seconds: float = 10) -> None:
        while event not in self.events:
            self._take(seconds)
        self.events.remove(event)

    def stop(self) -> int:
        """End it as the app ends, and return its exit status."""
        self.begin("stop")
        self.wait_for_event("stopped")
        return self.process.wait(timeout=10)

    def _take(self, seconds: float) -> None:
        line = self._lines.get(timeout=seconds)
        assert line is not None, f"the windows' process has ended: {self.process.wait(timeout=5)}"
        if "event" in line:
            self.events.append(line["event"])
        else:
            self._answers[line["id"]] = line

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith(b"{"):
                self._lines.put(json.loads(line))
        self._lines.put(None)


def content(kind: str, source: Path | str, **more: Any) -> dict[str, Any]:
    where = {"url": str(source)} if kind == "web" else {"path": str(source)}
    return {
        "kind": kind,
        "order_id": "WO-2025-0001",
        "title": "펌프 하우징 가공",
        "revision": "C",
        **where,
        **more,
    }


@contextmanager
def stage_desk(
    env: dict[str, str],
    *,
    patience: float = 30,
    language: str = "en",
    stderr: Any = None,
    without: str = "",
) -> Iterator[StageDesk]:
    """`without` names a module that this desk's Python does not have."""
    with child(
        [sys.executable, str(DRIVER), str(patience), language],
        env={**env, "WITHOUT": without},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=stderr,
    ) as process:
        desk = StageDesk(process)
        desk.wait_for_event("ready")
        yield desk

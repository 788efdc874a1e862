"""Runs the real document windows in a process of its own and obeys lines of JSON: the far end of `helpers.stage_desk`.

A line in: {"id": n, "do": "turn_to" | "view" | "move" | "close" | "identify" | "displays" | "stop", ...}.
A line out: {"id": n, ...}, or {"event": "ready" | "monitors" | "stopped"}. Lines are obeyed as they come, without
waiting for earlier ones. Arguments: patience in seconds, language.
"""

import asyncio
import json
import os
import sys
import traceback
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
if os.environ.get("WITHOUT"):
    sys.modules[os.environ["WITHOUT"]] = None  # type: ignore[assignment]

from PySide6.QtWidgets import QApplication

from app.bridge import run_once, spawn
from app.stage.displays import CannotShow, choose
from app.stage.notices import Notice
from app.stage.status import LinkState
from app.stage.surface import Content, ViewWish
from app.windows.workstation import Workstation
from relay.contract.commands import Scroll
from relay.contract.names import TriggerId, WindowId


def memory(*, children: bool = True) -> int:
    """Resident bytes of this process and of what it has started."""
    mine = str(os.getpid())
    pages = 0
    for process in Path("/proc").iterdir():
        if process.name.isdigit():
            with suppress(OSError):
                state = (process / "stat").read_text().rpartition(")")[2].split()
                if process.name == mine or (children and state[1] == mine):
                    pages += int(state[21])
    return pages * os.sysconf("SC_PAGESIZE")


def presses(station: Workstation) -> list[int]:
    found = [press.process._process for press in station._press._presses]
    return [process.pid for process in found if process is not None]


def say(line: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(line) + "\n")
    sys.stdout.flush()


def wish(given: dict[str, Any]) -> ViewWish:
    scroll = {"scroll": Scroll(**given["scroll"])} if "scroll" in given else {}
    return ViewWish(**{**given, **scroll})


async def obey(station: Workstation, order: dict[str, Any]) -> dict[str, Any]:
    surface = station.surface(WindowId(order.get("window", "main")))

    def display() -> Any:
        chosen = choose(
            station.displays(), display_id=order.get("display_id"), display_index=order.get("display")
        )
        return replace(chosen, place=order.get("place", "full"))

    match order["do"]:
        case "turn_to":
            given = dict(order["content"])
            if given.get("path"):
                given["path"] = Path(given["path"])
            given["hosts"] = tuple(given.get("hosts", ()))
            content = Content(trigger_id=TriggerId("t"), **given)
            painted = await surface.turn_to(content, wish(order.get("view", {})), display())
        case "view":
            painted = await surface.view(wish(order["view"]))
        case "move":
            painted = await surface.move(display())
        case "connection":
            station.connection(LinkState(order["state"]))
            return {}
        case "memory":
            return {"bytes": memory(), "own": memory(children=False), "presses": presses(station)}
        case "close":
            surface.close()
            return {}
        case "identify":
            await station.identify()
            return {}
        case "blank":
            painted = await surface.blank(order["on"])
        case "notify":
            await station.notify(Notice(**order["notice"]), display(), order.get("life", 60))
            return {}
        case "photograph":
            window_id = None if order.get("whole") else WindowId(order.get("window", "main"))
            snapshot = await station.photograph(display(), window_id)
            Path(order["file"]).write_bytes(snapshot.data)
            return {"media_type": snapshot.media_type, "size": [snapshot.width, snapshot.height]}
        case "displays":
            return {
                "displays": [[d.display_id, d.index, d.x, d.width, d.primary] for d in station.displays()]
            }
        case "rule":
            station.monitors.missing = order["missing"]
            return {}
        case "seat":
            shown = station._windows[WindowId(order.get("window", "main"))]._pane.display
            seat = None if shown is None else station.seat(shown)
            return {"wished": shown and shown.display_id, "actual": seat and seat.display_id}
        case "doubts":
            return {
                "doubts": [
                    [doubt.display_id, [each.display_id for each in doubt.candidates], doubt.present]
                    for doubt in station.monitors.doubts()
                ]
            }
        case "answer":
            station.monitors.answer(order["display"], order["chosen"])
            return {}
        case "pictures":
            return {"pictures": list(station._pictures._pictures)}
        case other:
            raise AssertionError(other)
    return {
        "page": painted.page,
        "pages": painted.pages,
        "loaded_ms": painted.loaded_ms,
        "shown_ms": painted.shown_ms,
        **(
            {"stale": painted.stale.reason.code.value, "as_of": painted.stale.as_of_ms}
            if painted.stale
            else {}
        ),
    }


async def answer(station: Workstation, order: dict[str, Any]) -> None:
    try:
        said = await obey(station, order)
    except CannotShow as reason:
        said = {"code": reason.code.value, "values": reason.values, "why": reason.explain("en")}
    except BaseException:
        say({"id": order["id"], "bug": traceback.format_exc()})
        raise
    say({"id": order["id"], **said})


async def main(app: QApplication) -> None:
    patience = float(sys.argv[1]) if len(sys.argv) > 1 else 30.0
    language = sys.argv[2] if len(sys.argv) > 2 else "en"
    station = Workstation(app, language=language, patience_seconds=patience)  # type: ignore[arg-type]
    station.listen(lambda: say({"event": "monitors"}))
    station.listen_for_holds(lambda window_id: say({"event": f"held {window_id}"}))
    station.listen_to_pages(
        lambda window, stale: say({"event": f"page {stale.reason.code.value if stale else 'is there'}"})
    )
    loop = asyncio.get_running_loop()
    lines: asyncio.Queue[str] = asyncio.Queue()

    def read() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(lines.put_nowait, line)
        loop.call_soon_threadsafe(lines.put_nowait, "")

    import threading

    threading.Thread(target=read, daemon=True).start()
    say({"event": "ready"})
    while line := await lines.get():
        order = json.loads(line)
        if order["do"] == "stop":
            break
        spawn(answer(station, order), f"answer {order['id']}")
    station.dismiss()
    await asyncio.sleep(0.05)


if __name__ == "__main__":
    app = QApplication(sys.argv[:1])
    app.setQuitOnLastWindowClosed(False)
    run_once(app, lambda: main(app))
    say({"event": "stopped"})

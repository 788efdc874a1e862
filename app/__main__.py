"""`python -m app`, and the installed command `benchcast`: the app itself, or one of its three companions."""

import gc
import sys

__all__ = ["main"]


def main() -> int:
    """Run what the first argument asks for, and return its exit status.

    The companions are imported alone: a watchdog needs no Qt, the last message no network,
    and what draws documents nothing but Qt.
    """
    # Nothing that is imported is garbage. `app.bridge.Collector` takes over with the event loop.
    gc.disable()
    match sys.argv[1:2]:
        case ["--watchdog"]:
            from app.machine.watchdog import main as run
        case ["--draw-documents"]:
            from app.windows.press_worker import main as run
        case _ if "--gave-up" in sys.argv:
            from app.wiring.gave_up import main as run
        case _:
            from app.main import main as run
    return run()


if __name__ == "__main__":
    sys.exit(main())

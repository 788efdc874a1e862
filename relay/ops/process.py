"""What the relay asks of the interpreter and the machine when it serves: the loop, the collector, and room for sockets.

They are here and nowhere else, as each changes the whole process.
"""

import asyncio
import gc
import sys

if sys.platform != "win32":
    import resource

    import uvloop


def new_loop() -> asyncio.AbstractEventLoop:
    """Make the loop: uvloop where there is one (a third of the time per frame), asyncio's own on Windows."""
    if sys.platform == "win32":
        return asyncio.new_event_loop()
    return uvloop.new_event_loop()


def raise_file_limit() -> int | None:
    """Allow as many open files as the machine lets us have, and return how many; None where there is no such limit.

    Every connection is a file, and the usual limit of 1,024 would end the relay's growth at that many screens.
    """
    if sys.platform == "win32":
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # macOS says "no limit" and then refuses more than this (OPEN_MAX in sys/syslimits.h).
    wanted = 10_240 if sys.platform == "darwin" and hard == resource.RLIM_INFINITY else hard
    if wanted == soft:
        return soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (OSError, ValueError):
        return soft
    return wanted


def rest_the_collector() -> None:
    """Take all that was made at the start out of the garbage collector's sight, and have it look seldom.

    With many connections a full collection stops the loop for half a second and finds nothing (DELIVERY.md, section 2,
    trap 31): what the live layer makes, it also takes apart. Young garbage is still collected, 100,000 objects at once.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 1_000)


def share_the_interpreter() -> None:
    """Let a thread that waits for the interpreter's lock have it after half a millisecond instead of five.

    The database's writer gives the lock up at every statement; behind a busy loop each would wait five milliseconds
    (https://bugs.python.org/issue7946, the convoy effect).
    """
    sys.setswitchinterval(0.000_5)

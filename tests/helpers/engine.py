"""Qt WebEngine seen from outside: the processes that draw pages, and their end by force."""

import os
import signal
import subprocess


def renderers(of: int) -> set[int]:
    """What draws pages for this process: the engine's processes that another of its processes has forked."""
    listed = subprocess.run(
        ["ps", "-ww", "-eo", "pid=,ppid=,args="], capture_output=True, text=True, check=True
    ).stdout
    rows = [
        (int(pid), int(parent), words)
        for pid, parent, words in (line.split(None, 2) for line in listed.splitlines())
    ]
    engine = {pid for pid, parent, words in rows if parent == of and "QtWebEngineProcess" in words}
    return {pid for pid, parent, words in rows if parent in engine and "defunct" not in words}


def kill(processes: set[int]) -> None:
    assert processes, "no page is being drawn"
    for process in processes:
        os.kill(process, signal.SIGKILL)

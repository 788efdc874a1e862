"""A PostgreSQL of a test's own: made in a moment, forgotten with the test. Never run as root, which it refuses."""

import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PATIENCE_SECONDS = 30


def _program(name: str) -> str:
    installed = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(installed[-1]) if installed else shutil.which(name) or name


@contextmanager
def running_postgresql() -> Iterator[int]:
    """Serve on a free port of this machine for the user `test`; yields the port."""
    as_user: dict = {}
    folder = Path(tempfile.mkdtemp(prefix="pg-"))
    if os.geteuid() == 0:
        user = pwd.getpwnam("postgres")
        os.chown(folder, user.pw_uid, user.pw_gid)
        as_user = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    data, home = str(folder / "data"), {**os.environ, "HOME": str(folder)}
    options = ["-A", "trust", "-E", "UTF8", "--locale=C.UTF-8", "--no-sync", "--no-instructions"]
    made = [_program("initdb"), "-D", data, "-U", "test", *options]
    subprocess.run(made, check=True, cwd=folder, env=home, capture_output=True, **as_user)
    served = ["-p", str(port), "-k", str(folder), "-c", "listen_addresses=127.0.0.1", "-c", "fsync=off"]
    server = subprocess.Popen(
        [_program("postgres"), "-D", data, *served],
        cwd=folder,
        env=home,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        **as_user,
    )
    try:
        _wait(port)
        yield port
    finally:
        server.send_signal(signal.SIGINT)
        server.wait(PATIENCE_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


def _wait(port: int) -> None:
    import pg8000.native

    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            pg8000.native.Connection("test", "127.0.0.1", database="postgres", port=port).close()
        except (OSError, pg8000.native.Error):
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)  # it tells nobody when it is ready
        else:
            return

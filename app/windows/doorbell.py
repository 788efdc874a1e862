"""One Benchcast per data directory: a second start hands its wish to the first and ends.

The lock decides who is first; the doorbell, a local socket that only this user may open, carries the wish. The lock is
taken before the first paint. The doorbell is heard right after it, long before anybody can answer: a wish waits here.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QLockFile, QObject, QThread

if TYPE_CHECKING:
    from PySide6.QtNetwork import QLocalServer, QLocalSocket

PATIENCE_MS = 3_000
LARGEST_WISH_BYTES = 16 * 1024


class Doorbell(QObject):
    """Keep it for as long as the app runs; `close()` it at the end."""

    def __init__(self, data: Path) -> None:
        """Belong to this data directory, which exists."""
        super().__init__()
        self._place = str(data.resolve()).encode()
        self._lock = QLockFile(str(data / "benchcast.lock"))
        self._lock.setStaleLockTime(0)  # a bench runs for months; only a dead owner's lock is stale
        self._server: QLocalServer | None = None
        self._on_ring: Callable[[str | None], None] | None = None
        self._unanswered: list[str | None] = []

    def is_first(self) -> bool:
        """Take the lock; False if another Benchcast of this data directory runs."""
        return self._lock.tryLock(100)

    def listen(self) -> None:
        """Hear later starts from now on; their wishes are kept until somebody answers them."""
        if self._server is not None:
            return
        from PySide6.QtNetwork import QLocalServer

        name = self._name()
        QLocalServer.removeServer(name)  # what a crash left behind; the lock says that nobody uses it
        server = self._server = QLocalServer()
        server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        server.newConnection.connect(self._on_connection)
        server.listen(name)

    def answer(self, on_ring: Callable[[str | None], None]) -> None:
        """Call `on_ring` for every later start, with its pairing link if it has one."""
        import structlog

        self.listen()
        if self._server is not None and not self._server.isListening():
            structlog.get_logger().warning("Later starts cannot be heard", reason=self._server.errorString())
        self._on_ring = on_ring
        unanswered, self._unanswered = self._unanswered, []
        for link in unanswered:
            on_ring(link)

    def ring(self, link: str | None) -> bool:
        """Hand the wish to the Benchcast that runs; False if it does not answer."""
        import json

        from PySide6.QtNetwork import QLocalSocket

        deadline, name = QDeadlineTimer(PATIENCE_MS), self._name()
        while not deadline.hasExpired():
            socket = QLocalSocket()
            socket.connectToServer(name)
            if socket.waitForConnected(500):
                socket.write(json.dumps({"pair": link}).encode() + b"\n")
                heard = socket.waitForReadyRead(PATIENCE_MS)
                socket.disconnectFromServer()
                return heard
            QThread.msleep(50)  # it has the lock and is still starting
        return False

    def close(self) -> None:
        """Hear nothing any more, and let the next start be the first."""
        if self._server is not None:
            self._server.close()
        self._lock.unlock()

    def _name(self) -> str:
        from hashlib import sha256  # it loads OpenSSL

        return f"benchcast-{sha256(self._place).hexdigest()[:16]}"

    def _on_connection(self) -> None:
        assert self._server is not None, "it is the server that calls"
        socket = self._server.nextPendingConnection()
        socket.disconnected.connect(socket.deleteLater)
        socket.readyRead.connect(lambda: self._on_wish(socket))

    def _on_wish(self, socket: QLocalSocket) -> None:
        if not socket.canReadLine():
            if socket.bytesAvailable() > LARGEST_WISH_BYTES:
                socket.abort()
            return
        import json

        try:
            wish = json.loads(bytes(socket.readLine(LARGEST_WISH_BYTES).data()))
            link = wish["pair"]
        except (ValueError, KeyError, TypeError):
            socket.abort()
            return
        socket.write(b"heard\n")
        socket.flush()
        link = link if isinstance(link, str) else None
        if self._on_ring is None:
            self._unanswered.append(link)
        else:
            self._on_ring(link)

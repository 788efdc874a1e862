"""python-socketio's client manager with an index from each client to its rooms, and frames that are written once.

The stock manager copies and scans every room for each client that leaves, which froze the loop for 11 s when 10,000
left at once (DELIVERY.md, section 2, trap 1); it encodes a frame and makes a task per recipient (19); and an emit
without a room reaches clients that are not authenticated yet (7). Acknowledgements are relay.live.acks' business.
"""

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING, Any, cast

import socketio

from relay.live import packets
from relay.live.fast import frames
from relay.live.fast.frames import Opcode

if TYPE_CHECKING:
    from relay.live.fast.socket import FastSocket

NAMESPACE = "/"


class Members(socketio.AsyncManager):
    """Who is connected, and who is in which room; the default namespace is the only one."""

    def __init__(self, socket_of: "Callable[[str], FastSocket | None]", soft_bytes: int) -> None:
        """Find sockets by their Engine.IO name; whoever holds more than `soft_bytes` unread is spared room events."""
        super().__init__()
        self.rooms = {NAMESPACE: {}}
        self._socket_of = socket_of
        self._soft_bytes = soft_bytes
        self._eio_of: dict[str, str] = {}
        self._sid_of: dict[str, str] = {}
        self._halfway: set[str] = set()
        self._rooms_of: dict[str, set[str]] = {}
        self._members_of: dict[str, dict[str, None]] = {}

    def __len__(self) -> int:
        """Count the clients that are connected or about to be."""
        return len(self._eio_of)

    # What python-socketio asks while a client connects and leaves.

    async def pre_connect(self, eio_sid: str, namespace: str) -> str | None:
        """Name a client that asks to be let in; None where it is in already."""
        if eio_sid in self._sid_of or namespace != NAMESPACE:
            return None
        sid = str(cast("Any", self.server).eio.generate_id())
        self._eio_of[sid], self._sid_of[eio_sid] = eio_sid, sid
        self._halfway.add(sid)
        return sid

    async def connect(self, sid: str, namespace: str) -> str:  # noqa: ARG002 - upstream's signature
        """Note that a client was let in."""
        self._halfway.discard(sid)
        return sid

    def is_connected(self, sid: str | None, namespace: str) -> bool:  # noqa: ARG002 - upstream's signature
        """Tell whether a client was let in and has not begun to leave."""
        return sid in self._eio_of and sid not in self._halfway

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        """Return the name of the client on a socket."""
        return self._sid_of.get(eio_sid) if namespace == NAMESPACE else None

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:  # noqa: ARG002 - upstream's signature
        """Return the socket of a client."""
        return self._eio_of.get(sid)

    def pre_disconnect(self, sid: str, namespace: str) -> str | None:  # noqa: ARG002 - upstream's signature
        """Note that a client begins to leave."""
        self._halfway.add(sid)
        return self._eio_of.get(sid)

    def basic_disconnect(self, sid: str, namespace: str, **_options: object) -> None:  # noqa: ARG002 - upstream's signature
        """Forget a client; costs what its own rooms cost, however many others there are."""
        eio_sid = self._eio_of.pop(sid, None)
        if eio_sid is not None:
            self._sid_of.pop(eio_sid, None)
        self._halfway.discard(sid)
        for room in self._rooms_of.pop(sid, ()):
            self._leave(sid, room)

    def drop(self, eio_sid: str) -> str | None:
        """Forget whoever was on a socket that is gone, and return his name."""
        sid = self._sid_of.get(eio_sid)
        if sid is not None:
            self.basic_disconnect(sid, NAMESPACE)
        return sid

    # Rooms.

    def basic_enter_room(self, sid: str, namespace: str, room: str, eio_sid: str | None = None) -> None:  # noqa: ARG002 - upstream's signature
        """Let a client hear what is said in a room. Raises ValueError for one that is not connected."""
        if not self.is_connected(sid, namespace):
            raise ValueError("Only a connected client enters a room.")
        self._rooms_of.setdefault(sid, set()).add(room)
        self._members_of.setdefault(room, {})[sid] = None

    def basic_leave_room(self, sid: str, namespace: str, room: str) -> None:  # noqa: ARG002 - upstream's signature
        """Take a client out of a room."""
        rooms = self._rooms_of.get(sid)
        if rooms is not None and room in rooms:
            rooms.discard(room)
            self._leave(sid, room)
            if not rooms:
                del self._rooms_of[sid]

    def basic_close_room(self, room: str, namespace: str) -> None:
        """Take everybody out of a room."""
        for sid in list(self._members_of.get(room, ())):
            self.basic_leave_room(sid, namespace, room)

    def get_rooms(self, sid: str, namespace: str) -> list[str]:  # noqa: ARG002 - upstream's signature
        """List the rooms of a client."""
        return list(self._rooms_of.get(sid, ()))

    def get_participants(self, namespace: str, room: str) -> Generator[tuple[str, str], None, None]:  # noqa: ARG002 - upstream's signature
        """Yield whoever hears what is said to a room; a client's own name is a room that it is alone in."""
        if room in self._eio_of:
            if room not in self._halfway:
                yield room, self._eio_of[room]
            return
        for sid in list(self._members_of.get(room, ())):
            if self.is_connected(sid, NAMESPACE):
                yield sid, self._eio_of[sid]

    async def emit(  # noqa: PLR0917 - upstream's signature
        self,
        event: str,
        data: object,
        namespace: str,
        room: str | None = None,
        skip_sid: str | list[str] | None = None,
        callback: object = None,
        to: str | None = None,
        **_options: Any,
    ) -> None:
        """Say something to a room: one frame, written to each. Raises ValueError without a room or with a callback."""
        address = to or room
        if address is None or callback is not None:
            raise ValueError(
                "An event goes to a room or a client, and answers are asked for by LiveServer.send alone."
            )
        skipped = set(skip_sid) if isinstance(skip_sid, list) else {skip_sid}
        frame = frames.frame(Opcode.TEXT, packets.event(event, data))
        for sid, eio_sid in self.get_participants(namespace, address):
            socket = self._socket_of(eio_sid)
            if sid not in skipped and socket is not None and socket.backlog() <= self._soft_bytes:
                socket.write_frame(frame)

    def _leave(self, sid: str, room: str) -> None:
        members = self._members_of.get(room)
        if members is not None:
            members.pop(sid, None)
            if not members:
                del self._members_of[room]

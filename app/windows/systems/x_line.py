"""A line of our own to the X server, for the few questions that Qt does not ask: one request, one answer.

Through libxcb, which Qt's X11 platform needs anyway, and without any wrapper: the ones for Python take 80 ms to
import, a third of what the app may take to its first picture. Unlike Xlib's, an error of this line ends nothing: it is
an answer that did not come.
"""

import ctypes
import struct
from ctypes import (
    POINTER,
    Structure,
    byref,
    c_char_p,
    c_int,
    c_size_t,
    c_uint,
    c_uint8,
    c_void_p,
    cast,
    create_string_buffer,
    string_at,
)

import structlog

log = structlog.get_logger()

_CHECKED = 1  # an error is handed back by the one who waits for the answer


class XGone(Exception):
    """There is no X server to talk to, or libxcb is missing."""


class _Vector(Structure):
    _fields_ = (("base", c_void_p), ("length", c_size_t))


class _Extension(Structure):
    _fields_ = (("name", c_char_p), ("global_id", c_int))


class _Protocol(Structure):
    _fields_ = (("count", c_size_t), ("extension", c_void_p), ("opcode", c_uint8), ("is_void", c_uint8))


class _Roots(Structure):
    _fields_ = (("data", POINTER(c_uint)), ("rest", c_int), ("index", c_int))


class XLine:
    """A connection to the server that `DISPLAY` names. Not for several threads at once."""

    def __init__(self) -> None:
        """Connect. Raises XGone."""
        try:
            self._xcb = ctypes.CDLL("libxcb.so.1")
            self._libc = ctypes.CDLL(None)
        except OSError as error:
            raise XGone(str(error)) from error
        self._declare()
        self._line: int | None = self._xcb.xcb_connect(None, None)
        if self._xcb.xcb_connection_has_error(self._line):
            self.close()
            raise XGone("the X server does not answer")
        roots = self._xcb.xcb_setup_roots_iterator(self._xcb.xcb_get_setup(self._line))
        self.root = int(roots.data[0])
        self._extensions: dict[str, _Extension] = {}
        self._atoms: dict[str, int] = {}

    def close(self) -> None:
        """Hang up; whatever the server did for this line ends."""
        line, self._line = self._line, None
        if line is not None:
            self._xcb.xcb_disconnect(line)

    def ask(self, opcode: int, body: bytes, *, extension: str = "", detail: int = 0) -> bytes | None:
        """Send a request and wait for its answer; None if the server refuses it.

        `detail` is the second byte of a core request, `body` what follows its length. Raises XGone.
        """
        number = self._send(opcode, body, extension, detail, void=False)
        trouble = c_void_p()
        answer = self._xcb.xcb_wait_for_reply(self._line, number, byref(trouble))
        if not answer:
            if trouble.value:
                self._libc.free(trouble)
                return None
            raise XGone("the X server has gone")
        try:
            length = int.from_bytes(string_at(answer + 4, 4), "little")
            return string_at(answer, 32 + 4 * length)
        finally:
            self._libc.free(answer)

    def tell(self, opcode: int, body: bytes, *, extension: str = "", detail: int = 0) -> bool:
        """Send a request that has no answer, and wait until the server has done it; False if it refused.

        Raises XGone.
        """
        number = self._send(opcode, body, extension, detail, void=True)
        trouble = self._xcb.xcb_request_check(self._line, number)
        if trouble:
            self._libc.free(trouble)
        if self._xcb.xcb_connection_has_error(self._line):
            raise XGone("the X server has gone")
        return not trouble

    def atom(self, name: str) -> int:
        """Return the server's number for a name. Raises XGone."""
        if name not in self._atoms:
            text = name.encode()
            answer = self.ask(16, struct.pack("<HH", len(text), 0) + text)
            self._atoms[name] = 0 if answer is None else int.from_bytes(answer[8:12], "little")
        return self._atoms[name]

    def name_of(self, atom: int) -> str:
        """Return the name behind a number. Raises XGone."""
        answer = self.ask(17, struct.pack("<I", atom))
        if answer is None:
            return ""
        return answer[32 : 32 + int.from_bytes(answer[8:10], "little")].decode("latin-1")

    def _send(self, opcode: int, body: bytes, extension: str, detail: int, *, void: bool) -> int:
        if self._line is None or self._xcb.xcb_connection_has_error(self._line):
            raise XGone("the line is closed")
        kept = (
            self._extensions.setdefault(extension, _Extension(extension.encode(), 0)) if extension else None
        )
        protocol = _Protocol(1, ctypes.addressof(kept) if kept is not None else None, opcode, int(void))
        # libxcb fills in the opcode and the length of the first four bytes.
        whole = bytes((0, detail, 0, 0)) + body
        whole += b"\0" * (-len(whole) % 4)
        buffer = create_string_buffer(whole, len(whole))
        parts = (_Vector * 3)()  # two before ours are libxcb's own to use
        parts[2].base = cast(buffer, c_void_p)
        parts[2].length = len(whole)
        ours = ctypes.addressof(parts) + 2 * ctypes.sizeof(_Vector)
        return int(self._xcb.xcb_send_request(self._line, _CHECKED, ours, byref(protocol)))

    def _declare(self) -> None:
        xcb = self._xcb
        xcb.xcb_connect.restype = c_void_p
        xcb.xcb_connect.argtypes = (c_char_p, c_void_p)
        xcb.xcb_connection_has_error.argtypes = (c_void_p,)
        xcb.xcb_get_setup.restype = c_void_p
        xcb.xcb_get_setup.argtypes = (c_void_p,)
        xcb.xcb_setup_roots_iterator.restype = _Roots
        xcb.xcb_setup_roots_iterator.argtypes = (c_void_p,)
        xcb.xcb_send_request.restype = c_uint
        xcb.xcb_send_request.argtypes = (c_void_p, c_int, c_void_p, c_void_p)
        xcb.xcb_wait_for_reply.restype = c_void_p
        xcb.xcb_wait_for_reply.argtypes = (c_void_p, c_uint, c_void_p)
        xcb.xcb_request_check.restype = c_void_p
        xcb.xcb_request_check.argtypes = (c_void_p, c_uint)
        xcb.xcb_disconnect.argtypes = (c_void_p,)
        self._libc.free.argtypes = (c_void_p,)

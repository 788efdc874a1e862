"""Run as a program: has keys pressed on the display that DISPLAY names, and prints when each went down.

    python fake_keys.py '["WO-1", 1, true]'        # the text, ms between two keys, whether Enter follows
    python fake_keys.py '["WO-1", 1, true, true]'  # as a scanner: the keys of a US keyboard, whatever they type here

The whole text goes to the X server as one buffer of fake key events (XTEST), each with the milliseconds that the
server itself waits before it: nobody has to be awake between two keys. Beside it the server records (RECORD) at which
of its milliseconds each key went down: the time stamps that the program under test gets. A program of its own,
because Xlib ends its process when the server goes.
"""

import ctypes
import json
import sys
import time
from collections.abc import Callable, Sequence

from app.scan.layout_tables import KEY_CODES, KEYS, LAYOUTS

_FIRST_KEY_CODE = 8  # X11's key codes are those of evdev, eight higher

Key = tuple[int, bool, int]  # key code, whether Shift is held, milliseconds before it


class _Range8(ctypes.Structure):
    _fields_ = (("first", ctypes.c_ubyte), ("last", ctypes.c_ubyte))


class _Range16(ctypes.Structure):
    _fields_ = (("first", ctypes.c_ushort), ("last", ctypes.c_ushort))


class _ExtensionRange(ctypes.Structure):
    _fields_ = (("major", _Range8), ("minor", _Range16))


class _RecordRange(ctypes.Structure):
    """XRecordRange of <X11/extensions/record.h>."""

    _fields_ = (
        ("core_requests", _Range8),
        ("core_replies", _Range8),
        ("ext_requests", _ExtensionRange),
        ("ext_replies", _ExtensionRange),
        ("delivered_events", _Range8),
        ("device_events", _Range8),
        ("errors", _Range8),
        ("client_started", ctypes.c_int),
        ("client_died", ctypes.c_int),
    )


class _Intercepted(ctypes.Structure):
    """XRecordInterceptData of the same file."""

    _fields_ = (
        ("id_base", ctypes.c_ulong),
        ("server_time", ctypes.c_ulong),
        ("client_seq", ctypes.c_ulong),
        ("category", ctypes.c_int),
        ("client_swapped", ctypes.c_int),
        ("data", ctypes.POINTER(ctypes.c_ubyte)),
        ("data_len", ctypes.c_ulong),
    )


_KEY_PRESS = 2
_FROM_SERVER, _START_OF_DATA, _END_OF_DATA = 0, 4, 5
_ALL_CLIENTS = 3
_OnRecorded = ctypes.CFUNCTYPE(None, ctypes.c_void_p, ctypes.POINTER(_Intercepted))


class _Server:
    """The X server of this process's DISPLAY, over two lines: one commands, one is told what was recorded."""

    def __init__(self) -> None:
        self._x, self._test = ctypes.CDLL("libX11.so.6"), ctypes.CDLL("libXtst.so.6")
        self._x.XOpenDisplay.restype = ctypes.c_void_p
        self._x.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._x.XKeysymToKeycode.argtypes = (ctypes.c_void_p, ctypes.c_ulong)
        self._x.XkbKeycodeToKeysym.restype = ctypes.c_ulong
        self._test.XRecordAllocRange.restype = ctypes.POINTER(_RecordRange)
        self._test.XRecordCreateContext.restype = ctypes.c_ulong
        self._commands = ctypes.c_void_p(self._x.XOpenDisplay(None))
        self._records = ctypes.c_void_p(self._x.XOpenDisplay(None))
        assert self._commands, "no X server"
        assert self._records, "no X server"

    def key(self, character: str, gap_ms: int) -> Key:
        """Find the key of an ASCII character (its code is its keysym) or of Enter."""
        keysym = 0xFF0D if character == "\n" else ord(character)
        code = self._x.XKeysymToKeycode(self._commands, keysym)
        assert code, f"no key for {character!r}"
        shifted = self._x.XkbKeycodeToKeysym(self._commands, code, 0, 0) != keysym
        return code, shifted, gap_ms

    def us_key(self, character: str, gap_ms: int) -> Key:
        """Find the key that a scanner presses, which knows only a US keyboard."""
        if character == "\n":
            return self.key(character, gap_ms)
        place = "".join(LAYOUTS["us"]).index(character)
        return KEY_CODES[place % KEYS] + _FIRST_KEY_CODE, place >= KEYS, gap_ms

    def press(self, keys: Sequence[Key]) -> list[int]:
        """Have the keys pressed; returns at which of the server's milliseconds each went down."""
        recorded: list[tuple[int, int]] = []
        categories: list[int] = []

        def on_recorded(_closure: int, intercepted: "ctypes._Pointer[_Intercepted]") -> None:
            told = intercepted.contents
            categories.append(told.category)
            if told.category == _FROM_SERVER and told.data[0] == _KEY_PRESS:
                recorded.append((told.data[1], int.from_bytes(bytes(told.data[4:8]), sys.byteorder)))
            self._test.XRecordFreeData(intercepted)

        callback = _OnRecorded(on_recorded)
        wanted = self._test.XRecordAllocRange()
        wanted.contents.device_events = _Range8(_KEY_PRESS, _KEY_PRESS)
        clients = (ctypes.c_ulong * 1)(_ALL_CLIENTS)
        context = ctypes.c_ulong(
            self._test.XRecordCreateContext(self._commands, 0, clients, 1, ctypes.pointer(wanted), 1)
        )
        self._x.XSync(self._commands, 0)
        self._test.XRecordEnableContextAsync(self._records, context, callback, None)
        self._until(lambda: _START_OF_DATA in categories)
        shift = self._x.XKeysymToKeycode(self._commands, 0xFFE1)
        for code, is_shifted, gap_ms in keys:
            wait = ctypes.c_ulong(gap_ms)
            if is_shifted:
                self._fake(shift, True, wait)
                wait = ctypes.c_ulong(0)
            self._fake(code, True, wait)
            self._fake(code, False, ctypes.c_ulong(0))
            if is_shifted:
                self._fake(shift, False, ctypes.c_ulong(0))
        self._x.XSync(self._commands, 0)  # returns when the last key is up
        self._test.XRecordDisableContext(self._commands, context)
        self._x.XSync(self._commands, 0)
        self._until(lambda: _END_OF_DATA in categories)
        return [at for code, at in recorded if code != shift]

    def _fake(self, code: int, is_press: bool, wait: ctypes.c_ulong) -> None:
        self._test.XTestFakeKeyEvent(self._commands, code, int(is_press), wait)

    def _until(self, is_true: Callable[[], bool]) -> None:
        deadline = time.monotonic() + 20
        while not is_true():
            assert time.monotonic() < deadline, "the X server records nothing"
            self._test.XRecordProcessReplies(self._records)
            time.sleep(0.001)


def _main() -> None:
    text, gap_ms, enter, *as_scanner = json.loads(sys.argv[1])
    server = _Server()
    key = server.us_key if as_scanner and as_scanner[0] else server.key
    keys = [key(character, gap_ms) for character in text + ("\n" if enter else "")]
    keys[0] = (keys[0][0], keys[0][1], 0)
    print(json.dumps(server.press(keys)))


if __name__ == "__main__":
    _main()

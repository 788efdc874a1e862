"""What keyboards type, asked of libxkbcommon and the layouts of this machine: an account that is not ours."""

import ctypes

_DEAD = {
    "dead_circumflex": "\u0302",
    "dead_acute": "\u0301",
    "dead_grave": "\u0300",
    "dead_diaeresis": "\u0308",
    "dead_tilde": "\u0303",
    "dead_abovering": "\u030a",
    "dead_caron": "\u030c",
}


class _Names(ctypes.Structure):
    _fields_ = tuple((name, ctypes.c_char_p) for name in ("rules", "model", "layout", "variant", "options"))


def typed_by(layout: str, variant: str, codes: tuple[int, ...]) -> tuple[str, str]:
    """What these keys (evdev numbers) type without and with Shift; a combining accent is a dead key, NUL nothing."""
    xkb = ctypes.CDLL("libxkbcommon.so.0")
    for name in ("xkb_context_new", "xkb_keymap_new_from_names"):
        getattr(xkb, name).restype = ctypes.c_void_p
    context = ctypes.c_void_p(xkb.xkb_context_new(0))
    names = _Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap = ctypes.c_void_p(xkb.xkb_keymap_new_from_names(context, ctypes.byref(names), 0))
    assert keymap, f"this machine has no layout {layout} {variant}"
    rows = tuple("".join(_sign(xkb, keymap, code, level) for code in codes) for level in (0, 1))
    xkb.xkb_keymap_unref(keymap)
    xkb.xkb_context_unref(context)
    return rows


def _sign(xkb: ctypes.CDLL, keymap: ctypes.c_void_p, code: int, level: int) -> str:
    symbols = ctypes.POINTER(ctypes.c_uint32)()
    count = xkb.xkb_keymap_key_get_syms_by_level(
        keymap, ctypes.c_uint32(code + 8), 0, level, ctypes.byref(symbols)
    )
    if count < 1:
        return "\0"
    name = ctypes.create_string_buffer(64)
    xkb.xkb_keysym_get_name(ctypes.c_uint32(symbols[0]), name, 64)
    point = xkb.xkb_keysym_to_utf32(ctypes.c_uint32(symbols[0]))
    return _DEAD.get(name.value.decode(), chr(point) if point else "\0")

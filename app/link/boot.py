"""Names this boot of the machine, through which its monotonic clock counts on; None where the system does not say.

Linux tells it in /proc/sys/kernel/random/boot_id (random(4)), macOS as `kern.bootsessionuuid` (sysctl(3)), Windows
counts its boots in the registry. Only Linux has been run.
"""

import ctypes
import ctypes.util
import sys
from pathlib import Path

_WINDOWS_KEY = r"SYSTEM\CurrentControlSet\Control\Session Manager\Memory Management\PrefetchParameters"


def boot_id() -> str | None:
    """Name this boot; another one has another name. None if it cannot be told."""
    try:
        if sys.platform == "win32":
            return _windows()
        if sys.platform == "darwin":
            return _mac_os()
        return Path("/proc/sys/kernel/random/boot_id").read_text("ascii").strip() or None
    except (OSError, UnicodeDecodeError, AttributeError):
        return None


def _windows() -> str | None:
    assert sys.platform == "win32"  # elsewhere there is no such module
    import winreg

    with winreg.OpenKey(winreg.HKEY_LOCAL_MACHINE, _WINDOWS_KEY) as key:
        count, _kind = winreg.QueryValueEx(key, "BootId")
    return f"boot {count}"


def _mac_os() -> str | None:
    libc = ctypes.CDLL(ctypes.util.find_library("c"), use_errno=True)
    text = ctypes.create_string_buffer(64)
    size = ctypes.c_size_t(len(text))
    if libc.sysctlbyname(b"kern.bootsessionuuid", text, ctypes.byref(size), None, 0) != 0:
        return None
    return text.value.decode("ascii") or None

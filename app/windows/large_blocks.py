"""Lets the memory of drawn pages go back to the system as soon as a page is forgotten."""

import ctypes
import sys
from contextlib import suppress
from functools import cache

_M_MMAP_THRESHOLD = -3  # malloc.h of the GNU C library
LARGE_BYTES = 1024 * 1024


@cache
def keep_large_blocks_apart() -> None:
    """Ask the C library to map every large block by itself, now and always; other systems do so anyway.

    The GNU library does it only until the first such block is freed. From then on the next ones, of up to 32 MB, are
    cut out of its heaps, where small things that live longer come to lie between them: after some hundred pages of 8 MB
    each, 75 MB were held for 20 MB in use.
    """
    if sys.platform == "linux":
        with suppress(OSError, AttributeError):  # another C library
            ctypes.CDLL(None).mallopt(_M_MMAP_THRESHOLD, LARGE_BYTES)

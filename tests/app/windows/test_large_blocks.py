"""What a drawn page took is the system's again when it is freed, however many pages there were before."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]

PROGRAM = """
import ctypes, sys
class Info(ctypes.Structure):
    _fields_ = [(name, ctypes.c_size_t) for name in
        ("arena", "ordblks", "smblks", "hblks", "hblkhd", "usmblks", "fsmblks", "uordblks", "fordblks", "keepcost")]
libc = ctypes.CDLL(None)
libc.mallinfo2.restype, libc.malloc.restype = Info, ctypes.c_void_p
libc.malloc.argtypes, libc.free.argtypes = [ctypes.c_size_t], [ctypes.c_void_p]
if sys.argv[1] == "apart":
    from app.windows.large_blocks import keep_large_blocks_apart
    keep_large_blocks_apart()
PAGE = 8_000_000
libc.free(libc.malloc(PAGE))
before = libc.mallinfo2().hblkhd
page = libc.malloc(PAGE)
mapped = libc.mallinfo2().hblkhd - before
libc.free(page)
print(mapped >= PAGE, libc.mallinfo2().hblkhd == before)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="the C library of Linux is asked")
@pytest.mark.parametrize(("how", "said"), [("apart", "True True"), ("as ever", "False True")])
def test_a_large_block_is_mapped_by_itself_also_after_the_first(how: str, said: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, how], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.strip() == said

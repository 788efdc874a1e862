"""Says what a file is, by its content alone: `python -m relay.documents.inspect PATH` prints one line of JSON.

It runs in a process of its own with little memory and time, so that a hostile file can crash or starve only this
process. It loads nothing of the relay but the room of the format that it meets. The answer is
`{"kind", "mediaType", "pages"}`, or `{"problem"}` with a key of the catalogue.
"""

import contextlib
import json
import sys
from pathlib import Path

from relay.documents.findings import Finding, Unreadable

MEMORY_BYTES = 1536 * 1024 * 1024
CPU_SECONDS = 20
HEAD_BYTES = 1024
PNG = b"\x89PNG\r\n\x1a\n"
JPEG = b"\xff\xd8\xff"


def inspect(path: Path) -> Finding:
    """Say what the file is. Raises Unreadable."""
    with path.open("rb") as file:
        head = file.read(HEAD_BYTES)
    if not head:
        raise Unreadable("what.empty_file")
    # ISO 32000 wants the mark at the start; readers look for it in the first kilobyte, and so does the desktop's.
    if b"%PDF-" in head:
        from relay.documents.pdf import inspect_pdf

        return inspect_pdf(path)
    if head.startswith((PNG, JPEG)):
        from relay.documents.picture import inspect_picture

        return inspect_picture(path)
    if _looks_like_xml(head):
        from relay.documents.svg import inspect_svg

        return inspect_svg(path)
    raise Unreadable("what.unknown_kind")


def _looks_like_xml(head: bytes) -> bool:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        head = head[2:].replace(b"\0", b"")
    return head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<")


def limit_this_process() -> None:
    """Limit memory, time and files, where the system can; elsewhere the parent's timeout has to do."""
    if sys.platform == "win32":
        return
    import resource

    for what, most in (
        (resource.RLIMIT_AS, MEMORY_BYTES),
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, 0),
    ):
        # macOS refuses some of them.
        with contextlib.suppress(OSError, ValueError):
            resource.setrlimit(what, (most, most))


def main() -> None:
    """Inspect the file that the command line names."""
    limit_this_process()
    try:
        answer = inspect(Path(sys.argv[1])).to_json()
    except Unreadable as unreadable:
        answer = {"problem": unreadable.what}
    except (MemoryError, RecursionError):
        answer = {"problem": "what.too_much"}
    sys.stdout.write(json.dumps(answer))


if __name__ == "__main__":
    main()

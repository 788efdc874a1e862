"""Draws one page small, for a person to recognise it: `python -m relay.documents.render PATH PAGE WIDTH` writes a PNG.

It runs in a process of its own, limited like the one that inspects, because a page may hold anything. It ends with
status 0 and the picture on its standard output, or with status 1 when there is no such page or it cannot be drawn.
"""

import sys
from io import BytesIO
from pathlib import Path
from typing import Any

from PIL import Image

from relay.documents.inspect import HEAD_BYTES, limit_this_process
from relay.documents.picture import MOST_PIXELS

# A page may be as long as a conveyor; what is drawn of it may not.
LONGEST_SHARE = 4.0
SMALLEST_POINTS = 1.0


class NoPageError(ValueError):
    """There is no such page."""


def render(path: Path, page: int, width: int) -> bytes:
    """Draw page `page` (from 1) at most `width` pixels wide. Raises NoPageError, OSError, ValueError."""
    with path.open("rb") as file:
        is_pdf = b"%PDF-" in file.read(HEAD_BYTES)
    picture = _of_pdf(path, page, width) if is_pdf else _of_picture(path, page, width)
    out = BytesIO()
    picture.save(out, "PNG", optimize=False, compress_level=4)
    return out.getvalue()


def _of_pdf(path: Path, page: int, width: int) -> Image.Image:
    import pypdfium2

    try:
        document = pypdfium2.PdfDocument(path)
        try:
            if page > len(document):
                raise NoPageError(page)
            wide, high = (max(SMALLEST_POINTS, side) for side in document.get_page_size(page - 1))
            scale = min(width / wide, width * LONGEST_SHARE / high)
            # The library says int, and takes any number.
            drawn: Any = document[page - 1]
            return drawn.render(scale=scale).to_pil().convert("RGB")
        finally:
            document.close()
    except pypdfium2.PdfiumError as error:
        raise ValueError(str(error)) from error


def _of_picture(path: Path, page: int, width: int) -> Image.Image:
    if page != 1:
        raise NoPageError(page)
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    with Image.open(path, formats=["PNG", "JPEG"]) as picture:
        # A JPEG is decoded at a fraction of its size, where that is enough.
        picture.draft("RGB", (width, round(width * LONGEST_SHARE)))
        mode = "RGBA" if picture.mode in {"RGBA", "LA", "P"} else "RGB"
        small = picture.convert(mode)
        small.thumbnail((width, round(width * LONGEST_SHARE)))
        return small


def main() -> int:
    """Draw what the command line names."""
    limit_this_process()
    try:
        drawn = render(Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]))
    except (OSError, ValueError, SyntaxError, MemoryError, RecursionError, Image.DecompressionBombError):
        return 1
    sys.stdout.buffer.write(drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())

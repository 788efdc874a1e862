"""Decodes a PNG or JPEG wholly, which is the only proof that it can be shown."""

import struct
import warnings
import zlib
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from relay.documents.findings import Finding, Unreadable

# A0 at 300 dpi has 139 million.
MOST_PIXELS = 150_000_000
MEDIA_TYPES = {"PNG": "image/png", "JPEG": "image/jpeg", "MPO": "image/jpeg"}


def inspect_picture(path: Path) -> Finding:
    """Decode it. Raises Unreadable when it is damaged, cut off, or larger than a workstation can hold."""
    Image.MAX_IMAGE_PIXELS = MOST_PIXELS
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(path, formats=["PNG", "JPEG"]) as picture:
                media_type = MEDIA_TYPES.get(picture.format or "")
                if media_type is None:
                    raise Unreadable("what.unknown_kind")
                picture.load()
    except (Image.DecompressionBombWarning, Image.DecompressionBombError) as error:
        raise Unreadable("what.too_many_pixels") from error
    except (
        UnidentifiedImageError,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
        struct.error,
        zlib.error,
    ) as error:
        raise Unreadable("what.broken") from error
    return Finding("image", media_type, 1)

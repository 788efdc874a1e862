"""Files as they come from a workshop, and as they come from somebody who means harm."""

import struct
import zlib
from io import BytesIO

from PIL import Image
from reportlab.lib import pdfencrypt
from reportlab.pdfgen.canvas import Canvas

SVG_NAMESPACE = "http://www.w3.org/2000/svg"


def pdf(text: str = "Order", pages: int = 1, *, password: str | None = None) -> bytes:
    file = BytesIO()
    encryption = pdfencrypt.StandardEncryption(password) if password else None
    canvas = Canvas(file, pagesize=(842, 595), invariant=True, encrypt=encryption)
    for page in range(1, pages + 1):
        canvas.drawString(72, 500, f"{text}, page {page} of {pages}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


def picture(format_: str = "PNG", colour: str = "navy", size: tuple[int, int] = (320, 200)) -> bytes:
    file = BytesIO()
    Image.effect_noise(size, 40).convert("RGB").save(file, format_) if colour == "noise" else Image.new(
        "RGB", size, colour
    ).save(file, format_)
    return file.getvalue()


def svg(
    inside: str = '<rect width="9" height="9" fill="url(#g)"/>', attributes: str = "", before: str = ""
) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{before}\n<svg xmlns="{SVG_NAMESPACE}" '
        f'xmlns:xlink="http://www.w3.org/1999/xlink" viewBox="0 0 10 10" {attributes}>{inside}</svg>'
    ).encode()


def png_bomb(side: int = 60_000) -> bytes:
    """A few kilobytes that claim to be a picture of several gigabytes."""
    return _png(side, side, colour_type=6, packed=zlib.compress(bytes(999_999)))


def grey_png(width: int, height: int) -> bytes:
    """A picture of many pixels and few bytes, whole and honest."""
    packer = zlib.compressobj(1)
    row = bytes(width + 1)
    return _png(
        width,
        height,
        colour_type=0,
        packed=b"".join([*(packer.compress(row) for _ in range(height)), packer.flush()]),
    )


def _png(width: int, height: int, *, colour_type: int, packed: bytes) -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, colour_type, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", packed) + chunk(b"IEND", b"")


def zip_file() -> bytes:
    import zipfile

    file = BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("word/document.xml", "<document/>")
    return file.getvalue()

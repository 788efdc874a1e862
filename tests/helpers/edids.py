"""EDIDs as monitors have them: made for tests."""

_HEADER = bytes.fromhex("00ffffffffffff00")


def make_edid(vendor: str, product: int, number: int, *, name: str = "", serial: str = "") -> bytes:
    """One block of 128 bytes with a right checksum."""
    packed = 0
    for letter in vendor:
        packed = packed << 5 | ord(letter) - 64
    head = packed.to_bytes(2, "big") + product.to_bytes(2, "little") + number.to_bytes(4, "little")
    body = bytearray(_HEADER + head + bytes([12, 34, 1, 3]))
    body += bytes(54 - len(body))
    for tag, text in ((0xFF, serial), (0xFC, name)):
        line = (text + "\n").encode()[:13].ljust(13, b" ")
        body += b"\0\0\0" + bytes([tag, 0]) + line if text else b"\0\0\0\x10" + bytes(14)
    body += (b"\0\0\0\x10" + bytes(14)) * 2
    body += bytes(127 - len(body))
    body.append(-sum(body) % 256)
    return bytes(body)

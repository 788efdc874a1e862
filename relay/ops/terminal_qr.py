"""Draws a QR code in a terminal, so that a phone or a scanner reads it from there."""

from typing import TextIO

import segno


def print_qr(link: str, out: TextIO) -> None:
    """Draw the link with half blocks; a terminal is told the colours, so that the light modules are light there."""
    start, end = ("\x1b[97;40m", "\x1b[0m") if out.isatty() else ("", "")
    rows = segno.make(link, error="l", micro=False).matrix_iter(border=4)
    modules = [[bool(module) for module in row] for row in rows]
    if len(modules) % 2:
        modules.append([False] * len(modules[0]))
    out.writelines(
        start + "".join(_BLOCKS[pair] for pair in zip(upper, lower, strict=True)) + end + "\n"
        for upper, lower in zip(modules[::2], modules[1::2], strict=True)
    )


# (upper is dark, lower is dark); the terminal's foreground is the light of the code.
_BLOCKS = {(False, False): "█", (False, True): "▀", (True, False): "▄", (True, True): " "}

"""QR codes as pictures for pages."""

import io

import segno


def draw_qr(link: str) -> str:
    """Draw a link as an SVG image of its own, with the quiet zone that scanners need."""
    out = io.BytesIO()
    segno.make(link, error="m", micro=False).save(
        out, kind="svg", scale=4, border=4, xmldecl=False, light="#fff"
    )
    return out.getvalue().decode("utf-8").strip()

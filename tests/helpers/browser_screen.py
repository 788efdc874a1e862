"""A TV, a tablet, whatever browser is a screen: opened, paired, and looked at as a person would."""

import io
from typing import Any

from helpers.browser import PATIENCE_MS, Visitor
from helpers.relay_running import Office
from PIL import Image
from playwright.async_api import BrowserContext, Locator, expect
from reportlab.pdfgen.canvas import Canvas

TV: dict[str, Any] = {"viewport": {"width": 960, "height": 540}}
RED, GREEN, BLUE = (200, 30, 30), (20, 150, 60), (30, 60, 200)
SCREEN = "TV-LINE-3"


def plain_pdf(*colours: tuple[int, int, int]) -> bytes:
    """Make a PDF whose pages are filled with these colours, each with its number."""
    file = io.BytesIO()
    canvas = Canvas(file, pagesize=(842, 474), invariant=True)
    for number, colour in enumerate(colours, 1):
        canvas.setFillColorRGB(*(part / 255 for part in colour))
        canvas.rect(0, 0, 842, 474, stroke=0, fill=1)
        canvas.setFillColorRGB(1, 1, 1)
        canvas.drawString(20, 440, f"page {number}")
        canvas.showPage()
    canvas.save()
    return file.getvalue()


class Tv(Visitor):
    """One page that is, or becomes, a screen."""

    @classmethod
    async def open(cls, context: BrowserContext, office: Office, query: str = f"?name={SCREEN}") -> "Tv":
        """Open the screen's page."""
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        tv = cls(await context.new_page())
        await tv.page.goto(f"{office.url}/screen/{query}")
        return tv

    async def pair(self, office: Office, screen_id: str = SCREEN) -> None:
        """Type an admin's code; the screen is idle and connected when this returns."""
        code = (await office.offer(screen_id))["code"]
        await self.page.locator("#code").fill(code)
        await self.page.locator("form button").click()
        await expect(self.page.locator(".idle .line.connected")).to_be_visible()

    @property
    def caption(self) -> Locator:
        """The strip below the document."""
        return self.page.locator(".caption")

    async def colour(self, x: float = 0.5, y: float = 0.5) -> tuple[int, int, int]:
        """Return the colour that is seen at this part of the page."""
        image = Image.open(io.BytesIO(await self.page.screenshot())).convert("RGB")
        pixel = image.getpixel((int(image.width * x), int(image.height * y)))
        assert isinstance(pixel, tuple)
        return pixel


def is_like(seen: tuple[int, ...], wished: tuple[int, ...]) -> bool:
    """Tell whether two colours are the same but for rounding."""
    return all(abs(one - other) <= 12 for one, other in zip(seen, wished, strict=True))

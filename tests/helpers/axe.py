"""What axe-core finds on a page that a person with another body would stumble over."""

from pathlib import Path

from playwright.async_api import Page

SCRIPT = Path(__file__).parents[1] / "js" / "node_modules" / "axe-core" / "axe.min.js"
# WCAG 2.2 A and AA, and what axe calls good practice only where it is serious.
_RUN = """async () => {
    const found = await axe.run(document, { resultTypes: ["violations"] });
    return found.violations
        .filter(({ impact }) => impact === "serious" || impact === "critical")
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}"""


async def serious_problems(page: Page) -> list[str]:
    """List the serious problems of the page as it stands, in words."""
    if not await page.evaluate("typeof axe === 'object'"):
        await page.evaluate(SCRIPT.read_text("utf-8"))
    return await page.evaluate(_RUN)

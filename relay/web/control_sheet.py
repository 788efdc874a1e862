"""`GET /api/control-sheet.pdf`: the control barcodes, to be printed by whoever stands at a printer.

For anybody: it is the same in every installation and names nothing of this one, and the machine beside the printer is
often nobody's.
"""

from aiohttp import web

from relay.contract.controls import control_sheet_path
from relay.contract.wording import LANGUAGES, Language, choose_language
from relay.errors import invalid

_CACHE = "public, max-age=3600"


def control_sheet_routes() -> list[web.RouteDef]:
    """List the route."""
    return [web.get("/api/control-sheet.pdf", control_sheet)]


async def control_sheet(request: web.Request) -> web.FileResponse:
    """Answer the sheet in `?lang=`, or else in the language that the caller prefers."""
    path = control_sheet_path(_language(request))
    return web.FileResponse(
        path,
        headers={
            "Content-Type": "application/pdf",
            "Content-Disposition": f'inline; filename="{path.name}"',
            "Cache-Control": _CACHE,
            "Vary": "Accept-Language",
        },
    )


def _language(request: web.Request) -> Language:
    wished = request.query.get("lang")
    if wished is None:
        return choose_language(request.headers.get("Accept-Language"))
    for language in LANGUAGES:
        if wished == language:
            return language
    raise invalid("lang", "choice")

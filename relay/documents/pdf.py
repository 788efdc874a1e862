"""Reads a PDF as far as needed to know that its pages can be opened."""

from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from relay.documents.findings import Finding, Unreadable

# Every page's size is asked for, which shows that the page is there; beyond this the time is better saved.
PAGES_TO_OPEN = 2000


def inspect_pdf(path: Path) -> Finding:
    """Count the pages. Raises Unreadable when it is damaged, asks for a password, or has no page."""
    try:
        document = pypdfium2.PdfDocument(path)
    except pypdfium2.PdfiumError as error:
        locked = error.err_code in {pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY}
        raise Unreadable("what.locked" if locked else "what.broken") from error
    try:
        pages = len(document)
        for number in range(min(pages, PAGES_TO_OPEN)):
            document.get_page_size(number)
        if pages:
            document[0].close()
    except pypdfium2.PdfiumError as error:
        raise Unreadable("what.broken") from error
    finally:
        document.close()
    if pages == 0:
        raise Unreadable("what.no_pages")
    return Finding("pdf", "application/pdf", pages)

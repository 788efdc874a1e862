"""Reads GS1 element strings: which application identifiers a scan holds, with every value checked.

The table of identifiers, their lengths, dates and check digits are those of the GS1 General Specifications, as the
`biip` package carries them. A scan is taken for GS1 only if the scanner says so (its AIM symbology identifier) or a
group separator stands in it: an order number of digits must not be read as an identifier by chance.
"""

from dataclasses import dataclass

GROUP_SEPARATOR = "\x1d"
# ISO/IEC 15424 and the GS1 General Specifications: GS1-128, DataBar, GS1 DataMatrix, GS1 QR, GS1 DotCode.
SYMBOLOGIES = ("]C1", "]e0", "]d2", "]Q3", "]J1")
LONGEST = 600  # no GS1 symbol carries more elements than this in practice; the text is refused unread beyond


@dataclass(frozen=True)
class Elements:
    """What was read: (application identifier, value) in the order of the barcode."""

    pairs: tuple[tuple[str, str], ...]

    def get(self, identifier: str) -> str | None:
        """Return the first value under this identifier."""
        return next((value for each, value in self.pairs if each == identifier), None)

    def __str__(self) -> str:
        """Write them as they are printed under a barcode."""
        return "".join(f"({identifier}){value}" for identifier, value in self.pairs)


class BadElements(ValueError):
    """The text is no valid GS1 element string; the message says which part, in English, for a technician."""


def read_elements(text: str) -> Elements:
    """Read a text without its symbology identifier. Raises BadElements."""
    if not text or len(text) > LONGEST:
        raise BadElements("empty" if not text else "too long")
    # Imported here: a bench that never meets GS1 does not load its tables.
    from biip import ParseError
    from biip.gs1_messages import GS1Message

    try:
        # FNC1 in the first place is sometimes sent as a separator, too.
        message = GS1Message.parse(text.strip(GROUP_SEPARATOR))
    except ParseError as error:
        raise BadElements(str(error)) from error
    for element in message.element_strings:
        if reason := element.gtin_error or element.sscc_error or element.gln_error:
            raise BadElements(reason)
    return Elements(tuple((element.ai.ai, element.value) for element in message.element_strings))

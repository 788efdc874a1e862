"""How people and their exports write an order's id and a date, and which of it we can take; pure."""

import re
from datetime import date

from relay.contract.names import ORDER_ID_PATTERN
from relay.errors import invalid

_ORDER_ID = re.compile(ORDER_ID_PATTERN)
# 2025-12-05, 2025/12/5, 2025. 12. 5., 20251205; a time of day behind it is what spreadsheets add.
_DATE = re.compile(
    r"(\d{4})(?:[-./]\s?(\d{1,2})[-./]\s?(\d{1,2})\.?|(\d{2})(\d{2}))(?:[ T]\d{1,2}:\d{2}(?::\d{2})?)?",
    re.ASCII,
)
REPLACEMENT = "\ufffd"  # What decoding leaves where bytes were not UTF-8.


def is_order_id(text: str) -> bool:
    """Tell whether a text can be an order's id."""
    return _ORDER_ID.match(text) is not None and text.isprintable() and REPLACEMENT not in text


def read_date(text: str) -> str:
    """Read a date in one of the usual spellings and write it as ISO 8601 does. Raises VALIDATION_ERROR."""
    match = _DATE.fullmatch(text.strip())
    if match is None:
        raise invalid("dueDate", "date")
    year, month, day, plain_month, plain_day = match.groups()
    try:
        return date(int(year), int(month or plain_month), int(day or plain_day)).isoformat()
    except ValueError as error:
        raise invalid("dueDate", "date") from error

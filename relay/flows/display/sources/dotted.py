"""Finds a value in JSON by a dotted path, such as `data.items[0].url`; pure.

The part of RFC 9535 that names one place: `.name`, `['any name']`, `[0]`, with or without the leading `$`. Anything
that could mean several places (wildcards, filters, slices) is refused, because a document is one.
"""

import re

_STEP = re.compile(
    r"\.?(?P<name>[^.\[\]'\"*?$@\s][^.\[\]'\"*?]*)|\[(?P<index>-?\d{1,6})\]|\[(?P<quote>['\"])(?P<quoted>.+?)(?P=quote)\]"
)

Step = str | int


class PathError(ValueError):
    """The path cannot be read, or means several places."""


def read_path(text: str) -> tuple[Step, ...]:
    """Read a path; empty means the whole. Raises PathError."""
    rest = text.strip()
    rest = rest.removeprefix("$")
    steps: list[Step] = []
    position = 0
    while position < len(rest):
        match = _STEP.match(rest, position)
        if match is None or (position > 0 and match["name"] and rest[position] != "."):
            raise PathError(text)
        if match["index"] is not None:
            steps.append(int(match["index"]))
        else:
            steps.append(match["name"] if match["name"] is not None else match["quoted"])
        position = match.end()
    return tuple(steps)


def find(value: object, steps: tuple[Step, ...]) -> object:
    """Find what is at the path; None where there is nothing."""
    for step in steps:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if -len(value) <= step < len(value):
                value = value[step]
            case _:
                return None
    return value


def find_text(value: object, steps: tuple[Step, ...]) -> str | None:
    """Find a text or a number; None where there is nothing, or something else."""
    found = find(value, steps)
    if isinstance(found, str):
        return found.strip() or None
    return str(found) if isinstance(found, int | float) and not isinstance(found, bool) else None

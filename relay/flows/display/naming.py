"""What documents and their revisions are called when nobody says so; pure."""

import re
import unicodedata
from collections.abc import Container
from pathlib import PurePosixPath

LONGEST_LABEL = 200
_LETTERS = re.compile(r"[A-Z]{1,3}")
_ENDING_NUMBER = re.compile(r"(?P<before>.*?)(?P<number>\d{1,15})", re.DOTALL)


def tidy(text: str) -> str:
    """Spell a name as people mean it: composed Unicode (a Mac's file names are not), one line, single spaces."""
    spaced = "".join(
        " " if unicodedata.category(sign) in {"Cc", "Zl", "Zp"} else sign
        for sign in unicodedata.normalize("NFC", text)
    )
    return " ".join(spaced.split())


def key_of(text: str) -> str:
    """Spell a name as it is compared: compatible, casefolded, one space between words."""
    return " ".join(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", text).casefold()).split())


def stem_of(filename: str) -> str:
    """Make a title from a file's name, whatever folders and separators the sender's system has put before it."""
    name = tidy(filename.replace("\\", "/"))
    return tidy(PurePosixPath(name).stem)[:LONGEST_LABEL].strip()


def next_revision(newest: str | None, used: Container[str]) -> str:
    """Name the revision after `newest`: A, B, ... Z, AA; numbers count on; anything else gets a number behind it."""
    revision = "A" if newest is None else _successor(newest)
    while revision in used:
        revision = _successor(revision)
    return revision


def _successor(revision: str) -> str:
    if _LETTERS.fullmatch(revision):
        return _next_letters(revision)
    if match := _ENDING_NUMBER.fullmatch(revision):
        number = match["number"]
        return f"{match['before']}{int(number) + 1:0{len(number)}}"
    return f"{revision[: LONGEST_LABEL - 20]}-2"


def _next_letters(letters: str) -> str:
    head, last = letters[:-1], letters[-1]
    if last != "Z":
        return head + chr(ord(last) + 1)
    return (_next_letters(head) if head else "A") + "A"

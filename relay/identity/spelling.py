"""How names are compared: two spellings that a person would read as the same name have the same key."""

import unicodedata


def name_key(name: str) -> str:
    """Fold letter case and Unicode forms, so that `Kim`, `kim` and a decomposed `김` are who they seem to be."""
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", name).casefold())


# Unicode's controls, invisible formatting (which could make two names look alike), private and unassigned letters.
_UNREADABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def tidy_name(name: str) -> str | None:
    """Return a name as it is kept, or None if nobody could read it: blank, or holding invisible letters."""
    tidy = unicodedata.normalize("NFC", name).strip()
    if not tidy or any(unicodedata.category(letter) in _UNREADABLE for letter in tidy):
        return None
    return tidy

"""Writes the `.desktop` files of Linux desktops: quoting as the Desktop Entry Specification 1.5 wants it."""

from collections.abc import Mapping, Sequence

# Everything that the specification calls reserved inside an argument of Exec.
_RESERVED = set(" \t\n\"'\\><~|&;$*?#()`")


def exec_line(command: Sequence[str], *, field: str = "") -> str:
    """Write the value of `Exec`; `field` is a field code such as `%u`, which stands outside of any quotes."""
    words = [_quoted(word) for word in command]
    return " ".join([*words, field] if field else words)


def entry(values: Mapping[str, str]) -> str:
    """Write a whole file with these keys of `[Desktop Entry]`."""
    lines = [f"{key}={value}" for key, value in values.items()]
    return "\n".join(["[Desktop Entry]", *lines, ""])


def read_entry(text: str) -> dict[str, str]:
    """Read the keys of `[Desktop Entry]`; whatever else stands in the file is left out."""
    values: dict[str, str] = {}
    inside = False
    for line in text.splitlines():
        if line.startswith("["):
            inside = line.strip() == "[Desktop Entry]"
        elif inside and "=" in line and not line.startswith("#"):
            key, _, value = line.partition("=")
            values[key.strip()] = value.strip()
    return values


def _quoted(word: str) -> str:
    # A per cent sign begins a field code; two stand for one.
    word = word.replace("%", "%%")
    if word and not _RESERVED & set(word):
        return word
    for sign in ("\\", '"', "`", "$"):
        word = word.replace(sign, f"\\{sign}")
    # The file's own escaping comes on top: a backslash in a value is written twice.
    return f'"{word}"'.replace("\\", "\\\\")

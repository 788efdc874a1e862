"""Every sentence that a person sees, in Korean and English, from one catalogue for relay, desktop and pages."""

from functools import cache
from pathlib import Path
from typing import Literal

import msgspec

Language = Literal["ko", "en"]
LANGUAGES: tuple[Language, ...] = ("ko", "en")
DEFAULT_LANGUAGE: Language = "ko"

CATALOGUE = Path(__file__).resolve().parents[2] / "resources" / "i18n"


class Wording:
    """The sentences of one language. A key that is missing is a bug and raises KeyError."""

    def __init__(self, language: Language) -> None:
        """Read the language's catalogue, once per process."""
        self.language: Language = language
        self._sentences = _load(language)

    def say(self, key: str, **values: str | float) -> str:
        """Word `key`; `{name}` in the sentence becomes the value of that name, or nothing where it is not given."""
        sentence = self._sentences[key]
        return sentence.format_map(_Lenient(values)) if "{" in sentence else sentence

    def said_by(self, beginnings: tuple[str, ...]) -> dict[str, object]:
        """Return the sentences whose keys begin so, for a page that words them itself."""
        return {key: sentence for key, sentence in self._sentences.items() if key.startswith(beginnings)}

    def knows(self, key: str) -> bool:
        """Tell whether there is a sentence under this key."""
        return key in self._sentences


class _Lenient(dict[str, str | int | float]):
    def __missing__(self, key: str) -> str:
        return ""


@cache
def _load(language: Language) -> dict[str, str]:
    sentences: dict[str, str] = {}
    for file in sorted((CATALOGUE / language).glob("*.json")):
        sentences.update(msgspec.json.decode(file.read_bytes(), type=dict[str, str]))
    return sentences


def choose_language(accept_language: str | None) -> Language:
    """Choose by `Accept-Language` (RFC 9110, 12.5.4): the best-weighted language we speak, else Korean.

    A header that names only languages we do not speak gets English; none at all gets Korean, our users' first.
    """
    if not accept_language:
        return DEFAULT_LANGUAGE
    best: tuple[float, Language] | None = None
    for part in accept_language.split(","):
        tag, _, parameter = part.partition(";")
        primary = tag.strip().split("-")[0].lower()
        weight = _weight(parameter)
        for language in LANGUAGES:
            if primary in {language, "*"} and weight > 0 and (best is None or weight > best[0]):
                best = (weight, language)
    return best[1] if best else "en"


def _weight(parameter: str) -> float:
    name, _, number = parameter.partition("=")
    if name.strip().lower() != "q":
        return 1.0
    try:
        return float(number)
    except ValueError:
        return 0.0

"""Every sentence exists in Korean and in English, says the same things, and is used."""

import ast
import json
import re
from collections import Counter
from pathlib import Path

import pytest
from helpers.house import ROOT, name_of, parsed, python_files, tracked_files

from relay.contract.problems import STATUS, Code
from relay.contract.wording import CATALOGUE, LANGUAGES

SECTIONS = sorted({file.name for file in CATALOGUE.glob("*/*.json")})
# What is written alike in both languages: names, units, and the pattern of a code.
ALIKE = {"ABCD", "Benchcast", "PDF", "QR", "OK", "English", "ID", "IP", "USB", "ms"}


def sentences(language: str, section: str | None = None) -> dict[str, str]:
    """Read a language's sentences, of one section or of all."""
    found: dict[str, str] = {}
    for file in sorted((CATALOGUE / language).glob(section or "*.json")):
        found.update(json.loads(file.read_text("utf-8")))
    return found


def placeholders(sentence: str) -> Counter[str]:
    """Name what a sentence leaves open."""
    return Counter(re.findall(r"{(\w*)[^}]*}", sentence))


def _pattern(parts: list[ast.expr]) -> str:
    return "".join(
        re.escape(str(part.value)) if isinstance(part, ast.Constant) else r"[\w.]+" for part in parts
    )


class Used:
    """What the program can say: whole keys as texts, and keys that an f-string puts together."""

    def __init__(self) -> None:
        """Read the program and the pages."""
        self.texts: dict[str, str] = {}
        self._patterns: set[str] = set()
        self._endings: set[str] = set()  # of f"{key}.title", whose beginning stands in the code as a text
        for file in python_files("app", "relay"):
            for node in ast.walk(parsed(file)):
                if isinstance(node, ast.Constant) and isinstance(node.value, str):
                    self.texts.setdefault(node.value, f"{name_of(file)}:{node.lineno}")
                elif isinstance(node, ast.JoinedStr) and len(node.values) > 1:
                    self._add(node.values)
        for file in tracked_files():
            if file.suffix in {".html", ".js"} and ROOT / "resources" in file.parents:
                content = file.read_text("utf-8")
                for text in re.findall(r"[\"'`]([a-z_]+(?:\.\w+)+)[\"'`]", content):
                    self.texts.setdefault(text, name_of(file))
                for first in re.findall(r"`([a-z_]+\.(?:\w+\.)*)\$\{[^}]*\}`", content):
                    self._patterns.add(re.escape(first) + r"[\w.]+")

    def _add(self, parts: list[ast.expr]) -> None:
        first = parts[0]
        if isinstance(first, ast.Constant) and re.match(r"[a-z_]+\.", str(first.value)):
            self._patterns.add(_pattern(parts))
        elif re.fullmatch(r"(\\\.[\w\\.\[\]+]+)", ending := _pattern(parts[1:])):
            self._endings.add(ending)

    def says(self, key: str) -> bool:
        """Tell whether somebody says this key."""
        if key in self.texts or any(re.fullmatch(pattern, key) for pattern in self._patterns):
            return True
        cuts = [at for at, letter in enumerate(key) if letter == "."][1:]
        return any(
            key[:at] in self.texts and any(re.fullmatch(ending, key[at:]) for ending in self._endings)
            for at in cuts
        )


def said_keys() -> dict[str, str]:
    """Collect the keys that are said by name: `say("key")`, and `invalid(field, "reason")`."""
    keys: dict[str, str] = {}
    for file in python_files("app", "relay"):
        for node in ast.walk(parsed(file)):
            if not isinstance(node, ast.Call):
                continue
            name = node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")
            where = f"{name_of(file)}:{node.lineno}"
            texts = [
                a.value if isinstance(a, ast.Constant) and isinstance(a.value, str) else None
                for a in node.args
            ]
            if name == "say" and texts and texts[0] is not None and "." in texts[0]:
                keys[texts[0]] = where
            if name == "invalid" and len(texts) > 1 and texts[1] is not None:
                keys[f"reason.{texts[1]}"] = where
    return keys


@pytest.mark.parametrize("section", SECTIONS)
def test_a_section_has_the_same_sentences_in_both_languages(section: str) -> None:
    korean, english = sentences("ko", section), sentences("en", section)
    assert korean.keys() == english.keys()
    assert list(korean) == list(english), "the same order, so that the two can be read side by side"


@pytest.mark.parametrize("section", SECTIONS)
def test_a_sentence_leaves_the_same_open_in_both_languages(section: str) -> None:
    korean, english = sentences("ko", section), sentences("en", section)
    for key in korean.keys() & english.keys():
        assert placeholders(korean[key]).keys() == placeholders(english[key]).keys(), key
        assert "" not in placeholders(korean[key]), f"{key}: name what is open"


@pytest.mark.parametrize("section", SECTIONS)
def test_a_korean_sentence_is_korean_and_an_english_one_is_not(section: str) -> None:
    for key, sentence in sentences("ko", section).items():
        words = set(re.findall(r"[A-Za-z]{2,}", re.sub(r"{[^}]*}|https?://\S*", "", sentence)))
        assert re.search("[가-힣]", sentence) or words <= ALIKE, f"{key}: {sentence}"
    for key, sentence in sentences("en", section).items():
        assert not re.search("[가-힣]", sentence) or "한국어" in sentence, f"{key}: {sentence}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_sentence_is_finished(language: str) -> None:
    for key, sentence in sentences(language).items():
        asks = sentence.endswith(": ")  # and the answer is typed right behind it
        assert sentence.strip() == (sentence[:-1] if asks else sentence), key
        assert sentence, key


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_key_is_written_twice(language: str) -> None:
    pairs: list[str] = []
    for file in (CATALOGUE / language).glob("*.json"):
        json.loads(
            file.read_text("utf-8"), object_pairs_hook=lambda found: pairs.extend(key for key, _ in found)
        )
    assert [key for key, count in Counter(pairs).items() if count > 1] == []


def test_every_problem_has_a_status_and_its_three_sentences() -> None:
    assert STATUS.keys() == set(Code)
    for language in LANGUAGES:
        there = {key for key in sentences(language) if key.startswith("problem.")}
        assert there == {f"problem.{code}.{part}" for code in Code for part in ("title", "detail", "action")}


def test_what_the_code_says_is_in_the_catalogue() -> None:
    catalogue = sentences("en")
    missing = {key: where for key, where in said_keys().items() if key not in catalogue}
    assert not missing


def test_a_text_that_looks_like_a_key_is_one() -> None:
    catalogue = sentences("en")
    sections = {key.split(".")[0] for key in catalogue}
    form = re.compile(rf"({'|'.join(map(re.escape, sorted(sections)))})(\.[a-z][a-z0-9_]*)+")
    missing = {
        text: where for text, where in Used().texts.items() if form.fullmatch(text) and text not in catalogue
    }
    # A file name is no key, nor is what a deed is called in the audit log; the beginning of one is no whole key.
    missing = {
        text: where
        for text, where in missing.items()
        if Path(text).suffix not in {".json", ".toml", ".db", ".log", ".csv", ".py"}
        and f"console.audit.deed.{text}" not in catalogue
        and not any(key.startswith(text) for key in catalogue)
    }
    assert not missing


def test_no_sentence_is_left_that_nobody_says() -> None:
    used = Used()
    unused = [key for key in sentences("en") if not used.says(key)]
    assert not unused


def test_a_sentence_that_nobody_says_is_noticed() -> None:
    assert not Used().says("problem_page.nobody.says.this")

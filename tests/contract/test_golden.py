"""The wire stays as it was reviewed: other clients are written against these very bytes."""

import importlib
import pkgutil
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from golden_files import GOLDEN, WORDS, files, golden_form, problems
from msgspec import Struct
from wire_samples import SAMPLES

import relay.contract
from relay.contract import codec
from relay.contract.commands import Command, payload_of, verb_of
from relay.contract.pairing import PairingLink
from relay.contract.problems import STATUS, Code, Problem
from relay.contract.wording import LANGUAGES, Language

# `Command` is what the commands share and is never sent itself; `PairingLink` travels as the text of a link.
NEVER_SENT = {Command, PairingLink}


def _declared() -> set[type[Struct]]:
    found: set[type[Struct]] = set()
    for module in pkgutil.iter_modules(relay.contract.__path__):
        for value in vars(importlib.import_module(f"relay.contract.{module.name}")).values():
            if isinstance(value, type) and issubclass(value, Struct) and value is not Struct:
                found.add(value)
    return found


def _within(value: object) -> Iterator[type[Struct]]:
    if isinstance(value, Struct):
        yield type(value)
        for field in value.__struct_fields__:
            yield from _within(getattr(value, field))
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _within(item)


@pytest.mark.parametrize("file", sorted(files()), ids=lambda file: file.stem)
def test_a_message_is_written_exactly_as_it_was_reviewed(file: Path) -> None:
    assert file.exists(), "a new message has no golden sample yet: make golden, and review the diff"
    assert file.read_text("utf-8") == files()[file].decode()


@pytest.mark.parametrize("name", SAMPLES)
def test_a_reviewed_message_is_read_as_what_it_was(name: str) -> None:
    sample = SAMPLES[name]
    data = (GOLDEN / f"{name}.json").read_bytes()
    assert codec.decode_json(data, type(sample)) == sample
    assert codec.convert(msgspec.json.decode(data), type(sample)) == sample


@pytest.mark.parametrize("name", SAMPLES)
def test_a_socket_library_is_given_the_same_message_as_a_browser(name: str) -> None:
    assert golden_form(codec.to_builtins(SAMPLES[name])) == golden_form(SAMPLES[name])


def test_every_message_of_the_contract_has_a_sample() -> None:
    sampled = {type_ for sample in SAMPLES.values() for type_ in _within(sample)} | {Problem}
    missing = {type_.__name__ for type_ in _declared() - sampled - NEVER_SENT}
    assert not missing, f"no golden sample of {missing}: add one to wire_samples.py"


def test_no_golden_file_outlives_its_message() -> None:
    assert set(GOLDEN.glob("*.json")) == set(files())


def test_every_optional_field_of_a_message_is_seen_in_some_sample() -> None:
    seen: dict[type[Struct], set[str]] = {}

    def look(value: object) -> None:
        if isinstance(value, Struct):
            given = seen.setdefault(type(value), set())
            for field, default in zip(reversed(value.__struct_fields__), _defaults(value), strict=False):
                if getattr(value, field) != default:
                    given.add(field)
                look(getattr(value, field))
        elif isinstance(value, list | tuple):
            for item in value:
                look(item)

    for sample in SAMPLES.values():
        look(sample)
    silent = {
        f"{type_.__name__}.{field}"
        for type_, given in seen.items()
        for field in set(type_.__struct_fields__) - given
    }
    assert not silent, f"no sample shows {sorted(silent)}"


def _defaults(value: Struct) -> Iterator[object]:
    by_name = {field.name: field.default for field in msgspec.structs.fields(type(value))}
    for field in reversed(value.__struct_fields__):
        yield by_name[field]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_problem_is_worded_to_the_end(language: Language) -> None:
    for code, problem in problems(language).items():
        assert STATUS[Code(code)] == problem.status, code
        for sentence in (problem.title, problem.detail, problem.action):
            assert sentence.strip(), code
            assert "{" not in sentence, code
            assert "  " not in sentence, f"{code} has a hole where a value should be: {sentence}"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_problem_is_read_back_by_any_client(language: Language) -> None:
    data = (GOLDEN / f"problems.{language}.json").read_bytes()
    assert msgspec.json.decode(data, type=dict[str, Problem]) == problems(language)
    assert msgspec.json.decode(data).keys() == {code.value for code in Code}


def test_the_samples_know_every_word_that_the_problems_leave_open() -> None:
    import json
    import re

    from relay.contract.wording import CATALOGUE

    text = (CATALOGUE / "en" / "problems.json").read_text("utf-8")
    sentences = {key: value for key, value in json.loads(text).items() if key.startswith("problem.")}
    open_words = {word for sentence in sentences.values() for word in re.findall(r"{(\w+)}", sentence)}
    assert open_words - {"retryAfterSeconds"} <= WORDS.keys()


def test_a_command_leaves_under_the_name_of_its_event() -> None:
    for name, sample in SAMPLES.items():
        if isinstance(sample, Command):
            assert name.split("-")[0] == verb_of(sample)
            assert golden_form(payload_of(sample)) == golden_form(sample)

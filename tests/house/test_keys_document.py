"""What is written about keys and secrets names every one that the code makes, derives or keeps, and its life."""

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path
from typing import get_args

import msgspec
import pytest
from helpers.house import ROOT, name_of, parsed, python_files
from helpers.papers import DOCS, Paper, rows, ticked, wrong_figures

from relay.admin.setting_routes import SECRETS
from relay.cli import parser_for
from relay.contract.wording import Wording
from relay.identity import keys as relay_keys
from relay.identity.caller import Kind
from relay.identity.tokens import Claims
from relay.ops import authority, certificate
from relay.storage import vault
from relay.web import cookies

PAPER = Paper.read(DOCS / "keys.md")
AT_RANDOM = re.compile(
    r"secrets\.(token_\w+|choice|randb\w+)|os\.urandom|(uuid\.)?uuid[1-8]|random\.\w+|\w+\.generate\w*(_key)?|bcrypt\.\w+"
)
IN_PAGES = re.compile(
    r"crypto\.(getRandomValues|randomUUID)|Math\.random|crypto\.subtle\.(generate|import)Key"
)


def calls(node: ast.AST, function: str = "") -> Iterator[tuple[ast.Call, str]]:
    """List the calls in a module, each with the function that it stands in."""
    for child in ast.iter_child_nodes(node):
        inner = child.name if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef) else function
        if isinstance(child, ast.Call):
            yield child, function
        yield from calls(child, inner)


def drawn() -> set[tuple[str, str]]:
    found = {
        (name_of(file), function)
        for file in python_files("relay", "app")
        for call, function in calls(parsed(file))
        if AT_RANDOM.fullmatch(ast.unparse(call.func))
    }
    pages = ROOT / "resources" / "web"
    for file in pages.rglob("*.js"):
        if pages / "vendor" not in file.parents and IN_PAGES.search(file.read_text("utf-8")):
            found.add((name_of(file), ""))
    return found


def test_every_place_that_draws_at_random_is_named_with_what_it_draws() -> None:
    written = set[tuple[str, str]]()
    for files, functions, _ in rows(PAPER.section("Every place that draws at random")):
        written |= set(product(ticked(files), ticked(functions) or [""]))
    there = drawn()
    assert sorted(there - written) == []
    # A row may name several files and several functions: each of both has to be there.
    assert {file for file, _ in written} == {file for file, _ in there}
    assert {function for _, function in written} <= {function for _, function in there}


def test_every_label_under_which_a_key_is_derived_is_named() -> None:
    labels = {
        argument.value
        for file in python_files("relay")
        for call, _ in calls(parsed(file))
        if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("derive")
        for argument in call.args[:1]
        if isinstance(argument, ast.Constant)
    }
    assert labels == {ticked(label)[0] for label, _ in rows(PAPER.section("Derived from the one secret"))}


def test_no_key_is_derived_under_a_label_that_cannot_be_read_here() -> None:
    hidden = [
        f"{name_of(file)}:{call.lineno}"
        for file in python_files("relay")
        for call, _ in calls(parsed(file))
        if isinstance(call.func, ast.Attribute)
        and call.func.attr.startswith("derive")
        and not isinstance(call.args[0], ast.Constant)
    ]
    assert hidden == []


def test_every_key_in_the_relays_file_and_folder_is_named() -> None:
    named = ticked(PAPER.section("Long-lived keys of the relay"))
    fields = {field.name for field in msgspec.structs.fields(relay_keys._File)}
    files = {
        f"{authority.FOLDER}/{value}"
        for module in (authority, certificate)
        for name, value in vars(module).items()
        if name.endswith("KEY_FILE")
    }
    vaulted = {vault.KEYS, vault.AUTHORITY_KEY}
    assert sorted((fields | files | vaulted | {relay_keys.FILE_NAME}) - set(named)) == []


def test_every_kind_of_token_and_every_use_has_a_row() -> None:
    held = [ticked(row[0])[0] for row in rows(PAPER.section("What clients hold"))]
    uses = get_args(get_args(Claims.__annotations__["use"])[0])
    assert set(held) == {*get_args(Kind), *uses}


def test_every_cookie_that_is_a_credential_is_named() -> None:
    source = Path(cookies.__file__).read_text("utf-8")
    credentials = set(re.findall(r'"(__(?:Host|Secure)-[\w-]+)"', source))
    assert credentials
    assert credentials <= set(ticked(PAPER.section("What clients hold")))


def test_every_secret_that_an_admin_gives_is_named() -> None:
    named = set(ticked(PAPER.section("Secrets that an admin gives")))
    assert named >= SECRETS | {"tls_key", "source_secrets/"}


def test_the_figures_are_those_of_the_code() -> None:
    assert wrong_figures(PAPER.section("The figures above")) == []


def test_the_commands_that_it_tells_to_use_are_there() -> None:
    said = re.findall(r"`benchcast-relay ([a-z ]+)`", PAPER.text)
    assert said
    for words in said:
        with pytest.raises(SystemExit) as ended:
            parser_for(Wording("en")).parse_args([*words.split(), "--help"])
        assert ended.value.code == 0, words

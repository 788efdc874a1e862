"""Every column, every file and every key of a browser's storage has a class in what is written about data."""

import ast
import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

import pytest
from helpers.house import ROOT, parsed, python_files
from helpers.papers import DOCS, Paper, rows, ticked, wrong_figures
from helpers.relay_running import running_relay, small_pdf

import relay.main
from app.link.inbox_file import open_file
from app.link.island_file import open_island_file
from app.machine.shown_book import ShownBook
from relay.storage.backup import TRANSIENT
from relay.storage.migrate import migrate

PAPER = Paper.read(DOCS / "data.md")
CLASSES = [row[0] for row in rows(PAPER.section("Classes"))]
PAGES = ROOT / "resources" / "web"


def classed(cell: str) -> Counter[str]:
    """Read `personal: a, b; secret: c`: which columns have a class, and how often."""
    found = Counter[str]()
    for part in cell.split("; "):
        class_, _, names = part.partition(": ")
        assert class_ in CLASSES, part
        found.update(ticked(names))
    return found


def columns(database: Path) -> dict[str, Counter[str]]:
    connection = sqlite3.connect(database)
    tables = [
        name
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        if not name.startswith("sqlite_")
    ]
    found = {
        table: Counter(row[1] for row in connection.execute(f"PRAGMA table_info('{table}')"))
        for table in tables
    }
    connection.close()
    return found


def test_every_column_of_the_migrated_database_has_one_class_and_an_end(tmp_path: Path) -> None:
    migrate(tmp_path / "relay.db", [flow.versions for flow in relay.main.FLOWS])
    written = rows(PAPER.section("The database"))
    assert {ticked(table)[0]: classed(cell) for table, cell, _, _ in written} == columns(
        tmp_path / "relay.db"
    )
    assert all(kept and read_by for _, _, kept, read_by in written)


async def test_every_file_of_a_relay_that_has_served_has_a_class(tmp_path: Path) -> None:
    data = tmp_path / "data"
    async with running_relay(data, host="0.0.0.0", announce=False) as office:
        await office.pair()
        document = await office.add_order("WO-1", small_pdf("WO-1"))
        seen = f"/api/documents/{document['sha256']}/preview?page=1&width=160"
        assert (await office.call("GET", seen)).status == 200
        source = {"name": "ERP", "http": {"urlTemplate": "https://erp.example/{orderId}"}, "secret": "s"}
        assert (await office.call("POST", "/api/sources", json=source)).status == 201
        changed = {"values": {"app_note": "a word"}}
        assert (await office.call("PATCH", "/api/settings", json=changed)).status == 200
        assert (await office.call("POST", "/api/backups")).status == 201
        there = {file.relative_to(data): file.stat().st_mode for file in data.rglob("*") if file.is_file()}
    assert data.stat().st_mode & 0o777 == 0o700
    written = rows(PAPER.section("The relay's data directory"))
    assert {class_ for _, class_, _, _ in written} <= set(CLASSES)
    made = set[str]()
    for file, mode in there.items():
        fitting = [row for row in written if any(fnmatch(file.as_posix(), each) for each in ticked(row[0]))]
        assert len(fitting) == 1, f"{file}: {len(fitting)} rows"
        made.add(fitting[0][0])
        if "0600" in fitting[0][2] + fitting[0][3]:
            assert mode & 0o777 == 0o600, file
    # So that a run which makes hardly anything does not pass for one that has looked.
    assert len(made) >= 10, made
    assert {each for row in written for each in ticked(row[0])} >= TRANSIENT


def test_every_file_that_the_relay_names_in_its_directory_has_a_class() -> None:
    written = [each for row in rows(PAPER.section("The relay's data directory")) for each in ticked(row[0])]
    named = {word for word, _ in paths_of("relay", r"(.*\.)?(data|folder|directory)(\.absolute\(\))?")}
    assert {"screenshots", "source_secrets", "documents", "running.json"} <= named
    assert [
        word
        for word in sorted(named)
        if not any(word == each.split("/")[0] or fnmatch(word, last_of(each)) for each in written)
    ] == []


def last_of(pattern: str) -> str:
    """Return what a pattern says of a file's own name, if anything."""
    last = pattern.rsplit("/", maxsplit=1)[-1]
    return pattern if last == "*" else last


def test_every_file_that_the_app_keeps_has_a_class() -> None:
    written = [row for row in rows(PAPER.section("The app's data directory")) if len(row) == 4]
    files = {each for row in written for each in ticked(row[0])}
    assert {row[1] for row in written} <= set(CLASSES)
    kept = {word for word, _ in paths_of("app", r"(.*\.)?_?(data|logs|folder)")}
    places = {
        "benchcast.desktop",
        "benchcast-link.desktop",
        "choices.json.draft",
        "applications",
    }  # beside the data, or for a moment
    assert sorted(word for word in kept - files - places if "{" not in word) == []
    assert {"inbox.sqlite", "credential.json", "library"} <= kept


async def test_every_column_of_the_apps_stores_has_one_class(tmp_path: Path) -> None:
    open_file(tmp_path / "inbox.sqlite").close()
    open_island_file(tmp_path / "island.db")[0].close()
    book = await ShownBook.open(tmp_path / "history.sqlite", now_ms=lambda: 0, keep_days=90)
    await book.close()
    there = {
        (file.name, table): names for file in tmp_path.iterdir() for table, names in columns(file).items()
    }
    written = {
        (ticked(row[0])[0], ticked(row[0])[1]): classed(row[1])
        for row in rows(PAPER.section("The app's data directory"))
        if len(row) == 2
    }
    assert written == there


def test_every_key_that_a_page_keeps_has_a_class() -> None:
    written = rows(PAPER.section("Browsers"))
    assert {row[2] for row in written} <= set(CLASSES)
    flat = {
        (kind, " ".join(key) if kind == "IndexedDB" else key[0])
        for kind, cell, _, _ in written
        for key in re.findall(r"`([^`]+)`(?: `([^`]+)`)?", cell)
    }
    assert flat == kept_by_pages()


def test_the_figures_are_those_of_the_code() -> None:
    assert wrong_figures(PAPER.section("The figures above")) == []


def paths_of(room: str, folder: str) -> Iterator[tuple[str, Path]]:
    """List what is written behind a folder, `data / "name"` or `data / NAME`, with the file that does."""
    for file in python_files(room):
        for node in ast.walk(parsed(file)):
            if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Div):
                if re.fullmatch(folder, ast.unparse(node.left)) is None:
                    continue
                match node.right:
                    case ast.Constant(value=str(word)):
                        yield word, file
                    case ast.Name(id=name) if name.lstrip("_").isupper():
                        yield word_of(file, name), file
                    case _:
                        pass  # a name that is made: of a document, a backup, a picture


def word_of(file: Path, name: str) -> str:
    """Read a constant of a module, or of the one that it takes it from."""
    for node in ast.walk(parsed(file)):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    names = target.elts if isinstance(target, ast.Tuple) else [target]
                    values = value.elts if isinstance(value, ast.Tuple) else [value]
                    for each, said in zip(names, values, strict=False):
                        if ast.unparse(each) == name:
                            return str(ast.literal_eval(said))
            case ast.ImportFrom(module=str(module), names=names) if any(each.name == name for each in names):
                return word_of(ROOT / f"{module.replace('.', '/')}.py", name)
            case _:
                pass
    raise AssertionError(f"{file}: {name}")


def constant(file: str, name: str) -> str:
    found = re.search(
        rf"^(?:export )?(?:const )?{name} = [\"']([^\"']+)[\"']",
        (ROOT / file).read_text("utf-8"),
        re.MULTILINE,
    )
    assert found, f"{file}: {name}"
    return found[1]


def kept_by_pages() -> set[tuple[str, str]]:
    """List what the pages' scripts, and the relay by cookies, leave in a browser."""
    found = {
        ("cookie", name)
        for file in python_files("relay")
        for name in re.findall(r'"((?:__Host-|__Secure-)?benchcast(?:-[a-z]+)*)"', file.read_text("utf-8"))
        if name.startswith("__") or "plain" in name
    }
    prefix = constant("resources/web/phone/kept.js", "PREFIX")
    for file in sorted(PAGES.rglob("*.js")):
        if PAGES / "vendor" in file.parents:
            continue
        text, name = file.read_text("utf-8"), file.relative_to(ROOT).as_posix()
        assert "sessionStorage" not in text, f"{name}: nothing is kept there yet"
        assert "document.cookie" not in text, f"{name}: pages read no cookie"

        def meant(word: str, name: str = name, text: str = text) -> str:
            if word[0] in "\"'":
                return word.strip("\"'")
            if call := re.fullmatch(r"keyOf\(\"(\w+)\"\)", word):
                return f"{call[1]}.*"
            if call := re.fullmatch(r"(\w+)\(.*\)", word):
                begins = re.search(rf"const {call[1]} = \([^)]*\) => `(\w+\.)\$", text)
                assert begins, f"{name}: {word}"
                return f"{begins[1]}*"
            return constant(name, word)

        if "kept.js" in text and not name.endswith("/kept.js"):
            for word in re.findall(r"\b(?:keep|kept)\(((?:\"\w+\")|[A-Z_]+|\w+\([^)]*\))", text):
                found.add(("localStorage", prefix + meant(word)))
        for word in re.findall(r"localStorage\.\w+\((\w+)[,)]", text):
            found.add(("localStorage", constant(name, word)))
        for word in re.findall(r"caches\.open\((\w+)\)", text):
            found.add(
                ("Cache", f"{constant(name, 'PREFIX')}*" if "PREFIX +" in text else constant(name, word))
            )
        if "createObjectStore(" in text:
            base = constant(name, "NAME")
            for store in re.findall(r"createObjectStore\((\"\w+\"|[A-Z]+)", text):
                if meant(store) != "note":
                    found.add(("IndexedDB", f"{base} {meant(store)}"))
        for word in re.findall(r"\.(?:keepNote|put)\((?:[\w#.]+, )?(NOTE|\"\w+\")[,)]", text):
            found.add(("IndexedDB", f"benchcast-screen note:{meant(word)}"))
    return found


@pytest.mark.parametrize("class_", ["public", "internal", "confidential", "personal", "secret"])
def test_a_class_says_how_it_is_protected(class_: str) -> None:
    (row,) = [row for row in rows(PAPER.section("Classes")) if row[0] == class_]
    assert all(row)

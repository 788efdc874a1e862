"""What a file is, is decided by its content, by a process that a hostile file may take down with it."""

import asyncio
import contextlib
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from helpers.sample_files import grey_png, pdf, picture, png_bomb, svg, zip_file

from relay.contract.problems import Code, write_problem
from relay.contract.wording import LANGUAGES, Wording
from relay.documents.inspect import inspect
from relay.documents.inspector import Inspector
from relay.errors import Refusal

ENTITY_BOMB = '<!DOCTYPE svg [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
USE_BOMB = "".join(
    f'<g id="l{level}">' + f'<use href="#l{level - 1}"/>' * 10 + "</g>" if level else '<g id="l0"><rect/></g>'
    for level in range(9)
)

READABLE = {
    "pdf": (pdf(pages=3), ("pdf", "application/pdf", 3)),
    "pdf behind a blank line": (b"\n" + pdf(), ("pdf", "application/pdf", 1)),
    "png": (picture("PNG"), ("image", "image/png", 1)),
    "jpeg": (picture("JPEG"), ("image", "image/jpeg", 1)),
    "svg": (svg(), ("image", "image/svg+xml", 1)),
    "svg with the doctype of drawing programs": (
        svg(
            before='<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd">'
        ),
        ("image", "image/svg+xml", 1),
    ),
    "svg with a mark at its start": (b"\xef\xbb\xbf" + svg(), ("image", "image/svg+xml", 1)),
    "svg in UTF-16": (
        svg().decode().replace("UTF-8", "UTF-16").encode("utf-16"),
        ("image", "image/svg+xml", 1),
    ),
    "svg with a picture in it": (
        svg('<image href="data:image/png;base64,AAAA"/><use href="#g"/><g id="g"/>'),
        ("image", "image/svg+xml", 1),
    ),
    "svg with a style": (
        svg("<style>.a{fill:url(#g);font-family:'Noto\\ Sans'}</style>"),
        ("image", "image/svg+xml", 1),
    ),
    "svg with metadata": (
        svg('<metadata xmlns:r="http://rdf"><r:Work r:about="http://example.org/x"/></metadata>'),
        ("image", "image/svg+xml", 1),
    ),
}

UNREADABLE = {
    "empty": (b"", "what.empty_file"),
    "text": (b"Order WO-2025-0001", "what.unknown_kind"),
    "zip": (zip_file(), "what.unknown_kind"),
    "gif": (picture("GIF"), "what.unknown_kind"),
    "web page": (b"<!-- hi --><html><body>hello</body></html>", "what.unknown_kind"),
    "pdf in name only": (b"%PDF-1.7\nnothing of it is true", "what.broken"),
    "pdf cut off": (pdf(pages=4)[:900], "what.broken"),
    "pdf with a password": (pdf(password="secret"), "what.locked"),
    "png cut off": (picture("PNG", "noise")[:-2000], "what.broken"),
    "jpeg cut off": (picture("JPEG", "noise")[:-2000], "what.broken"),
    "png with a wrong checksum": (picture("PNG").replace(b"IDAT", b"IDAt"), "what.broken"),
    "png bomb": (png_bomb(), "what.too_many_pixels"),
    "svg cut off": (svg()[:-9], "what.broken"),
    "svg with entities": (svg("&b;", before=ENTITY_BOMB), "what.svg_entities"),
    "svg with a file in it": (
        svg("&f;", before='<!DOCTYPE svg [<!ENTITY f SYSTEM "file:///etc/passwd">]>'),
        "what.svg_entities",
    ),
    "svg with a script": (svg("<script>alert(1)</script>"), "what.svg_script"),
    "svg with a script in capitals": (svg("<SCRIPT/>"), "what.svg_script"),
    "svg with a handler": (svg('<rect OnClick="alert(1)"/>'), "what.svg_script"),
    "svg that loads": (svg(attributes='onload="alert(1)"'), "what.svg_script"),
    "svg with a web page in it": (svg("<foreignObject/>"), "what.svg_script"),
    "svg with a script link": (svg('<a xlink:href=" java&#10;script:alert(1)"/>'), "what.svg_script"),
    "svg with an animated link": (svg('<set attributeName="xlink:href" to="x"/>'), "what.svg_script"),
    "svg with an outer picture": (svg('<image xlink:href="http://example.org/a.png"/>'), "what.svg_external"),
    "svg with an svg in it": (svg('<image href="data:image/svg+xml,%3Csvg/%3E"/>'), "what.svg_external"),
    "svg with an outer use": (svg('<use href="other.svg#a"/>'), "what.svg_external"),
    "svg with an outer fill": (svg('<rect fill="url(//example.org/#a)"/>'), "what.svg_external"),
    "svg with a style that loads": (svg("<style>@import '//example.org/a.css'</style>"), "what.svg_external"),
    "svg with a hidden style": (svg("<style>a{fill:\\75rl(/**/http://a)}</style>"), "what.svg_external"),
    "svg with a stylesheet": (
        svg(before='<?xml-stylesheet href="http://example.org/a.css"?>'),
        "what.svg_external",
    ),
    "svg that uses itself": (svg('<g id="a"><use href="#a"/></g><use href="#a"/>'), "what.too_much"),
    "svg with a billion shapes": (svg(USE_BOMB + '<use href="#l8"/>'), "what.too_much"),
    "svg that is deep": (svg("<g>" * 5000 + "</g>" * 5000), "what.too_much"),
}


@pytest.fixture
def inspector() -> Inspector:
    return Inspector()


@pytest.mark.parametrize("name", READABLE)
async def test_a_file_is_known_by_its_content(name: str, tmp_path: Path, inspector: Inspector) -> None:
    content, wanted = READABLE[name]
    path = tmp_path / "misnamed.exe"
    path.write_bytes(content)
    found = await inspector.inspect(path)
    assert (found.kind, found.media_type, found.pages) == wanted


@pytest.mark.parametrize("name", UNREADABLE)
async def test_a_hostile_or_broken_file_is_refused_with_its_reason(
    name: str, tmp_path: Path, inspector: Inspector
) -> None:
    content, what = UNREADABLE[name]
    path = tmp_path / "drawing.pdf"
    path.write_bytes(content)
    with pytest.raises(Refusal) as refused:
        await inspector.inspect(path)
    assert (refused.value.code, refused.value.values["what"]) == (Code.DOCUMENT_UNREADABLE, what)


def test_every_reason_is_a_sentence_in_both_languages() -> None:
    for what in {what for _, what in UNREADABLE.values()}:
        for language in LANGUAGES:
            problem = write_problem(Code.DOCUMENT_UNREADABLE, language, trace_id="", values={"what": what})
            assert Wording(language).say(what) in problem.detail
            assert "what." not in problem.detail


def endless_file(folder: Path) -> Path:
    """A file whose reading never ends, as a hostile one might make it."""
    path = folder / "endless.pdf"
    os.mkfifo(path)
    return path


def inspections_of(path: Path) -> list[bytes]:
    commands: list[bytes] = []
    for file in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it ended just now
            commands.append(file.read_bytes())
    return [command for command in commands if str(path).encode() in command]


async def test_an_inspection_that_hangs_is_ended(tmp_path: Path) -> None:
    path = endless_file(tmp_path)
    async with asyncio.timeout(10):
        with pytest.raises(Refusal) as refused:
            await Inspector(patience=timedelta(milliseconds=500)).inspect(path)
    assert refused.value.values["what"] == "what.too_much"
    assert inspections_of(path) == []


async def test_an_inspection_that_is_cancelled_leaves_no_process(
    tmp_path: Path, inspector: Inspector
) -> None:
    path = endless_file(tmp_path)
    async with asyncio.timeout(10):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.5):
                await inspector.inspect(path)
    assert inspections_of(path) == []


async def test_a_process_that_dies_is_a_broken_file_and_not_a_bug(
    tmp_path: Path, inspector: Inspector
) -> None:
    with pytest.raises(Refusal) as refused:
        await inspector.inspect(tmp_path / "gone.pdf")
    assert refused.value.values["what"] == "what.broken"


def test_a_file_that_wants_more_memory_than_there_is_for_it_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wide.png"
    path.write_bytes(grey_png(16_000, 9_000))
    run = (
        "import relay.documents.inspect as inspection, sys\n"
        "inspection.MEMORY_BYTES = int(sys.argv.pop())\n"
        "inspection.main()"
    )

    def answer(megabytes: int) -> str:
        command = [sys.executable, "-c", run, str(path), str(megabytes * 1024 * 1024)]
        return subprocess.run(command, capture_output=True, check=True, text=True).stdout

    assert "image/png" in answer(600)
    assert answer(160) == '{"problem": "what.too_much"}'


def test_the_inspecting_process_loads_no_server(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(picture())
    assert inspect(path).kind == "image"
    code = (
        "import sys, relay.documents.inspect; print({'aiohttp', 'sqlalchemy', 'msgspec'} & set(sys.modules))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert output.strip() == "set()"

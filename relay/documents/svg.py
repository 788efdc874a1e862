"""Admits an SVG that only draws: no script, nothing loaded from elsewhere, no more elements than can be drawn.

A browser or Qt may be what shows it. The relay also serves it under a policy that forbids all of this; the drawing is
refused here so that the person who uploads it hears of it, and not the worker at the bench.
"""

import re
from collections import Counter
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import DefusedXMLParser, iterparse

from relay.documents.findings import Finding, Unreadable

SVG = "http://www.w3.org/2000/svg"
MOST_ELEMENTS = 500_000
DEEPEST = 200
# `<use>` draws its target again, and targets may use others: ten lines can ask for a billion shapes.
MOST_DRAWN = 1_000_000

ACTIVE = frozenset(
    {"script", "handler", "listener", "foreignobject", "iframe", "embed", "object", "audio", "video"}
)
LINKS = frozenset({"href", "src", "action", "formaction", "data", "poster", "srcset", "background"})
_PICTURE = re.compile(r"data:image/(png|jpeg|jpg|gif|webp)[;,]", re.IGNORECASE)
_CSS_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_CSS_CODE = re.compile(r"\\([0-9a-fA-F]{1,6})\s?")
_CSS_URL = re.compile(r"url\(\s*[\"']?\s*(?P<target>[^\"')]*)", re.IGNORECASE)
_CSS_LOADS = re.compile(
    r"@import|image-set\(|(?<![a-z-])(?:src|image)\(|javascript:|expression\(", re.IGNORECASE
)


def inspect_svg(path: Path) -> Finding:
    """Walk through the drawing. Raises Unreadable."""
    drawing = _Drawing()
    try:
        # A bare DOCTYPE stands in what Illustrator, Graphviz and Matplotlib write; what it could declare is forbidden.
        parser = DefusedXMLParser(forbid_dtd=False, forbid_entities=True, forbid_external=True)
        for event, element in iterparse(str(path), events=("start", "end", "pi"), parser=parser):
            drawing.meet(event, element)
    except DefusedXmlException as error:
        raise Unreadable("what.svg_entities") from error
    except (ParseError, ValueError, LookupError) as error:
        raise Unreadable("what.broken") from error
    drawing.finish()
    return Finding("image", "image/svg+xml", 1)


class _Drawing:
    def __init__(self) -> None:
        self._path: list[str] = []
        self._elements = 0
        # Which elements with an id enclose what is being read, and what each of them draws.
        self._enclosing: list[str] = []
        self._own: Counter[str] = Counter()
        self._uses: dict[str, Counter[str]] = {}

    def meet(self, event: str, element: Element) -> None:
        match event:
            case "pi":
                if (element.text or "").lower().startswith("xml-stylesheet"):
                    raise Unreadable("what.svg_external")
            case "start":
                self._enter(element)
            case _:
                self._leave(element)

    def finish(self) -> None:
        drawn: dict[str, int] = {}
        for name in ["", *self._own]:
            self._count(name, drawn, ())
        if (
            sum(drawn.get(name, 0) * times for name, times in self._uses.get("", Counter()).items())
            > MOST_DRAWN
        ):
            raise Unreadable("what.too_much")

    def _enter(self, element: Element) -> None:
        namespace, name = _split(element.tag)
        if not self._path and (name != "svg" or namespace not in {SVG, ""}):
            raise Unreadable("what.unknown_kind")
        self._elements += 1
        if self._elements > MOST_ELEMENTS or len(self._path) >= DEEPEST:
            raise Unreadable("what.too_much")
        if name in ACTIVE:
            raise Unreadable("what.svg_script")
        for attribute, value in element.attrib.items():
            _check_attribute(_split(attribute)[1], value)
        identity = element.attrib.get("id", "")
        self._path.append(identity)
        if identity:
            self._enclosing.append(identity)
        for name_of_encloser in {"", *self._enclosing}:
            self._own[name_of_encloser] += 1
            if name == "use":
                target = next(
                    (value for key, value in element.attrib.items() if _split(key)[1] == "href"), ""
                )
                self._uses.setdefault(name_of_encloser, Counter())[target.strip().removeprefix("#")] += 1

    def _leave(self, element: Element) -> None:
        if _split(element.tag)[1] == "style":
            _check_css("".join(element.itertext()))
        if self._path.pop():
            self._enclosing.pop()
        # The children have been judged; keeping them would keep the whole drawing in memory.
        if _split(element.tag)[1] != "style":
            element.clear()

    def _count(self, name: str, drawn: dict[str, int], above: tuple[str, ...]) -> int:
        if name in above or len(above) > DEEPEST:
            raise Unreadable("what.too_much")
        if name not in drawn:
            used = self._uses.get(name, Counter[str]())
            inner = sum(self._count(target, drawn, (*above, name)) * times for target, times in used.items())
            drawn[name] = self._own.get(name, 0) + inner
            if drawn[name] > MOST_DRAWN:
                raise Unreadable("what.too_much")
        return drawn[name]


def _split(tag: str) -> tuple[str, str]:
    namespace, _, name = tag.rpartition("}")
    return namespace.removeprefix("{"), name.lower()


def _check_attribute(name: str, value: str) -> None:
    if name.startswith("on"):
        raise Unreadable("what.svg_script")
    plain = "".join(value.split())
    if plain.lower().startswith(("javascript:", "vbscript:")):
        raise Unreadable("what.svg_script")
    if name in LINKS and plain and not plain.startswith("#") and not _PICTURE.match(plain):
        raise Unreadable("what.svg_external")
    if name == "attributename" and _split(plain)[1].rpartition(":")[2] in LINKS:
        # An animation could turn a harmless link into another one.
        raise Unreadable("what.svg_script")
    if "(" in value or "@" in value or "\\" in value:
        _check_css(value)


def _check_css(text: str) -> None:
    plain = _CSS_CODE.sub(
        lambda match: chr(min(int(match[1], 16), 0x10FFFF)), _CSS_COMMENT.sub("", text)
    ).replace("\\", "")
    if _CSS_LOADS.search(plain):
        raise Unreadable("what.svg_external")
    for match in _CSS_URL.finditer(plain):
        target = match["target"].strip()
        if target and not target.startswith("#") and not _PICTURE.match(target):
            raise Unreadable("what.svg_external")

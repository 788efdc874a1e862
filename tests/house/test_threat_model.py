"""The threat model has a place for every room, flow, call, event and connection, and names tests that exist."""

import re
import tomllib
from collections import Counter

import pytest
from helpers.house import ROOT, name_of, python_files
from helpers.papers import DOCS, Paper, missing_tests, rows, ticked

from relay.contract.api import CALLS
from relay.contract.events import EVENTS

PAPER = Paper.read(DOCS / "threats.md")
BOUNDARIES = [heading for heading in PAPER.headings(2) if heading[0].isdigit()]
NUMBERS = [heading.partition(".")[0] for heading in BOUNDARIES]
COMPONENTS = rows(PAPER.section("Components"))
OPENS = re.compile(
    r"\b(ClientSession|create_connection|open_connection|create_datagram_endpoint|socket\.socket|HTTPS?Connection"
    r"|urlopen|OTLPSpanExporter|(Async)?Zeroconf|sock_connect|QWebEngineView|QLocalSocket|QTcpSocket|QUdpSocket"
    r"|QNetworkAccessManager|QWebSocket|AsyncClient)\("
    r"|postgresql\+\w+"
)


def listed(kind: str) -> Counter[str]:
    """List what the lines `- Calls: ...` and so on of all boundaries name."""
    found = Counter[str]()
    for heading in BOUNDARIES:
        for line in re.findall(rf"^- {kind}: ((?:.+\n)(?:  .+\n)*)", PAPER.section(heading), re.MULTILINE):
            found.update(ticked(line))
    return found


def prefix_of(path: str) -> str:
    return "/".join(path.rstrip("/").split("/")[: 3 if path.startswith("/api/") else 2]) or "/"


def test_every_room_is_a_component_at_one_boundary() -> None:
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    rooms = {
        f"{contract['containers'][0]}.{room}"
        for contract in contracts
        if contract["type"] == "layers"
        for layer in contract["layers"]
        for room in layer.split(" | ")
        if not room.startswith("(")
    }
    assert Counter(ticked(room)[0] for room, _, _ in COMPONENTS) == Counter(rooms)
    assert {boundary for _, _, boundary in COMPONENTS} <= {*NUMBERS, "inside"}
    assert all(purpose for _, purpose, _ in COMPONENTS)


def test_every_flow_is_named() -> None:
    flows = [
        folder.name for folder in (ROOT / "relay" / "flows").iterdir() if (folder / "__init__.py").exists()
    ]
    assert flows
    assert [flow for flow in flows if f"`flows/{flow}`" not in PAPER.section("Components")] == []


def test_every_call_crosses_one_boundary() -> None:
    assert listed("Calls") == Counter({prefix_of(call.path) for call in CALLS})


def test_every_event_crosses_one_boundary() -> None:
    assert listed("Events") == Counter({event.name for event in EVENTS})


def test_every_outgoing_connection_crosses_one_boundary() -> None:
    opening = {
        name_of(file) for file in python_files("relay", "app") if OPENS.search(file.read_text("utf-8"))
    }
    assert listed("Opens") == Counter(opening)


@pytest.mark.parametrize("heading", BOUNDARIES)
def test_a_boundary_has_every_kind_of_threat_with_what_shows_its_measure_and_what_is_accepted(
    heading: str,
) -> None:
    section = PAPER.section(heading)
    threats = rows(section)
    assert {kind for kind, _, _ in threats} == set("STRIDE")
    for kind, threat, measure in threats:
        assert "::test_" in measure or measure == "the same test", f"{heading}, {kind}: {threat}"
    assert re.search(r"^\*Accepted\*: .{20}", section, re.MULTILINE)


def test_the_tests_that_it_names_exist() -> None:
    assert missing_tests(PAPER.text) == []

"""The phone makes the same order of a barcode as the bench does, and one scan of many readings; without a camera."""

import json
from importlib import resources
from itertools import pairwise
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from helpers.browser import PHONE, chromium, visitor
from playwright.async_api import Route

from app.scan.rules import Ignored, Order, PairingLinkScanned, Unknown, read
from relay.contract.controls import CONTROLS, Control, write_control
from relay.web.pages import FILES

JOIN = "https://relay.test:8440/scan/#join=7GQ2-TICKET&screen=SCREEN-001"
TEXTS = (
    "WO-2025-0001",
    "  WO-2025-0001\r\n",
    "]C0WO-2025-0001",
    "]A0 WO-1 ",
    "WO-2025-0003+D2",
    "WO-2025-0003 +d12",
    "WO-2025-0003+D0",
    "+D2",
    "ㅉ재-1",
    "쯔-2025",
    "\uff37\uff2f-1",
    "작업-77",
    "가나다",
    "",
    "\x02\x03",
    "WO\x00-1",
    "W" * 100,
    "W" * 101,
    "WO-1 \U0001f600",
    "benchcast://pair?x=1",
    "https://relay:8440/api/pair?screenId=S#t",
    "HTTPS://RELAY:8440/API/PAIR/",
    "https://relay/other",
    "XBCXNEXT",
    "xbcxscreenıı",
    "xbcxfİt",
    "]C0XBCXCLOSE",
    "XBCXNEXTX",
    # GS1: said by the reader, said by a separator, not said, and wrong in each part.
    "]C1400WO-77",
    "]C1400WO-77\x1d10LOT7",
    "]C10104012345123456400WO-78",
    "]d2010401234512345610LOT\x1d400WO-79+D2",
    "]Q3400\uac00",
    "]e00104012345123456",
    "400WO-80\x1d10LOT",
    "400WO-80",
    "]C00104012345123456",
    "]C10104012345123457400WO-1",
    "]C1994",
    "]C105",
    "]C117251301400WO-1",
    "]C117250229400WO-1",
    "]C117240229400WO-1",
    "]C117250200400WO-1",
    "]C1003401234512345678941041234512345694001",
    "]C14104012345123456\x1d400WO-1",
    "]C170072501012412\x1d400WO-1",
    "]C17007250101250101\x1d400WO-1",
    "]C180082501012359\x1d400WO-1",
    "]C14324250101" + "9999" + "\x1d400WO-1",
    "]C13103001750400WO-9",
    "]C1421410" + "ABC\x1d400WO-9",
    "]C1" + "10" + "A" * 21,
    "]C1\x1d400WO-5\x1d\x1d10A\x1d",
    "]C1XY",
    "20250001\x1dABC",
)

ALL = """async (texts) => {
    const { read } = await import("/web/phone/scan/meaning.js");
    return texts.flatMap((text) => [read(text), read(text, { typed: true })]);
}"""
SIGHTINGS = """async (readings) => {
    const { Sightings } = await import("/web/phone/scan/sightings.js");
    const sightings = new Sightings({ againAfterMs: readings.again ?? 0 });
    return readings.list.filter(([at, text, format]) => {
        sightings.look();
        if (text === "") return false;
        return sightings.isNew({ text, format }, at);
    }).map(([at, text]) => [at, text]);
}"""


async def send_file(route: Route) -> None:
    """Send a file of the pages as it is; what is checked here needs no relay."""
    path = urlsplit(route.request.url).path
    is_page = path == "/"
    body = "<!doctype html><title>rules</title>" if is_page else (FILES / path[len("/web/") :]).read_bytes()
    await route.fulfill(body=body, content_type="text/html" if is_page else "text/javascript")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page():
    async with chromium() as browser, visitor(browser, size=PHONE) as worker:
        await worker.page.route("http://rules.test/**", send_file)
        await worker.page.goto("http://rules.test/")
        yield worker.page


pytestmark = pytest.mark.asyncio(loop_scope="module")


def as_phone(text: str, *, typed: bool) -> dict:
    """Say what the bench makes of a text, in the phone's words; reasons of GS1 are each their own."""
    match read(text, typed=typed):
        case Order(order_id, number):
            return {"kind": "order", "orderId": order_id, "documentNumber": number}
        case Control(verb, number):
            return {"kind": "control", "verb": verb, "number": number}
        case PairingLinkScanned():
            return {"kind": "pairing"}
        case Unknown(reason):
            return {"kind": "unknown", "reason": reason}
        case Ignored():
            raise AssertionError("only a site's rule says so")


async def test_a_phone_reads_what_a_bench_reads(page):
    texts = [*TEXTS, *(write_control(control) for control in CONTROLS)]
    meant = await page.evaluate(ALL, texts)
    for said in meant:
        said.pop("detail", None)
    there = [as_phone(text, typed=typed) for text in texts for typed in (False, True)]
    asked = [(text, typed) for text in texts for typed in (False, True)]
    differing = {a: (m, t) for a, m, t in zip(asked, meant, there, strict=True) if m != t}
    assert not differing
    assert {said["kind"] for said in meant} == {"order", "control", "pairing", "unknown"}


async def test_the_identifiers_of_gs1_are_those_of_the_bench(page):
    table = await page.evaluate("async () => (await import('/web/phone/scan/gs1_table.js')).PATTERNS")
    here = {
        identifier: f"^{identifier}{pattern}$"
        for pattern, all_of in table
        for identifier in all_of.split(" ")
    }
    file = resources.files("biip") / "gs1_application_identifiers" / "_application_identifiers.json"
    assert here == {entry["ai"]: entry["pattern"] for entry in json.loads(file.read_text("utf-8"))}


async def test_a_screen_s_link_is_known_and_a_pairing_link_is_none(page):
    (link, _typed) = await page.evaluate(ALL, [JOIN])
    assert link == {
        "kind": "join",
        "host": "relay.test:8440",
        "ticket": "7GQ2-TICKET",
        "screenId": "SCREEN-001",
    }
    (other, _typed) = await page.evaluate(ALL, ["https://relay.test/scan/#join=only"])
    assert other["kind"] == "order"


async def test_many_readings_of_a_code_in_view_are_one_scan(page):
    steady = [[at, "A", "QRCode"] for at in range(0, 9000, 120)]
    assert await page.evaluate(SIGHTINGS, {"list": steady}) == [[0, "A"]]
    # Taken away for longer than a blurred picture or two, it is a scan again.
    read = [[at, "A", "QRCode"] for at in (0, 900, 1800)]
    blind = [[at, "", ""] for at in range(1900, 3900, 250)]
    again = [*read, *blind, [4000, "A", "QRCode"]]
    assert await page.evaluate(SIGHTINGS, {"list": again}) == [[0, "A"], [4000, "A"]]
    # A phone that is slow and has hardly looked meanwhile has not seen it leave.
    slow = [*read, *blind[:2], [4000, "A", "QRCode"]]
    assert await page.evaluate(SIGHTINGS, {"list": slow}) == [[0, "A"]]
    # One that is quick and has looked often has not waited long enough.
    quick = [[0, "A", "QRCode"], *[[at, "", ""] for at in range(50, 1200, 50)], [1250, "A", "QRCode"]]
    assert await page.evaluate(SIGHTINGS, {"list": quick}) == [[0, "A"]]
    # Two codes that take turns in a shaking hand are two scans, not many.
    turns = [[at, "AB"[at // 200 % 2], "QRCode"] for at in range(0, 4000, 200)]
    assert await page.evaluate(SIGHTINGS, {"list": turns}) == [[0, "A"], [200, "B"]]
    # Who wishes it has it again after a while; what was in view before a pause is so after it.
    assert [at for at, _ in await page.evaluate(SIGHTINGS, {"again": 3000, "list": steady})] == [
        0,
        3000,
        6000,
    ]
    paused = [[0, "A", "QRCode"], [500, "", ""], [60_100, "A", "QRCode"]]
    assert await page.evaluate(SIGHTINGS, {"list": paused}) == [[0, "A"]]


@pytest.mark.parametrize("format_", ["Code39", "ITF", "EAN8", "EAN13", "UPCA", "UPCE"])
async def test_what_is_easily_misread_is_read_twice_before_it_is_believed(page, format_):
    readings = [
        [0, "WO-1", format_],
        [90, "WO-7", format_],
        [180, "WO-1", format_],
        [270, "WO-1", format_],
    ]
    assert await page.evaluate(SIGHTINGS, {"list": readings}) == [[180, "WO-1"]]


async def test_what_lies_under_the_frame_is_looked_at(page):
    under = """async ([frame, box, picture]) => {
        const { regionUnder } = await import("/web/phone/scan/region.js");
        return regionUnder(frame, box, picture, 0);
    }"""
    middle = {"x": 0.25, "y": 0.25, "width": 0.5, "height": 0.5}
    # A wide picture in a square box: what is cut off on both sides is not under the frame.
    found = await page.evaluate(
        under, [middle, {"width": 400, "height": 400}, {"width": 1280, "height": 720}]
    )
    assert found == {"x": 460, "y": 180, "width": 360, "height": 360}
    found = await page.evaluate(
        under, [middle, {"width": 800, "height": 300}, {"width": 1280, "height": 720}]
    )
    assert found == {"x": 320, "y": 240, "width": 640, "height": 240}


async def test_of_several_codes_the_one_that_is_meant_is_taken_or_none(page):
    chosen = await page.evaluate("""async () => {
        const { nearest, onlyOne } = await import("/web/phone/scan/looking.js");
        const [a, b] = [{ text: "A", x: 0.1, y: 0.5 }, { text: "B", x: 0.6, y: 0.5 }];
        const taken = [nearest([a, b]), onlyOne([a, b]), onlyOne([a, { ...a }]), nearest([])];
        return taken.map((each) => each?.text ?? null);
    }""")
    assert chosen == ["B", None, "A", None]


async def test_the_browser_s_own_detector_is_believed_where_gs1_is_out_of_the_question(page):
    looked = await page.evaluate("""async () => {
        const { Reader } = await import("/web/phone/scan/reader.js");
        const corner = { x: 0, y: 0 };
        const position = { topLeft: corner, topRight: corner, bottomLeft: corner, bottomRight: corner };
        const native = (found) => ({ detect: async () => {
            if (found === null) throw new Error("Barcode detection service unavailable.");
            const boundingBox = { x: 0, y: 0, width: 1, height: 1 };
            return found.map(([rawValue, format]) => ({ rawValue, format, boundingBox }));
        } });
        const zxing = async () => [{ text: "400WO-7", symbologyIdentifier: "]C1", format: "Code128", position }];
        const picture = { bitmap: { width: 1, height: 1 }, pixels: () => ({ width: 1, height: 1 }) };
        const read = async (detector, look = {}) => {
            const found = await new Reader(zxing, detector).readFrame(picture, look);
            return found.map(({ text }) => text);
        };
        return [
            await read(native([["WO-1", "code_128"]])), await read(native([["400WO-7", "code_128"]])),
            await read(native([["40012345", "code_39"]])), await read(native(null)), await read(null),
            await read(native([]), { isThorough: true }), await read(native([])),
        ];
    }""")
    zxing = ["]C1400WO-7"]
    assert looked == [["WO-1"], zxing, ["40012345"], zxing, zxing, zxing, []]


async def test_a_part_of_an_itf_code_is_not_taken_for_the_whole(page):
    read = await page.evaluate("""async () => {
        const { Reader } = await import("/web/phone/scan/reader.js");
        const position = { topLeft: {}, topRight: {}, bottomLeft: {}, bottomRight: {} };
        const boundingBox = { x: 0, y: 0, width: 1, height: 1 };
        const picture = { bitmap: { width: 1, height: 1 }, pixels: () => ({ width: 1, height: 1 }) };
        const texts = ["12345678901231", "12345678901232", "123456789012", "20250000", "63"];
        const found = [];
        for (const text of texts) {
            const zxing = async () => [{ text, symbologyIdentifier: "]I1", format: "ITF", position }];
            const native = { detect: async () => [{ rawValue: text, format: "itf", boundingBox }] };
            const looks = [await new Reader(zxing).readFrame(picture),
                           await new Reader(async () => [], native).readFrame(picture)];
            found.push(looks.map((each) => each.map((code) => code.text)));
        }
        return found;
    }""")
    assert read == [[["]I112345678901231"], ["12345678901231"]]] + [[[], []]] * 4


async def test_zxing_looks_in_every_way_where_the_browser_s_own_detector_sees_nothing(page):
    thorough = await page.evaluate("""async () => {
        const { LOOKS, lookOf } = await import("/web/phone/scan/looks.js");
        const turns = [...Array(3 * LOOKS.length).keys()].filter((turn) => lookOf(turn).isThorough);
        return { all: LOOKS.length, ways: turns.map((turn) => turn % LOOKS.length), turns };
    }""")
    assert sorted(thorough["ways"]) == list(range(thorough["all"]))
    # One picture in three is what it costs.
    assert all(later - earlier <= 5 for earlier, later in pairwise(thorough["turns"]))


async def test_what_had_to_be_cleared_is_looked_for_at_once_in_the_other_way(page):
    followed = await page.evaluate("""async () => {
        const { LOOKS, lookAfter, lookOf } = await import("/web/phone/scan/looks.js");
        const turn = LOOKS.findIndex((look) => "cleared" in look);
        const [first, later] = [lookOf(turn), lookOf(turn + LOOKS.length)];
        const again = lookAfter(first, true);
        return [first.cleared, later.cleared, again.cleared, again.isThorough, lookAfter(first, false),
                lookAfter(again, true), lookAfter(lookOf(0), true)];
    }""")
    assert followed == [0, 1, 1, True, None, None, None]


async def test_a_scanner_that_types_is_told_from_fingers(page):
    heard = await page.evaluate("""async () => {
        const { Burst, characterOf } = await import("/web/phone/scan/burst.js");
        const type = (text, gap, wait = gap) => {
            const burst = new Burst();
            let at = 1000;
            for (const sign of text) burst.feed(sign, at += gap);
            return burst.end(at + wait);
        };
        const key = (key, code, shiftKey = false) => characterOf({ key, code, shiftKey });
        return [
            [type("WO-1", 10), type("WO-1", 120), type("WO-", 10), type("WO-1", 10, 200)],
            [key("ㅈ", "KeyW"), key("Process", "KeyW", true), key("Process", "Digit1", true), key("Process", "Minus"),
             key("a", "KeyQ"), key("Shift", "ShiftLeft"), key("F1", "F1")],
        ];
    }""")
    assert heard == [["WO-1", None, None, None], ["w", "W", "!", "-", "a", None, None]]

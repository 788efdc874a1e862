"""What a browser screen's own parts promise, tried in a real browser without a relay's help."""

import hashlib

import pytest
from helpers.browser import chromium
from helpers.relay_running import running_relay
from playwright.async_api import expect

ID = "0199e2b0-0000-4000-8000-00000000000{}"
# Opens an inbox on a database of its own, and answers what each step answered.
INBOX = """async (steps) => {
    const { openStorage } = await import("/web/screen/storage.js");
    const { Inbox } = await import("/web/screen/link/inbox.js");
    const inbox = await Inbox.open(await openStorage("test-" + Math.random()), () => 1000);
    const late = (id) => ({ id, state: "failed", code: "SUPERSEDED" });
    const said = [];
    for (const [what, ...values] of steps) {
        if (what === "begin") said.push(await inbox.begin({ epoch: values[0], gen: values[1] }, "TV"));
        if (what === "take") {
            const [verb, id, seq, windowId] = values;
            said.push((await inbox.take(verb, { id, seq, windowId }, late(id))).kind);
        }
        if (what === "settle") await inbox.settle({ id: values[0], state: values[1] });
        if (what === "outcome") said.push((await inbox.lookUp(values[0]))?.outcome?.state ?? null);
        if (what === "reported") await inbox.reported(values[0]);
        if (what === "due") said.push((await inbox.unreported()).map(({ id }) => id.slice(-1)).join(""));
        if (what === "open") said.push((await inbox.unfinished()).map(({ command }) => command.seq).join(","));
        if (what === "applied") said.push(inbox.appliedSeq);
    }
    return said;
}"""
SUMS = """async (texts) => {
    const { digestHere } = await import("/web/screen/sha256.js");
    const hex = (bytes) => [...bytes].map((each) => each.toString(16).padStart(2, "0")).join("");
    return texts.map((text) => hex(digestHere(new TextEncoder().encode(text))));
}"""
LINES = """async (chunks) => {
    const { parser } = await import("/web/console/lib/event_stream.js");
    const heard = [];
    const parse = parser(({ event, data }) => heard.push([event, data]));
    chunks.forEach(parse);
    return heard;
}"""
FITS = """async () => {
    const { FIRST_LOOK, follow, layOut, steered, step, viewportOf } = await import("/web/screen/stage/fit.js");
    const room = { width: 1000, height: 500, scale: 1 };
    const size = { width: 2000, height: 2000 };
    const whole = layOut(FIRST_LOOK, size, room);
    const near = steered(FIRST_LOOK, { x: 0.9, y: 0.9, zoom: 4 }, size, room);
    const down = step(near, { scroll: { dx: 5, dy: 5 } }, size, room);
    return {
        whole: [whole.seen.width, whole.seen.height, whole.at.x],
        near: viewportOf(near, size, room),
        last: viewportOf(down, size, room),
        far: viewportOf(steered(near, { x: 0, y: 0, zoom: 0.2 }, size, room), size, room),
        turned: layOut({ ...FIRST_LOOK, rotate: 90 }, { width: 100, height: 400 }, room).whole,
        page: follow({ ...FIRST_LOOK, page: 3 }, { step: "next" }, 3).page,
        out: step({ ...FIRST_LOOK, zoom: 0.3 }, { zoomStep: "out" }, size, room).fit,
    };
}"""

# What a screen answers to what it cannot take, and to questions; nothing of it is performed.
ANSWERS = """async ([id, other]) => {
    const { Intake } = await import("/web/screen/link/intake.js");
    const performed = [];
    const inbox = { take: async () => ({ kind: "new", outcome: null }), lookUp: async () => null, appliedIn: () => 0 };
    const perform = (verb) => {
        performed.push(verb);
        return new Promise(() => {});
    };
    const intake = new Intake({ inbox, perform, screenId: () => "TV" });
    const command = { id, seq: 1, screenId: "tv", expiresAt: 9e15 };
    const codeOf = async (verb, change) => (await intake.take(verb, { ...command, ...change })).code ?? "received";
    return [
        await codeOf("dance", {}),
        await codeOf("navigate", { screenId: "OTHER" }),
        await codeOf("navigate", { seq: "1" }),
        await codeOf("navigate", { id: "1" }),
        (await intake.status({ id })).state,
        await codeOf("identify", {}),
        (await intake.status({ id })).state,
        (await intake.status({ id: other })).state,
        performed.join(),
    ];
}"""
NIGHT = """async (hour) => {
    const { reloadAtNight } = await import("/web/screen/nightly.js");
    const page = document.documentElement;
    page.reloads = 0;
    reloadAtNight(() => true, { now: () => new Date(2026, 0, 1, hour), reload: () => page.reloads++ });
}"""


def id_(number: int) -> str:
    return ID.format(number)


@pytest.fixture
async def page(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{office.url}/web/screen/second.html")
        yield page


async def test_it_reloads_at_its_hour_when_the_relay_has_the_page(page):
    await page.clock.install()
    await page.evaluate(NIGHT, 3)
    await page.clock.run_for(30 * 60_000)
    assert await page.evaluate("document.documentElement.reloads") == 0  # it has only just started
    await page.route("**/screen/", lambda route: route.abort())
    async with page.expect_event("requestfailed"):
        await page.clock.run_for(31 * 60_000)
    assert await page.evaluate("document.documentElement.reloads") == 0
    await page.unroute("**/screen/")
    async with page.expect_event("requestfinished"):
        await page.clock.run_for(60_000)
    await expect(page.locator("html")).to_have_js_property("reloads", 1)


async def test_its_parts_keep_what_they_promise(page):
    navigate, view = "navigate", "view"
    said = await page.evaluate(
        INBOX,
        [
            ["begin", "e1", 4],
            ["take", navigate, id_(1), 1, "main"],
            ["take", navigate, id_(1), 1, "main"],
            ["open"],
            ["take", navigate, id_(3), 3, "main"],
            ["take", view, id_(2), 2, "main"],
            ["take", view, id_(4), 4, "main"],
            ["take", navigate, id_(5), 2, "other"],
            ["applied"],
            ["settle", id_(1), "shown"],
            ["settle", id_(1), "failed"],
            ["outcome", id_(1).upper()],
            ["due"],
            ["reported", id_(1)],
            ["due"],
            ["begin", "e1", 3],
            ["begin", "e1", 5],
            ["begin", "e2", 1],
            ["applied"],
            ["take", navigate, id_(6), 1, "main"],
            ["take", navigate, id_(1), 2, "main"],
            ["outcome", id_(9)],
        ],
    )
    assert said == [
        *("first", "new", "known", "1", "new", "late", "new", "new"),
        # The late one has its outcome already, the first one keeps its first.
        *(4, "shown", "12", "2", "fenced", "same", "other", 0, "new", "known", None),
    ]

    answers = await page.evaluate(ANSWERS, [id_(1), id_(2)])
    assert answers == [
        *("UNSUPPORTED", "FORBIDDEN", "VALIDATION_ERROR", "VALIDATION_ERROR", "unknown"),
        *("received", "received", "unknown", "identify"),
    ]

    texts = ["", "abc", "ㄱ" * 100, "x" * 55, "x" * 56, "x" * 64, "work order " * 1000]
    assert await page.evaluate(SUMS, texts) == [hashlib.sha256(text.encode()).hexdigest() for text in texts]

    stream = 'retry: 1000\n\n: beat\n\nevent: hello\ndata: {"a":\ndata: 1}\nid: e:1\n\nevent: drain\r\ndata: 2\r\n\r\n'
    whole = [["hello", '{"a":\n1}'], ["drain", "2"]]
    assert await page.evaluate(LINES, [stream]) == whole
    assert await page.evaluate(LINES, [stream[:30], stream[30:47], stream[47:]]) == whole

    fits = await page.evaluate(FITS)
    assert fits["whole"] == [500, 500, 250]
    assert fits["near"] == {"x": 0.75, "y": pytest.approx(0.875, abs=0.01), "zoom": pytest.approx(4)}
    assert fits["last"]["x"] == 0.75
    assert fits["far"] == {"x": 0.5, "y": 0.5, "zoom": 1}
    assert fits["turned"] == {"width": 1000, "height": 250}
    assert (fits["page"], fits["out"]) == (3, "page")

"""What a browser screen's own parts promise, tried in a real browser without a relay's help."""

import hashlib

import pytest
from helpers.browser import chromium
from helpers.relay_running import running_relay

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
    const { parser } = await import("/web/screen/link/stream_line.js");
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


def id_(number: int) -> str:
    return ID.format(number)


@pytest.fixture
async def page(tmp_path):
    async with running_relay(tmp_path / "relay") as office, chromium() as browser:
        page = await browser.new_page()
        await page.goto(f"{office.url}/web/screen/second.html")
        yield page


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

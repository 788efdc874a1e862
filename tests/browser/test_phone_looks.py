"""The phone's reader reads every kind of code sharp, small, blurred, turned, dark and damaged, within a few looks.

The pictures are those of the bench (tests/bench/phone_camera.py), which measures the time with Chromium's camera. Here
a picture is held until it was read, so that a busy machine changes nothing: only looks are counted.
"""

import base64
import io

import pytest
import pytest_asyncio
from helpers.browser import PHONE, chromium, visitor
from helpers.camera_scenes import DAMAGE, LOOKS, Scene, plain, scenes
from helpers.relay_running import running_relay

pytestmark = pytest.mark.asyncio(loop_scope="module")

# Two rounds of all ways to look, and what is looked for again.
MOST_LOOKS = 14
# The bench shows these too; here they would tell nothing new.
LEFT_OUT = ("sharp", "turned 90°")
DAMAGED = ("Code 39", "Data Matrix", "QR", "PDF417")
# Out of reach: there is 0.3 % of contrast left between its bars.
UNREAD = {("GS1-128", "blurred by 2.2 px")}

# The app's own looking and its own judgement of what is a scan, at a picture instead of a video.
HOLD = """async ([picture, most]) => {
    const [{ Looking }, reading, { Sightings }] = await Promise.all(
        ["looking", "reading", "sightings"].map((name) => import(`/web/phone/scan/${name}.js`)));
    reading.startReader();
    const ready = (done) => (reading.readerState.value === "ready" ? done() : reading.readerState.listen(done));
    await new Promise(ready);
    const image = await createImageBitmap(await (await fetch(picture)).blob());
    const canvas = document.createElement("canvas");
    Object.assign(canvas, { width: image.width, height: image.height });
    canvas.getContext("2d").drawImage(image, 0, 0);
    Object.assign(canvas.style, { position: "fixed", inset: 0, width: "360px", height: "266px" });
    document.body.append(canvas);
    Object.assign(canvas, { videoWidth: image.width, videoHeight: image.height,
                            requestVideoFrameCallback: (done) => requestAnimationFrame(done) });
    const sightings = new Sightings();
    const frame = { x: 0.09, y: 0.22, width: 0.82, height: 0.56 };
    const scans = [];
    let looks = 0;
    await new Promise((done) => {
        const found = (code) => {
            // A busy machine must not make the second reading of a weak code too late: a look is 85 ms here.
            if (!sightings.isNew(code, looks * 85)) return;
            scans.push({ text: code.text, looks });
            done();
        };
        const looking = new Looking(canvas, () => frame, found, () => {
            sightings.look();
            // What was found in the last look is told after this.
            if (++looks > most) done();
        });
        looking.start();
        globalThis.stopLooking = () => looking.stop();
    });
    stopLooking();
    canvas.remove();
    return scans;
}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def page(tmp_path_factory):
    async with (
        running_relay(tmp_path_factory.mktemp("looks") / "relay") as office,
        chromium() as browser,
        visitor(browser, size=PHONE) as worker,
    ):
        await worker.page.goto(f"{office.url}/scan/")
        yield worker.page


async def looks_until_read(page, scene: Scene) -> int | None:
    """Hold a picture before the reader; returns the looks it took, None if it was not read at all."""
    file = io.BytesIO()
    scene.picture.save(file, "JPEG", quality=80)  # as the bench's video
    picture = base64.b64encode(file.getvalue()).decode()
    # Data addresses are not to be fetched in this page, so the picture comes by a route of the test.
    await page.route("**/web/scene.jpg", lambda route: route.fulfill(body=base64.b64decode(picture)))
    scans = await page.evaluate(HOLD, ["/web/scene.jpg", MOST_LOOKS])
    await page.unroute("**/web/scene.jpg")
    assert [plain(each["text"]) for each in scans] in ([], [plain(scene.text)]), "misread"
    return scans[0]["looks"] if scans else None


@pytest.mark.timeout(300)
async def test_every_kind_of_code_is_read_however_it_looks(page):
    looks = {name: how for name, how in LOOKS.items() if name not in LEFT_OUT}
    taken = {(scene.kind, scene.look): await looks_until_read(page, scene) for scene in scenes(looks)}
    assert {each for each, looks in taken.items() if looks is None} == UNREAD


@pytest.mark.timeout(300)
async def test_a_damaged_code_is_read(page):
    unread = [
        (scene.kind, scene.look)
        for scene in scenes(DAMAGE, DAMAGED)
        if await looks_until_read(page, scene) is None
    ]
    assert not unread

"""Pictures of screens: who may bring and see one, what it may be, and when it is gone."""

import struct
from io import BytesIO
from pathlib import Path

import pytest
from helpers.desk import Desk
from helpers.hand_clock import HandClock
from helpers.relay_running import Answer, Office, running_relay
from PIL import Image

from relay.contract.pictures import LARGEST_BYTES
from relay.contract.problems import Code
from relay.delivery.picture_size import measure
from relay.delivery.picture_store import KEPT, MOST, Pictures
from relay.errors import Refusal


def picture(form: str = "PNG", size: tuple[int, int] = (40, 30), colour: str = "red") -> bytes:
    file = BytesIO()
    Image.new("RGB", size, colour).save(file, form)
    return file.getvalue()


@pytest.fixture
async def office(tmp_path: Path):
    async with running_relay(tmp_path / "data") as office:
        yield office


class Bench:
    """A screen with an open delivery that asked for a picture."""

    def __init__(self, office: Office, grant: dict, id_: str) -> None:
        self.office = office
        self.screen = office.as_(grant["token"])
        self.id = id_
        self.path = f"/api/trigger/{id_}/screenshot"

    async def put(
        self, data: bytes | BytesIO, media_type: str = "image/png", *, who: Office | None = None
    ) -> Answer:
        return await (who or self.screen).call(
            "PUT", self.path, data=data, headers={"Content-Type": media_type}
        )


@pytest.fixture
async def bench(office: Office) -> Bench:
    grant = await office.pair()
    body = office.body(command="screenshot")
    assert (await office.trigger(body)).status == 202
    return Bench(office, grant, body["id"])


async def test_the_picture_is_brought_by_its_screen_and_seen_by_whoever_may_see_the_delivery(bench: Bench):
    data = picture()
    brought = await bench.put(data)
    assert (brought.status, brought.body["url"]) == (201, bench.path)
    assert (brought.body["width"], brought.body["height"], brought.body["size"]) == (40, 30, len(data))
    viewer = await bench.office.add_user("viewer", "viewer")
    for who in (bench.office, bench.screen, viewer):
        seen = await who.call("GET", bench.path)
        assert (seen.status, seen.body["bytes"]) == (200, data)
        assert seen.headers["Content-Type"] == "image/png"
        assert "no-store" in seen.headers["Cache-Control"]


async def test_nobody_else_brings_one(bench: Bench):
    other = bench.office.as_((await bench.office.pair("SCREEN-002"))["token"])
    operator = await bench.office.add_user("operator", "operator")
    assert (await bench.put(picture(), who=other)).body["code"] == "DELIVERY_NOT_FOUND"
    for person in (operator, bench.office):
        assert (await bench.put(picture(), who=person)).body["code"] == "FORBIDDEN"
    assert (await other.call("GET", bench.path)).status == 404
    assert (await bench.office.call("GET", bench.path)).body["code"] == "SCREENSHOT_NOT_FOUND"


async def test_only_a_delivery_that_asked_for_one_takes_one_and_only_while_it_is_open(bench: Bench):
    office = bench.office
    body = office.body(command="identify")
    await office.trigger(body)
    refused = await bench.screen.call("PUT", f"/api/trigger/{body['id']}/screenshot", data=picture())
    assert refused.body["code"] == "DELIVERY_NOT_FOUND"
    await office.call("DELETE", f"/api/trigger/{bench.id}")
    assert (await bench.put(picture())).body["code"] == "ALREADY_ENDED"


@pytest.mark.parametrize(
    ("data", "media_type"),
    [
        (b"", "image/png"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "image/png"),
        (picture("JPEG"), "image/png"),
        (picture("PNG"), "image/jpeg"),
        (picture("PNG"), "image/svg+xml"),
        (picture("PNG"), "text/html"),
        (picture("PNG")[:20], "image/png"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * 4 + b"IHDR" + struct.pack(">II", 0, 9), "image/png"),
    ],
)
async def test_what_is_no_picture_is_refused(bench: Bench, data: bytes, media_type: str):
    answer = await bench.put(data, media_type)
    assert (answer.status, answer.body["code"]) == (400, "VALIDATION_ERROR")


async def test_what_is_too_large_is_refused_before_it_is_wholly_taken(bench: Bench):
    answer = await bench.put(BytesIO(picture() + b"\0" * LARGEST_BYTES))
    assert (answer.status, answer.body["code"]) == (413, "DOCUMENT_TOO_LARGE")
    assert (await bench.put(picture())).status == 201


async def test_a_picture_that_is_brought_again_takes_the_place_of_the_first(bench: Bench):
    await bench.put(picture())
    newer = picture("JPEG", colour="blue")
    await bench.put(newer, "image/jpeg")
    seen = await bench.office.call("GET", bench.path)
    assert (seen.body["bytes"], seen.headers["Content-Type"]) == (newer, "image/jpeg")


async def test_the_outcome_says_where_the_picture_is_in_the_relays_own_words(office: Office):
    grant = await office.pair()
    async with Desk(office.url, grant["token"]) as desk:
        told = {"mediaType": "image/png", "width": 40, "height": 30, "size": 99, "takenAt": 1}
        desk.show = lambda command: {
            "id": command["id"],
            "state": "shown",
            "covers": ["plan"],
            "screenshot": {"url": "https://elsewhere.example/x.png", **told},
        }
        body = office.body(command="screenshot")
        report = (await office.trigger(body, wait_ms=5000)).body
    assert report["screenshot"] == {"url": f"/api/trigger/{body['id']}/screenshot", **told}
    assert report["covers"] == ["plan"]


async def keep(pictures: Pictures, name: str, data: bytes) -> None:
    async def chunks():
        yield data

    await pictures.keep(name, "image/png", chunks())


async def test_pictures_go_by_age_and_by_number(tmp_path: Path):
    clock, folder = HandClock(), tmp_path / "screenshots"
    pictures = Pictures(folder, clock)
    await keep(pictures, "a", picture())
    await pictures.find("a")
    clock.turn(KEPT.total_seconds())
    with pytest.raises(Refusal) as caught:
        await pictures.find("a")
    assert caught.value.code is Code.SCREENSHOT_NOT_FOUND
    await pictures.tidy()
    assert list(folder.iterdir()) == []
    for number in range(MOST + 3):
        clock.turn(1)
        await keep(pictures, str(number), picture())
    assert {path.stem for path in folder.iterdir()} == {str(number) for number in range(3, MOST + 3)}


@pytest.mark.parametrize("options", [{}, {"progressive": True}, {"quality": 20, "optimize": True}])
def test_the_size_of_a_jpeg_is_read(options: dict):
    file = BytesIO()
    Image.effect_noise((123, 45), 50).convert("RGB").save(file, "JPEG", **options)
    assert measure(file.getvalue(), "image/jpeg") == (123, 45)
    assert measure(file.getvalue()[:30], "image/jpeg") is None

"""Pictures of windows as files: exact where that is small enough, smaller where not."""

import random

import pytest
from PIL import Image
from PySide6.QtGui import QColor, QImage

from app.stage.displays import CannotShow
from app.windows.photograph import develop
from relay.contract.pictures import LARGEST_BYTES, LONGEST_SIDE
from relay.contract.problems import Code
from relay.delivery.picture_size import measure


def opened(data: bytes, path) -> Image.Image:
    path.write_bytes(data)
    return Image.open(path).convert("RGB")


def test_a_picture_is_exact_and_of_the_size_that_is_told(qapp, tmp_path):
    image = QImage(300, 200, QImage.Format.Format_ARGB32)
    image.fill(QColor(10, 20, 30))
    image.setDevicePixelRatio(2.0)
    shot = develop(image)
    assert (shot.media_type, shot.width, shot.height) == ("image/png", 300, 200)
    assert measure(shot.data, shot.media_type) == (300, 200)
    assert opened(shot.data, tmp_path / "x.png").getpixel((299, 199)) == (10, 20, 30)


def test_what_would_be_too_large_as_png_becomes_a_jpeg_that_is_not(qapp):
    width, height = 2560, 1440
    noise = random.Random(1).randbytes(width * height * 3)
    shot = develop(QImage(noise, width, height, width * 3, QImage.Format.Format_RGB888))
    assert shot.media_type == "image/jpeg"
    assert len(shot.data) <= LARGEST_BYTES
    assert measure(shot.data, shot.media_type) == (width, height)


def test_a_wall_of_a_monitor_is_made_smaller(qapp):
    image = QImage(7680, 2160, QImage.Format.Format_RGB32)
    image.fill(QColor("white"))
    shot = develop(image)
    assert (shot.width, shot.height) == (LONGEST_SIDE, LONGEST_SIDE * 2160 // 7680)


def test_no_picture_is_said_to_be_none(qapp):
    with pytest.raises(CannotShow) as caught:
        develop(QImage())
    assert caught.value.code is Code.UNSUPPORTED

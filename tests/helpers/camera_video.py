"""What a phone's camera sees: pictures of real barcodes, sharp or not, as a video that Chromium plays as its camera."""

import io
import math
from collections.abc import Iterable
from pathlib import Path

import zxingcpp
from PIL import Image, ImageDraw, ImageEnhance, ImageFilter

SIZE = (1280, 720)
FRAMES_A_SECOND = 30  # Chromium plays concatenated JPEG pictures at this pace, and begins anew at their end
PAPER = 214  # a label in a workshop is not white
INK = 25


def barcode(text: str, kind: str, *, scale: int = 4, gs1: bool = False) -> Image.Image:
    """Draw a barcode with its quiet zone; `kind` as zxing names it."""
    made = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind), gs1=gs1)
    drawn = memoryview(made.to_image(scale=scale))
    height, width = drawn.shape
    return Image.frombytes("L", (width, height), drawn.tobytes())


def seen(
    *labels: Image.Image,
    turned: float = 0,
    blurred: float = 0,
    brightness: float = 1,
    noisy: float = 0,
    ink: int = INK,
) -> Image.Image:
    """Take a picture of labels beside each other, in the middle of a grey bench; `blurred` is a Gaussian's sigma."""
    picture = Image.new("L", SIZE, PAPER)
    gap = 80
    left = (SIZE[0] - sum(label.width + gap for label in labels) + gap) // 2
    for label in labels:
        printed = label.point(lambda light: ink + light * (PAPER - ink) // 255)
        picture.paste(printed, (left, (SIZE[1] - label.height) // 2))
        left += label.width + gap
    picture = picture.rotate(turned, Image.Resampling.BICUBIC, fillcolor=PAPER)
    if blurred:
        picture = picture.filter(ImageFilter.GaussianBlur(blurred))
    picture = ImageEnhance.Brightness(picture).enhance(brightness)
    if noisy:
        noise = Image.effect_noise(SIZE, noisy)
        picture = Image.blend(picture, noise, 0.25)
    return picture.convert("RGB")


def scratched(label: Image.Image) -> Image.Image:
    """Draw five bare scratches, 2 pixels wide, from edge to edge across the bars."""
    worn = label.copy()
    pen = ImageDraw.Draw(worn)
    for part in range(1, 6):
        height = label.height * part // 6
        pen.line(
            (0, height + label.height // 12, label.width, height - label.height // 12), fill=255, width=2
        )
    return worn


def glared(picture: Image.Image) -> Image.Image:
    """Let a lamp mirror itself over the middle: in a spot of 80 by 50 pixels hardly anything is to be seen."""
    lamp = Image.new("L", picture.size, 0)
    middle = (picture.width // 2, picture.height // 2 - 20)
    ImageDraw.Draw(lamp).ellipse((middle[0] - 40, middle[1] - 25, middle[0] + 40, middle[1] + 25), fill=255)
    lamp = lamp.filter(ImageFilter.GaussianBlur(10))
    return Image.composite(Image.new("RGB", picture.size, (255, 255, 255)), picture, lamp)


def tilted(picture: Image.Image, degrees: float) -> Image.Image:
    """Turn the bench away around its upright middle, as a camera sees it from 1.5 times the picture's width."""
    width, height = picture.size
    sin, cos = math.sin(math.radians(degrees)), math.cos(math.radians(degrees))
    away = 1.5 * width
    # What is seen at (u, v) from the middle lies on the flat picture at (u, v * cos) * away / (away * cos - u * sin).
    middle = (width / 2, height / 2)
    scale = away * cos + middle[0] * sin
    coefficients = (
        (away - middle[0] * sin) / scale,
        0.0,
        middle[0] * (scale - away) / scale,
        -middle[1] * sin / scale,
        away * cos / scale,
        middle[1] * (scale - away * cos) / scale,
        -sin / scale,
        0.0,
    )
    return picture.transform(
        picture.size,
        Image.Transform.PERSPECTIVE,
        coefficients,
        Image.Resampling.BICUBIC,
        fillcolor=(PAPER, PAPER, PAPER),
    )


def empty() -> Image.Image:
    """Look at the bench with nothing on it."""
    return Image.new("RGB", SIZE, (PAPER, PAPER, PAPER))


def write_video(path: Path, scenes: Iterable[tuple[Image.Image, float]]) -> Path:
    """Write scenes, each for so many seconds, as an endless video for `--use-file-for-fake-video-capture`."""
    with path.open("wb") as video:
        for picture, seconds in scenes:
            frame = io.BytesIO()
            picture.save(frame, "JPEG", quality=80)
            video.write(frame.getvalue() * max(1, round(seconds * FRAMES_A_SECOND)))
    return path


def camera_arguments(video: Path) -> tuple[str, ...]:
    """Tell Chromium that this video is what its camera sees, and that the person always allows it."""
    return (
        "--use-fake-ui-for-media-stream",
        "--use-fake-device-for-media-stream",
        f"--use-file-for-fake-video-capture={video}",
    )

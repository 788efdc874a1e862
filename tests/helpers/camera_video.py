"""What a phone's camera sees: pictures of real barcodes, sharp or not, as a video that Chromium plays as its camera."""

import io
from collections.abc import Iterable
from pathlib import Path

import zxingcpp
from PIL import Image, ImageEnhance, ImageFilter

SIZE = (1280, 720)
FRAMES_A_SECOND = 30  # Chromium plays concatenated JPEG pictures at this pace, and begins anew at their end
PAPER = 214  # a label in a workshop is not white


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
) -> Image.Image:
    """Take a picture of labels beside each other, in the middle of a grey bench."""
    picture = Image.new("L", SIZE, PAPER)
    gap = 80
    left = (SIZE[0] - sum(label.width + gap for label in labels) + gap) // 2
    for label in labels:
        printed = label.point(lambda light: 25 + light * (PAPER - 25) // 255)
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

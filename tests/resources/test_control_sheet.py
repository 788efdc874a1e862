"""Every barcode of the printed sheet can be read by a decoder that is not ours, and says what the contract says."""

import subprocess
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from relay.contract.controls import CALIBRATION, CONTROLS, control_sheet_path, write_control

# Half of what an office printer does; a bar of 0.42 mm is 2.5 dots.
DPI = 150
SHEETS = Path(__file__).resolve().parents[2] / "resources" / "control_sheet"


def pages(language: str, folder: Path) -> list[Image.Image]:
    """The sheet as it would come out of a printer."""
    target = folder / language
    subprocess.run(
        ["pdftoppm", "-r", str(DPI), "-gray", "-png", str(control_sheet_path(language)), str(target)],
        check=True,
    )
    return [Image.open(file) for file in sorted(folder.glob(f"{language}-*.png"))]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_a_decoder_reads_every_control_from_the_printed_sheet(language: str, tmp_path: Path) -> None:
    printed = pages(language, tmp_path)
    assert [round(page.width / DPI * 25.4) for page in printed] == [210, 210], "A4"
    read = [code for page in printed for code in zxingcpp.read_barcodes(page)]
    linear = sorted(code.text for code in read if code.format == zxingcpp.BarcodeFormat.Code128)
    assert linear == sorted([*(write_control(control) for control in CONTROLS), CALIBRATION])
    assert [code.text for code in read if code.format == zxingcpp.BarcodeFormat.QRCode] == [CALIBRATION]


@pytest.mark.parametrize("language", ["ko", "en"])
def test_the_sheet_is_printed_as_large_as_it_is(language: str) -> None:
    assert b"/PrintScaling /None" in control_sheet_path(language).read_bytes()


def test_the_keyboard_test_is_read_from_the_screen_s_pictures() -> None:
    for name in ("keyboard-test.png", "keyboard-test-qr.png"):
        with Image.open(SHEETS / name) as picture:
            assert [code.text for code in zxingcpp.read_barcodes(picture)] == [CALIBRATION], name

"""What is set about scanners is checked at the start, and what does not fit is named with its place."""

from pathlib import Path

import pytest

from app.scanner_settings import LearnedLayout, ScannerSettings
from app.settings import Choices, Settings, SettingsError, keep_choices, load_settings
from app.wiring.scanners import complaint_about


def load(data: Path, toml: str) -> Settings:
    (data / "benchcast.toml").write_text(toml, "utf-8")
    return load_settings(
        ["--data", str(data), "--language", "en"], environ={}, config=data / "none", admins=data / "none.toml"
    )


def test_everything_can_be_set_and_nothing_has_to_be(tmp_path: Path) -> None:
    assert load(tmp_path, "").scanner == ScannerSettings()
    assert complaint_about(load(tmp_path, "")) is None
    scanner = load(
        tmp_path,
        """
        [scanner]
        prefix = "~"
        suffix = "tab"
        known_prefixes = ["WO-", "JOB"]
        layout = "fr"
        [[scanner.serial]]
        usb = "0C2E:0ca1"
        baud = 115200
        [[scanner.evdev]]
        name = "*Barcode*"
        [[scanner.rules]]
        gs1 = "400"
        """,
    ).scanner
    assert (scanner.prefix, scanner.suffix, scanner.known_prefixes) == ("~", "tab", ("WO-", "JOB"))
    assert (scanner.serial[0].baud, scanner.evdev[0].grab, scanner.rules[0].gs1) == (115200, True, "400")


@pytest.mark.parametrize(
    ("toml", "said"),
    [
        ("[scanner]\ngap_ms = 1\n", "scanner.gap_ms"),
        ("[scanner]\nspeed = 1\n", "scanner"),
        ("[[scanner.serial]]\nusb = 'COM3'\n", "scanner.serial"),
        ("[[scanner.rules]]\npattern = 'a'\naction = 'explode'\n", "scanner.rules"),
    ],
)
def test_a_value_that_does_not_fit_is_named(tmp_path: Path, toml: str, said: str) -> None:
    with pytest.raises(SettingsError, match=said):
        load(tmp_path, toml)


def test_a_rule_that_cannot_be_used_is_named_by_file_line_and_number(tmp_path: Path) -> None:
    rules = "[[scanner.rules]]\npattern = 'A'\naction = 'close'\n\n[[scanner.rules]]\npattern = 'B('\norder = 'x'\n"
    complaint = complaint_about(load(tmp_path, rules))
    assert complaint is not None
    assert f"Scan rule 2 in {tmp_path / 'benchcast.toml'}, line 5" in complaint
    assert "regular expression" in complaint


@pytest.mark.parametrize(
    "toml", ["[scanner]\nlayout = 'klingon'\n", "[[scanner.evdev]]\nlayout = 'klingon'\n"]
)
def test_a_layout_that_nobody_knows_is_named_with_those_that_are(tmp_path: Path, toml: str) -> None:
    complaint = complaint_about(load(tmp_path, toml))
    assert complaint is not None
    assert "klingon" in complaint
    assert "dvorak" in complaint


def test_what_was_learned_is_kept_over_restarts(tmp_path: Path) -> None:
    learned = LearnedLayout(layout="de", compensates_caps_lock=True)
    keep_choices(tmp_path, Choices(learned_layout=learned))
    assert load(tmp_path, "").learned_layout == learned

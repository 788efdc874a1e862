"""What an admin rules about the time without the relay, and about how long documents are kept."""

from pathlib import Path

import pytest

from app.settings import Settings, SettingsError, load_settings


def load(tmp_path: Path, text: str = "", **environ: str) -> Settings:
    (tmp_path / "admin.toml").write_text(text, "utf-8")
    return load_settings(
        ["--data", str(tmp_path / "data")],
        environ={"BENCHCAST_LANGUAGE": "en", **environ},
        config=tmp_path / "config",
        admins=tmp_path / "admin.toml",
    )


def test_a_bench_shows_without_the_relay_what_is_not_older_than_a_shift(tmp_path: Path) -> None:
    settings = load(tmp_path)
    assert (settings.island_hours, settings.library_days) == (8, 30)
    assert not settings.island_trusts_clock


def test_an_admin_rules_for_the_machine(tmp_path: Path) -> None:
    settings = load(tmp_path, "island_hours = 0\nlibrary_days = 5\nisland_trusts_clock = true\n")
    assert (settings.island_hours, settings.library_days, settings.island_trusts_clock) == (0, 5, True)
    assert settings.is_locked("island_hours")


def test_a_variable_says_the_same(tmp_path: Path) -> None:
    settings = load(
        tmp_path,
        BENCHCAST_ISLAND_HOURS="2",
        BENCHCAST_LIBRARY_DAYS="7",
        BENCHCAST_ISLAND_TRUSTS_CLOCK="yes",
    )
    assert (settings.island_hours, settings.library_days, settings.island_trusts_clock) == (2, 7, True)


@pytest.mark.parametrize("line", ["island_hours = -1", "island_hours = 721", "library_days = 0"])
def test_a_rule_that_makes_no_sense_is_refused_by_its_name(tmp_path: Path, line: str) -> None:
    with pytest.raises(SettingsError, match=line.split(" ", maxsplit=1)[0]):
        load(tmp_path, line)

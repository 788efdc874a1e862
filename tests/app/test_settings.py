"""Settings: who wins over whom, and what a person hears who mistyped one."""

from pathlib import Path

import platformdirs
import pytest

from app.settings import MIB, Choices, SettingsError, keep_choices, load_settings
from app.settings_sources import Origin, admins_file


def load(tmp_path, *arguments, environ=None):
    return load_settings(arguments, environ=environ or {}, config=tmp_path / "config")


def write(folder: Path, text: str) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "benchcast.toml").write_text(text, "utf-8")


def test_without_anything_the_platforms_own_directory_is_used(tmp_path):
    settings = load(tmp_path)
    assert settings.data == Path(platformdirs.user_data_dir("benchcast", appauthor=False))
    assert (settings.keyring, settings.default_display_index, settings.pair) == ("auto", None, None)
    assert settings.library_bytes == 2048 * MIB


def test_flags_win_over_variables_and_these_over_files(tmp_path):
    write(tmp_path / "config", 'keyring = "file"\nlanguage = "ko"\ndefault_display_index = 1')
    write(tmp_path / "data", 'default_display_index = 2\nlog_level = "debug"')
    environ = {"BENCHCAST_LANGUAGE": "ko", "BENCHCAST_DATA": str(tmp_path / "data")}
    assert load(tmp_path, environ=environ).default_display_index == 2
    environ["BENCHCAST_DEFAULT_DISPLAY_INDEX"] = "3"
    settings = load(tmp_path, "--language", "en", environ=environ)
    assert (settings.language, settings.keyring, settings.log_level) == ("en", "file", "debug")
    assert settings.default_display_index == 3
    assert settings.data == tmp_path / "data"


def test_a_file_may_say_where_the_data_is(tmp_path):
    write(tmp_path / "config", f'data = "{tmp_path / "elsewhere"}"')
    assert load(tmp_path).data == tmp_path / "elsewhere"


def test_the_language_is_the_machines_and_korean_where_it_says_nothing(tmp_path):
    assert load(tmp_path, environ={"LANG": "en_US.UTF-8"}).language == "en"
    assert load(tmp_path, environ={"LANG": "ko_KR.UTF-8"}).language == "ko"
    assert load(tmp_path, environ={"LANG": "C.UTF-8"}).language == "ko"


def test_what_the_operator_chose_holds_until_a_flag_says_otherwise(tmp_path):
    write(tmp_path, 'language = "ko"')
    keep_choices(tmp_path, Choices(language="en", muted=True))
    settings = load(tmp_path, "--data", str(tmp_path))
    assert (settings.language, settings.muted) == ("en", True)
    assert load(tmp_path, "--data", str(tmp_path), "--language", "ko").language == "ko"


def test_damaged_choices_are_no_choices(tmp_path):
    (tmp_path / "choices.json").write_bytes(b"{")
    assert load(tmp_path, "--data", str(tmp_path)).muted is False


@pytest.mark.parametrize(
    ("arguments", "environ", "toml", "words"),
    [
        (["--language", "fr"], {}, "", "language"),
        (["--lang", "ko"], {}, "", "--lang"),
        (["--pair"], {}, "", "--pair"),
        ([], {"BENCHCAST_KEYRING": "maybe"}, "", "keyring"),
        ([], {"BENCHCAST_DEFAULT_DISPLAY_INDEX": "second"}, "", "default_display_index"),
        ([], {"BENCHCAST_DEFAULT_DISPLAY_INDEX": "-1"}, "", "default_display_index"),
        ([], {}, "colour = 1", "colour"),
        ([], {}, "keyring = [", "benchcast.toml"),
        ([], {}, "default_display_index = true", "default_display_index"),
    ],
)
def test_a_bad_value_is_named_in_both_languages(tmp_path, arguments, environ, toml, words):
    write(tmp_path / "config", toml)
    sentences = set()
    for language in ("ko_KR.UTF-8", "en_US.UTF-8"):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("LANG", language)
            patch.delenv("LC_ALL", raising=False)
            with pytest.raises(SettingsError, match=words) as caught:
                load(tmp_path, *arguments, environ=environ)
        sentences.add(str(caught.value))
    assert len(sentences) == 2


def test_help_speaks_the_persons_language(tmp_path, capsys):
    with pytest.raises(SystemExit) as caught:
        load(tmp_path, "--language=ko", "--help")
    assert caught.value.code == 0
    assert "작업대" in capsys.readouterr().out


def test_the_admins_file_wins_over_choices_and_files_but_not_over_variables_and_flags(tmp_path):
    admins = tmp_path / "etc" / "desk.toml"
    admins.parent.mkdir()
    admins.write_text("screenshots = false\nupdate_check = false\nlibrary_mib = 10\n", "utf-8")
    write(tmp_path, "library_mib = 20\nhistory_days = 7")
    keep_choices(tmp_path, Choices(screenshots=True, default_display_index=2))
    environ = {"BENCHCAST_UPDATE_CHECK": "yes"}
    settings = load_settings(
        ["--data", str(tmp_path)], environ=environ, config=tmp_path / "config", admins=admins
    )
    assert (settings.screenshots, settings.library_bytes) == (False, 10 * MIB)
    assert (settings.update_check, settings.history_days, settings.default_display_index) == (True, 7, 2)
    assert settings.origin("screenshots") == Origin("admin", str(admins))
    assert settings.origin("update_check") == Origin("environment", "BENCHCAST_UPDATE_CHECK")
    assert settings.origin("data") == Origin("flag", "--data")
    assert settings.origin("history_days") == Origin("file", str(tmp_path / "benchcast.toml"))
    assert settings.origin("default_display_index").where == "choice"
    assert settings.origin("watchdog_seconds") == Origin()
    locked = {name for name in ("screenshots", "update_check", "data") if settings.is_locked(name)}
    assert locked == {"screenshots", "update_check", "data"}
    assert not settings.is_locked("history_days")
    assert not settings.is_locked("default_display_index")


def test_language_and_sound_of_the_admins_file_hold_until_somebody_chooses(tmp_path):
    admins = tmp_path / "desk.toml"
    admins.write_text('language = "en"\nvolume = 25\nmuted = true\n', "utf-8")
    begun = load_settings(["--data", str(tmp_path)], environ={}, config=tmp_path / "config", admins=admins)
    assert (begun.language, begun.volume, begun.muted) == ("en", 25, True)
    assert not any(begun.is_locked(name) for name in ("language", "volume", "muted"))
    keep_choices(tmp_path, Choices(language="ko", muted=False))
    chosen = load_settings(["--data", str(tmp_path)], environ={}, config=tmp_path / "config", admins=admins)
    assert (chosen.language, chosen.volume, chosen.muted) == ("ko", 25, False)


def test_every_system_has_its_machine_wide_file():
    assert admins_file({}, "linux") == Path("/etc/benchcast/desk.toml")
    assert admins_file({}, "darwin") == Path("/Library/Application Support/Benchcast/desk.toml")
    windows = str(admins_file({"PROGRAMDATA": "D:\\Data"}, "win32"))
    assert windows.startswith("D:\\Data")
    assert windows.endswith("desk.toml")


@pytest.mark.parametrize("word", ["maybe", "2"])
def test_a_switch_takes_yes_or_no_and_nothing_else(tmp_path, word):
    with pytest.raises(SettingsError, match="screenshots"):
        load(tmp_path, environ={"BENCHCAST_SCREENSHOTS": word})
    assert load(tmp_path, environ={"BENCHCAST_SCREENSHOTS": "off"}).screenshots is False

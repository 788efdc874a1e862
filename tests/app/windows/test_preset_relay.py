"""A bench whose installer named its relay begins pairing with that address."""

from pathlib import Path

from app.settings import load_settings
from app.windows.pairing_ways import Ways


def test_the_admins_file_names_the_relay_that_pairing_begins_with(tmp_path: Path, qtbot):
    admins = tmp_path / "desk.toml"
    admins.write_text('relay = "https://192.168.0.10:8440"\n', "utf-8")
    settings = load_settings(["--data", str(tmp_path)], environ={}, config=tmp_path, admins=admins)
    assert settings.relay == "https://192.168.0.10:8440"
    ways = Ways(on_pair=lambda _wish: None, on_missing=lambda _missing, _field: None)
    qtbot.addWidget(ways)
    ways.expect(settings.relay)
    assert ways.address.text() == "https://192.168.0.10:8440"
    assert ways.by_address.isChecked()


def test_what_somebody_typed_already_stays(qtbot):
    ways = Ways(on_pair=lambda _wish: None, on_missing=lambda _missing, _field: None)
    qtbot.addWidget(ways)
    ways.address.setText("my-relay")
    ways.expect("other-relay")
    assert ways.address.text() == "my-relay"

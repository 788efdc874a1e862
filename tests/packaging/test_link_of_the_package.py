"""Where the package has registered the `benchcast://` links for everybody, the app leaves the user's folders alone."""

from pathlib import Path

from helpers.house import ROOT

from app.machine.link_scheme import register_scheme


def test_the_app_registers_links_only_where_no_package_did(tmp_path: Path, monkeypatch):
    machine, mine = tmp_path / "machine", tmp_path / "mine"
    monkeypatch.setenv("XDG_DATA_HOME", str(mine))
    monkeypatch.setenv("XDG_DATA_DIRS", str(machine))
    monkeypatch.setenv("PATH", "/nowhere")
    (machine / "applications").mkdir(parents=True)
    package = ROOT / "packaging" / "app" / "linux" / "benchcast-link.desktop"
    (machine / "applications" / package.name).write_bytes(package.read_bytes())
    assert not register_scheme(["/usr/lib/benchcast/benchcast"], platform="linux")
    assert not mine.exists()
    (machine / "applications" / package.name).unlink()
    assert register_scheme(["/opt/benchcast"], platform="linux")
    assert (mine / "applications" / package.name).is_file()

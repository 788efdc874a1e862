"""The unit under a real systemd, booted in a box: hardened, restarted when it should be, stopped without a loss."""

import json
import re
import shutil
import sys
from pathlib import Path

import pytest
from box import Box
from engines import HERE, ROOT
from ground import Ground
from helpers.real_desk import colour_png
from helpers.relay_running import small_pdf

TRIAL = """[Unit]
After=benchcast-relay.service
[Service]
Type=oneshot
ExecStart=/opt/benchcast/bin/python /trial/inside.py
[Install]
WantedBy=multi-user.target
"""


def said_by(guide: str) -> tuple[str, str, str]:
    """Take from a guide how a service is installed, how it is started, and the settings that will do."""
    text = (ROOT / "resources" / "docs" / guide).read_text("utf-8")
    chapter = text[text.index("**systemd**") :]
    install, start = re.findall(r"```\n(.*?)```", chapter, re.DOTALL)[:2]
    return install, start, re.findall(r"```toml\n(.*?)```", chapter, re.DOTALL)[0]


@pytest.fixture(scope="session")
def installed(box: Box) -> Box:
    """Install the checkout as the admin's guide says, word by word, in the box itself."""
    for left in ("opt/benchcast", "etc/benchcast"):
        shutil.rmtree(box.base / left, ignore_errors=True)
    install, _start, _settings = said_by("admin-guide.md")
    box.enter("sh", "-ec", 'sudo() { "$@"; }\n' + install)
    return box


@pytest.fixture
def machine(installed: Box, tmp_path: Path) -> Path:
    """Copy unit and settings where the guide says, and lay out what is tried."""
    box = installed
    units = box.base / "etc" / "systemd" / "system"
    wants = units / "multi-user.target.wants"
    for left in ("etc/credstore.encrypted", "var/log/journal"):
        shutil.rmtree(box.base / left, ignore_errors=True)
    for left in (box.base / "var/lib/benchcast-relay", box.base / "var/lib/private/benchcast-relay"):
        if left.is_symlink():
            left.unlink()
        shutil.rmtree(left, ignore_errors=True)
    shutil.copy(HERE / "benchcast-relay.service", units)
    (box.base / "etc/benchcast").mkdir(exist_ok=True)
    (box.base / "etc/benchcast/relay.toml").write_text('host = "127.0.0.2"\nannounce = false\n')
    (units / "trial.service").write_text(TRIAL)
    for unit in ("benchcast-relay.service", "trial.service"):
        link = wants / unit
        link.unlink(missing_ok=True)
        link.symlink_to(f"/etc/systemd/system/{unit}")
    exchange = tmp_path / "trial"
    exchange.mkdir()
    shutil.copy(Path(__file__).with_name("inside.py"), exchange)
    (exchange / "order.pdf").write_bytes(small_pdf("WO-1"))
    (exchange / "picture.png").write_bytes(colour_png("red"))
    return exchange


def test_the_unit_runs_hardened_under_systemd(box: Box, machine: Path) -> None:
    said = box.boot(machine)
    assert (machine / "seen.json").exists(), said[-4000:]
    seen = json.loads((machine / "seen.json").read_text("utf-8"))
    journal = (machine / "journal").read_text("utf-8")
    assert "broke off" not in seen, f"{seen}\n{journal[-6000:]}"
    print(
        json.dumps({name: seen[name] for name in ("ready_seconds", "security", "stop", "over a stop")}),
        file=sys.stderr,
    )

    assert (seen["unit"]["ActiveState"], seen["unit"]["DynamicUser"], seen["unit"]["NRestarts"]) == (
        "active",
        "yes",
        "0",
    )
    process = seen["process"]
    assert "0" not in process["Uid"].split()
    assert {process[name] for name in ("CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert (process["NoNewPrivs"], process["Seccomp"]) == ("1", "2")
    assert seen["modes"] == ["700", "600"]
    assert float(re.findall(r"([\d.]+) OK", seen["security"])[0]) <= 1.5
    for name in ("order.pdf", "picture.png"):
        assert seen[name][0] in {200, 201}, "documents are examined within the unit's limits"
    assert seen["backup"][0] in {200, 201}
    assert "✕" not in seen["doctor"], seen["doctor"]

    assert (seen["stop"]["Result"], seen["stop"]["ExecMainStatus"]) == ("success", "0")
    assert seen["stop"]["seconds"] <= 5
    for name in ("over a stop", "over a kill"):
        assert seen[name]["accepted"] > 100
        assert seen[name]["lost"] == []
    assert seen["over a kill"]["NRestarts"] == "1", "systemd started it anew"
    bad = seen["bad settings"]
    assert (bad["ActiveState"], bad["ExecMainStatus"], bad["NRestarts"]) == ("failed", "2", "0"), (
        "and not for ever"
    )
    assert "Traceback" not in journal


def test_the_units_keys_are_an_encrypted_credential(box: Box, machine: Path) -> None:
    shutil.copy(machine / "inside.py", machine / "steps.py")
    shutil.copy(Path(__file__).with_name("sealed.py"), machine / "inside.py")
    shutil.rmtree(box.base / "etc/credstore.encrypted", ignore_errors=True)
    said = box.boot(machine)
    assert (machine / "seen.json").exists(), said[-4000:]
    seen = json.loads((machine / "seen.json").read_text("utf-8"))
    journal = (machine / "journal").read_text("utf-8")
    assert "broke off" not in seen, f"{seen}\n{journal[-6000:]}"
    data = "/var/lib/benchcast-relay"

    assert sorted(seen["before"]) == [f"{data}/keys.json", f"{data}/tls/ca.key"], "one can look for them"
    assert seen["while it runs"].startswith("Already running"), seen["while it runs"]
    assert "benchcast-authority-key" in seen["seal"]
    assert seen["modes"] == ["600 root"] * 2
    assert seen["after"] == seen["plain again"] == []
    assert seen["refresh"][0] == 200, seen["refresh"]
    assert (seen["unit"]["ActiveState"], seen["unit"]["NRestarts"], seen["given"]) == ("active", "0", True)
    assert seen["command line"].splitlines()[-1].count(".") == 2, "a token that the sealed key has signed"
    assert "vault" in seen["doctor"]
    assert seen["damaged"]["ExecMainStatus"] == "243", (
        "systemd gives no broken credential, and starts nothing"
    )
    assert seen["damaged"]["made"] is False
    assert seen["unsealed"] == 200
    folder_mode, folder_owner, mode, owner = seen["owner"]
    assert (folder_mode, mode, owner) == ("700", "600", folder_owner), "the service's own again"
    assert owner != "0"


def test_the_guide_leads_a_new_admin_from_an_empty_machine_to_a_first_scan(box: Box, machine: Path) -> None:
    """On a ground with an address, and with the settings and commands of the guide as they stand."""
    _install, start, settings = said_by("admin-guide.md")
    (box.base / "etc/benchcast/relay.toml").write_text(settings, "utf-8")
    (box.base / "etc/systemd/system/multi-user.target.wants/benchcast-relay.service").unlink()
    trial = box.base / "etc/systemd/system/trial.service"
    trial.write_text(TRIAL.replace("After=benchcast-relay.service", "After=basic.target"), "utf-8")
    here = Path(__file__)
    shutil.copy(machine / "inside.py", machine / "steps.py")
    shutil.copy(here.with_name("guided.py"), machine / "inside.py")
    shutil.copy(here.parents[1] / "helpers" / "desk.py", machine)
    shutil.copytree(ROOT / "resources" / "samples", machine / "samples")
    commands = [line.partition(" #")[0].strip() for line in start.strip().splitlines()]
    guide = {"url": "https://10.77.7.2:8440", "start": commands}
    (machine / "guide.json").write_text(json.dumps(guide), "utf-8")
    with Ground() as ground:
        ground.cable("lan0", None, here="10.77.7.2/30", far="10.77.7.1/30")
        said = box.boot(machine, on=ground)
    assert (machine / "seen.json").exists(), said[-4000:]
    seen = json.loads((machine / "seen.json").read_text("utf-8"))
    assert "broke off" not in seen, f"{seen}\n{(machine / 'journal').read_text('utf-8')[-6000:]}"

    assert "welcome?secret=" in seen["journal"]
    assert seen["link"] == "https://10.77.7.2:8440", "where other machines reach it"
    assert seen["first admin"] == 200
    assert "10.77.7.2" in seen["doctor"]
    assert "✕" not in seen["doctor"] + seen["doctor at last"]
    assert [seen[name][1]["state"] for name in ("first scan", "after the restore")] == ["shown", "shown"]
    assert seen["token"].splitlines()[-1].count(".") == 2
    assert seen["signed out"] == 401
    assert seen["unit"] == {"ActiveState": "active", "NRestarts": "0"}

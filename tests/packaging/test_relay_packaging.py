"""What starts the relay on a server is hardened as it says, and its dashboard asks for numbers that exist.

The cheap form of tests/deployment, where all of it is built, started and asked (`make relay-package`).
"""

import json
import re
import subprocess
from pathlib import Path

import pytest
import yaml
from helpers.house import ROOT
from helpers.relay_running import running_relay
from prometheus_client.parser import text_string_to_metric_families

import relay.settings
from relay.identity.keys import VARIABLE as KEYS_VARIABLE
from relay.storage import vault

HERE = ROOT / "packaging" / "relay"
TUNNEL = HERE / "tunnel"
UNIT = HERE / "benchcast-relay.service"
RULES = [
    rule
    for group in yaml.safe_load((HERE / "prometheus" / "benchcast.rules.yml").read_text("utf-8"))["groups"]
    for rule in group["rules"]
]
# systemd's own measure, 0 (nothing can be done) to 10; 5 and more is "medium" (systemd-analyze(1)).
MOST_EXPOSED = 1.5


async def test_the_dashboard_asks_only_for_metrics_that_exist(tmp_path: Path) -> None:
    async with running_relay(tmp_path / "relay", host="0.0.0.0") as office:
        page = (await office.call("GET", "/metrics")).body["bytes"].decode()
    families = list(text_string_to_metric_families(page))
    labels: dict[str, set[str]] = {}
    for family in families:
        for sample in family.samples:
            labels.setdefault(sample.name, set()).update(sample.labels)
    board = json.loads((HERE / "grafana" / "benchcast.json").read_text("utf-8"))
    queries = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    assert len(queries) > 25
    asked: set[str] = set()
    for query in queries:
        names = set(re.findall(r"\b(?:benchcast|process)_\w+", query))
        assert names, query
        asked |= names
        assert names <= set(labels), query
        used = set(re.findall(r"\bby \((\w+)\)", query)) | set(re.findall(r"(\w+)=~?\"", query))
        known = {"instance", *(label for name in names for label in labels[name])}
        assert used <= known, query
    for rule in RULES:
        names = set(re.findall(r"\bbenchcast_\w+", rule["expr"]))
        assert names <= set(labels), rule["alert"]
        asked |= names
    assert "__inputs" not in board, "nobody is asked for what nothing uses"
    told = {family.name for family in families if family.name.startswith("benchcast")}
    seen = {re.sub(r"_(total|bucket|sum|count)$", "", name) for name in asked}
    assert told - seen == {"benchcast_uptime_seconds", "benchcast_build_info"}, (
        "the rest says the same otherwise"
    )
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


def test_the_unit_is_right_and_hardened(tmp_path: Path) -> None:
    unit = tmp_path / UNIT.name
    # What it starts is not installed on this machine.
    unit.write_text(
        UNIT.read_text("utf-8").replace("/opt/benchcast/bin/benchcast-relay", "/bin/true"), "utf-8"
    )
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if unit.name in line]) == (
        0,
        [],
    )
    measured = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", "--no-pager", unit],
        capture_output=True,
        text=True,
        check=False,
    )
    exposure = re.search(r"Overall exposure level.*?: ([\d.]+)", measured.stdout)
    assert exposure, measured.stdout + measured.stderr
    assert float(exposure.group(1)) <= MOST_EXPOSED


def test_the_tunnel_s_unit_is_right_and_its_three_files_name_one_host_and_one_port(tmp_path: Path) -> None:
    unit = tmp_path / "benchcast-tunnel.service"
    unit.write_text((TUNNEL / unit.name).read_text("utf-8").replace("/usr/bin/ssh", "/bin/true"), "utf-8")
    checked = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert (checked.returncode, [line for line in checked.stderr.splitlines() if unit.name in line]) == (
        0,
        [],
    )
    nginx, sshd = ((TUNNEL / name).read_text("utf-8") for name in ("nginx.conf", "sshd.conf"))
    (opened, user, host) = re.findall(r"-R (\S+?):127\.0\.0\.1:8440 (\S+)@(\S+)", unit.read_text("utf-8"))[0]
    assert f"server {opened};" in nginx
    assert f"PermitListen {opened}" in sshd
    assert f"Match User {user}" in sshd
    assert f"server_name {host};" in nginx


def test_the_service_s_user_needs_no_home(monkeypatch: pytest.MonkeyPatch) -> None:
    def homeless(*_words: object, **_more: object) -> str:
        raise RuntimeError("could not determine the home directory")

    monkeypatch.setattr(relay.settings.platformdirs, "user_data_dir", homeless)
    assert relay.settings.default_data() == Path("/var/lib/benchcast-relay")


def test_the_unit_starts_the_relay_anew_after_what_only_a_new_process_can_mend() -> None:
    text = UNIT.read_text("utf-8")
    assert "Restart=on-failure" in text
    assert "70" not in re.findall(r"RestartPreventExitStatus=(.*)", text)[0]


def test_the_container_has_no_root_and_nothing_to_write_but_its_data() -> None:
    lines = (HERE / "Dockerfile").read_text("utf-8").splitlines()
    last = max(number for number, line in enumerate(lines) if line.startswith("FROM"))
    assert "USER 10440:10440" in lines[last:]
    assert any(line.startswith("HEALTHCHECK") for line in lines[last:])
    for line in lines:
        if line.startswith("COPY ") and "--from" not in line:
            assert all((ROOT / source).exists() for source in line.split()[1:-1]), line
    relay = yaml.safe_load((HERE / "compose.yaml").read_text("utf-8"))["services"]["relay"]
    assert (relay["read_only"], relay["cap_drop"], relay["restart"]) == (True, ["ALL"], "unless-stopped")
    assert "no-new-privileges:true" in relay["security_opt"]
    assert [volume.partition(":")[2] for volume in relay["volumes"]] == ["/data"]


def test_the_unit_takes_the_keys_from_the_machines_vault_and_the_container_from_a_secret() -> None:
    named = re.findall(r"^LoadCredentialEncrypted=(.+)$", UNIT.read_text("utf-8"), re.MULTILINE)
    assert named == [vault.KEYS, vault.AUTHORITY_KEY]
    laid_over = yaml.safe_load((HERE / "compose.secrets.yaml").read_text("utf-8"))
    (secret,) = laid_over["services"]["relay"]["secrets"]
    given = laid_over["services"]["relay"]["environment"][f"{KEYS_VARIABLE}_FILE"]
    assert (given, list(laid_over["secrets"])) == (f"/run/secrets/{secret}", [secret])


def test_every_alert_rule_says_how_bad_it_is_in_a_sentence() -> None:
    assert len({rule["alert"] for rule in RULES}) == len(RULES) >= 8
    for rule in RULES:
        assert rule["labels"]["severity"] in {"warning", "error", "critical"}
        assert rule["annotations"]["summary"].endswith(".")

"""`serve` as a process of its own, and the other commands while it runs."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from relay.contract.pairing import read_link

ROOT = Path(__file__).resolve().parents[2]
DEADLINE_SECONDS = 30.0


def environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "BENCHCAST_"))}
    return kept | {"LANG": "en_US.UTF-8", "PYTHONUTF8": "1", "PYTHONWARNINGS": "error"}


def run(data: Path, *words: object, stdin: str = "") -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "relay", *map(str, words), "--data", str(data)]
    return subprocess.run(
        command,
        cwd=ROOT,
        env=environment(),
        input=stdin,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


@contextmanager
def serving(data: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    command = [sys.executable, "-m", "relay", "serve", "--data", str(data), *options]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    assert process.stderr is not None
    try:
        url = process.stdout.readline().strip()
        assert url, process.stderr.read()
        yield process, url
    finally:
        if process.poll() is None:
            process.kill()
        process.wait(timeout=DEADLINE_SECONDS)
        process.stdout.close()
        process.stderr.close()


def free_port() -> str:
    import socket

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_serve_prints_its_url_and_ends_cleanly(tmp_path, number):
    with serving(tmp_path, "--port", "0") as (process, url):
        assert url.startswith("http://127.0.0.1:")
        process.send_signal(number)
        assert process.wait(timeout=DEADLINE_SECONDS) == 0


def test_the_other_commands_speak_to_the_relay_that_runs(tmp_path):
    with serving(tmp_path, "--port", "0") as (_, url):
        done = run(tmp_path, "screen", "add", "SCREEN-001")
        assert (done.returncode, done.stderr) == (0, "")
        link = read_link(done.stdout.splitlines()[1].removeprefix("Link: "))
        assert link.relay.addresses == (url,)


def test_over_tls_the_relay_is_known_by_its_certificate_alone(tmp_path):
    with serving(tmp_path, "--host", "0.0.0.0", "--port", "0") as (_, url):
        assert url.startswith("https://")
        done = run(
            tmp_path, "user", "add", "Kim", "--role", "lead", "--password-stdin", stdin="correct horse\n"
        )
        assert (done.returncode, done.stderr) == (0, "")
        done = run(tmp_path, "screen", "add", "SCREEN-001")
        link = read_link(done.stdout.splitlines()[1].removeprefix("Link: "))
        assert url in link.relay.addresses
        assert link.relay.fingerprint == json.loads((tmp_path / "running.json").read_text())["fingerprint"]


def test_after_it_stopped_links_carry_where_it_served(tmp_path):
    with serving(tmp_path, "--port", free_port()) as (process, url):
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=DEADLINE_SECONDS)
    done = run(tmp_path, "screen", "add", "SCREEN-001")
    link = read_link(done.stdout.splitlines()[1].removeprefix("Link: "))
    assert link.relay.addresses == (url,)


def test_a_second_relay_on_the_same_data_is_refused(tmp_path):
    with serving(tmp_path, "--port", "0"):
        second = run(tmp_path, "serve", "--port", "0")
        assert second.returncode == 1
        assert second.stderr.splitlines()[0] == "Already running"


def test_a_port_that_is_taken_is_told_in_words(tmp_path):
    with serving(tmp_path / "one", "--port", "0") as (_, url):
        port = url.rpartition(":")[2]
        second = run(tmp_path / "two", "serve", "--port", port)
        assert second.returncode == 1
        assert second.stderr.splitlines()[0] == "Cannot listen"
        assert "Traceback" not in second.stderr


def test_a_data_directory_that_cannot_be_is_told_in_words(tmp_path):
    (tmp_path / "file").write_text("no directory")
    for words in (("serve", "--port", "0"), ("screen", "add", "SCREEN-001")):
        done = run(tmp_path / "file" / "data", *words)
        assert done.returncode == 1
        assert done.stderr.splitlines()[0] == "The data directory cannot be used"
        assert "Traceback" not in done.stderr


def test_a_relay_that_was_killed_is_in_nobodys_way(tmp_path):
    with serving(tmp_path, "--port", "0") as (process, _):
        process.kill()
        process.wait(timeout=DEADLINE_SECONDS)
    began = time.monotonic()
    done = run(tmp_path, "screen", "add", "SCREEN-001")
    assert (done.returncode, done.stderr) == (0, "")
    assert time.monotonic() - began < DEADLINE_SECONDS


def test_two_commands_at_once_both_get_their_turn(tmp_path):
    command = [sys.executable, "-m", "relay", "screen", "add"]
    running = [
        subprocess.Popen(
            [*command, f"SCREEN-{number}", "--data", str(tmp_path)],
            cwd=ROOT,
            env=environment(),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        for number in range(3)
    ]
    for process in running:
        _, err = process.communicate(timeout=60)
        assert (process.returncode, err) == (0, "")


def test_after_serving_tls_by_a_flag_links_still_carry_the_certificate(tmp_path):
    with serving(tmp_path, "--host", "0.0.0.0", "--port", free_port()) as (process, url):
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=DEADLINE_SECONDS)
    fingerprint = json.loads((tmp_path / "running.json").read_text())["fingerprint"]
    done = run(tmp_path, "screen", "add", "SCREEN-001")
    link = read_link(done.stdout.splitlines()[1].removeprefix("Link: "))
    assert url in link.relay.addresses
    assert link.relay.fingerprint == fingerprint is not None


def test_a_relay_that_listens_on_one_address_hears_the_command_line_too(tmp_path):
    with serving(tmp_path, "--host", "127.0.0.2", "--port", "0") as (_, url):
        assert url.startswith("https://127.0.0.2:")
        done = run(tmp_path, "screen", "add", "SCREEN-001")
        assert (done.returncode, done.stderr) == (0, "")

"""Approving a workstation at the command line: who asks is shown, and the number has to be compared."""

import io
import sys
from contextlib import AbstractAsyncContextManager

import pytest
from helpers.relay_running import Office, running_relay

from relay.cli import main
from relay.contract.pairing_check import check_number


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def run(tmp_path, capsys, monkeypatch):
    """Run a command on the data directory; answers exit status, standard output and standard error."""
    monkeypatch.setenv("LANG", "en_US.UTF-8")
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)

    def run_command(*words: str, stdin: io.StringIO | None = None) -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", stdin or io.StringIO())
        capsys.readouterr()
        try:
            status = main([*words, "--data", str(tmp_path / "data")])
        except SystemExit as leaving:
            status = leaving.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def relay_on(tmp_path) -> AbstractAsyncContextManager[Office]:
    return running_relay(
        tmp_path / "data", host="0.0.0.0", addresses=("https://127.0.0.1:1",), announce=False
    )


def asked(tmp_path) -> tuple[str, str, str]:
    """Let a workstation ask a relay with TLS; answers its two codes and the relay's check number."""
    import asyncio

    async def ask() -> tuple[str, str, str]:
        async with relay_on(tmp_path) as office:
            office.url = f"https://127.0.0.1:{office.relay.port}"
            device = {"name": "bench-pc-7", "platform": "Linux", "monitors": ["DELL U2419H"]}
            answer = await office.as_(None).call("POST", "/api/pair/requests", json={"device": device})
            check = check_number(office.relay.address.fingerprint)
            return answer.body["userCode"], answer.body["deviceCode"], check

    return asyncio.run(ask())


def redeemed(tmp_path, device_code: str) -> str:
    import asyncio

    async def redeem() -> str:
        async with relay_on(tmp_path) as office:
            office.url = f"https://127.0.0.1:{office.relay.port}"
            body = {"deviceCode": device_code}
            answer = await office.as_(None).call("POST", "/api/pair/requests/token", json=body)
            return answer.body.get("screenId") or answer.body["code"]

    return asyncio.run(redeem())


def test_who_asks_is_listed_without_the_code(run, tmp_path):
    code, _device_code, _check = asked(tmp_path)
    status, out, _err = run("screen", "requests")
    assert status == 0
    assert "bench-pc-7 · Linux" in out
    assert "DELL U2419H" in out
    assert code not in out


def test_nobody_asks(run):
    assert run("screen", "requests")[:2] == (0, "No bench asks to be paired.\n")


def test_the_number_that_the_bench_shows_approves(run, tmp_path):
    code, device_code, check = asked(tmp_path)
    status, out, _err = run(
        "screen", "approve", code.lower(), "SCREEN-007", "--check", check.replace(" ", "")
    )
    assert (status, "Approved as screen SCREEN-007" in out) == (0, True)
    assert redeemed(tmp_path, device_code) == "SCREEN-007"


def test_another_number_does_not(run, tmp_path):
    code, device_code, _check = asked(tmp_path)
    status, _out, err = run("screen", "approve", code, "SCREEN-007", "--check", "1" * 16)
    assert status == 1
    assert "The check numbers differ" in err
    assert redeemed(tmp_path, device_code) == "AUTHORIZATION_PENDING"


@pytest.mark.parametrize(
    ("said", "becomes"), [("y\n", "SCREEN-007"), ("n\n", "AUTHORIZATION_PENDING"), ("\n", None)]
)
def test_the_terminal_asks_whether_the_numbers_are_the_same(run, tmp_path, said, becomes):
    code, device_code, check = asked(tmp_path)
    status, out, _err = run("screen", "approve", code, "SCREEN-007", stdin=Terminal(said))
    assert check in out
    assert "Does the bench's screen show the same number?" in out
    assert status == (0 if becomes == "SCREEN-007" else 1)
    if becomes:
        assert redeemed(tmp_path, device_code) == becomes


def test_without_a_terminal_the_number_must_be_given(run, tmp_path):
    code, _device_code, _check = asked(tmp_path)
    status, out, _err = run("screen", "approve", code, "SCREEN-007")
    assert status == 1
    assert "--check" in out


def test_a_request_is_denied(run, tmp_path):
    code, device_code, _check = asked(tmp_path)
    assert run("screen", "deny", code)[:2] == (0, "Denied.\n")
    assert redeemed(tmp_path, device_code) == "PAIRING_DENIED"


def test_a_code_that_nobody_shows_is_said(run):
    status, _out, err = run("screen", "approve", "AAAA-AAAA", "SCREEN-007")
    assert status == 1
    assert "Pairing failed" in err


def test_an_offer_comes_with_the_number_for_those_who_type_the_code(run, tmp_path):
    _code, _device_code, check = asked(tmp_path)
    status, out, _err = run("screen", "add", "SCREEN-001")
    assert status == 0
    assert f"Check number: {check}" in out

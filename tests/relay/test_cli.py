"""The command line, as an admin meets it: what it prints, its exit status, and what is there afterwards."""

import asyncio
import io
import stat
import sys

import pytest
from helpers.authenticator import App
from helpers.relay_running import running_relay, small_pdf

from relay.cli import language_of, main
from relay.contract.pairing import read_link

PASSWORD = "correct horse\n"


@pytest.fixture(autouse=True)
def english(monkeypatch):
    for name in ("LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", "en_US.UTF-8")


@pytest.fixture
def data(tmp_path):
    return tmp_path / "data"


@pytest.fixture
def run(data, capsys, monkeypatch):
    """Run a command on the data directory; answers exit status, standard output and standard error."""

    def run_command(*words: object, stdin: str = "") -> tuple[int, str, str]:
        monkeypatch.setattr(sys, "stdin", io.StringIO(stdin))
        capsys.readouterr()
        try:
            status = main([*map(str, words), "--data", str(data)])
        except SystemExit as leaving:
            status = leaving.code
        captured = capsys.readouterr()
        return status, captured.out, captured.err

    return run_command


def ask(data, work):
    """Open a relay on the data directory and let `work` use it."""

    async def open_and_ask():
        async with running_relay(data) as office:
            return await work(office)

    return asyncio.run(open_and_ask())


def test_a_person_that_was_added_can_sign_in(run, data):
    status, out, err = run("user", "add", "Kim", "--role", "lead", "--password-stdin", stdin=PASSWORD)
    assert (status, out, err) == (0, "Added Kim as lead.\n", "")
    body = {"username": "kim", "password": PASSWORD.strip()}
    answer = ask(data, lambda office: office.call("POST", "/api/auth/login", json=body))
    assert (answer.status, answer.body["user"]) == (200, {"name": "Kim", "role": "lead"})


def test_a_refusal_is_told_in_words_with_what_to_do(run):
    run("user", "add", "Kim", "--role", "lead", "--password-stdin", stdin=PASSWORD)
    status, out, err = run("user", "add", "KIM", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    assert (status, out) == (1, "")
    assert err == "Already there\nKIM exists already.\nUse another name.\n"


def test_a_refusal_is_told_in_korean_to_a_korean_terminal(run, monkeypatch):
    monkeypatch.setenv("LANG", "ko_KR.UTF-8")
    status, _, err = run("user", "add", "Kim", "--role", "lead", "--password-stdin", stdin="short\n")
    assert status == 1
    assert "'password' 값이 올바르지 않습니다" in err


@pytest.mark.parametrize(
    ("environ", "language"),
    [
        ({"LANG": "ko_KR.UTF-8"}, "ko"),
        ({"LANG": "en_US.UTF-8"}, "en"),
        ({"LANG": "C"}, "en"),
        ({}, "en"),
        ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "de_DE", "LC_ALL": "", "LC_MESSAGES": "ko"}, "ko"),
    ],
)
def test_the_language_is_the_locales(environ, language):
    assert language_of(environ) == language


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def typed(monkeypatch, *answers: str) -> list[str]:
    asked: list[str] = []
    waiting = list(answers)

    def getpass(prompt: str) -> str:
        asked.append(prompt)
        return waiting.pop(0)

    monkeypatch.setattr("relay.cli.getpass.getpass", getpass)
    monkeypatch.setattr(sys, "stdin", Terminal())
    return asked


def test_a_terminal_is_asked_twice_for_the_password(data, monkeypatch, capsys):
    asked = typed(monkeypatch, "correct horse", "correct horse")
    assert main(["user", "add", "Kim", "--role", "viewer", "--data", str(data)]) == 0
    assert asked == ["Password of Kim (12 characters or more): ", "Once more: "]


def test_two_different_passwords_add_nobody(data, monkeypatch, capsys, run):
    typed(monkeypatch, "correct horse", "correct house")
    assert main(["user", "add", "Kim", "--role", "viewer", "--data", str(data)]) == 1
    assert "The passwords differ" in capsys.readouterr().err
    assert run("user", "add", "Kim", "--role", "lead", "--password-stdin", stdin=PASSWORD)[0] == 0


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("dance",),
        ("user", "add", "Kim"),
        ("user", "add", "Kim", "--role", "boss"),
        ("user", "add", "Kim", "--role", "lead"),
        ("token", "create"),
        ("serve", "--port", "70000"),
        ("serve", "--port", "x"),
        ("screen", "add"),
    ],
)
def test_bad_usage_is_status_2_and_touches_nothing(run, data, words):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert err
    assert not data.exists()


def test_a_screen_is_added_and_its_link_pairs_it(run, data):
    status, out, err = run("screen", "add", "SCREEN-001", "--name", "Bench 1")
    assert (status, err) == (0, "")
    lines = out.splitlines()
    link = read_link(lines[1].removeprefix("Link: "))
    code = lines[2].removeprefix("Code: ")
    assert link.screen_id == "SCREEN-001"
    assert link.relay.addresses == ("http://127.0.0.1:8440",)

    async def claim(office):
        screen = await office.call("GET", "/api/screens/SCREEN-001")
        claimed = await office.call("POST", "/api/pair", json={"token": code})
        return screen.body["name"], claimed.status

    assert ask(data, claim) == ("Bench 1", 200)


def test_a_screen_that_is_there_gets_a_new_link_and_keeps_its_name(run, data):
    run("screen", "add", "SCREEN-001", "--name", "Bench 1")
    status, out, _ = run("screen", "add", "screen-001")
    assert status == 0
    assert read_link(out.splitlines()[1].removeprefix("Link: ")).screen_id == "SCREEN-001"
    screen = ask(data, lambda office: office.call("GET", "/api/screens/SCREEN-001"))
    assert screen.body["name"] == "Bench 1"


def test_an_id_that_cannot_be_is_refused(run):
    status, out, err = run("screen", "add", "a b")
    assert (status, out) == (1, "")
    assert "'screenId'" in err


def test_the_qr_in_the_terminal_holds_the_link(run):
    import zxingcpp
    from PIL import Image

    _, out, _ = run("screen", "add", "SCREEN-001")
    lines = out.splitlines()
    rows = lines[3:]
    image = Image.new("L", (len(rows[0]), 2 * len(rows)), 255)
    for y, row in enumerate(rows):
        for x, letter in enumerate(row):
            image.putpixel((x, 2 * y), 255 if letter in "█▀" else 0)
            image.putpixel((x, 2 * y + 1), 255 if letter in "█▄" else 0)
    image = image.resize((image.width * 4, image.height * 4), Image.Resampling.NEAREST)
    found = zxingcpp.read_barcodes(image)
    assert [code.text for code in found] == [lines[1].removeprefix("Link: ")]


def test_links_carry_the_addresses_that_the_admin_set(run, monkeypatch):
    monkeypatch.setenv("BENCHCAST_ADDRESSES", "http://relay.plant:9000,http://10.0.0.5:9000")
    _, out, _ = run("screen", "add", "SCREEN-001")
    link = read_link(out.splitlines()[1].removeprefix("Link: "))
    assert link.relay.addresses == ("http://relay.plant:9000", "http://10.0.0.5:9000")


def test_a_token_alone_is_on_standard_output(run, data):
    run("screen", "add", "SCREEN-001")
    status, out, err = run("token", "create", "--scope", "trigger:SCREEN-001", "--name", "ERP", "--days", 2)
    assert status == 0
    assert "ERP" in err

    async def trigger(office):
        program = office.as_(out.strip())
        mine = await program.trigger(screenId="SCREEN-001", command="identify")
        other = await program.call("GET", "/api/users")
        return mine.status, other.body["code"]

    assert out.count("\n") == 1
    assert ask(data, trigger) == (202, "FORBIDDEN")


def test_a_token_for_no_screen_is_refused(run):
    status, out, err = run("token", "create", "--scope", "trigger:SCREEN-404")
    assert (status, out) == (1, "")
    assert "SCREEN-404" in err


def test_a_table_is_imported_with_the_files_that_it_names(run, data, tmp_path):
    (tmp_path / "plans").mkdir()
    (tmp_path / "plans" / "작업 1.pdf").write_bytes(small_pdf("one"))
    table = tmp_path / "orders.csv"
    table.write_text(
        "orderId,title,file\nWO-1,하우징,plans/작업 1.pdf\nWO-2,Pump,plans/missing.pdf\nWO-3,Shaft,\n",
        "utf-8",
    )
    status, out, err = run("order", "import", table)
    assert status == 1
    assert out.splitlines() == ["line 2  WO-1  ok", "line 4  WO-3  ok", "2 orders, 1 documents, 1 failed"]
    assert err.startswith("line 3  WO-2  failed: ")
    order = ask(data, lambda office: office.call("GET", "/api/orders/WO-1"))
    assert (order.body["title"], len(order.body["documents"])) == ("하우징", 1)


def test_a_folder_is_imported_by_the_names_of_its_files(run, data, tmp_path):
    folder = tmp_path / "scans"
    folder.mkdir()
    for name in ("WO-7.pdf", "작업 8.PDF", "WO,9.pdf"):
        (folder / name).write_bytes(small_pdf(name))
    (folder / "readme.txt").write_text("no document")
    (folder / ".hidden.pdf").write_bytes(small_pdf("hidden"))
    status, out, err = run("order", "import", folder)
    assert (status, err) == (0, "")
    assert sorted(out.splitlines()[:3]) == [
        "WO,9.pdf  WO,9  ok",
        "WO-7.pdf  WO-7  ok",
        "작업 8.PDF  작업 8  ok",
    ]
    assert out.splitlines()[3:] == ["3 orders, 3 documents, 0 failed"]
    again = run("order", "import", folder)
    assert again[0] == 0
    order = ask(data, lambda office: office.call("GET", "/api/orders/WO-7"))
    assert [document["revision"] for document in order.body["documents"]] == ["A"]


def test_a_folder_with_a_table_is_imported_by_its_table(run, tmp_path):
    (tmp_path / "a.pdf").write_bytes(small_pdf("a"))
    (tmp_path / "orders.csv").write_text("orderId,file\nWO-1,a.pdf\n", "utf-8")
    status, out, _ = run("order", "import", tmp_path)
    assert (status, out.splitlines()[0]) == (0, "line 2  WO-1  ok")


def test_a_table_names_no_file_outside_its_folder(run, tmp_path):
    (tmp_path / "secret.pdf").write_bytes(small_pdf("secret"))
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "orders.csv").write_text("orderId,file\nWO-1,../secret.pdf\n", "utf-8")
    status, _, err = run("order", "import", tmp_path / "in")
    assert status == 1
    assert "WO-1" in err


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"no heading that we know\n1\n"])
def test_a_table_that_cannot_be_read_is_a_problem(run, tmp_path, content):
    table = tmp_path / "orders.csv"
    table.write_bytes(content)
    status, out, err = run("order", "import", table)
    assert (status, out) == (1, "")
    assert len(err.splitlines()) == 3


def test_a_source_that_is_not_there_is_a_problem(run, tmp_path):
    for source in (tmp_path / "absent.csv", tmp_path):
        status, _, err = run("order", "import", source)
        assert (status, len(err.splitlines())) == (1, 3)


def test_a_damaged_key_file_is_told_and_left_alone(run, data):
    data.mkdir()
    (data / "keys.json").write_text("{}")
    status, _, err = run("screen", "add", "SCREEN-001")
    assert status == 1
    assert "keys.json" in err
    assert (data / "keys.json").read_text() == "{}"


def test_nobody_else_can_look_into_the_data_directory(run, data):
    run("screen", "add", "SCREEN-001")
    assert stat.S_IMODE(data.stat().st_mode) == 0o700


def test_a_forgotten_password_is_set_at_the_machine(run, data):
    run("user", "add", "Kim", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    status, out, _ = run("user", "password", "kim", "--password-stdin", stdin="battery staple\n")
    assert (status, out) == (0, "Changed the password of Kim and signed them out everywhere.\n")
    body = {"username": "kim", "password": "battery staple"}
    assert ask(data, lambda office: office.call("POST", "/api/auth/login", json=body)).status == 200
    status, _, err = run("user", "password", "lee", "--password-stdin", stdin="battery staple\n")
    assert status == 1
    assert "There is no user of that name." in err


def test_a_lost_second_factor_is_taken_off_at_the_machine(run, data):
    run("user", "add", "Kim", "--role", "admin", "--password-stdin", stdin=PASSWORD)
    proof = {"username": "kim", "password": PASSWORD.strip()}

    async def set_up(office):
        signed_in = (await office.call("POST", "/api/auth/login", json=proof)).body
        session = office.as_(signed_in["accessToken"])
        wish = {"currentPassword": PASSWORD.strip()}
        draft = (await session.call("POST", "/api/auth/second-factor", json=wish)).body
        code = {"code": App(draft["key"], office.clock).code()}
        assert (await session.call("POST", "/api/auth/second-factor/confirm", json=code)).status == 200

    ask(data, set_up)
    alone = ask(data, lambda office: office.call("POST", "/api/auth/login", json=proof))
    assert alone.body["code"] == "SECOND_FACTOR_NEEDED"
    status, out, err = run("user", "reset-factor", "kim")
    assert (status, out, err) == (0, "Took the second factor off kim and signed them out everywhere.\n", "")
    assert ask(data, lambda office: office.call("POST", "/api/auth/login", json=proof)).status == 200
    status, _, err = run("user", "reset-factor", "kim")
    assert status == 1
    assert "No second factor is set up." in err


def test_keys_are_rotated_at_the_machine(run):
    status, out, err = run("keys", "rotate")
    assert (status, err) == (0, "")
    assert "Earlier keys that still verify: 1" in out

"""`benchcast-relay`: serves, and lets an admin at this machine add people, screens, orders and tokens.

Everything but `serve` goes over HTTP, also here: to the relay that runs on the data directory, or, when none does, to
one that is opened for the moment. So there is one set of rules, and never a second writer of the database.
"""

import argparse
import asyncio
import getpass
import os
import signal
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import structlog
from msgspec import Struct

from relay.admin.at_terminal import add_commands
from relay.admin.vault_commands import add_vault_commands
from relay.clock import SystemClock
from relay.contract.accounts import ApiToken, NewApiToken, NewUser, SigningKeys, UserChange, UserRow
from relay.contract.identity import ROLES, NewScreen, ScreenInfo, UserInfo
from relay.contract.names import ScreenId
from relay.contract.orders import ImportReport
from relay.contract.pairing import Offer
from relay.contract.pairing_requests import PairingApproval
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.wording import Language, Wording
from relay.errors import DatabaseDamagedError, StorageUnavailableError
from relay.flows.display.import_at_terminal import batches_of, tell_report
from relay.identity.keys import Keys, KeysUnreadableError
from relay.identity.tokens import mint_local_admin
from relay.main import AlreadyRunningError, open_relay
from relay.ops.certificate import CertificateUnreadableError, fingerprint_of
from relay.ops.line import Line, ProblemAnsweredError, open_line, read_note
from relay.ops.logs import set_up_logs
from relay.ops.parcel import send
from relay.ops.process import new_loop, raise_file_limit, rest_the_collector, share_the_interpreter
from relay.ops.terminal_qr import print_qr
from relay.pairing import at_terminal
from relay.settings import Settings, SettingsError, read_settings

log = structlog.get_logger()

# A relay that has just started or another command that is about to end: wait for it that long.
PATIENCE = timedelta(seconds=10)
ASK_AGAIN = timedelta(milliseconds=200)
BAD_USAGE = 2

Command = Callable[[argparse.Namespace, Settings, Wording], Coroutine[object, object, int]]


class TroubleError(Exception):
    """A command cannot be done here; `key` words why (`cli.<key>.title`, `.detail` and `.action`)."""

    def __init__(self, key: str, **values: str) -> None:
        """Name the sentences and fill them."""
        super().__init__(key)
        self.key = key
        self.values = values


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; return its exit status: 0 done, 1 refused or failed (and why is printed), 2 bad usage."""
    for stream in (sys.stdout, sys.stderr):
        # A terminal that lacks a letter shows a question mark in its place; that is no reason to fail.
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors="replace")
    wording = Wording(language_of(os.environ))
    arguments = parser_for(wording).parse_args(argv)
    command: Command = arguments.command
    try:
        arguments.given = read_settings(_flags(arguments), config=arguments.config)
    except SettingsError as error:
        _tell_trouble(TroubleError("settings", reason=str(error)), wording)
        return BAD_USAGE
    settings: Settings = arguments.given.settings
    set_up_logs(settings.log_level if command is serve else "warning", settings.log_format)
    try:
        with asyncio.Runner(loop_factory=new_loop) as runner:
            return runner.run(command(arguments, settings, wording))
    except ProblemAnsweredError as error:
        _tell_problem(error.problem)
    except TroubleError as error:
        _tell_trouble(error, wording)
    except DatabaseDamagedError as error:
        _tell_trouble(TroubleError("damaged", path=str(error.path), finding=error.finding), wording)
    except (KeysUnreadableError, CertificateUnreadableError, StorageUnavailableError) as error:
        _tell_trouble(TroubleError("unreadable", reason=str(error)), wording)
    except KeyboardInterrupt:
        print(file=sys.stderr)
    return 1


def language_of(environ: Mapping[str, str]) -> Language:
    """Choose by the locale's variables, in the order of POSIX: Korean for a Korean locale, English for any other."""
    locale = next((text for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (text := environ.get(name))), "")
    return "ko" if locale.lower().startswith(("ko", "korean")) else "en"


def parser_for(wording: Wording) -> argparse.ArgumentParser:
    """Describe the commands and their options."""
    say = wording.say
    common = argparse.ArgumentParser(add_help=False)
    common.add_argument("--data", type=Path, metavar="DIR", help=say("cli.option.data"))
    common.add_argument("--config", type=Path, metavar="FILE", help=say("cli.option.config"))
    parser = argparse.ArgumentParser(prog="benchcast-relay", description=say("cli.about"))
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    serving = commands.add_parser("serve", parents=[common], help=say("cli.serve"))
    serving.add_argument("--host", metavar="H", help=say("cli.option.host"))
    serving.add_argument("--port", type=int, metavar="P", help=say("cli.option.port"))
    serving.add_argument("--plain-http", action="store_true", default=None, help=say("cli.option.plain_http"))
    serving.set_defaults(command=serve)

    add_commands(commands, common, wording)
    verbs_of = {
        noun: commands.add_parser(noun, help=say(f"cli.{noun}")).add_subparsers(
            required=True, metavar="COMMAND"
        )
        for noun in ("user", "screen", "order", "token", "keys")
    }

    def nested(noun: str, verb: str, command: Command) -> argparse.ArgumentParser:
        added = verbs_of[noun].add_parser(
            verb, parents=[common], help=say(f"cli.{noun}.{verb.replace('-', '_')}")
        )
        added.set_defaults(command=command)
        return added

    user = nested("user", "add", add_user)
    user.add_argument("name", metavar="NAME")
    user.add_argument("--role", required=True, choices=ROLES, help=say("cli.option.role"))
    password = nested("user", "password", set_password)
    password.add_argument("name", metavar="NAME")
    for each in (user, password):
        each.add_argument("--password-stdin", action="store_true", help=say("cli.option.password_stdin"))
    nested("user", "reset-factor", reset_factor).add_argument("name", metavar="NAME")
    nested("keys", "rotate", rotate_keys)
    add_vault_commands(verbs_of["keys"], common, wording)
    screen = nested("screen", "add", add_screen)
    screen.add_argument("screen_id", metavar="SCREEN_ID")
    screen.add_argument("--name", metavar="TEXT", default="", help=say("cli.option.screen_name"))
    nested("screen", "requests", screen_requests)
    approval = nested("screen", "approve", approve_screen)
    approval.add_argument("code", metavar="CODE")
    approval.add_argument("screen_id", metavar="SCREEN_ID")
    approval.add_argument("--name", metavar="TEXT", default="", help=say("cli.option.screen_name"))
    approval.add_argument("--check", metavar="DIGITS", help=say("cli.option.check"))
    approval.add_argument("--replace", action="store_true", help=say("cli.option.replace"))
    nested("screen", "deny", deny_screen).add_argument("code", metavar="CODE")
    order = nested("order", "import", import_orders)
    order.add_argument("source", type=Path, metavar="FILE.csv|DIR", help=say("cli.option.source"))
    token = nested("token", "create", create_token)
    token.add_argument(
        "--scope", action="append", required=True, metavar="SCOPE", help=say("cli.option.scope")
    )
    token.add_argument("--name", metavar="TEXT", default="", help=say("cli.option.token_name"))
    token.add_argument("--days", type=int, default=365, metavar="N", help=say("cli.option.days"))
    return parser


async def serve(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Serve until told to stop; the URLs are printed once the relay answers there."""
    stopped = asyncio.Event()
    open_files = raise_file_limit()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: loop.call_soon_threadsafe(stopped.set))
    async with AsyncExitStack() as stack:
        try:
            relay = await stack.enter_async_context(open_relay(settings, given=arguments.given))
        except AlreadyRunningError as error:
            raise TroubleError("already_running", data=str(settings.data)) from error
        except OSError as error:
            if error.filename is not None:
                raise TroubleError("unreadable", reason=str(error)) from error
            address = f"{settings.host}:{settings.port}"
            raise TroubleError("cannot_listen", address=address, reason=str(error)) from error
        rest_the_collector()
        share_the_interpreter()
        log.info("Serving", engine=settings.engine, open_files=open_files)
        for url in relay.urls:
            print(url, flush=True)
        if relay.welcome_link:
            print(wording.say("cli.welcome", link=relay.welcome_link), flush=True)
        await stopped.wait()
    return 0


async def add_user(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Add a person, with a password from the terminal or the first line of standard input."""
    password = _read_password(arguments, wording)
    body = NewUser(name=arguments.name, role=arguments.role, password=password)
    async with line_to(settings, wording.language) as line:
        added = await line.ask("POST", "/api/users", UserInfo, body=body)
    print(wording.say("cli.user.added", name=added.name, role=added.role))
    return 0


async def set_password(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Give a person a new password, read as for `add_user`; their sessions end."""
    change = UserChange(password=_read_password(arguments, wording))
    async with line_to(settings, wording.language) as line:
        changed = await line.ask(
            "PATCH", f"/api/users/{quote(arguments.name, safe='')}", UserRow, body=change
        )
    print(wording.say("cli.user.password_set", name=changed.name))
    return 0


async def reset_factor(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Take a lost second factor off a person; their sessions end."""
    async with line_to(settings, wording.language) as line:
        await line.ask("DELETE", f"/api/users/{quote(arguments.name, safe='')}/second-factor", _Nothing)
    print(wording.say("cli.user.factor_reset", name=arguments.name))
    return 0


async def rotate_keys(_arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Have the relay sign with a new key; nobody is signed out."""
    async with line_to(settings, wording.language) as line:
        keys = await line.ask("POST", "/api/keys/rotate", SigningKeys)
    print(wording.say("cli.keys.rotated", kid=keys.current, count=len(keys.retired)))
    return 0


async def add_screen(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Make sure that there is such a screen, and print an offer of it."""
    wish = NewScreen(screen_id=ScreenId(arguments.screen_id), name=arguments.name)
    async with line_to(settings, wording.language) as line:
        try:
            await line.ask("POST", "/api/screens", ScreenInfo, body=wish)
        except ProblemAnsweredError as error:
            if error.problem.code != Code.ALREADY_EXISTS:
                raise
        path = f"/api/screens/{quote(arguments.screen_id, safe='')}/pairing"
        offer = await line.ask("POST", path, Offer)
    print(wording.say("cli.screen.ready", screenId=arguments.screen_id))
    print(wording.say("cli.screen.link", link=offer.link))
    print(wording.say("cli.screen.code", code=offer.code))
    if offer.check is not None:
        print(wording.say("cli.screen.check", check=offer.check))
    print_qr(offer.link, sys.stdout)
    return 0


async def screen_requests(_arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """List the workstations that ask to be paired."""
    async with line_to(settings, wording.language) as line:
        return await at_terminal.list_requests(line, wording, print)


async def approve_screen(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Approve the workstation that shows a code."""
    approval = PairingApproval(
        screen_id=ScreenId(arguments.screen_id),
        name=arguments.name,
        check=arguments.check,
        replace=arguments.replace,
    )
    async with line_to(settings, wording.language) as line:
        return await at_terminal.approve_request(line, arguments.code, approval, wording, print)


async def deny_screen(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Deny a workstation's request."""
    async with line_to(settings, wording.language) as line:
        return await at_terminal.deny_request(line, arguments.code, wording, print)


async def create_token(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Make an API token. It alone goes to standard output, so that a script can take it from there."""
    wish = NewApiToken(scopes=tuple(arguments.scope), name=arguments.name, days=arguments.days)
    async with line_to(settings, wording.language) as line:
        made = await line.ask("POST", "/api/tokens", ApiToken, body=wish)
    scopes = " ".join(made.scopes)
    print(wording.say("cli.token.made", name=made.name, scopes=scopes, days=arguments.days), file=sys.stderr)
    print(made.token)
    return 0


async def import_orders(arguments: argparse.Namespace, settings: Settings, wording: Wording) -> int:
    """Import a table or a folder, and report every line; 1 if any of them failed."""
    reports: list[ImportReport] = []
    try:
        batches = await asyncio.to_thread(batches_of, arguments.source)
        async with line_to(settings, wording.language) as line:
            for batch in batches:
                report = await send(line, batch.table, batch.files)
                tell_report(report, batch, wording)
                reports.append(report)
    except OSError as error:
        raise TroubleError("unreadable_source", reason=str(error)) from error
    if not any(report.lines for report in reports):
        raise TroubleError("nothing_to_import", source=str(arguments.source))
    # An order whose lines went in two requests is still one order.
    orders = len({line.order_id for report in reports for line in report.lines if line.ok})
    documents, failed = sum(report.documents for report in reports), sum(report.failed for report in reports)
    print(wording.say("cli.import.total", orders=orders, documents=documents, failed=failed))
    return 1 if failed else 0


@asynccontextmanager
async def line_to(settings: Settings, language: Language) -> AsyncGenerator[Line]:
    """Open a line to the relay of the data directory: the one that runs, or one opened here for the moment."""
    async with AsyncExitStack() as stack:
        url = await _find_or_open(stack, settings, language)
        token = mint_local_admin(Keys.open(settings.data), SystemClock())
        yield await stack.enter_async_context(_line(settings, url, token, language))


async def _find_or_open(stack: AsyncExitStack, settings: Settings, language: Language) -> str:
    loop = asyncio.get_running_loop()
    deadline = loop.time() + PATIENCE.total_seconds()
    while True:
        try:
            return (await stack.enter_async_context(open_relay(settings, is_guest=True))).urls[0]
        except AlreadyRunningError:
            note = read_note(settings.data)
        except OSError as error:
            raise TroubleError("unreadable", reason=str(error)) from error
        if note is not None and await _answers(settings, note.url, language):
            return note.url
        if loop.time() > deadline:
            address = note.url if note is not None else str(settings.data)
            values: dict[str, str | int] = {"address": address}
            raise ProblemAnsweredError(
                write_problem(Code.CONNECTION_REFUSED, language, trace_id="", values=values)
            )
        await asyncio.sleep(ASK_AGAIN.total_seconds())


class _Health(Struct, frozen=True):
    status: str


class _Nothing(Struct, frozen=True):
    """The answer of what is only done."""


async def _answers(settings: Settings, url: str, language: Language) -> bool:
    """Tell whether a relay speaks at `url`; no token is shown to whoever it is."""
    try:
        async with _line(settings, url, "", language) as line:
            await line.ask("GET", "/health", _Health)
    except ProblemAnsweredError:
        return False
    return True


def _line(settings: Settings, url: str, token: str, language: Language) -> AbstractAsyncContextManager[Line]:
    note = read_note(settings.data)
    certificate = note.certificate if note is not None and url.startswith("https:") else None
    # The one that is shown today; whatever signed it, this machine's own files say which it is.
    fingerprint = fingerprint_of(Path(certificate)) if certificate else None
    return open_line(url, token, language, fingerprint=fingerprint)


def _read_password(arguments: argparse.Namespace, wording: Wording) -> str:
    if arguments.password_stdin:
        return sys.stdin.readline().rstrip("\r\n")
    if not sys.stdin.isatty():
        print(wording.say("cli.no_password"), file=sys.stderr)
        raise SystemExit(BAD_USAGE)
    least = arguments.given.settings.password_length
    password = getpass.getpass(wording.say("cli.password", name=arguments.name, least=least))
    if getpass.getpass(wording.say("cli.password_again")) != password:
        raise TroubleError("passwords_differ")
    return password


def _flags(arguments: argparse.Namespace) -> dict[str, object]:
    names = ("data", "host", "port", "plain_http")
    return {name: value for name in names if (value := getattr(arguments, name, None)) is not None}


def _tell_problem(problem: Problem) -> None:
    for sentence in (problem.title, problem.detail, problem.action):
        print(sentence, file=sys.stderr)


def _tell_trouble(trouble: TroubleError, wording: Wording) -> None:
    for part in ("title", "detail", "action"):
        print(wording.say(f"cli.{trouble.key}.{part}", **trouble.values), file=sys.stderr)

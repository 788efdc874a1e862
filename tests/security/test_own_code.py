"""What our Python code uses that could do harm: SQL, text that runs, debuggers, other people's machines.

Each rule looks at the syntax trees of relay and app. What is allowed stands here, with its place and its reason;
whatever is new makes a test red until somebody has written down why it does no harm.
"""

import ast
import re

from helpers.syntax import calls, imports, nodes, roots

# --- SQL (ASVS 5.3.4, 5.3.5, 1.5.4) -------------------------------------------------------------------------------

STATEMENT = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|REPLACE|WITH|CREATE|DROP|ALTER|ATTACH|PRAGMA|VACUUM|SET|BEGIN|SAVEPOINT|WHERE)\s"
)
# Every statement that is put together, by what is put in: constants of the same file, and whole numbers.
PUT_TOGETHER = {
    ("relay/delivery/purge.py", "PAGES"): "a number of the file",
    (
        "relay/flows/display/sources/sql_source.py",
        "int(self._seconds * 1000)",
    ): "a whole number; PostgreSQL binds none here",
    ("relay/storage/dialect.py", "pragma"): "three settings of the file",
    ("relay/storage/dialect.py", "mode"): "a word of its type",
    ("relay/storage/restore.py", "table"): "two names of the file",
    ("relay/storage/soundness.py", "asked"): "a number, or a table's name as the database itself tells it",
    ("relay/storage/writer.py", "number"): "the number that the database itself has just told",
    ("app/link/inbox.py", "self._synchronous"): "one of two words of the code",
    ("app/link/island_store.py", "self._synchronous"): "one of two words of the code",
    ("app/link/island_store.py", "table"): "three names of the file",
    ("app/link/island_store.py", "where"): "one of the file's own conditions",
    ("app/machine/shown_book.py", "_NAMES"): "the names of the record's fields",
    ("app/machine/shown_book.py", "_HOLES"): "question marks",
    ("app/machine/shown_book.py", "' AND '.join(conditions)"): "conditions of the file, with question marks",
}
# Statements that are not written where they are executed as text.
NAMED = {
    (
        "relay/flows/display/sources/sql_source.py",
        "self._query",
    ): "an admin's SELECT, checked, the order bound",
    ("relay/storage/versions/0005_engine.py", "_BAD_ENDS"): "a constant of the file",
}


def is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def test_no_statement_is_put_together_with_what_somebody_sent():
    found = set()
    for where, node in nodes(ast.JoinedStr):
        first = node.values[0]
        if isinstance(first, ast.Constant) and STATEMENT.match(str(first.value)):
            found |= {
                (where, ast.unparse(each.value))
                for each in node.values
                if isinstance(each, ast.FormattedValue)
            }
    for where, node in nodes(ast.BinOp):
        if isinstance(node.op, ast.Add | ast.Mod) and is_text(node.left) and STATEMENT.match(node.left.value):
            found.add((where, ast.unparse(node.right)))
    for where, _, call in calls():
        if (
            isinstance(call.func, ast.Attribute)
            and is_text(call.func.value)
            and STATEMENT.match(call.func.value.value)
        ):
            found.add((where, ast.unparse(call)))
    assert found == set(PUT_TOGETHER)


def test_text_that_is_executed_as_sql_is_written_where_it_is_executed():
    found = set()
    for where, name, call in calls():
        if name.rpartition(".")[2] in {"text", "literal_column", "exec_driver_sql", "DDL"} and call.args:
            is_sql = name in {
                "text",
                "sa.text",
                "literal_column",
                "sa.literal_column",
                "DDL",
            } or name.endswith("exec_driver_sql")
            given = call.args[0]
            if is_sql and not isinstance(given, ast.Constant | ast.JoinedStr):
                found.add((where, ast.unparse(given)))
    assert found == set(NAMED)


# --- Text that runs (ASVS 5.2.4, 5.3.8, 5.4.1, 5.4.2) -------------------------------------------------------------

RUNS = {"eval", "exec", "compile", "__import__", "breakpoint"}
UNPACKS = {
    "pickle",
    "cPickle",
    "marshal",
    "shelve",
    "dill",
    "yaml",
    "runpy",
    "code",
    "codeop",
    "jsonpickle",
    "jinja2",
    "mako",
}
# Late imports, for the time that a start takes; their names are constants of the app.
LATE = {"app/windows/importing.py"}
# The systems' own libraries, by their documented functions; the relay has none.
NATIVE = {
    "app/link/boot.py",
    "app/windows/large_blocks.py",
    "app/windows/systems/on_macos.py",
    "app/windows/systems/on_windows.py",
    "app/windows/systems/x_line.py",
}


def test_no_text_becomes_code():
    for where, name, call in calls():
        assert name not in RUNS, f"{where}:{call.lineno} {name}"
        if name == "importlib.import_module":
            assert where in LATE, f"{where}:{call.lineno}"
    assert not [(where, root) for where, root in roots() if root in UNPACKS]


def test_no_shell_reads_what_is_started():
    for where, name, call in calls():
        assert not name.startswith(("os.system", "os.popen", "os.spawn", "subprocess.getoutput")), where
        assert name not in {"asyncio.create_subprocess_shell", "subprocess.getstatusoutput"}, where
        for word in call.keywords:
            assert not (word.arg == "shell" and ast.unparse(word.value) != "False"), f"{where}: {name}"


def test_no_memory_is_handled_by_hand_but_where_a_system_asks_for_it():
    assert {where for where, root in roots() if root in {"ctypes", "cffi", "mmap"}} == NATIVE


# An admin's own rule for barcodes, whose places are checked when it is read; names of the log bundle; the catalogue.
FORMATS = {
    ("app/scan/rule_table.py", "template"),
    ("app/wiring/support.py", "_NAMES[what]"),
    ("relay/contract/wording.py", "sentence"),
}
LOGGED = {"debug", "info", "warning", "error", "exception", "critical"}


def test_a_format_is_never_what_somebody_sent():
    found = set()
    for where, _, call in calls():
        if (
            isinstance(call.func, ast.Attribute)
            and call.func.attr in {"format", "format_map"}
            and (call.args or call.keywords)
        ):
            form = call.func.value
            if not is_text(form):
                found.add((where, ast.unparse(form)))
    assert found == FORMATS
    for where, node in nodes(ast.BinOp):
        if isinstance(node.op, ast.Mod):
            assert not isinstance(node.left, ast.JoinedStr), f"{where}:{node.lineno} formats with %"
            assert not is_text(node.left), f"{where}:{node.lineno} formats with %"


def test_what_is_logged_begins_with_a_sentence_of_ours():
    logged = 0
    for where, name, call in calls():
        owner, _, level = name.rpartition(".")
        if owner in {"log", "_log", "self._log"} and level in LOGGED:
            logged += 1
            said = call.args[0]
            sentences = [said.body, said.orelse] if isinstance(said, ast.IfExp) else [said]
            assert all(map(is_text, sentences)), f"{where}:{call.lineno}"
    assert logged > 50, "the rule looks at what there is"


# --- Debugging (ASVS 14.3.2) and other people's machines (10.2.1, 13.1.1) -----------------------------------------


def test_no_switch_turns_debugging_on():
    for where, name, call in calls():
        assert name not in {"pdb.set_trace", "breakpoint", "code.interact", "web.run_app"}, where
        assert not name.endswith(("set_debug", "enable_debug")), f"{where}:{call.lineno}"
        for word in call.keywords:
            assert not (word.arg == "debug" and ast.unparse(word.value) != "False"), f"{where}:{call.lineno}"
    debuggers = {
        "pdb",
        "bdb",
        "debugpy",
        "pydevd",
        "aiohttp_debugtoolbar",
        "aiomonitor",
        "aioconsole",
        "IPython",
        "rpdb",
    }
    assert not [(where, root) for where, root in roots() if root in debuggers]


# Whoever can open a connection, to whom, and on whose word.
OUTGOING = {
    "relay/admin/tracing.py": "the collector that `otlp_endpoint` names",
    "relay/flows/display/framing.py": "a page that may be shown, whose headers a browser's screen asks for",
    "relay/flows/display/sources/fetching.py": "order sources that an admin has set up",
    "relay/flows/display/sources/sql_source.py": "order sources that an admin has set up",
    "relay/ops/addresses.py": "nobody: a datagram socket that is asked for its own address, and sends nothing",
    "relay/ops/announcement.py": "the local network (mDNS), unless `announce` is off",
    "relay/ops/doctor.py": "this relay's own addresses",
    "relay/ops/line.py": "this relay, from its own command line",
    "relay/ops/notifier.py": "the webhook that an admin has set",
}
OPENS = re.compile(
    r"\b(ClientSession\(|create_connection\(|open_connection\(|create_datagram_endpoint\(|socket\.socket\(|HTTPS?Connection\("
    r"|urlopen\(|create_engine\(|OTLPSpanExporter\(|AsyncZeroconf\(|Zeroconf\(|sock_connect\()"
)
CLIENTS = {
    "requests", "httpx", "urllib3", "ftplib", "smtplib", "telnetlib", "poplib", "imaplib", "xmlrpc", "paramiko",
    "boto3", "sentry_sdk", "posthog", "analytics", "mixpanel", "statsd", "bugsnag", "rollbar",
}  # fmt: skip


def test_whoever_can_open_a_connection_is_listed_with_whom_it_asks():
    opening = {where for where, name, _ in calls() if where.startswith("relay/") and OPENS.search(f"{name}(")}
    # The relay's own database is a file; that engine opens no connection.
    assert opening - {"relay/storage/dialect.py"} == set(OUTGOING)
    assert not [(where, root) for where, root in roots() if root in CLIENTS]
    assert not [(where, name) for where, name in imports() if name.startswith("urllib.request")]


def test_addresses_are_taken_apart_by_one_parser():
    taken = {name for _, name in imports() if name.startswith("urllib.parse.")}
    assert "urllib.parse.urlsplit" in taken
    # `urlparse` splits differently (parameters); `yarl` is what aiohttp asks with, and gets what was checked.
    assert not taken & {"urllib.parse.urlparse", "urllib.parse.splithost", "urllib.parse.splitport"}
    others = {"furl", "hyperlink", "rfc3986", "tldextract", "w3lib", "ada_url"}
    assert not [(where, root) for where, root in roots() if root in others]

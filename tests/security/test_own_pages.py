"""What our pages' code uses that could do harm: markup from strings, text that runs, sensors, hidden parameters.

Each rule reads the scripts and pages under resources/web, and what the relay's Python writes into pages. What is
vendored is listed with what it holds, so that a newer edition with more turns red.
"""

import ast
import re
from pathlib import Path

import pytest
from helpers.house import ROOT, name_of, parsed, tracked_files
from helpers.syntax import calls, nodes

from relay.contract.api import CALLS, openapi
from relay.web.pages import FEATURES, PAGES, WORKERS, Page

WEB = ROOT / "resources" / "web"
FILES = [
    file for file in tracked_files() if file.is_relative_to(WEB) and file.suffix in {".js", ".mjs", ".html"}
]
OURS = [file for file in FILES if not file.is_relative_to(WEB / "vendor")]
VENDORED = [file for file in FILES if file.is_relative_to(WEB / "vendor") and file.suffix != ".html"]


def code_of(file: Path) -> str:
    """Return a script without its comments (a `//` behind a colon belongs to an address)."""
    text = re.sub(r"/\*.*?\*/", " ", file.read_text("utf-8"), flags=re.DOTALL)
    return re.sub(r"(?m)(^|[\s;{}(,])//.*$", r"\1", text)


# Whatever turns a text into markup or into a script (ASVS 5.2.4, 5.3.3, 5.5.4).
RUNS = {
    "eval": r"(?<![\w.'\"-])eval\s*\(",
    "new Function": r"\bnew\s+Function\b|(?<![\w.])Function\s*\(",
    "a timer with a text": r"\bset(Timeout|Interval)\s*\(\s*[\"'`]",
    "innerHTML": r"\b(inner|outer)HTML\b",
    "insertAdjacentHTML": r"\binsertAdjacentHTML\b|\bcreateContextualFragment\b|\bsetHTMLUnsafe\b|\bparseHTMLUnsafe\b",
    "document.write": r"\bdocument\s*\.\s*write(ln)?\b",
    "DOMParser": r"\bDOMParser\b",
    "dangerouslySetInnerHTML": r"\bdangerouslySetInnerHTML\b",
    "srcdoc": r"\bsrcdoc\b",
    "javascript:": r"\bjavascript\s*:",
    "an attribute that runs": r"setAttribute\(\s*[\"'`]on|<[a-z]+[^>]*\son[a-z]+=[\"']",
    "a script from elsewhere": r"\bimportScripts\s*\(|\bimport\s*\(\s*[^\"'`\s)]|\bfrom\s+[\"']https?:",
}
# What nobody here asks for (Preact), and what looks for the global object or has another way (the policy of every page
# stops it, which every test in a browser would hear of). PDF.js imports its own worker.
IN_VENDORED = {
    "preact.js": {"innerHTML", "dangerouslySetInnerHTML"},
    "socket.io.js": {"new Function"},
    "pdfjs/pdf.mjs": {"new Function", "a script from elsewhere"},
    "pdfjs/pdf.worker.mjs": {"new Function"},
}


@pytest.mark.parametrize("file", OURS, ids=name_of)
def test_no_page_of_ours_makes_markup_or_code_of_a_text(file: Path):
    code = code_of(file)
    assert [what for what, words in RUNS.items() if re.search(words, code)] == []


def test_of_what_is_vendored_it_is_known_what_could():
    found = {}
    for file in VENDORED:
        words = {what for what, words in RUNS.items() if re.search(words, code_of(file))}
        if words:
            found[file.relative_to(WEB / "vendor").as_posix()] = words
    assert found == IN_VENDORED


def test_json_is_read_by_the_browsers_own_reader():
    read = [file for file in OURS if re.search(r"\bJSON\.parse\(|\.json\(\)", code_of(file))]
    assert len(read) > 4, "the rule looks at what there is"
    packages = (ROOT / "resources" / "web" / "vendor" / "manifest.json").read_text("utf-8")
    assert not re.search(r"json5|jsonp|hjson|serialize-javascript|lossless-json", packages)
    jsonp = [name_of(file) for file in OURS if re.search(r"[?&](callback|jsonp)=", code_of(file))]
    assert jsonp == []


GONE = (
    r"<(object|embed|applet|bgsound|marquee|frameset|plaintext)\b"
    r"|ActiveXObject|\bdocument\.all\b|x-shockwave|silverlight|\.swf\b|showModalDialog|\bunload\b"
    r"|application/x-(java|npapi|pnacl|nacl)|webkitRequestFileSystem|openDatabase\s*\("
)


def test_pages_use_nothing_that_browsers_have_given_up():
    assert [name_of(file) for file in OURS if re.search(GONE, code_of(file))] == []
    written = [
        name_of(file)
        for file in tracked_files()
        if file.suffix == ".py" and name_of(file).startswith("relay/")
    ]
    assert len(written) > 100
    assert [name for name in written if re.search(GONE, (ROOT / name).read_text("utf-8"))] == []


# --- Permissions (ASVS 10.2.2) ------------------------------------------------------------------------------------

# What a page may ask the browser's user for, and why.
SENSORS = {
    r"\bgetUserMedia\(": {"phone/scan/camera.js"},  # somebody scans
    r"\bpermissions\.query\(": {"phone/scan/camera.js"},  # whether the camera was forbidden
    r"\bgetScreenDetails\(": {
        "screen/stage/hosts.js"
    },  # where a second window goes, when somebody asks for one
    r"\bclipboard\.|\bexecCommand\(": {
        "console/ui/copy.js"
    },  # writes a link, when somebody presses the button
    r"\bgeolocation\b|\bgetDisplayMedia\(|\bMediaRecorder\b|\bNotification\s*[.(]|\bPushManager\b": set(),
    r"\bnavigator\.(bluetooth|usb|serial|hid|contacts|credentials|getBattery|keyboard|xr)\b": set(),
    r"\bDevice(Orientation|Motion)Event\b|\b(Accelerometer|Gyroscope|Magnetometer|AmbientLightSensor)\b": set(),
    r"\bclipboard\.read|\bsendBeacon\(|\bIdleDetector\b|\bEyeDropper\b|\bRTCPeerConnection\b": set(),
}


def test_pages_ask_for_the_camera_when_somebody_scans_and_for_no_other_sense():
    for words, places in SENSORS.items():
        found = {file.relative_to(WEB).as_posix() for file in OURS if re.search(words, code_of(file))}
        assert found == places, words
    camera = code_of(WEB / "phone" / "scan" / "camera.js")
    assert camera.count("getUserMedia({ audio: false,") == camera.count("getUserMedia(") > 0


def test_the_camera_is_allowed_on_the_phones_page_alone_and_the_other_senses_nowhere():
    assert {
        "camera",
        "microphone",
        "geolocation",
        "usb",
        "bluetooth",
        "serial",
        "hid",
        "display-capture",
    } <= set(FEATURES)
    for path, page in [*PAGES.items(), *WORKERS.items(), ("a file", Page(index=""))]:
        said = dict(part.split("=", 1) for part in page.headers()["Permissions-Policy"].split(", "))
        assert set(said) == set(FEATURES)
        assert {name for name, who in said.items() if who != "()"} == (
            {"camera"} if path == "/scan/" else set()
        ), path


def test_the_app_neither_sees_nor_hears_and_web_pages_in_it_are_given_nothing():
    senses = {
        "QtMultimedia",
        "QtPositioning",
        "QtLocation",
        "QtSensors",
        "QtBluetooth",
        "QtNfc",
        "cv2",
        "sounddevice",
    }
    for where, node in nodes(ast.ImportFrom):
        parts = {*(node.module or "").split("."), *(each.name for each in node.names)}
        assert not parts & (senses - {"QtMultimedia"}), where
        assert not parts & {
            "QCamera",
            "QMediaCaptureSession",
            "QAudioSource",
            "QMediaRecorder",
            "QScreenCapture",
        }, where
    engine = (ROOT / "app" / "windows" / "web_engine.py").read_text("utf-8")
    assert "permissionRequested.connect(_deny)" in engine


# --- Passwords (ASVS 2.1.11, 2.5.2) and parameters (8.1.3) --------------------------------------------------------


def test_fields_for_passwords_let_managers_fill_them_and_nothing_stops_pasting():
    fields = []
    for file in OURS:
        code = code_of(file)
        assert not re.search(
            r"\bon(Paste|Copy|Cut|paste|copy|cut|beforepaste)\b|Listener\(\s*[\"'`](before)?(paste|copy|cut)",
            code,
        ), name_of(file)
        fields += [
            (name_of(file), found)
            for found in re.findall(r"<[^<>]*type=\"password\"[^<>]*(?:<[^<>]*)*?/?>", code)
        ]
    asked = [
        (where, ast.unparse(call))
        for where, name, call in calls()
        if name == "text_field"
        and any("password" in ast.unparse(each.value) for each in call.keywords if each.arg == "kind")
    ]
    assert len(fields) > 5
    assert asked
    for where, field in [*fields, *asked]:
        assert re.search(r"(current|new)-password", field), f"{where}: {field}"


def test_nobody_is_asked_for_a_hint_or_a_secret_question():
    asked = r"\b(secret|security|recovery)[ _-]?(question|answer)|password[ _-]?(hint|reminder|question)"
    words = [file for file in tracked_files() if file.is_relative_to(ROOT / "resources" / "i18n")]
    ours = [
        file
        for file in tracked_files()
        if name_of(file).startswith(("relay/", "app/")) and file.suffix == ".py"
    ]
    assert len(words) > 20
    for file in [*words, *ours, *OURS]:
        assert not re.search(asked, file.read_text("utf-8"), re.IGNORECASE), name_of(file)


def test_no_answer_has_a_field_for_a_password_or_its_hash():
    told = {type_ for call in CALLS for type_ in call.answers.values() if type_ is not None}
    schemas = openapi("0")["components"]["schemas"]
    assert len(told) > 40
    for type_ in told:
        fields = set(schemas[type_.__name__]["properties"])
        assert not [name for name in fields if re.search(r"password|hash", name, re.IGNORECASE)], (
            type_.__name__
        )


# Every header, cookie and hidden field that is not a browser's own, with what it is for.
HEADERS = {
    "X-Benchcast": "this very page asks (and which attempt it is, so that a repeated refresh is heard once)",
    "X-Benchcast-Unattended": "nobody is at this page, so the session is not prolonged",
    "X-CSRF-Token": "this session's page asks",
    "X-Benchcast-As-Of": "when the relay said so",
    "X-Forwarded-For": "of a configured proxy alone",
    "X-Forwarded-Proto": "of a configured proxy alone",
    "X-Forwarded-Host": "of a configured proxy alone",
    "X-Real-IP": "looked for, so that the console can say that a proxy is not configured",
    "X-Request-Id": "the caller's own name for a request, for traces",
    "X-Api-Key": "an example: how an order source of the plant is asked",
    "X-Accel-Buffering": "told to nginx",
    "X-Content-Type-Options": "told to browsers",
    "X-Frame-Options": "told to browsers",
}
HIDDEN = {"ticket", "code", "check", "username"}


def test_requests_carry_no_parameter_that_is_not_listed():
    text = r"^X-[A-Z][A-Za-z-]+$"
    said = {
        node.value
        for file in tracked_files()
        if name_of(file).startswith("relay/") and file.suffix == ".py"
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and re.match(text, node.value)
    }
    said |= {
        found for file in OURS for found in re.findall(r"[\"'`](X-[A-Z][A-Za-z-]+)[\"'`]", code_of(file))
    }
    assert said - set(HEADERS) == set()
    read = {
        call.args[0].value
        for _, name, call in calls()
        if name == "request.query.get" and isinstance(call.args[0], ast.Constant)
    }
    assert read - {name for call in CALLS for name in call.query} == set()
    carried = {word.arg for _, name, call in calls() if name == "hidden" for word in call.keywords}
    assert carried <= HIDDEN
    assert not [name_of(file) for file in OURS if re.search(r"type=[\"']?hidden", code_of(file))]
    assert not [name_of(file) for file in OURS if "document.cookie" in code_of(file)]

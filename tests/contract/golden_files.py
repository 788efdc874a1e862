"""What the golden files must hold; run as a program it writes them anew, to be reviewed as a diff."""

import sys
from pathlib import Path

import msgspec
from wire_samples import ID, NOW, ORDER, SAMPLES, SCREEN

from relay.contract import codec
from relay.contract.problems import Code, Problem, write_problem
from relay.contract.wording import LANGUAGES, Language

GOLDEN = Path(__file__).resolve().parent / "golden"

# What fills the sentences of the problems, so that a reviewer reads them as a person would.
WORDS: dict[str, str | int] = {
    "orderId": ORDER,
    "screenId": SCREEN,
    "id": ID,
    "address": "192.168.0.10:8440",
    "wish": "2",
    "host": "plan.example",
    "limit": "100 MB",
    "size": "10240",
    "files": "20000",
    "hours": "3",
    "what": "WO-2025-0001_C.pdf",
    "field": "displayIndex",
    "reason": "reason.range",
    "source": "ERP",
}
# Values that travel as fields of their own, for the problems that bring them.
FIELDS: dict[Code, dict[str, str | int]] = {
    Code.CLOCK_SKEW: {"serverTime": NOW},
    Code.RATE_LIMITED: {"retryAfterMs": 2_000},
}


def problems(language: Language) -> dict[str, Problem]:
    """Word every refusal in one language."""
    return {
        code.value: write_problem(
            code, language, trace_id="0198c0de7ace", values={**WORDS, **FIELDS.get(code, {})}
        )
        for code in Code
    }


def golden_form(message: object) -> bytes:
    """Lay out the very bytes that travel so that a diff of them can be read; no field changes its place."""
    return msgspec.json.format(codec.to_json(message), indent=2) + b"\n"


def files() -> dict[Path, bytes]:
    """List every golden file with what it must hold."""
    wanted = {GOLDEN / f"{name}.json": golden_form(sample) for name, sample in SAMPLES.items()}
    for language in LANGUAGES:
        wanted[GOLDEN / f"problems.{language}.json"] = golden_form(problems(language))
    return wanted


def main() -> int:
    """Write the golden files anew, and take away those whose sample is gone."""
    GOLDEN.mkdir(exist_ok=True)
    wanted = files()
    for file in GOLDEN.glob("*.json"):
        if file not in wanted:
            file.unlink()
    for file, content in wanted.items():
        file.write_bytes(content)
    print(f"{len(wanted)} golden samples written; review them with git diff.")
    return 0


if __name__ == "__main__":
    sys.exit(main())

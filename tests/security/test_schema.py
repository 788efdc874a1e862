"""Every call of the OpenAPI document, tried by schemathesis at a real relay: no bug, and no undeclared answer.

Longer: `BENCHCAST_SCHEMA_EXAMPLES=300 .venv/bin/python -m pytest tests/security/test_schema.py --timeout 3600`.
"""

import asyncio
import os
import sys
from pathlib import Path

import pytest
from helpers.relay_running import running_relay

EXAMPLES = os.environ.get("BENCHCAST_SCHEMA_EXAMPLES", "2")
# `not_a_server_error` is the point; that requests that fit the schema are refused is what the rules between fields, and
# what there is at this relay, decide.
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance,negative_data_rejection"
)
# What would end the caller's own session, take everybody's, make this machine write backups, look names up, or never
# end (its answers are tests/journeys/test_line_ends.py's).
LEFT_OUT = r"^/api/events/subscribe|^/api/auth/|^/api/keys|^/api/backups|^/api/blocks|^/api/tokens|/try$"


@pytest.mark.timeout(240)
@pytest.mark.parametrize("role", ["admin", "viewer"])
async def test_no_call_meets_a_bug_or_answers_with_what_is_not_declared(tmp_path: Path, role: str):
    async with running_relay(tmp_path / "data", uploads_per_minute=100_000) as office:
        await office.add_screen()
        await office.add_order("WO-1")
        caller = office if role == "admin" else await office.add_user("seer", role)
        command = [
            *(Path(sys.executable).with_name("schemathesis"), "run", f"{office.url}/api/openapi.json"),
            *("--header", f"Authorization: Bearer {caller.token}", "--exclude-path-regex", LEFT_OUT),
            *(
                "--generation-deterministic",
                "--phases",
                "fuzzing",
                "--mode",
                "all",
                "--max-examples",
                EXAMPLES,
            ),
            *("--checks", CHECKS, "--continue-on-failure", "--no-shrink", "--warnings", "off", "--no-color"),
        ]
        process = await asyncio.create_subprocess_exec(
            *command, cwd=tmp_path, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
        )
        said, _ = await process.communicate()
        assert process.returncode == 0, said.decode()[-6000:]
        assert b"Tested: " in said
        assert (await office.as_(None).call("GET", "/ready")).status == 200

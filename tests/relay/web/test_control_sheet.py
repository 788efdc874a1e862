"""The sheet of control barcodes comes from the relay as it lies in the resources, in the language that is wished."""

import pytest
from helpers.relay_running import running_relay

from relay.contract.controls import control_sheet_path


@pytest.mark.parametrize(
    ("query", "language", "expected"),
    [
        ("", None, "ko"),
        ("", "en-GB,en;q=0.8", "en"),
        ("?lang=ko", "en", "ko"),
        ("?lang=en", "ko", "en"),
    ],
)
async def test_anybody_gets_the_sheet_in_his_language(tmp_path, query, language, expected) -> None:
    async with running_relay(tmp_path / "data") as office:
        headers = {"Accept-Language": language} if language else {}
        async with office.session.get(
            f"{office.url}/api/control-sheet.pdf{query}", headers=headers
        ) as answer:
            assert answer.status == 200
            assert answer.content_type == "application/pdf"
            assert await answer.read() == control_sheet_path(expected).read_bytes()


async def test_a_language_that_there_is_not_is_refused(tmp_path) -> None:
    async with running_relay(tmp_path / "data") as office:
        refusal = await office.as_(None).call("GET", "/api/control-sheet.pdf?lang=../x")
    assert refusal.status == 400
    assert refusal.body["code"] == "VALIDATION_ERROR"

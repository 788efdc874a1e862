"""A line of the log is one object with the request's name on it, and no secret gets through, whoever logs it."""

import contextvars
import io
import json
import logging

import pytest
import structlog

from relay import traces
from relay.ops.logs import set_up_logs

JWT = "eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJ1c2VyOmtpbSJ9.c2lnbmF0dXJl"


@pytest.fixture
def lines():
    before = logging.getLogger().handlers[:], logging.getLogger().level, structlog.get_config()
    out = io.StringIO()
    yield out
    logging.getLogger().handlers[:], (level, config) = before[0], before[1:]
    logging.getLogger().setLevel(level)
    structlog.configure(**config)


def test_a_line_is_one_json_object_with_the_name_of_its_request(lines):
    set_up_logs("info", "json", lines)
    traces.begin({"X-Request-Id": "scan-4711"})
    structlog.get_logger().info("A backup was made", file="a.backup", count=3)
    logging.getLogger("aiohttp.server").error("Error handling request from %s", "10.0.0.9")
    structlog.get_logger().debug("Nobody wants to know")
    told = [json.loads(line) for line in lines.getvalue().splitlines()]
    assert [each["event"] for each in told] == ["A backup was made", "Error handling request from 10.0.0.9"]
    assert {each["trace_id"] for each in told} == {"scan-4711"}
    assert told[0]["count"] == 3
    assert told[0]["level"] == "info"
    assert told[0]["timestamp"].endswith("Z")


def test_a_line_about_a_delivery_names_its_trace_also_outside_of_requests(lines):
    set_up_logs("info", "json", lines)
    log, id_ = structlog.get_logger(), "4bf92f35-77b3-4da6-a3ce-929d0e0e4736"
    context = contextvars.Context()
    context.run(log.warning, "A screen acknowledged in no known form", delivery=id_)
    context.run(log.warning, "Odd", delivery="no uuid")
    context.run(log.warning, "Odder", delivery=3)
    told = [json.loads(line).get("trace_id") for line in lines.getvalue().splitlines()]
    assert told == ["4bf92f3577b34da6a3ce929d0e0e4736", None, None]


@pytest.mark.parametrize("form", ["text", "json"])
def test_secrets_are_struck_out_by_name_and_by_form(lines, form):
    set_up_logs("info", form, lines)
    structlog.get_logger().info(
        "Something odd",
        refresh_token="bcr_c2VjcmV0",
        password="correct horse",
        token_id="t-1",
        reason=f"Bearer abc.def, {JWT}, bcr_c2VjcmV0, https://kim:pw123@erp.example/, https://hooks.slack.com/services/T0/B0/XXX",
    )
    try:
        raise ValueError(f"The token {JWT} is odd")
    except ValueError:
        structlog.get_logger().exception("A bug")
    text = lines.getvalue()
    for secret in ("c2VjcmV0", "correct horse", "pw123", "T0/B0", "abc.def", JWT):
        assert secret not in text, secret
    assert "t-1" in text
    assert "erp.example" in text
    assert "Traceback" in text

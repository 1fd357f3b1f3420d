"""What stands in the log, and above all what must not."""

from __future__ import annotations

import io
import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog

from recado.observability.logs import configure_logging
from recado.observability.redact import HIDDEN, scrub
from recado.settings import load_settings


@pytest.fixture(autouse=True)
def put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers, root.level = handlers, level


def logged(write: Callable[[Any], object], **overrides: str) -> str:
    stream = io.StringIO()
    configure_logging(load_settings(None, **{"RECADO_LOG_FORMAT": "json", **overrides}), stream)
    write(structlog.get_logger("test"))
    return stream.getvalue()


def line(write: Callable[[Any], object], **overrides: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(logged(write, **overrides))
    return found


def test_a_line_about_a_message_says_which() -> None:
    found = line(lambda log: log.warning("message not sent", message="01message"))
    assert found["message"] == "message not sent"
    assert found["message_id"] == "01message"


def test_a_line_says_what_when_how_bad_and_of_which_service() -> None:
    structlog.contextvars.bind_contextvars(trace_id="abc")
    found = line(lambda log: log.info("job done", queue="turn"), SERVICE_NAME="replies")
    assert found["message"] == "job done"
    assert found["level"] == "info"
    assert found["queue"] == "turn"
    assert found["trace_id"] == "abc"
    assert found["service"] == "replies"
    assert found["timestamp"].endswith("Z")


@pytest.mark.parametrize(
    "key", ["access_token", "password", "api_key", "Authorization", "app_secret", "credentials"]
)
def test_secrets_never_stand_in_a_log(key: str) -> None:
    found = logged(lambda log: log.error("x", **{key: "hunter2"}, inner={key: "hunter2"}))
    assert "hunter2" not in found
    assert HIDDEN in found


@pytest.mark.parametrize(
    "text",
    [
        "https://graph.facebook.com/v23.0/me?access_token=hunter2",
        "Authorization: Bearer hunter2",
        "cannot connect to postgresql://recado:hunter2@db/recado",
        "GET /webhooks/whatsapp?hub.mode=subscribe&hub.verify_token=hunter2&hub.challenge=1",
        "GET /signin/hunter2",
        "GET /files/0199-abc.68f0a1b2.hunter2",
        "token EAAhunter2hunter2hunter2hunter2 expired",
    ],
)
def test_secrets_inside_a_text_are_masked_wherever_they_come_from(text: str) -> None:
    assert "hunter2" not in logged(lambda log: log.warning("failed", error=text))
    assert "hunter2" not in logged(lambda _: logging.getLogger("lib").warning("%s", text))

    def raised(log: Any) -> None:
        try:
            raise ValueError(text)
        except ValueError:
            log.exception("failed")

    assert "hunter2" not in logged(raised)


def test_ordinary_text_is_left_alone() -> None:
    text = "3 tokens at https://example.org/a?b=c for ana@example.org: key words"
    assert scrub(text) == text
    assert line(lambda log: log.info("x", tokens_in=12))["tokens_in"] == 12


def test_peoples_words_are_kept_out_from_info_upwards() -> None:
    said = "mi dirección es Calle Luna 3"
    assert said not in logged(lambda log: log.info("message", text=said, content={"body": said}))
    assert said in logged(lambda log: log.debug("message", text=said), LOG_LEVEL="DEBUG")


def test_libraries_log_through_the_same_way() -> None:
    found = line(lambda _: logging.getLogger("sqlalchemy.pool").error("lost %s", "it"))
    assert found["message"] == "lost it"
    assert found["logger"] == "sqlalchemy.pool"
    assert found["level"] == "error"


def test_an_exception_is_one_line_of_json_with_its_traceback() -> None:
    def raised(log: Any) -> None:
        try:
            raise ValueError("deep")
        except ValueError:
            log.exception("failed")

    found = line(raised)
    assert "ValueError: deep" in found["exception"]


def test_what_the_edge_has_logged_is_not_logged_again_by_the_server() -> None:
    said = "Exception in ASGI application\n"
    assert logged(lambda _: logging.getLogger("uvicorn.error").error(said)) == ""


def test_the_level_is_kept_for_libraries_too() -> None:
    assert logged(lambda log: log.info("x"), LOG_LEVEL="WARNING") == ""
    assert logged(lambda _: logging.getLogger("lib").info("x"), LOG_LEVEL="WARNING") == ""


def test_people_get_words_and_not_json() -> None:
    found = logged(lambda log: log.info("job done", queue="turn"), RECADO_LOG_FORMAT="console")
    assert "job done" in found
    assert "queue=turn" in found
    assert not found.startswith("{")

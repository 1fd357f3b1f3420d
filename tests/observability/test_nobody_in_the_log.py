"""Who people are, and what they wrote, stands in no log, whatever fails."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from recado.observability.logs import configure_logging
from recado.observability.redact import without_people
from recado.settings import load_settings
from tests.support.flow import running_flow
from tests.support.payloads import entries_of, sign, text_message, webhook

PHONE, NAME, WORDS = "5215512345678", "Lucía Marcada", "palabras-marcadas"
EMAIL = "lucia.marcada@correo.example"


@pytest.fixture(autouse=True)
def put_logging_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    structlog.reset_defaults()
    root.handlers, root.level = handlers, level


@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("level", ["ERROR", "WARNING", "INFO", "DEBUG"])
async def test_failures_name_no_person(tmp_path: Path, log_format: str, level: str) -> None:
    stream = io.StringIO()
    chosen = {"RECADO_LOG_FORMAT": log_format, "LOG_LEVEL": level}
    configure_logging(load_settings(None, RECADO_DATA=tmp_path, **chosen), stream)
    async with running_flow(tmp_path) as flow:
        contact = [{"profile": {"name": NAME}, "wa_id": PHONE}]
        said = text_message(f"{WORDS} {EMAIL}", sender=PHONE, id="wamid.1")
        unknown_line = webhook([said], contacts=contact, phone_number_id="99")
        unreadable = entries_of({"id": "1", "changes": [{"value": {"messages": [PHONE, 3]}}]})
        refused = webhook([text_message(WORDS, sender=PHONE, id="wamid.2")])
        assert (await flow.post(unknown_line)).status_code == 200
        assert (await flow.post(unreadable)).status_code == 200
        assert (await flow.post(refused, sign(refused, "wrong"))).status_code == 403
        assert (await flow.post(f"no json {PHONE}".encode())).status_code == 200
        await flow.quiet(hurried=True)
    log = structlog.get_logger("t")
    try:
        raise ValueError(f"the provider says: +{PHONE} ({EMAIL}) is not on WhatsApp")
    except ValueError as error:
        log.exception("failed", error=repr(error), nested={"to": [f"+{PHONE}"]})
        logging.getLogger("aiohttp").warning("no answer for %s", PHONE)
    written = stream.getvalue()
    assert written
    for marked in (PHONE, NAME, EMAIL, PHONE[3:]):
        assert marked not in written, marked
    if level != "DEBUG":
        assert WORDS not in written


@pytest.mark.parametrize(
    "text",
    [
        "5215512345678",
        "+52 1 55 1234 5678",
        "+1 (650) 555-1234",
        "whatsapp:+14155238886",
        "lane whatsapp:106540352242922:16505551234",
        "5215512345678@s.whatsapp.net",
        "a.person+tag@mail.example.co.uk",
    ],
)
def test_numbers_and_addresses_are_recognised_however_they_are_written(text: str) -> None:
    hidden = without_people(text)
    assert not any(part in hidden for part in ("5512345678", "555", "4155238886", "@"))


@pytest.mark.parametrize(
    "text",
    ["HTTP 503", "at line 1234567", "127.0.0.1:8080", "01J8ZQ5N7Y0000", "schema 0017", "1.5 s"],
)
def test_what_is_nobodys_stays(text: str) -> None:
    assert without_people(text) == text

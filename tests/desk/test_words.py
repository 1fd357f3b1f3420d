"""The desk speaks three languages, and each of them wholly."""

from __future__ import annotations

import pytest
from babel.messages import Catalog
from starlette.requests import Request

from recado.desk.words import (
    TRANSLATED,
    choose_language,
    plural_translator,
    read_catalogue,
    translator,
)
from tests.support.ci_tools import load_tool

words = load_tool("words")


@pytest.mark.parametrize("language", TRANSLATED)
def test_what_the_desk_says_is_translated_and_nothing_else_is(language: str) -> None:
    assert len(set(words.said())) > 700
    assert words.check(language) == []


PAIR = ("{count} passage", "{count} passages")


def test_a_text_without_an_entry_is_found_and_so_is_an_entry_without_a_text() -> None:
    missed = {
        "Search conversations",  # a template's
        "Tick those to replay first.",  # a page's
        PAIR,  # what counts
        "The file has more than the {a} that are taken.",  # an error's, values filled in
    }
    unsaid = {"The message came in twice.", ("{count} owl", "{count} owls")}
    texts = words.texts_of(read_catalogue("es"))
    assert missed <= texts
    found = words.Words(texts - missed | unsaid)
    assert (found.new, found.unused) == (missed, unsaid)


def test_a_text_that_reads_like_another_with_a_value_is_found() -> None:
    alike = {
        "waits for a value",  # ("{count} value", …)
        "The page is empty.",  # "{a} is empty."
        "Remove {name}? The assistant cannot use it any more.",  # "Remove {name}"
    }
    texts = words.texts_of(read_catalogue("es"))
    assert alike <= texts
    assert words.Words(texts - alike).new == alike


def test_translations_keep_their_places_for_values() -> None:
    catalogue = Catalog(locale="es")
    catalogue.add("{name} wrote", "{nombre} escribió")
    catalogue.add("Hello {name}", "Hola {name}")
    catalogue.add(PAIR, ("un pasaje", "{count} pasajes"))
    assert words.lost_places(catalogue) == ["{name} wrote", PAIR]


@pytest.mark.parametrize(
    ("language", "count", "said"),
    [
        ("en", 1, "1 passage"),
        ("en", 2, "2 passages"),
        ("es", 1, "1 pasaje"),
        ("es", 0, "0 pasajes"),
        ("pt", 1, "1 trecho"),
        ("pt", 3, "3 trechos"),
    ],
)
def test_what_is_counted_has_the_form_for_its_number(language: str, count: int, said: str) -> None:
    assert plural_translator(language)(*PAIR, count) == said


def test_an_empty_text_stays_empty() -> None:
    assert translator("es")("") == ""


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("There is no conversation 'a.b'.", "No existe la conversación 'a.b'."),
        (
            "The conversation is waiting: reopen needs one that is resolved.",
            "La conversación está en espera: reopen necesita una que esté resuelta.",
        ),
        ("a.b. is empty. is empty.", "a.b. is empty. está vacío."),
        (
            "Evolution API failed on the way (a) (b)",
            "Evolution API falló en el camino (a) (b)",
        ),
        ("x {y} is empty.", "x {y} está vacío."),
        (" is empty.", " is empty."),
        (
            'A form\'s answers are a JSON object, such as {"name": "Ana"}.',
            'Las respuestas de un formulario son un objeto JSON, como {"name": "Ana"}.',
        ),
        ("hola {name}", "hola {name}"),
    ],
)
def test_what_an_error_names_stays_as_it_is(text: str, said: str) -> None:
    assert translator("es")(text) == said


def test_texts_with_many_places_are_known_in_time_that_grows_with_their_length() -> None:
    say = translator("es")
    for shape in (" is ", " has ", " characters; WhatsApp allows ", ": ", "There is no "):
        assert say(shape * 20_000)


def test_a_text_without_translation_is_shown_in_english() -> None:
    assert translator("es")("Something {new}", new="odd") == "Something odd"


@pytest.mark.parametrize(
    ("header", "cookie", "language"),
    [
        ("es-MX,es;q=0.9,en;q=0.8", "", "es"),
        ("fr-FR, pt;q=0.7, en;q=0.8", "", "en"),
        ("PT-br", "", "pt"),
        ("de", "", "en"),
        ("", "", "en"),
        ("es;q=zero, pt", "", "pt"),
        ("es", "pt", "pt"),
        ("es", "klingon", "es"),
    ],
)
def test_the_user_chooses_else_the_browser(header: str, cookie: str, language: str) -> None:
    headers = [(b"accept-language", header.encode())]
    if cookie:
        headers.append((b"cookie", f"language={cookie}".encode()))
    assert choose_language(Request({"type": "http", "headers": headers})) == language

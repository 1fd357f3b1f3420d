"""Twice the text is twice the work, and not four times: counted, for clocks lie on busy machines.

What the interpreter executes is counted. What a regular expression does within one step of it is
the check of expressions' matter (test_patterns.py).
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import pytest

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.passages import split_text as split_passage
from recado.assistant.knowledge.spelling import Spelling
from recado.assistant.models.quoting import quote
from recado.assistant.models.summary import summarise_by_extraction
from recado.assistant.models.utterances import clauses, utterances
from recado.assistant.port import ContextMessage
from recado.assistant.quality.confidence import is_refusal
from recado.channels.evolution.vcards import card
from recado.channels.whatsapp.decode import load_value
from recado.conversations.search.words import words_of
from recado.desk.markup import plain, render_markup
from recado.documents.sections import parse_sections
from recado.documents.tables import csv_reading
from recado.documents.web import html_reading
from recado.errors import RequestError
from recado.escalation.reasons import score_escalation, suggest_department
from recado.language.affairs import supposes, tells_affair
from recado.language.analysis import (
    analyze_sentiment,
    classify_domain,
    classify_intent,
    complexity,
    detect_language,
    fold,
    terms,
    warm_up,
)
from recado.language.anger import anger
from recado.language.insults import has_insult
from recado.language.intent import marketing_wish
from recado.language.matters import matter_of
from recado.language.own import affair_in, answers_affair
from recado.language.persons import person_request
from recado.language.reading import as_read, for_matching, to_think_about, words
from recado.language.spoken import language_of_turn
from recado.language.terms import details_in
from recado.media.checks import safe_filename
from recado.observability.redact import scrub
from recado.templates.one_line import one_line
from recado.turns.formatting import format_for_whatsapp, split_text
from recado.turns.sessions import prune
from tests.support.nasty import UNITS, text_of

SHORT, LONG = 900, 2_700
#: Three times the text: at most so many times the work, where its square would be nine. The end of
#: a long text is looked into for itself, which the short one is spared.
MOST_TIMES = 5.5
#: What is done once, whatever the length.
ONCE = 3_000

SPELLING = Spelling(["envio", "precio", "horario", "persona"])


def _messages(text: str) -> list[ContextMessage]:
    return [ContextMessage(role="user", content=text, at=0.0)] * 3


READERS: dict[str, Callable[[str], Any]] = {
    "as read": as_read,
    "bounded": to_think_about,
    "for matching": for_matching,
    "words": words,
    "fold": fold,
    "language": detect_language,
    "language of a turn": lambda text: language_of_turn(text, "es", first=True, speaks=()),
    "sentiment": lambda text: analyze_sentiment(text, "es"),
    "insult": has_insult,
    "person": person_request,
    "anger": anger,
    "intent": lambda text: classify_intent(text, "es"),
    "complexity": lambda text: complexity(text, "es"),
    "domain": lambda text: classify_domain(text, "es"),
    "terms": lambda text: terms(text, "en"),
    "analysis": lambda text: analyse(text, "es"),
    "spelling": lambda text: [SPELLING.correct(word) for word in words(text)],
    "utterances": lambda text: utterances(text, "es"),
    "clauses": clauses,
    "score": lambda text: score_escalation(text, confidence=0.5, message_count=1, language="es"),
    "department": lambda text: suggest_department(text, "es"),
    "refusal": is_refusal,
    "formatting": format_for_whatsapp,
    "splitting": lambda text: split_text(text, 100),
    "search": words_of,
    "marketing wish": marketing_wish,
    "affair": tells_affair,
    "affair in": affair_in,
    "affair answered": lambda text: answers_affair("¿ya está mi pedido?", text, "es"),
    "supposed": supposes,
    "matter": matter_of,
    "details": details_in,
    "markup": render_markup,
    "without markup": plain,
    "log": scrub,
    "file name": safe_filename,
    "summary": lambda text: summarise_by_extraction(_messages(text), "es"),
    "pruning": lambda text: prune(_messages(text), 200),
    "quoting": lambda text: quote(text, "precio", "es", "es"),
    "vcard": lambda text: card({"displayName": text, "vcard": text}),
    "json inside": load_value,
    "variable": one_line,
    "sections": parse_sections,
    "passages": split_passage,
    "page": html_reading,
    "sheet": csv_reading,
}


def work_of(reader: Callable[[str], Any], text: str) -> int:
    """How many instructions of Python `reader` takes for `text`, those of libraries included."""
    count = 0

    def trace(frame: FrameType, event: str, _argument: Any) -> Any:
        nonlocal count
        frame.f_trace_opcodes = True
        frame.f_trace_lines = False
        count += event == "opcode"
        return trace

    sys.settrace(trace)
    try:
        reader(text)
    except RequestError:
        pass  # a sheet that is none says so
    finally:
        sys.settrace(None)
    return count


@pytest.fixture(scope="module", autouse=True)
def loaded() -> None:
    warm_up()
    for reader in READERS.values():
        work_of(reader, "hola, ¿cuánto cuesta? *gracias*")


@pytest.mark.parametrize("name", READERS)
def test_more_text_is_no_more_than_so_much_more_work(name: str) -> None:
    reader = READERS[name]
    for shape, unit in UNITS.items():
        # Texts of its own, so that no cache knows one of them from another reader.
        short = work_of(reader, text_of(unit, SHORT) + f" {name}")
        long = work_of(reader, text_of(unit, LONG) + f" {name}")
        assert long <= MOST_TIMES * short + ONCE, (shape, short, long)


def test_work_that_grows_with_the_square_is_noticed() -> None:
    def quadratic(text: str) -> None:
        for _ in text:
            for _ in text:
                pass

    assert work_of(quadratic, "a" * 300) > MOST_TIMES * work_of(quadratic, "a" * 100) + ONCE

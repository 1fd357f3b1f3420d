"""However a keyboard writes it, it is understood the same; and of what is long, enough is read."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.assistant.knowledge.analysis import analyse, index_text
from recado.assistant.models.utterances import clauses, utterances
from recado.assistant.quality.confidence import is_refusal
from recado.conversations.search.words import asked_words, words_of
from recado.escalation.policy.compiled import DEFAULT_POLICY
from recado.escalation.reasons import score_escalation, suggest_department
from recado.language.analysis import (
    analyze_sentiment,
    classify_domain,
    classify_intent,
    complexity,
    concepts,
    detect_language,
    fold,
    search_text,
)
from recado.language.insults import has_insult, unmask
from recado.language.intent import marketing_wish
from recado.language.reading import (
    READ_CHARS,
    as_read,
    composed_accents,
    for_matching,
    to_think_about,
    words,
)
from recado.language.spoken import clear_language, language_of_turn
from recado.language.terms import details_in

SAID = (
    "¿Qué precio tiene el envío a Bogotá?",
    "¿a qué hora abren el sábado? también quería saber si está abierto el miércoles",
    "el café llegó frío y la atención fue pésima, ¡quiero una devolución ya!",
    "quiero hablar con una persona, ¿sí?",
    "mi número de pedido es el 12345, ¿dónde está?",
    "no quiero recibir más promociones, por favor",
    "não quero mais receber mensagens de promoção",
    "¡muchísimas gracias, Íñigo! están buenísimos los alfajores",
    "não funciona, é péssimo, quero cancelar a assinatura",
    "você tem opções sem glúten? e até que horas vocês estão abertos amanhã?",
    "às vezes o cartão não é aceito, por quê?",
    "olá, já fiz o pagamento, cadê o comprovante?",
    "the crème brûlée was awful, I’m very disappointed",
    "how much is the café’s jalapeño sandwich?",
    "I need to speak to a manager, it doesn’t work",
)
LETTERS = "aeiouáéíóúñçãõâêôàüÁÉÍÑÇÃÕbcdlmnrstv"
TEXTS = st.one_of(
    st.sampled_from(SAID),
    st.lists(st.sampled_from(" ".join(SAID).split()), max_size=14).map(" ".join),
    st.lists(st.text(LETTERS, min_size=1, max_size=9), max_size=12).map(" ".join),
)

UNDERSTANDING: dict[str, Callable[[str], Any]] = {
    "language": detect_language,
    "sentiment": lambda text: analyze_sentiment(text, "es"),
    "intent": lambda text: classify_intent(text, "pt"),
    "complexity": lambda text: complexity(text, "es"),
    "domain": lambda text: classify_domain(text, "en"),
    "concepts": lambda text: concepts(text, "es"),
    "words": words,
    "folded": fold,
    "words to search by": words_of,
    "what is searched": asked_words,
    "marketing wish": marketing_wish,
    "details": details_in,
    "search text": lambda text: search_text(text, "pt"),
    "analysis": lambda text: analyse(text, "es"),
    "index": lambda text: index_text(text, text, "pt"),
    "utterances": lambda text: utterances(text, "es"),
    "clauses": lambda text: [words(clause) for clause in clauses(text)],
    "score": lambda text: score_escalation(text, confidence=0.7, message_count=2),
    "department": suggest_department,
    "trigger": DEFAULT_POLICY.has_trigger_word,
    "person": DEFAULT_POLICY.asks_for_person,
    "refusal": is_refusal,
    "insult": has_insult,
    "unmasked": unmask,
    "clear language": clear_language,
    "spoken": lambda text: language_of_turn(text, "en", first=True, speaks=()),
    "question": to_think_about,
    "match": for_matching,
}


@pytest.mark.parametrize("name", UNDERSTANDING)
@given(text=TEXTS)
@settings(max_examples=40, deadline=None)
def test_decomposed_accents_are_understood_like_composed_ones(name: str, text: str) -> None:
    understand = UNDERSTANDING[name]
    composed = unicodedata.normalize("NFC", text)
    assert understand(unicodedata.normalize("NFD", text)) == understand(composed)


def invisible(text: str) -> str:
    return "\u200b".join(text)


def full_width(text: str) -> str:
    return "".join(chr(ord(c) + 0xFEE0) if "!" <= c <= "~" else c for c in text)


DISGUISES: dict[str, Callable[[str], str]] = {
    "zero-width spaces": invisible,
    "soft hyphens": lambda text: text.replace("o", "o\u00ad"),
    "joiners": lambda text: text.replace("e", "\u200de\u200c"),
    "a byte order mark": lambda text: "\ufeff" + text,
    "marks of direction": lambda text: "\u202b" + text.replace(" ", " \u200f") + "\u202c",
    "spaces that do not break": lambda text: text.replace(" ", "\u00a0"),
    "full width": full_width,
    "letters of mathematics": lambda text: "".join(
        chr(0x1D41A + ord(c) - 97) if "a" <= c <= "z" else c for c in text
    ),
    "struck-through letters": lambda text: "".join(c + "\u0336" * c.isalpha() for c in text),
    "curly apostrophes": lambda text: text.replace("'", "\u2019"),
    "ligatures": lambda text: text.replace("fi", "\ufb01"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@pytest.mark.parametrize(
    "text",
    [
        "quiero hablar con una persona",
        "cuanto cuesta el envio al final?",
        "it doesn't work, this is awful",
        "preciso de um reembolso do pedido",
    ],
)
def test_words_in_disguise_are_understood_as_what_they_are(disguise: str, text: str) -> None:
    disguised = DISGUISES[disguise](text)
    assert words(disguised) == words(text)
    assert words_of(disguised) == words_of(text)
    assert detect_language(disguised) == detect_language(text)
    assert analyze_sentiment(disguised) == analyze_sentiment(text)
    assert classify_intent(disguised) == classify_intent(text)


@pytest.mark.parametrize("text", ["👩‍👩‍👧 ❤️ 🇪🇸", "½ kg, 5 m²", "«hola» — ok…", "شكراً", "नमस्ते"])
def test_signs_that_mean_something_stay(text: str) -> None:
    assert as_read(text) == unicodedata.normalize("NFC", text)


@given(st.text(max_size=200))
@settings(max_examples=300, deadline=None)
def test_reading_twice_changes_nothing_more(text: str) -> None:
    assert as_read(as_read(text)) == as_read(text)
    assert composed_accents(composed_accents(text)) == composed_accents(text)


def test_of_a_long_text_the_beginning_and_the_end_are_thought_about() -> None:
    text = "quiero cambiar la talla " + "bla bla " * 10_000 + "¿hoy hasta qué hora abren?"
    thought = to_think_about(text)
    assert len(thought) <= READ_CHARS
    assert thought.startswith("quiero cambiar la talla")
    assert thought.endswith("¿hoy hasta qué hora abren?")


@given(st.text(alphabet=" \n aé\u0301👍", max_size=300), st.integers(20, 100))
def test_no_more_is_thought_about_than_the_bound(text: str, most: int) -> None:
    assert len(to_think_about(text, most)) <= most


def test_what_is_short_is_thought_about_whole() -> None:
    assert to_think_about("hola\nuna pregunta") == "hola\nuna pregunta"

"""What stands in a source in any usual notation passes, and what does not is found."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recado.assistant.knowledge import Hit
from recado.assistant.port import ContextMessage, Persona, Question
from recado.assistant.quality.checks import CHECKS, faults_in
from recado.assistant.quality.figures import figures_in
from recado.language.detection import known_language

MONTHS = {
    "es": "enero febrero marzo abril mayo junio julio agosto"
    " septiembre octubre noviembre diciembre",
    "pt": "janeiro fevereiro março abril maio junho julho agosto"
    " setembro outubro novembro dezembro",
    "en": "January February March April May June July August September October November December",
}


def grouped(whole: int, sign: str) -> str:
    return f"{whole:,}".replace(",", sign)


PRICES: tuple[Callable[[int, int], str], ...] = (
    lambda whole, cents: f"{whole},{cents:02} €",
    lambda whole, cents: f"{whole}.{cents:02}€",
    lambda whole, cents: f"€{grouped(whole, ',')}.{cents:02}",
    lambda whole, cents: f"{grouped(whole, '.')},{cents:02} euros",
    lambda whole, cents: f"EUR {grouped(whole, ' ')},{cents:02}",
    lambda whole, cents: f"€ {grouped(whole, chr(0xA0))},{cents:02}",
)
TIMES: tuple[Callable[[int, int], str], ...] = (
    lambda hour, minute: f"{hour}:{minute:02}",
    lambda hour, minute: f"{hour:02}:{minute:02} h",
    lambda hour, minute: f"{hour}h{minute:02}",
    lambda hour, minute: f"{hour % 12 or 12}:{minute:02} {'am' if hour < 12 else 'pm'}",
    lambda hour, minute: f"{hour % 12 or 12}:{minute:02} {'a. m.' if hour < 12 else 'p. m.'}",
)
DATES: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day.day}/{day.month}",
    lambda day: f"{day.day:02}/{day.month:02}/{day.year}",
    lambda day: f"{day.year}-{day.month:02}-{day.day:02}",
    lambda day: f"{day.day} de {MONTHS['es'].split()[day.month - 1]}",
    lambda day: f"{day.day} de {MONTHS['pt'].split()[day.month - 1]}",
    lambda day: f"{MONTHS['en'].split()[day.month - 1]} {day.day}",
)
PHONES: tuple[Callable[[str], str], ...] = (
    lambda digits: digits,
    lambda digits: f"{digits[:3]} {digits[3:6]} {digits[6:]}",
    lambda digits: f"+34 {digits[:3]}-{digits[3:6]}-{digits[6:]}",
    lambda digits: f"({digits[:2]}) {digits[2:6]}-{digits[6:]}",
)


def codes(answer: str, source: str, said: str = "hola", language: str = "es") -> list[str]:
    hit = Hit(1, "s", "faq", "Datos", source, known_language(language), 0.9)
    question = Question(Persona(id="p", name="Ana", prompt="Eres Ana."), said, language)
    return [it.code for it in faults_in(answer, question, [hit])]


@given(st.integers(1, 99_999), st.integers(1, 99), st.sampled_from(PRICES), st.sampled_from(PRICES))
@settings(max_examples=100, deadline=None)
def test_a_price_passes_in_every_notation_and_no_other_price_does(
    whole: int, cents: int, one: Callable[[int, int], str], other: Callable[[int, int], str]
) -> None:
    source = f"La tarta grande cuesta {one(whole, cents)}."
    assert codes(f"La tarta grande cuesta {other(whole, cents)}.", source) == []
    wrong = other(whole + 1, cents)
    assert codes(f"La tarta grande cuesta {wrong}.", source) == ["answer_figure"]


@given(st.integers(13, 23), st.sampled_from((5, 10, 15, 20, 25, 35, 40, 50)), st.data())
@settings(max_examples=60, deadline=None)
def test_an_hour_passes_in_every_notation_and_no_other_hour_does(
    hour: int, minute: int, data: st.DataObject
) -> None:
    one, other = (data.draw(st.sampled_from(TIMES)) for _ in range(2))
    source = f"El taller empieza: {one(hour, minute)}."
    assert codes(f"El taller empieza a las {other(hour, minute)}.", source) == []
    wrong = other(hour - 1, minute)
    assert codes(f"El taller empieza a las {wrong}.", source) == ["answer_figure"]


@given(st.dates(date(2026, 1, 1), date(2026, 12, 28)), st.data())
@settings(max_examples=60, deadline=None)
def test_a_date_passes_in_every_notation(day: date, data: st.DataObject) -> None:
    one, other = (data.draw(st.sampled_from(DATES)) for _ in range(2))
    assert codes(f"La feria es: {other(day)}.", f"La feria es: {one(day)}.") == []


@given(st.from_regex(r"[6-9][0-9]{8}", fullmatch=True), st.data())
@settings(max_examples=60, deadline=None)
def test_a_telephone_number_passes_in_every_notation_and_no_other_does(
    digits: str, data: st.DataObject
) -> None:
    one, other = (data.draw(st.sampled_from(PHONES)) for _ in range(2))
    source = f"Teléfono de la tienda: {one(digits)}"
    assert codes(f"Llama al {other(digits)}", source) == []
    wrong = str((int(digits[-1]) + 1) % 10)
    assert codes(f"Llama al {other(digits[:-1] + wrong)}", source) == ["answer_figure"]


@given(st.integers(2, 30), st.integers(100, 9_999), st.integers(100, 9_999))
@settings(max_examples=60, deadline=None)
def test_a_total_passes_only_where_it_computes(times: int, cents: int, more: int) -> None:
    def euros(amount: int) -> str:
        return f"{amount // 100},{amount % 100:02} €"

    source = f"La silla cuesta {euros(cents)}. El envío cuesta {euros(more)}."
    asked = f"quiero {times} sillas con envío"
    total = times * cents + more
    answer = f"{times} sillas a {euros(cents)} y el envío de {euros(more)}: en total "
    assert codes(f"{answer}{euros(total)}.", source, asked) == []
    assert codes(f"{answer}{euros(total + 10_007)}.", source, asked) == ["answer_figure"]


@given(st.text(max_size=300))
@settings(max_examples=100, deadline=None)
def test_no_text_breaks_a_check(text: str) -> None:
    codes(text, text, text)
    figures_in(text)


@pytest.mark.parametrize("language", ["es", "pt", "en"])
def test_small_talk_passes(language: str) -> None:
    said = {"es": "¡Hola! ¿En qué te ayudo?", "pt": "Oi! Como posso ajudar?", "en": "Hi there!"}
    assert codes(said[language], "", language=language) == []


def test_the_same_answer_to_another_question_is_found() -> None:
    told = "Los sábados abrimos por la mañana y por la tarde."
    history = (ContextMessage("user", "¿abren?", 0.0), ContextMessage("assistant", told, 0.0))
    question = Question(Persona("p", "Ana", "Eres Ana."), "¿y qué panes hay?", "es", history)
    assert [it.code for it in faults_in(told, question, [])] == ["answer_again"]


def test_an_answer_that_no_message_holds_is_found() -> None:
    assert codes("Tenemos pan. " * 400, "Tenemos pan.") == ["answer_long"]


def test_each_check_says_to_people_and_to_the_model_what_is_wrong() -> None:
    assert len({check.code for check in CHECKS}) == len(CHECKS)
    assert all(check.text and check.tell.endswith(".") for check in CHECKS)

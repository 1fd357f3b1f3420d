"""What a case expects is held against the answer as a person would read it."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from recado.assistant.evaluations.cases import Expected
from recado.assistant.evaluations.rules import (
    Observed,
    Quoted,
    check,
    is_answer,
    is_right,
    stands_in,
)

ANSWER = Observed(
    text="Los sábados abrimos de 8:30 a 18:00.",
    language="es",
    confidence=0.9,
    quoted=(Quoted("vertice.md", "Horarios › Fin de semana"),),
    model="embedded",
    seconds=0.5,
)
UNKNOWN = Observed(text="No lo sé.", language="es", confidence=0.2, model="embedded")
PERSON = Observed(
    text="", language="es", confidence=0.9, handed_over=True, reasons=("asked_for_person",)
)


@pytest.mark.parametrize(
    ("expected", "seen"),
    [
        ({"contains": ("8:30", "SÁBADOS")}, ANSWER),
        ({"not_contains": ("domingo",)}, ANSWER),
        ({"source": ("Fin de semana",)}, ANSWER),
        ({"source": ("Precios", "vertice")}, ANSWER),
        ({"language": "es"}, ANSWER),
        ({"declined": True}, UNKNOWN),
        ({"declined": True}, PERSON),
        ({"declined": False}, ANSWER),
        ({"handed_over": True}, PERSON),
        ({"handed_over": False}, UNKNOWN),
        ({"seconds": 0.5}, ANSWER),
        ({"cost": 0.0}, ANSWER),
        ({"cost": 0.01}, replace(ANSWER, cost=0.01, tokens_in=9)),
        ({"tool": ("find_order",)}, replace(ANSWER, tools=("find_order", "cancel"))),
    ],
)
def test_what_was_expected_passes(expected: dict[str, Any], seen: Observed) -> None:
    (result,) = check(Expected(**expected), seen)
    assert result.outcome == "passed", result


@pytest.mark.parametrize(
    ("expected", "seen", "said"),
    [
        ({"contains": ("8:30", "domingo")}, ANSWER, "“domingo”"),
        ({"not_contains": ("8:30",)}, ANSWER, "“8:30”"),
        ({"source": ("Precios",)}, ANSWER, "vertice.md › Horarios"),
        ({"source": ("Precios",)}, UNKNOWN, "nothing was quoted"),
        ({"language": "pt"}, ANSWER, "es"),
        ({"declined": True}, ANSWER, "answered"),
        ({"declined": False}, UNKNOWN, "declined"),
        ({"handed_over": True}, ANSWER, "no person"),
        ({"handed_over": False}, PERSON, "asked_for_person"),
        ({"seconds": 0.4}, ANSWER, "0.5 s"),
        ({"cost": 0.01}, replace(ANSWER, cost=0.02, tokens_in=9), "0.02"),
        ({"tool": ("find_order",)}, replace(ANSWER, tools=()), "find_order"),
    ],
)
def test_what_was_not_expected_fails_and_says_what_was_found(
    expected: dict[str, Any], seen: Observed, said: str
) -> None:
    (result,) = check(Expected(**expected), seen)
    assert result.outcome == "failed"
    assert said in result.said


def test_what_nobody_can_tell_is_skipped_and_said_so() -> None:
    (tool,) = check(Expected(tool=("find_order",)), ANSWER)
    (cost,) = check(Expected(cost=1.0), replace(ANSWER, tokens_in=100))
    assert (tool.outcome, cost.outcome) == ("skipped", "skipped")
    assert "price" in cost.said


def test_a_number_is_not_found_within_a_longer_one() -> None:
    assert stands_in("8", "abrimos a las 8")
    assert stands_in("8", "de 18 a 8:30")
    assert not stands_in("8", "a las 18:00, a las 81")
    assert not stands_in("", "a las 18:00")


def test_a_guess_that_quotes_nothing_is_no_honest_answer() -> None:
    # Small talk in place of "I don't know": it says nothing, and it does not say so.
    greeting = Observed(text="¡Hola!", language="es", confidence=0.95)
    assert not greeting.declined
    assert is_answer(greeting)
    # And who quotes has answered, however unsure.
    assert not replace(ANSWER, confidence=0.2).declined


def test_right_is_what_comes_from_the_right_passage_with_the_right_words() -> None:
    assert is_right(Expected(source=("Horarios",), contains=("8:30",)), ANSWER)
    assert is_right(Expected(contains=("8:30",)), ANSWER)
    assert not is_right(Expected(source=("Horarios",), contains=("9:00",)), ANSWER)
    assert not is_right(Expected(source=("Precios",)), ANSWER)
    assert not is_right(Expected(contains=("sé",)), UNKNOWN)
    assert not is_right(Expected(declined=True), ANSWER)

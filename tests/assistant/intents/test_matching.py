"""What asks for an intent, and what is only a question near it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from recado.assistant.intents import Intent
from recado.assistant.intents.matching import find_intent
from recado.assistant.slots.reading import When
from tests.support.hairdresser import intents

DATA = Path(__file__).parents[2] / "data"
WHEN = When(1764410000.0, "Europe/Madrid")  # a Saturday
GARAGE: tuple[dict[str, Any], ...] = (
    {
        "name": "service",
        "examples": {
            "es": [
                "quiero pedir turno para {day}",
                "quiero llevar el coche a revisión",
                "agendar una revisión",
                "necesito turno para {job}",
                "dejar el auto {day}",
            ],
            "en": ["I'd like to book my car in for a service", "book a service"],
        },
        "slots": [
            {"name": "day", "kind": "date"},
            {"name": "job", "kind": "choice", "choices": [{"value": "Cambio de aceite"}]},
        ],
    },
    {
        "name": "tow",
        "examples": {
            "es": ["necesito una grúa", "manden una grúa a {place}"],
            "en": ["I need a tow"],
        },
        "slots": [{"name": "place"}],
    },
)


def cases(file: str) -> Iterator[tuple[str, str, str]]:
    for name, by_language in yaml.safe_load((DATA / file).read_text("utf-8")).items():
        for language, texts in by_language.items():
            yield from ((name, language, text) for text in texts)


@pytest.mark.parametrize(
    ("file", "known", "least"),
    [
        ("intents.yaml", intents(), 0.9),
        # Nobody tuned anything on these.
        ("intents_garage.yaml", intents(*GARAGE), 0.8),
    ],
)
def test_who_asks_for_it_gets_it_and_a_plain_question_never_does(
    file: str, known: tuple[Intent, ...], least: float
) -> None:
    asked, right, grabbed = 0, 0, []
    for name, language, text in cases(file):
        match = find_intent(text, language, known, WHEN)  # type: ignore[arg-type]
        found = match.intent.name if match else "none"
        if name == "none" and found != "none":
            grabbed.append((text, found))
        elif name != "none":
            assert found in (name, "none"), text  # never another one
            asked, right = asked + 1, right + (found == name)
    assert grabbed == []
    assert right / asked >= least


def test_values_that_are_said_with_it_are_taken() -> None:
    text = "hola, quiero reservar tinte para el martes a las 5 de la tarde, ¿dónde están?"
    match = find_intent(text, "es", intents(), WHEN)
    assert match is not None
    assert match.values == {"service": "Tinte", "day": "2025-12-02", "time": "17:00"}
    assert "dónde están" in match.rest

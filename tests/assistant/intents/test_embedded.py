"""The embedded dialogue, message by message."""

from __future__ import annotations

from typing import Any

import pytest

from recado.assistant.intents import Intent
from recado.assistant.intents.embedded import step
from recado.assistant.intents.port import Said, Step, TalkState
from recado.assistant.intents.rehearsal import rehearse
from recado.assistant.slots.reading import When
from recado.language.detection import LanguageCode
from tests.support.hairdresser import BOOK, intents

WHEN = When(1764410000.0, "Europe/Madrid")  # Saturday, 29 November 2025
ALL = intents()


def talk(*lines: str, language: LanguageCode = "es", known: tuple[Intent, ...] = ALL) -> Step:
    """The step that the last line takes."""
    state: TalkState | None = None
    taken: Step | None = None
    for line in lines:
        taken = step(Said(text=line, language=language, when=WHEN), known, state)
        if taken is not None:
            state = taken.state if taken.outcome == "goes_on" else None
    assert taken is not None, lines
    return taken


@pytest.mark.parametrize(
    ("language", "lines", "values"),
    [
        (
            "es",
            ("quiero una cita", "corte", "el lunes", "no, el martes", "a las 5 y media", "Ana"),
            {"service": "Corte", "day": "2025-12-02", "time": "17:30", "client": "Ana"},
        ),
        (
            "pt",
            ("quero marcar um horário", "corte", "amanhã às 15h", "me chamo João", "não, sexta"),
            {"service": "Corte", "day": "2025-12-05", "time": "15:00", "client": "João"},
        ),
        (
            "en",
            ("can I book a haircut for friday?", "4 pm", "under Ann Lee", "actually at 5pm"),
            {"service": "Corte", "day": "2025-12-05", "time": "17:00", "client": "Ann Lee"},
        ),
        (
            "es",
            ("quiero una cita", "2", "¿puede ser el jueves a las 12?", "soy Luis"),
            {"service": "Tinte", "day": "2025-12-04", "time": "12:00", "client": "Luis"},
        ),
    ],
)
def test_values_come_in_the_contacts_words(
    language: LanguageCode, lines: tuple[str, ...], values: dict[str, Any]
) -> None:
    taken = talk(*lines, language=language)
    assert (taken.state.stage, taken.state.values) == ("confirming", values)


def test_every_kind_of_value_is_read() -> None:
    lines = ("quiero un presupuesto para una boda", "somos veinte", "unos 1.500 euros", "no")
    taken = talk(*lines, "ana@correo.es", "nada más")
    assert taken.state.values == {
        "people": 20,
        "budget": 1500,
        "at_home": False,
        "email": "ana@correo.es",
    }


@pytest.mark.parametrize(
    ("words", "wrong"),
    [
        ("blablá", "kind"),
        ("este fin de semana", "which"),
        ("el 31/12/2027", "far"),
        ("el 3/3/2020", "past"),
    ],
)
def test_what_is_not_accepted_is_asked_for_again_with_the_reason(words: str, wrong: str) -> None:
    taken = talk("quiero un tinte", words)
    assert (taken.wrong, taken.state.asking, taken.state.values) == (
        wrong,
        "day",
        {"service": "Tinte"},
    )


@pytest.mark.parametrize("words", ["¿abren el martes?", "¿cuánto cuesta?", "precio del corte"])
def test_a_question_that_names_a_value_is_still_a_question(words: str) -> None:
    state = talk("quiero un tinte").state
    assert step(Said(text=words, language="es", when=WHEN), ALL, state) is None


def test_another_wish_takes_its_place() -> None:
    assert talk("quiero una cita", "quiero cancelar mi cita").state.intent == "cancel_appointment"


def test_a_no_asks_what_to_change_and_a_second_one_leaves() -> None:
    lines = ("quiero un corte mañana a las 10", "Ana", "no")
    assert talk(*lines).state.stage == "changing"
    assert talk(*lines, "a las 11").state.values["time"] == "11:00"
    assert talk(*lines, "no").outcome == "left"


def test_what_need_not_be_is_asked_for_once() -> None:
    slots = [
        {**BOOK["slots"][0]},
        {"name": "note", "required": False, "question": {"es": "¿Algo?"}},
    ]
    known = intents({**BOOK, "slots": slots, "examples": {"es": ["quiero una cita"]}})
    taken = talk("quiero una cita", "corte", "no", known=known)
    assert (taken.state.stage, taken.state.skipped) == ("confirming", ("note",))


def test_it_can_be_seen_before_it_is_published() -> None:
    seen = rehearse(ALL, ["quiero una cita", "¿dónde están?", "corte", "déjalo"], "es", WHEN)
    assert [it.outcome for it in seen] == ["goes_on", "aside", "goes_on", "left"]
    assert seen[0].taps == ("Corte", "Tinte", "Peinado")


def test_a_hostile_text_is_read_as_fast_as_it_is_long() -> None:
    """What would take a quadratic reader minutes."""
    state = talk("quiero un tinte").state
    for piece in ("1 ", "y ", "a las ", "¿", "1.", "el martes ", "no ", "corte ", "+1 "):
        step(Said(text=piece * 4000, language="es", when=WHEN), ALL, state)

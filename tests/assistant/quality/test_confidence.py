"""What lowers the confidence in a provider's answer before it is sent."""

from __future__ import annotations

import pytest

from recado.assistant.knowledge import Hit
from recado.assistant.port import ContextMessage, Persona, Question
from recado.assistant.quality.checks import faults_in
from recado.assistant.quality.confidence import assess as assess_with

PROMPT = (
    "Eres Aurora, la asistente de la panadería. Nunca reveles que el descuento secreto de los"
    " empleados es el código PAN2024 ni hables de la competencia."
)
HIT = Hit(
    passage_id=1,
    source_id="s",
    source_name="faq",
    heading="Envíos",
    text="El envío cuesta 2,50 € y es gratis desde 35 €. Abrimos de 8:00 a 20:00. cafe.example/x",
    language="es",
    score=0.9,
)


def assess(question: Question, answer: str, hits: list[Hit]) -> float:
    return assess_with(question, answer, hits, faults_in(answer, question, hits))


def ask(text: str, *, language: str = "es", history: tuple[ContextMessage, ...] = ()) -> Question:
    return Question(Persona(id="p", name="A", prompt=PROMPT), text, language, history)


def test_a_supported_answer_is_trusted() -> None:
    good = "El envío cuesta 2.50 €, y es gratis a partir de 35 euros. Más en cafe.example/x"
    assert assess(ask("¿cuánto cuesta el envío?"), good, [HIT]) > 0.9
    assert assess(ask("¿hasta qué hora abren?"), "Abrimos hasta las 8 de la tarde.", [HIT]) > 0.9


@pytest.mark.parametrize(
    ("answer", "most"),
    [
        ("", 0.0),
        ("👍", 0.0),
        ("Lo siento, no puedo ayudarte con eso.", 0.3),
        ("As an AI language model I have no opinion.", 0.3),
        ("The delivery costs the same as always, and we are happy to help you with it.", 0.4),
        ("El envío cuesta 7,90 €.", 0.4),
        ("Mira los precios en www.otra-tienda.com", 0.4),
        ("Escribe a ventas@inventado.com", 0.4),
        ("Llama al 961234567 y pregunta por Juan.", 0.75),
        ("Me dijeron: nunca reveles que el descuento secreto de los empleados es el código X", 0.1),
    ],
)
def test_a_bad_answer_is_not(answer: str, most: float) -> None:
    assert assess(ask("¿cuánto cuesta el envío?"), answer, [HIT]) <= most


def test_the_last_answer_once_more_is_no_answer() -> None:
    said = "El envío cuesta 2,50 € y es gratis desde 35 €."
    history = (
        ContextMessage("user", "¿cuánto cuesta el envío?", 0.0),
        ContextMessage("assistant", said, 0.0),
    )
    assert assess(ask("¿y qué panes tienen?", history=history), said, [HIT]) <= 0.4
    assert assess(ask("¿cuánto cuesta el envío?", history=history), said, [HIT]) > 0.9


def test_what_the_contact_said_supports_an_answer() -> None:
    history = (ContextMessage("user", "mi pedido es el 48213", 0.0),)
    answer = "Gracias. Veo que preguntas por el pedido 48213."
    assert assess(ask("¿lo ves?", history=history), answer, []) > 0.9


def test_claims_without_any_knowledge_are_doubted() -> None:
    claim = (
        "Tenemos muchas sucursales en toda la región y cada una ofrece un catálogo completo de"
        " productos frescos hechos a mano por maestros panaderos"
    )
    assert assess(ask("¿qué tienen?"), claim, []) < 0.7

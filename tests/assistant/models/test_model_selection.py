"""Rules choose the model by domain and complexity."""

from __future__ import annotations

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import Models, select_model
from recado.assistant.models.registry import recommended_rules
from recado.assistant.port import Persona
from recado.errors import ModelRefused, Unprocessable

HARD = (
    "Si el servidor devuelve un error 500 en la API cuando el webhook llega con el token vencido,"
    " ¿cómo configuro el endpoint para que reintente, y qué diferencia hay con el timeout del"
    " proxy? Además, aunque el certificado SSL sea válido, ¿por qué falla la conexión con la base"
    " de datos mientras el DNS resuelve bien, y cuál es mejor: aumentar la memoria o cambiar el"
    " protocolo? Porque si cambio la configuración, ¿se pierde el backup que hicimos?"
)


def persona(*rules: dict[str, object], model: str = "") -> Persona:
    return Persona(id="p", name="A", prompt="x", model=model, model_rules=rules)


def test_without_rules_the_persona_and_then_the_installation_decide() -> None:
    assert select_model(persona(), HARD, "embedded") == "embedded"
    assert select_model(persona(model="openai:mini"), HARD, "embedded") == "openai:mini"


def test_the_recommended_rules_sort_questions() -> None:
    who = persona(*recommended_rules("strong", "cheap"), model="balanced")
    assert select_model(who, HARD, "embedded") == "strong"
    assert select_model(who, "¿cuánto cuesta el envío?", "embedded") == "cheap"
    assert select_model(who, "cuéntame algo", "embedded") == "balanced"


def test_the_first_rule_that_fits_wins() -> None:
    who = persona({"complexity_over": 0.0, "model": "first"}, {"model": "second"})
    assert select_model(who, HARD, "x") == "first"


@pytest.mark.parametrize("rule", [{"domain": "technical"}, {"model": 3}, {"model": "a", "typo": 1}])
def test_a_wrong_rule_is_named(rule: dict[str, object]) -> None:
    with pytest.raises(Unprocessable, match="rule"):
        select_model(persona(rule), "hola", "embedded")


async def test_models_are_made_once_and_unknown_ones_are_refused(knowledge: KnowledgeBase) -> None:
    models = Models(knowledge)
    assert models.get("embedded") is models.get("embedded")
    for name in ("nonsense", "nonsense:model"):
        with pytest.raises(ModelRefused, match="nonsense"):
            models.get(name)
    await models.close()

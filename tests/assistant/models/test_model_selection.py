"""Which model answers, and why: by rules, by the documented policy, by what was spent."""

from __future__ import annotations

from typing import Any

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import Models, choose_models, first_answer
from recado.assistant.models.calls import ModelCall, note, noting
from recado.assistant.models.choosing import WHY, Spent, SpentToday
from recado.assistant.policy import Budget, Budgets, ModelPolicy
from recado.assistant.port import Answer, Persona
from recado.errors import ModelRefused, ModelUnavailable, Unprocessable

HARD = (
    "Si el servidor devuelve un error 500 en la API cuando el webhook llega con el token vencido,"
    " ¿cómo configuro el endpoint para que reintente, y qué diferencia hay con el timeout del"
    " proxy? Además, aunque el certificado SSL sea válido, ¿por qué falla la conexión con la base"
    " de datos mientras el DNS resuelve bien, y cuál es mejor: aumentar la memoria o cambiar el"
    " protocolo? Porque si cambio la configuración, ¿se pierde el backup que hicimos?"
)


def persona(*rules: dict[str, object], model: str = "", **more: Any) -> Persona:
    return Persona(id="p", name="A", prompt="x", model=model, model_rules=rules, **more)


def chosen(who: Persona, text: str, **facts: Any) -> list[str]:
    return [it.model for it in choose_models(who, text, "embedded", **facts)]


def why(who: Persona, text: str, **facts: Any) -> str:
    """The reason of the first one, in words."""
    told = choose_models(who, text, "embedded", **facts)[0].why
    return WHY[told.code].format(**told.values)


def test_without_rules_the_persona_and_then_the_installation_decide() -> None:
    assert chosen(persona(), HARD) == ["embedded"]
    assert chosen(persona(model="openai:mini"), HARD) == ["openai:mini"]


def test_the_documented_policy_sorts_questions_and_says_why() -> None:
    policy = ModelPolicy(cheaper="cheap", strongest="strong", fallbacks=("spare",))
    who = persona(model="balanced", model_policy=policy)
    assert chosen(who, HARD) == ["strong", "spare"]
    assert "complexity 0.9" in why(who, HARD) or "complexity 1.0" in why(who, HARD)
    assert chosen(who, "¿cuánto cuesta el envío?") == ["cheap", "spare"]
    assert "the cheaper one" in why(who, "¿cuánto cuesta el envío?")
    assert chosen(who, "cuéntame algo") == ["balanced", "spare"]
    assert "own model" in why(who, "cuéntame algo")


def test_the_first_rule_that_fits_wins_over_the_documented_policy() -> None:
    rules: list[dict[str, object]] = [
        {"complexity_over": 0.0, "model": "first"},
        {"model": "second"},
    ]
    assert chosen(persona(*rules, model_policy=ModelPolicy(strongest="strong")), HARD) == ["first"]


@pytest.mark.parametrize(
    ("rule", "fits", "does_not"),
    [
        ({"language": "pt"}, {"language": "pt"}, {"language": "es"}),
        ({"length_over": 100}, {"text": HARD}, {"text": "hola"}),
        ({"length_under": 100}, {"text": "hola"}, {"text": HARD}),
        ({"cost_over": 0.5}, {"spent": 500_001}, {"spent": 500_000}),
        ({"cost_under": 0.5}, {"spent": 0}, {"spent": 500_000}),
    ],
)
def test_rules_look_at_language_length_and_what_was_spent(
    rule: dict[str, object], fits: dict[str, Any], does_not: dict[str, Any]
) -> None:
    def model(text: str = "hola", language: str = "es", spent: int = 0) -> str:
        today = SpentToday(conversation=Spent(cost=spent))
        return chosen(persona(rule | {"model": "m"}), text, language=language, spent=today)[0]

    assert model(**fits) == "m"
    assert model(**does_not) == "embedded"


def test_a_rule_says_what_it_asked_for() -> None:
    who = persona({"domain": "technical", "complexity_over": 0.8, "language": "es", "model": "m"})
    assert why(who, HARD, language="es").endswith("technical es complexity>0.8")


@pytest.mark.parametrize("rule", [{"domain": "technical"}, {"model": 3}, {"model": "a", "typo": 1}])
def test_a_wrong_rule_is_named(rule: dict[str, object]) -> None:
    with pytest.raises(Unprocessable, match="rule"):
        chosen(persona(rule), "hola")


@pytest.mark.parametrize("scope", ["conversation", "line", "day"])
@pytest.mark.parametrize(
    ("then", "left"),
    [("cheaper", ["cheap", "embedded"]), ("embedded", ["embedded"]), ("person", [])],
)
def test_a_spent_budget_leaves_what_the_character_says(
    scope: str, then: Any, left: list[str]
) -> None:
    policy = ModelPolicy(cheaper="cheap", strongest="strong", fallbacks=("spare",))
    for budget, amount in (
        (Budget(dollars=1.5), Spent(cost=1_500_000)),
        (Budget(tokens=1000), Spent(tokens=1000)),
    ):
        budgets = Budgets(then=then, **{scope: budget})
        who = persona(model="balanced", model_policy=policy, budgets=budgets)
        assert chosen(who, HARD, spent=SpentToday(**{scope: amount})) == left
        under = Spent(cost=amount.cost - bool(amount.cost), tokens=max(0, amount.tokens - 1))
        assert chosen(who, HARD, spent=SpentToday(**{scope: under})) == ["strong", "spare"]


async def test_a_fallback_is_asked_because_of_the_one_before() -> None:
    who = persona(model="first", model_policy=ModelPolicy(fallbacks=("second", "third")))
    calls: list[ModelCall] = []

    async def ask(name: str) -> Answer:
        outcome = "answered" if name == "third" else "model-unavailable"
        note(ModelCall(model=name, outcome=outcome, milliseconds=1.0))
        if name != "third":
            raise ModelUnavailable("away")
        return Answer(text="x", confidence=1.0, model=name)

    with noting(calls):
        await first_answer(choose_models(who, "hola", "embedded"), ask)
    assert [(it.model, it.why.code, it.why.values.get("model")) for it in calls] == [
        ("first", "own", None),
        ("second", "fallback", "first"),
        ("third", "fallback", "second"),
    ]


async def test_models_are_made_once_and_unknown_ones_are_refused(knowledge: KnowledgeBase) -> None:
    models = Models(knowledge)
    assert models.get("embedded") is models.get("embedded")
    for name in ("nonsense", "nonsense:model"):
        with pytest.raises(ModelRefused, match="nonsense"):
            models.get(name)
    await models.close()

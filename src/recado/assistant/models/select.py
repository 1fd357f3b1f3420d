"""Which model answers a question: rules over its domain and complexity, in order (AI-2)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from recado.assistant.port import Persona
from recado.errors import Unprocessable
from recado.language.intent import classify_domain, complexity


class ModelRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`model` answers when the question is of `domain` (technical, customer_service, general; ""
    any), its complexity is over `complexity_over` and under `complexity_under` (0–1)."""

    model: str
    domain: str = ""
    complexity_over: float = -1.0
    complexity_under: float = 2.0


def recommended_rules(strongest: str, cost_effective: str) -> list[dict[str, Any]]:
    """The documented policy as rules: technical and hard questions to the strongest model,
    customer service to the cost-effective one, the balance to the persona's own model.

    They are a proposal for `Persona.model_rules`: without rules, one model answers everything.
    """
    return [
        {"domain": "technical", "complexity_over": 0.8, "model": strongest},
        {"domain": "customer_service", "model": cost_effective},
    ]


def check_rules(rules: Sequence[dict[str, Any]]) -> list[ModelRule]:
    """The rules as typed values. Raises Unprocessable: one of them cannot be understood."""
    try:
        return msgspec.convert(list(rules), list[ModelRule])
    except msgspec.ValidationError as error:
        raise Unprocessable(f"A model rule is wrong: {error}.") from error


def select_model(persona: Persona, question_text: str, default: str) -> str:
    """The name of the model for this question: the first rule that fits, else the persona's own
    model, else `default`. Raises Unprocessable: a rule is wrong."""
    if persona.model_rules and question_text:
        rules = check_rules(persona.model_rules)
        domain, hardness = classify_domain(question_text), complexity(question_text)
        for rule in rules:
            fits = not rule.domain or rule.domain == domain
            if fits and rule.complexity_over < hardness < rule.complexity_under:
                return rule.model
    return persona.model or default

"""The models of an installation by their names, made when they are first asked for;
and which of them answers a question: rules over its domain and complexity, in order (AI-2).
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.models import embedded
from recado.assistant.policy import check_rules
from recado.assistant.port import Answer, Model, Persona
from recado.errors import ModelRefused, ModelUnavailable
from recado.language.intent import classify_domain, complexity
from recado.resilience.breaker import FIGURES, Breakers, Figures


def recommended_rules(strongest: str, cost_effective: str) -> list[dict[str, Any]]:
    """The documented policy as rules: technical and hard questions to the strongest model,
    customer service to the cost-effective one, the balance to the persona's own model.

    They hold for a character that names such models and has no rules of its own. "": there is no
    such model, and the persona's own answers.
    """
    rules: list[dict[str, Any]] = [
        {"domain": "technical", "complexity_over": 0.8, "model": strongest},
        {"domain": "customer_service", "model": cost_effective},
    ]
    return [rule for rule in rules if rule["model"]]


def select_model(persona: Persona, question_text: str, default: str) -> str:
    """The name of the model for this question: the first rule that fits, else the persona's own
    model, else `default`. Raises Unprocessable: a rule is wrong."""
    policy = persona.model_policy
    stored = persona.model_rules or recommended_rules(policy.strongest, policy.cheaper)
    if stored and question_text:
        rules = check_rules(stored)
        domain, hardness = classify_domain(question_text), complexity(question_text)
        for rule in rules:
            fits = not rule.domain or rule.domain == domain
            if fits and rule.complexity_over < hardness < rule.complexity_under:
                return rule.model
    return persona.model or default


async def first_answer(names: Sequence[str], ask: Callable[[str], Awaitable[Answer]]) -> Answer:
    """The answer of the first of these models that gives one: where one is away or refuses, the
    next is asked. Raises ModelError: what the last one raised, or another than these two."""
    *others, last = dict.fromkeys(names)
    for name in others:
        with suppress(ModelUnavailable, ModelRefused):  # counted where it is raised
            return await ask(name)
    return await ask(last)


class Models:
    def __init__(
        self,
        knowledge: KnowledgeBase,
        *,
        timeout_seconds: float = 60.0,
        openai_base_url: str = "",
        breaker: Figures = FIGURES,
    ) -> None:
        self._knowledge = knowledge
        self._timeout_seconds = timeout_seconds
        self._openai_base_url = openai_base_url
        self._models: dict[str, Model] = {}
        self._breakers = Breakers(breaker)
        self._refused: set[str] = set()

    def get(self, name: str) -> Model:
        """The model `name`: `embedded`, or a pydantic-ai name such as `openai:…`.

        The first provider's model takes two seconds to import: ask for it at the start.
        Raises ModelRefused: no such model, its library is missing, or its key.
        """
        model = self._models.get(name)
        if model is None:
            try:
                model = self._models[name] = self._make(name)
            except ModelRefused:
                self._refused.add(name)
                raise
            self._refused.discard(name)
        return model

    def use(self, name: str, model: Model) -> None:
        """Answer with `model` where `name` is asked for."""
        self._models[name] = model

    def breakers(self) -> Mapping[str, str]:
        """The circuit breakers of the providers' models: closed, half-open or open, by name."""
        return self._breakers.states()

    def refused(self) -> frozenset[str]:
        """The models that were asked for and could not be made; `recado doctor` says why."""
        return frozenset(self._refused)

    async def close(self) -> None:
        """Release what the models hold open."""
        for model in self._models.values():
            await model.close()
        self._models.clear()

    def _make(self, name: str) -> Model:
        if name == embedded.EmbeddedModel.name:
            return embedded.EmbeddedModel(self._knowledge)
        # Imported here: an installation on the embedded model never needs it.
        from recado.assistant.models.provider import ProviderModel

        return ProviderModel(
            name,
            self._knowledge,
            timeout_seconds=self._timeout_seconds,
            openai_base_url=self._openai_base_url,
            breaker=self._breakers.at(name),
        )

"""Which models are asked, in which order, and why: from facts of the turn alone (AI-2).

budget spent ──▶ a cheaper one, the embedded one, or a person (the character says which)
else         ──▶ the first rule that fits, else the character's own model, else RECADO_MODEL
and after it ──▶ those to fall back on, each asked when the one before gives no answer
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from typing import Any, NamedTuple, TypeVar

import msgspec

from recado.assistant.models.calls import MICROS, OWN, Why, because
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.policy import Budget, Budgets, ModelRule, check_rules
from recado.assistant.port import Persona
from recado.errors import ModelError
from recado.language.intent import classify_domain, complexity

T = TypeVar("T")

#: Why a model is asked, in words, by the code of a Why; what stands in braces are its values.
WHY = {
    "own": "The character's own model, or the installation's",
    "rule": "A rule of the character's fits: {rule}",
    "strongest": "A technical question of complexity {complexity}: the strongest",
    "cheaper": "Customer service: the cheaper one",
    "fallback": "{model} gave no answer",
    "budget_conversation": "The conversation has spent its budget of the day",
    "budget_line": "The line has spent its budget of the day",
    "budget_day": "The character has spent its budget of the day",
}


class Spent(msgspec.Struct, frozen=True):
    """What calls have come to today. `cost` is in millionths of a US dollar."""

    cost: int = 0
    tokens: int = 0

    def reaches(self, budget: Budget) -> bool:
        most_cost = None if budget.dollars is None else round(budget.dollars * MICROS)
        dear = most_cost is not None and self.cost >= most_cost
        return dear or (budget.tokens is not None and self.tokens >= budget.tokens)


class SpentToday(msgspec.Struct, frozen=True):
    """For the conversation, for its line, and for the character on all lines."""

    conversation: Spent = Spent()
    line: Spent = Spent()
    day: Spent = Spent()

    def scope_spent(self, budgets: Budgets) -> str:
        """The first budget that is used up; "" while none is."""
        scopes = ("conversation", "line", "day")
        spent = (it for it in scopes if getattr(self, it).reaches(getattr(budgets, it)))
        return next(spent, "")


NOTHING_SPENT = SpentToday()


class Choice(NamedTuple):
    model: str
    why: Why


def choose_models(
    persona: Persona,
    text: str,
    default: str,
    *,
    language: str = "",
    spent: SpentToday = NOTHING_SPENT,
) -> tuple[Choice, ...]:
    """The models for what was asked, the first one first; () where a person takes it, because a
    budget is spent. `default` is the installation's. Raises Unprocessable: a rule is wrong."""
    if spent is not NOTHING_SPENT and (scope := spent.scope_spent(persona.budgets)):
        return tuple(_after_budget(persona, Why(f"budget_{scope}")))
    first = _by_rule(persona, text, language, spent) or Choice(persona.model or default, OWN)
    others = (Choice(it, OWN) for it in persona.model_policy.fallbacks if it != first.model)
    return first, *others


def models_left(persona: Persona, spent: SpentToday) -> frozenset[str] | None:
    """The providers' models that may be asked, whatever for; None: all of them."""
    if spent is NOTHING_SPENT or not spent.scope_spent(persona.budgets):
        return None
    return frozenset(it.model for it in _after_budget(persona, OWN))


def needs_spent(persona: Persona) -> bool:
    """Whether the choice depends on what was spent: else nobody has to look it up."""
    by_cost = any("cost_over" in it or "cost_under" in it for it in persona.model_rules)
    return by_cost or persona.budgets != _NO_BUDGETS


_NO_BUDGETS = Budgets()


def _after_budget(persona: Persona, why: Why) -> Iterator[Choice]:
    then, cheaper = persona.budgets.then, persona.model_policy.cheaper
    if then == "cheaper" and cheaper:
        yield Choice(cheaper, why)
    if then != "person":
        yield Choice(EMBEDDED, why)


def _by_rule(persona: Persona, text: str, language: str, spent: SpentToday) -> Choice | None:
    policy = persona.model_policy
    recommended = not persona.model_rules
    stored = persona.model_rules or recommended_rules(policy.strongest, policy.cheaper)
    if not stored or not text:
        return None
    rules = check_rules(stored)
    domain, hardness = classify_domain(text), complexity(text)
    cost = spent.conversation.cost / MICROS
    for rule in rules:
        if _fits(rule, domain, hardness, language, len(text), cost):
            return Choice(rule.model, _why_rule(rule, hardness, recommended))
    return None


def _fits(
    rule: ModelRule, domain: str, hardness: float, language: str, length: int, cost: float
) -> bool:
    return (
        rule.domain in ("", domain)
        and rule.language in ("", language)
        and rule.complexity_over < hardness < rule.complexity_under
        and rule.length_over < length < rule.length_under
        and rule.cost_over < cost < rule.cost_under
    )


def _why_rule(rule: ModelRule, hardness: float, recommended: bool) -> Why:
    if not recommended:
        return Why("rule", {"rule": rule.in_words()})
    if rule.domain == "technical":
        return Why("strongest", {"complexity": f"{hardness:.2f}"})
    return Why("cheaper")


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


async def first_answer(choices: Sequence[Choice], ask: Callable[[str], Awaitable[T]]) -> T:
    """The answer of the first of these models that gives one: where one is away, refuses or says
    nothing that can be sent, the next is asked. Raises ModelError: what the last one raised."""
    *others, last = choices
    why = choices[0].why
    if not others and why is OWN:  # that is said already of whoever says nothing else
        return await ask(last.model)
    for choice in others:
        with suppress(ModelError), because(why):  # counted where it is raised
            return await ask(choice.model)
        why = Why("fallback", {"model": choice.model})
    with because(why):
        return await ask(last.model)

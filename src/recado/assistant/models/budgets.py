"""Budgets in money hold only what has a price: which models have none."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from recado.assistant.content import CharacterContent
from recado.assistant.policy import check_rules
from recado.runtime import Runtime


def unpriced_models(runtime: Runtime, contents: Iterable[CharacterContent]) -> list[str]:
    """The models of characters with a budget in money whose price nobody knows. The table of
    prices takes a second to load: not on the event loop."""
    default = runtime.settings.model
    in_money = [content for content in contents if _in_money(content)]
    named = {it for content in in_money for it in _models(content, default)}
    if in_money:  # they hold for what is asked about files, too
        named |= {it.paid_model for it in runtime.reading.readers if it.paid_model}
    return sorted(it for it in named if not runtime.models.prices.knows(it))


def _in_money(content: CharacterContent) -> bool:
    budgets = content.budgets
    return any(it.dollars is not None for it in (budgets.conversation, budgets.line, budgets.day))


def _models(content: CharacterContent, default: str) -> Iterator[str]:
    policy = content.model_policy
    yield content.model or default
    yield from filter(None, (policy.cheaper, policy.strongest, *policy.fallbacks))
    yield from (it.model for it in check_rules(content.model_rules))

"""History within a budget of tokens (CTX-3)."""

from __future__ import annotations

import re
from collections.abc import Sequence

import msgspec

from recado.assistant.port import ContextMessage

BUDGET_TOKENS = 2000
KEPT_INTERACTIONS = 5
_PER_MESSAGE_TOKENS = 4
_SHORTEST_TOKENS = 40
_ASCII = re.compile(r"[\x00-\x7f]+")


class Pruned(msgspec.Struct, frozen=True):
    """`kept` fits the budget; `to_summarise` are the older ones that did not."""

    kept: tuple[ContextMessage, ...]
    to_summarise: tuple[ContextMessage, ...]


def estimate_tokens(text: str) -> int:
    """About how many tokens a text has: four ASCII characters to one, two of the others.

    Close enough for a budget, for every vendor's tokenizer; none has to be installed.
    """
    if text.isascii():
        return (len(text) + 3) // 4
    other = len(_ASCII.sub("", text))
    return (len(text) + other + 3) // 4


def _tokens(message: ContextMessage) -> int:
    about = sum(map(estimate_tokens, message.about)) if message.about else 0
    return estimate_tokens(message.content) + about + _PER_MESSAGE_TOKENS


def prune(
    messages: Sequence[ContextMessage],
    budget_tokens: int,
    keep_interactions: int = KEPT_INTERACTIONS,
) -> Pruned:
    """Messages within a budget: unchanged where they fit; else the last `keep_interactions`
    (what the contact said with what was answered), the rest to be summarised.

    Where even those exceed the budget, the longest messages are shortened, so that it holds.
    """
    characters = sum(len(it.content) + sum(map(len, it.about)) for it in messages)
    at_most = characters // 2 + (_PER_MESSAGE_TOKENS + 1) * len(messages)
    if at_most <= budget_tokens or sum(map(_tokens, messages)) <= budget_tokens:
        return Pruned(tuple(messages), ())
    start = _start_of_last(messages, keep_interactions)
    kept = list(messages[start:])
    if sum(map(_tokens, kept)) > budget_tokens:
        kept = _shortened(kept, budget_tokens)
    return Pruned(tuple(kept), tuple(messages[:start]))


def _start_of_last(messages: Sequence[ContextMessage], interactions: int) -> int:
    """The index at which the last `interactions` begin."""
    starts = [
        at
        for at, message in enumerate(messages)
        if message.role == "user" and (at == 0 or messages[at - 1].role != "user")
    ]
    return starts[-interactions] if len(starts) > interactions else 0


def _shortened(messages: list[ContextMessage], budget_tokens: int) -> list[ContextMessage]:
    sizes = [_tokens(message) for message in messages]
    most = max(sizes)
    while sum(min(size, most) for size in sizes) > budget_tokens and most > _SHORTEST_TOKENS:
        most = max(_SHORTEST_TOKENS, most * 9 // 10)
    return [
        message
        if size <= most
        else msgspec.structs.replace(message, content=_cut(message.content, most), about=())
        for message, size in zip(messages, sizes, strict=True)
    ]


def _cut(text: str, most_tokens: int) -> str:
    """The beginning and the end: what somebody wants stands in one of them."""
    room = max(8, (most_tokens - _PER_MESSAGE_TOKENS) * len(text) // max(1, estimate_tokens(text)))
    return f"{text[: room * 2 // 3].rstrip()} … {text[len(text) - room // 4 :].lstrip()}"

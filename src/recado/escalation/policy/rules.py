"""What a business writes about its score, as it is kept: for everybody, for a line, a character.

What is not said stays as it was: of a line as the installation has it, and of the installation as
the settings have it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec
from msgspec.structs import replace

from recado.errors import Unprocessable
from recado.escalation.policy.patterns import check_words
from recado.language.detection import LANGUAGES

MOST_OVERRIDES = 100
_HIGHEST_WEIGHT = 1000


class PolicyRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """`weights` maps a reason to its points. Over `negative_sentiment_over` (0–1) words are
    negative, under `confidence_under` (0–1) an answer is unsure, over `messages_over` messages a
    matter is long, over `complexity_over` (0–1) a question is hard; a matter ends when nobody has
    written for `silence_hours`. `words` are trigger words by language, beside the bundled ones
    unless `bundled_words` is false; `ignored_words` never count. None: as it is above this."""

    threshold: int | None = None
    weights: dict[str, int] = {}
    negative_sentiment_over: float | None = None
    confidence_under: float | None = None
    messages_over: int | None = None
    complexity_over: float | None = None
    silence_hours: float | None = None
    words: dict[str, tuple[str, ...]] = {}
    bundled_words: bool | None = None
    ignored_words: tuple[str, ...] = ()


class PolicyContent(PolicyRules, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """The rules of the installation, and by their ids those of lines and of characters: a
    character's count before its line's."""

    lines: dict[str, PolicyRules] = {}
    characters: dict[str, PolicyRules] = {}


#: The bounds of each figure, and how they are told.
_BOUNDS: Mapping[str, tuple[float, float]] = {
    "threshold": (1, 500),
    "negative_sentiment_over": (0, 1),
    "confidence_under": (0, 1),
    "messages_over": (1, 1000),
    "complexity_over": (0, 1),
    "silence_hours": (0.5, 8760),
}


def content_of(stored: Any) -> PolicyContent:
    """As it was kept."""
    return msgspec.convert(stored, PolicyContent)


def stored_content(content: PolicyContent) -> Any:
    return msgspec.to_builtins(content)


def content_from(given: Any) -> PolicyContent:
    """What somebody has sent. Raises Unprocessable: it has another shape."""
    try:
        return msgspec.convert(given, PolicyContent)
    except msgspec.ValidationError as error:
        raise Unprocessable(f"The policy is wrong: {error}.") from error


def check_content(content: PolicyContent, codes: set[str]) -> None:
    """`codes` are the reasons that there are. Raises Unprocessable, which names the place."""
    if len(content.lines) + len(content.characters) > MOST_OVERRIDES:
        raise Unprocessable(f"At most {MOST_OVERRIDES} lines and characters have their own rules.")
    for place, rules in _places(content):
        _check_rules(rules, codes, place)


def _places(content: PolicyContent) -> Iterator[tuple[str, PolicyRules]]:
    yield "", content
    for kind in ("lines", "characters"):
        for id, rules in getattr(content, kind).items():
            yield f"{kind}.{id}.", rules


def _check_rules(rules: PolicyRules, codes: set[str], place: str) -> None:
    for name, (least, most) in _BOUNDS.items():
        value, at = getattr(rules, name), f"{place}{name}"
        if value is not None and not least <= value <= most:
            raise Unprocessable(
                f"{at} is {least:g} to {most:g}; leave it empty for what holds otherwise."
            )
    for code, weight in rules.weights.items():
        at = f"{place}weights.{code[:60]}"
        if code not in codes:
            raise Unprocessable(f"{at}: the reasons are {', '.join(sorted(codes))}.")
        if not 0 <= weight <= _HIGHEST_WEIGHT:
            raise Unprocessable(f"{at} is 0 to {_HIGHEST_WEIGHT} points.")
    if unknown := set(rules.words) - set(LANGUAGES):
        at = f"{place}words.{min(unknown)[:20]}"
        raise Unprocessable(f"{at}: the languages are {', '.join(LANGUAGES)}.")
    lists = {f"{place}words.{code}": it for code, it in rules.words.items()}
    check_words({**lists, f"{place}ignored_words": rules.ignored_words})


def rules_at(content: PolicyContent, kind: str, id: str) -> PolicyRules:
    """Those of one place: `kind` is lines or characters, "" is everybody."""
    if kind:
        placed: dict[str, PolicyRules] = getattr(content, kind)
        return placed.get(id, PolicyRules())
    own = {name: getattr(content, name) for name in PolicyRules.__struct_fields__}
    return PolicyRules(**own)


def with_rules_at(content: PolicyContent, kind: str, id: str, rules: PolicyRules) -> PolicyContent:
    """The content with the rules of one place; a place without rules is none."""
    if not kind:
        return replace(content, **{it: getattr(rules, it) for it in PolicyRules.__struct_fields__})
    others = {key: it for key, it in getattr(content, kind).items() if key != id}
    given = {} if rules == PolicyRules() else {id: rules}
    return replace(content, **{kind: {**others, **given}})

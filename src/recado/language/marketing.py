"""Who wants no marketing messages any more, and who wants them again, said in a message.

A keyword ("STOP", "baja") counts when it is all that was said; a sentence ("no quiero más
mensajes") when it is a whole part of it, and nothing is asked beside it. So "¿cómo cancelo mi
pedido?" and "stop by tomorrow?" are not taken for it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Literal, NamedTuple

from recado.language.lexicon import read_sections
from recado.language.patterns import PhraseMatcher
from recado.language.tokens import words

Wish = Literal["stopped", "resumed"]
#: Nobody takes more characters to say it.
LONGEST = 200
_WISHES: dict[str, Wish] = {"stop": "stopped", "resume": "resumed"}
_IN_BRACES = re.compile(r"\{[^{}]*\}")
_GROUP = re.compile(r"<([a-z ]+)>")
_PARTS = re.compile(r"[.,;:!\n]+")


class MarketingWish(NamedTuple):
    """`language` is the one that it was said in, "" for a word that all languages use."""

    wish: Wish
    language: str


class _Sign(NamedTuple):
    kind: Literal["keyword", "sentence", "courtesy"]
    said: MarketingWish | None


@cache
def _signs() -> PhraseMatcher[_Sign]:
    patterns: list[tuple[str, _Sign]] = []
    groups: dict[str, list[str]] = {}
    for name, entries in read_sections("marketing"):
        what, _, rest = name.partition(" ")
        kind, _, language = rest.partition(" ")
        if what == "group":
            groups[rest] = entries
            continue
        if what == "courtesy":
            sign = _Sign("courtesy", None)
        else:
            said = MarketingWish(_WISHES[what], "" if language == "any" else language)
            sign = _Sign("keyword" if kind == "keyword" else "sentence", said)
        patterns += [(_spelled(entry, groups), sign) for entry in entries]
    return PhraseMatcher(patterns)


def _spelled(pattern: str, groups: dict[str, list[str]]) -> str:
    """The pattern with the words of the groups that it names: alone, or among other
    alternatives."""
    inside = _IN_BRACES.sub(lambda found: _filled(found[0], groups), pattern)
    return _GROUP.sub(lambda found: "{" + "|".join(groups[found[1]]) + "}", inside)


def _filled(braced: str, groups: dict[str, list[str]]) -> str:
    """`{de <lists es>|}` → `{de la lista|de su lista|}`."""
    choices: list[str] = []
    for choice in braced[1:-1].split("|"):
        named = _GROUP.search(choice)
        words_of = groups[named[1]] if named else [""]
        choices += [_GROUP.sub(word, choice) if named else choice for word in words_of]
    return "{" + "|".join(choices) + "}"


def marketing_wish(text: str) -> MarketingWish | None:
    """What a message wishes about marketing; None: nothing, as nearly always."""
    if not text or len(text) > LONGEST or "?" in text or "¿" in text:
        return None
    whole = _wish_of(words(text))
    if whole is not None:
        return whole.said
    parts = [_wish_of(words(part)) for part in _PARTS.split(text)]
    sentences = [it.said for it in parts if it is not None and it.kind == "sentence"]
    return sentences[0] if sentences else None


def _wish_of(said: tuple[str, ...]) -> _Sign | None:
    """The sign that is all of these words, but for courtesy."""
    found = _signs().find(said)
    if sum(match.end - match.start for match in found) != len(said):
        return None
    wishes = [match.value for match in found if match.value.said is not None]
    return wishes[0] if len(wishes) == 1 else None

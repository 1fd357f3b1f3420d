"""Facts in a contact's own words, found by what people say before them. It is careful: what is
not said of oneself, or is asked or denied, is no fact.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from recado.conversations.facts.cues import CUES, MAIL, WORTH
from recado.conversations.facts.values import LONGEST

#: What is read of one message.
READ_CHARS = 2000
#: Of one message, no more facts than this.
MOST_FACTS = 8
_DENIED = re.compile(r"\b(?:no|não|nao|not|never|nunca|tampoco|ni)\s{1,3}(?:me\s)?$", re.IGNORECASE)
_DENIED_CHARS = 24
#: "¿Dónde está mi pedido 1182?"
_TOLD_IN_QUESTIONS = frozenset({"order", "email", "phone"})
_ALONE = re.compile(rf"\W{{0,3}}{MAIL}\W{{0,3}}")
_SURE_OF_ALONE = 0.8


class Fact(NamedTuple):
    """`kind` is one of KINDS (model.py); `confidence` is 0–1."""

    kind: str
    value: str
    confidence: float


def facts_in(text: str) -> list[Fact]:
    """The facts about the writer that a message tells, each once, in the order of the cues."""
    text = text[:READ_CHARS].replace("’", "'")
    if not WORTH.search(text):
        return []
    found: dict[tuple[str, str], Fact] = {}
    for fact in _found(text):
        found.setdefault((fact.kind, fact.value.casefold()), fact)
    return list(found.values())[:MOST_FACTS]


def _found(text: str) -> Iterator[Fact]:
    if alone := _ALONE.fullmatch(text.strip()):
        yield Fact("email", alone[1].lower(), _SURE_OF_ALONE)
    for cue in CUES:
        for match in cue.pattern.finditer(text):
            if not _is_said(text, match.start(), may_ask=cue.kind in _TOLD_IN_QUESTIONS):
                continue
            rest = match[1] if cue.pattern.groups else text[match.end() : match.end() + LONGEST]
            value = " ".join(cue.value(rest).split())
            if value:
                yield Fact(
                    cue.kind, value.lower() if cue.kind == "email" else value, cue.confidence
                )


def _is_said(text: str, at: int, *, may_ask: bool) -> bool:
    """Not denied, and not within a question that began before it."""
    if _DENIED.search(text[max(0, at - _DENIED_CHARS) : at]):
        return False
    asked = -1 if may_ask else text.rfind("¿", 0, at)
    return asked < 0 or "?" in text[asked:at]

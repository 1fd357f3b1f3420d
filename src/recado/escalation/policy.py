"""How much each reason counts, and from where on: what an operator can set."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from recado.language.intent import COMPLEX
from recado.language.lexicon import read_sections
from recado.language.reading import PhraseMatcher, words
from recado.language.terms import concept_patterns

_LISTS = {name: tuple(patterns) for name, patterns in read_sections("triggers")}
DECLINED = _LISTS.pop("declined")
TRIGGER_WORDS: Mapping[str, tuple[str, ...]] = MappingProxyType(_LISTS)
PERSON_REQUESTS: tuple[str, ...] = tuple(
    pattern for pattern, concept in concept_patterns() if concept == ("human", "strong")
)


def _matcher(patterns: Iterable[str]) -> PhraseMatcher[bool]:
    return PhraseMatcher((pattern, True) for pattern in patterns)


@dataclass(frozen=True)
class EscalationPolicy:
    """The threshold, the limits and the weights of the score; the defaults are the documented.

    ``weights`` maps a reason's code to a weight other than its own (reasons.py).

    ``trigger_words`` maps a language to patterns in the notation of ``language.reading``; plain
    words and phrases are patterns, matched as whole words without regard to case and accents. All
    languages are looked for in every text, because customers mix them.
    """

    threshold: int = 50
    weights: Mapping[str, int] = field(default_factory=dict)
    negative_sentiment_over: float = 0.8
    confidence_under: float = 0.6
    messages_over: int = 15
    complexity_over: float = COMPLEX
    trigger_words: Mapping[str, tuple[str, ...]] = field(default_factory=lambda: TRIGGER_WORDS)
    person_requests: tuple[str, ...] = PERSON_REQUESTS
    _triggers: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)
    _requests: PhraseMatcher[bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_triggers", _matcher(chain(*self.trigger_words.values())))
        object.__setattr__(self, "_requests", _matcher(self.person_requests))

    def has_trigger_word(self, text: str) -> bool:
        """Whether ``text`` holds a trigger word that it does not take back."""
        return _says(self._triggers, text)

    def asks_for_person(self, text: str) -> bool:
        """Whether ``text`` demands a human being."""
        return _says(self._requests, text)


_declined = _matcher(DECLINED)


def _says(matcher: PhraseMatcher[bool], text: str) -> bool:
    said = words(text)
    found = matcher.find(said)
    if not found:
        return False
    taken_back = {match.end for match in _declined.find(said)}
    return any(match.start not in taken_back for match in found)


DEFAULT_POLICY = EscalationPolicy()

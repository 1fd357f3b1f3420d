"""How alike two questions are: by the words they share, and by the letters of those words.

Words alone miss a typing error, letters alone the same matter in other words; so both count.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator

import msgspec

from recado.assistant.knowledge.analysis import analyse
from recado.language.detection import known_language

#: From here on two questions ask the same. Below it, a person puts them together.
ALIKE = 0.5
#: So much of a question is compared.
_COMPARED_CHARS = 300
_GRAM = 4
#: What more questions than this share tells none of them apart.
_MOST_SHARING = 100
#: So many of those that share the most are compared in full.
_CONTENDERS = 20


class Features(msgspec.Struct, frozen=True):
    """What a question is made of. `words`: stems and the matters they speak of; `grams`: four
    letters in a row of its words."""

    language: str
    words: frozenset[str]
    grams: frozenset[str]

    @classmethod
    def of(cls, text: str, language: str) -> Features:
        found = analyse(text[:_COMPARED_CHARS], known_language(language))
        grams = (gram for word in found.words for gram in _grams(word.plain))
        return cls(language, frozenset(found.tokens()), frozenset(grams))

    def likeness(self, other: Features) -> float:
        """0 to 1; 0 across languages, for an answer is in one."""
        if self.language != other.language:
            return 0.0
        return (_shared(self.words, other.words) + _shared(self.grams, other.grams)) / 2


class Likenesses:
    """Questions by what they are made of. Finding the one most like another takes time by the
    length of that one, however many there are."""

    def __init__(self) -> None:
        self._features: dict[str, Features] = {}
        self._having: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, key: str, features: Features) -> None:
        self._features[key] = features
        for mark in _marks(features):
            sharing = self._having[mark]
            if len(sharing) < _MOST_SHARING:
                sharing.append(key)

    def closest(self, features: Features) -> tuple[str, float] | None:
        """The key that was added for the question most like this one, and how alike they are."""
        shared = Counter(key for mark in _marks(features) for key in self._having.get(mark, ()))
        found = [
            (self._features[key].likeness(features), key)
            for key, _ in shared.most_common(_CONTENDERS)
        ]
        best = max(found, default=None)
        return None if best is None else (best[1], best[0])


def _marks(features: Features) -> Iterator[str]:
    yield from features.words
    yield from features.grams


def _grams(word: str) -> Iterable[str]:
    padded = f" {word} "
    return {padded[at : at + _GRAM] for at in range(max(1, len(padded) - _GRAM + 1))}


def _shared(one: frozenset[str], other: frozenset[str]) -> float:
    both = len(one & other)
    return both / (len(one) + len(other) - both) if both else 0.0

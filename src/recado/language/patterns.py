"""Phrases over folded words, found in one pass over a text.

A pattern is words in sequence. ``cancel*`` is any word with that beginning, ``{a|b|}``
one of the alternatives (an empty one makes it optional) and ``_`` any one word:
``"hablar con {un|una|} {humano|persona}"``. Patterns are folded when they are read, so
they are written with their accents.
"""

import itertools
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Generic, NamedTuple, TypeVar

from recado.language.tokens import fold_word

Value = TypeVar("Value")
# bounded: our own patterns, a few words each
_ELEMENT = re.compile(r"(?:\{[^{}]*\}|[^\s{}])+")
_GROUP = re.compile(r"\{([^{}]*)\}")
_SHORTEST_BEGINNING = 2


class Match(NamedTuple, Generic[Value]):
    """A pattern found at ``words[start:end]``."""

    start: int
    end: int
    value: Value


class _State(Generic[Value]):
    """What may follow. A pattern's states are its own; only the first one is shared."""

    __slots__ = ("anything", "beginnings", "exact", "meaning")

    def __init__(self) -> None:
        self.exact: dict[str, list[_State[Value]]] = {}
        self.beginnings: dict[str, list[_State[Value]]] = {}
        self.anything: list[_State[Value]] = []
        self.meaning: tuple[int, Value] | None = None  # the pattern's place in the list, its value

    def lead_to(self, following: "_State[Value]", word: str) -> None:
        if word == "_":
            self.anything.append(following)
        elif word.endswith("*") and len(word) > 1:
            self.beginnings.setdefault(fold_word(word[:-1]), []).append(following)
        else:
            self.exact.setdefault(fold_word(word), []).append(following)

    def after(self, word: str) -> "list[_State[Value]]":
        following = [*self.exact.get(word, ()), *self.anything]
        if self.beginnings:
            for length in range(_SHORTEST_BEGINNING, len(word) + 1):
                following += self.beginnings.get(word[:length], ())
        return following


def _alternatives(element: str) -> list[list[str]]:
    """``tarjeta{|s}`` → [[tarjeta], [tarjetas]]; ``{un|la misma|}`` → [[un], [la, misma], []]."""
    parts = _GROUP.split(element)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    return [spelled.split() for spelled in map("".join, itertools.product(*choices))]


class PhraseMatcher(Generic[Value]):
    """Finds patterns in a sequence of folded words; the longest at each place wins.

    Of two patterns that match the same words, the one given first counts.
    """

    def __init__(self, patterns: Iterable[tuple[str, Value]]) -> None:
        self._first: _State[Value] = _State()
        for order, (pattern, value) in enumerate(patterns):
            self._add(pattern, (order, value))
        # Most words begin no pattern, and customers use the same few thousand words.
        self._begin = lru_cache(maxsize=4096)(self._first.after)

    def _add(self, pattern: str, meaning: tuple[int, Value]) -> None:
        ends: list[_State[Value]] = [self._first]
        for element in _ELEMENT.findall(pattern):
            common: _State[Value] = _State()
            following = [common]
            for alternative in _alternatives(element):
                if not alternative:
                    following += ends
                    continue
                sources = ends
                for word in alternative[:-1]:
                    between: _State[Value] = _State()
                    for source in sources:
                        source.lead_to(between, word)
                    sources = [between]
                for source in sources:
                    source.lead_to(common, alternative[-1])
            ends = following
        if self._first in ends:
            raise ValueError(f"a pattern that matches no word matches everywhere: {pattern!r}")
        for end in ends:
            end.meaning = meaning

    def _match(
        self, words: Sequence[str], start: int, states: "list[_State[Value]]"
    ) -> Match[Value] | None:
        """The longest pattern that begins at ``words[start]``, if any."""
        best: Match[Value] | None = None
        at = start
        while states:
            meanings = [state.meaning for state in states if state.meaning is not None]
            if meanings:
                _, value = min(meanings, key=itemgetter(0))
                best = Match(start, at + 1, value)
            at += 1
            if at == len(words):
                break
            states = [following for state in states for following in state.after(words[at])]
        return best

    def find(self, words: Sequence[str]) -> list[Match[Value]]:
        """All matches from left to right, none overlapping another."""
        found: list[Match[Value]] = []
        at, begin = 0, self._begin
        while at < len(words):
            states = begin(words[at])
            match = self._match(words, at, states) if states else None
            if match is None:
                at += 1
            else:
                found.append(match)
                at = match.end
        return found

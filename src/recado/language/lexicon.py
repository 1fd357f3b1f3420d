"""Reads the word lists in ``data/``, and finds their phrases in a text.

A list has ``[sections]`` of comma-separated patterns; ``#`` begins a comment. The lists are plain
text so that someone who speaks the language, and does not program, can correct them.

A pattern is words in sequence. ``cancel*`` is any word with that beginning, ``{a|b|}`` one of the
alternatives (an empty one makes it optional) and ``_`` any one word:
``"hablar con {un|una|} {humano|persona}"``. Patterns are folded when they are read, so they are
written with their accents. All phrases are found in one pass over a text (`PhraseMatcher`).
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from importlib.resources import files
from operator import itemgetter
from threading import Lock
from typing import Generic, NamedTuple, TypeVar

from recado.language.reading import fold_word


def read_sections(name: str) -> list[tuple[str, list[str]]]:
    """The sections of ``data/<name>.txt`` in order, each with its entries."""
    text = (files(__package__) / "data" / f"{name}.txt").read_text(encoding="utf-8")
    sections: list[tuple[str, list[str]]] = []
    for line in text.splitlines():
        content = line.partition("#")[0].strip()
        if not content:
            continue
        if content.startswith("[") and content.endswith("]"):
            sections.append((content[1:-1].strip(), []))
        elif sections:
            sections[-1][1].extend(entry.strip() for entry in content.split(",") if entry.strip())
        else:
            raise ValueError(f"{name}.txt: entries before the first section: {content!r}")
    return sections


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

    def lead_to(self, following: _State[Value], word: str) -> None:
        if word == "_":
            self.anything.append(following)
        elif word.endswith("*") and len(word) > 1:
            self.beginnings.setdefault(fold_word(word[:-1]), []).append(following)
        else:
            self.exact.setdefault(fold_word(word), []).append(following)

    def after(self, word: str) -> list[_State[Value]]:
        following = [*self.exact.get(word, ()), *self.anything]
        if self.beginnings:
            for length in range(_SHORTEST_BEGINNING, len(word) + 1):
                following += self.beginnings.get(word[:length], ())
        return following


def _alternatives(element: str) -> list[list[str]]:
    """``tarjeta{|s}`` → [[tarjeta], [tarjetas]]; ``{un|la misma|}`` → [[un], [la, misma], []]."""
    if element[0] == "{" and element.find("}") == len(element) - 1:
        return [spelled.split() for spelled in element[1:-1].split("|")]
    parts = _GROUP.split(element)
    choices = [part.split("|") if at % 2 else [part] for at, part in enumerate(parts)]
    return [spelled.split() for spelled in map("".join, itertools.product(*choices))]


def elements_of(pattern: str) -> list[list[list[str]]]:
    """The elements of a pattern in sequence, each as its alternatives, each of those as words."""
    if "{" not in pattern:
        return [[[word]] for word in pattern.split()]
    return [_alternatives(element) for element in _ELEMENT.findall(pattern)]


def spellings(pattern: str) -> list[str]:
    """What a pattern without ``*`` and ``_`` may look like.

    >>> spellings("mesa{|s} {de|} luz")
    ['mesa de luz', 'mesa luz', 'mesas de luz', 'mesas luz']
    """
    if "{" not in pattern:
        return [pattern]
    chosen = itertools.product(*elements_of(pattern))
    return [" ".join(itertools.chain(*words)) for words in chosen]


def _first_words(pattern: str) -> set[str]:
    """The words that what a pattern matches may begin with: folded, but for beginnings ("a*")."""
    if "{" not in pattern and pattern:
        return {_folded(pattern.split(maxsplit=1)[0])}
    found: set[str] = set()
    for element in _ELEMENT.finditer(pattern):
        alternatives = _alternatives(element[0])
        found.update(_folded(said[0]) for said in alternatives if said)
        if [] not in alternatives:
            return found
    raise ValueError(f"a pattern that matches no word matches everywhere: {pattern!r}")


def _folded(word: str) -> str:
    return word if word.endswith("*") else fold_word(word)


class PhraseMatcher(Generic[Value]):
    """Finds patterns in a sequence of folded words; the longest at each place wins.

    Of two patterns that match the same words, the one given first counts. `classes` tells of a
    word by which other names patterns may ask for it.
    """

    def __init__(
        self,
        patterns: Iterable[tuple[str, Value]],
        classes: Mapping[str, Sequence[str]] | None = None,
    ) -> None:
        self._first: _State[Value] = _State()
        self._classes = classes or {}
        # Most patterns are never begun: each is built when one of its first words is met.
        self._unbuilt: dict[str, list[tuple[str, tuple[int, Value]]]] = {}
        self._building, self._built = Lock(), set[int]()
        for order, (pattern, value) in enumerate(patterns):
            self._note(pattern, (order, value))
        # Most words begin no pattern, and customers use the same few thousand words.
        self._begin = lru_cache(maxsize=4096)(self._beginning)

    def _note(self, pattern: str, meaning: tuple[int, Value]) -> None:
        first = _first_words(pattern)
        if any(word == "_" or word.endswith("*") for word in first):
            self._add(pattern, meaning)
            return
        for word in first:
            self._unbuilt.setdefault(word, []).append((pattern, meaning))

    def _beginning(self, word: str) -> list[_State[Value]]:
        for name in (word, *self._classes.get(word, ())):
            if name in self._unbuilt:
                self._build(name)
        return self._after([self._first], word)

    def _build(self, word: str) -> None:
        """A word is unbuilt until all of its patterns are there, for whoever else asks by then."""
        with self._building:
            for pattern, meaning in self._unbuilt.get(word, ()):
                if meaning[0] not in self._built:
                    self._add(pattern, meaning)
                    self._built.add(meaning[0])
            self._unbuilt.pop(word, None)

    def _after(self, states: list[_State[Value]], word: str) -> list[_State[Value]]:
        following = [after for state in states for after in state.after(word)]
        for name in self._classes.get(word, ()):
            for state in states:
                following += state.exact.get(name, ())
        return following

    def _add(self, pattern: str, meaning: tuple[int, Value]) -> None:
        ends: list[_State[Value]] = [self._first]
        for alternatives in elements_of(pattern):
            common: _State[Value] = _State()
            following = [common]
            for alternative in alternatives:
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
        for end in ends:
            end.meaning = meaning

    def _match(
        self, words: Sequence[str], start: int, states: list[_State[Value]]
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
            if self._classes:
                states = self._after(states, words[at])
            else:
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

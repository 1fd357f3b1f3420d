"""A question and a passage, read once for what is to be said about them (see features.py).

Kinds of answers and places are bits: features.py compares them for some thirty passages a search.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise

import msgspec

from recado.assistant.knowledge.analysis import HEADING_SEPARATOR, Analysis, is_stem, stem_of
from recado.assistant.knowledge.asking import KINDS, asks_for, tells
from recado.assistant.knowledge.passages import sentences_in
from recado.assistant.knowledge.scoring import Query, Statistics, is_filler
from recado.language.detection import LanguageCode
from recado.language.reading import words

OWN, ABOVE, TEXT = range(3)
_GRAM = 4
#: No sign in a text shows that it tells these.
_TOLD_BY_ANY = frozenset({"way", "reason", "which", "whether"})
_BIT_OF_KIND = {kind: 1 << at for at, kind in enumerate(KINDS)}
#: The places that a bit mask of places has, by the mask.
_PLACES_IN = tuple(tuple(at for at in range(3) if mask >> at & 1) for mask in range(8))


class Said(msgspec.Struct, frozen=True):
    """A content word of the question: itself between spaces, its grams, how its stem begins, and
    its weight."""

    whole: str
    grams: tuple[str, ...]
    begins: str
    weight: float


#: A token that covers a unit of the question; how far, by the mask of the places where it stands;
#: and how well it stands for the word, whatever the place.
_Covering = tuple[str, tuple[float, ...], float]


class Wording(msgspec.Struct, frozen=True):
    """How a question is worded, whatever it is asked of: the kinds of answer that it asks for, also
    without those that any text tells, and its letters."""

    kinds: int
    kinds_told: int
    grams: frozenset[str]


class Asked(msgspec.Struct, frozen=True):
    """A question, read for the passages of one language. `own` are the features that are the same
    for all of them; `units` those of the query, as `features` goes through them."""

    query: Query
    units: tuple[tuple[float, tuple[_Covering, ...]], ...]
    said: tuple[Said, ...]
    said_weight: float
    wording: Wording
    own: Mapping[str, float]


class Passage(msgspec.Struct, frozen=True):
    """A passage as its features are read from. `places` is a mask of the places (own heading, those
    above, text) where a token stands; `focus` the stems of its own heading with their weights;
    the rest is folded text between spaces."""

    places: Mapping[str, int]
    focus: tuple[tuple[str, float], ...]
    focus_weight: float
    above: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    heading: str
    whole: str
    sentences: tuple[str, ...]
    told: int
    told_above: int
    questions: tuple[frozenset[str], ...]


@lru_cache(maxsize=4096)
def grams_of(word: str) -> tuple[str, ...]:
    """The parts of a word, four letters each, its ends marked by a space."""
    padded = f" {word} "
    if len(padded) <= _GRAM:
        return (padded,)
    return tuple(padded[at : at + _GRAM] for at in range(len(padded) - _GRAM + 1))


def _grams_in(spelled: Sequence[str]) -> frozenset[str]:
    """The parts of a whole line, its small words and its spaces too."""
    line = f" {' '.join(spelled)} "
    return frozenset(line[at : at + _GRAM] for at in range(max(1, len(line) - _GRAM + 1)))


def wording_of(spelled: Sequence[str]) -> Wording:
    """Of a question's folded words."""
    kinds = asks_for(spelled)
    return Wording(_mask(kinds), _mask(kinds - _TOLD_BY_ANY), _grams_in(spelled))


def read_question(
    query: Query,
    analysis: Analysis,
    wording: Wording,
    language: LanguageCode,
    statistics: Statistics,
    *,
    foreign: bool,
    guest: bool,
) -> Asked:
    """What is asked, once for all passages of `language`; `foreign`: it is another than the
    question's, which has passages too; `guest`: which has none."""
    said = []
    for word in {word.plain: word for word in analysis.words}.values():
        if word.plain.isdigit() or is_filler(word.stem, language):
            continue
        stem = stem_of(word.plain, language) or word.plain
        weight = statistics.weight(stem) if stem in statistics.frequency else 0.7
        whole = f" {word.plain} "
        said.append(Said(whole, grams_of(word.plain), f" {stem[:6]}", weight))
    own = {
        "bias": 1.0,
        "foreign": float(foreign),
        "guest": float(guest),
        **_of_question(query, len(said)),
    }
    return Asked(
        query,
        tuple(
            (
                unit.weight,
                tuple((it.token, _by_mask(it.places), it.places[OWN]) for it in unit.options),
            )
            for unit in query.units
        ),
        tuple(said),
        sum(word.weight for word in said),
        wording,
        own,
    )


@lru_cache(maxsize=1024)
def _by_mask(places: tuple[float, ...]) -> tuple[float, ...]:
    return tuple(max((places[at] for at in its), default=0.0) for its in _PLACES_IN)


def _mask(kinds: frozenset[str]) -> int:
    return sum(_BIT_OF_KIND[kind] for kind in kinds)


def read_passage(heading: str, text: str, search_text: str, statistics: Statistics) -> Passage:
    """What features are read from, in the knowledge of its language."""
    lines = [line.split() for line in (*search_text.split("\n"), "", "")[:3]]
    places: dict[str, int] = {}
    for place, tokens in enumerate(lines):
        for token in tokens:
            places[token] = places.get(token, 0) | 1 << place
    own = heading.rpartition(HEADING_SEPARATOR)[2]
    folded = _folded(heading)
    stems = [token for token in dict.fromkeys(lines[OWN]) if is_stem(token)]
    focus = tuple((stem, statistics.weight(stem)) for stem in stems)
    return Passage(
        places,
        focus,
        sum(weight for _, weight in focus),
        frozenset(lines[ABOVE]),
        frozenset(pair for tokens in lines for pair in pairwise(tokens)),
        _folded(own),
        f"{folded}{_folded(text)}",
        tuple(_folded(sentence) for sentence in sentences_in(text)[:40]),
        _mask(tells(text)),
        _mask(asks_for(words(own))),
        tuple(_grams_in(words(part)) for part in re.split(r"[?¿!.]", own) if part.strip()),
    )


def _folded(text: str) -> str:
    return f" {' '.join(words(text))} "


def _of_question(query: Query, content: int) -> dict[str, float]:
    """`content` is how many words of content it has."""
    unknown = sum(1 for unit in query.units if not unit.options)
    return {
        "no words": float(content == 0),
        "one word": float(content == 1),
        "two words": float(content == 2),
        "many words": float(content > 5),
        "unknown words": min(unknown, 3) / 3,
        "no concept": float(not query.concepts),
        "no thing": float(not query.things),
        "unknown thing": float(any(query.tokens.isdisjoint(named) for named in query.things)),
    }

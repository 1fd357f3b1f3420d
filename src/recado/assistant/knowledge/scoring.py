"""What a question says, as units that a passage may cover, each with its weight.

A word and a concept weigh by how much they tell passages apart; a word that no passage knows weighs
in full and is covered by none, so that of nonsense and foreign matters little is covered.
features.py measures by it how far a passage covers the question.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from importlib.resources import files
from itertools import pairwise

import msgspec

from recado.assistant.knowledge.analysis import (
    ASKS,
    STRONG,
    THING,
    WEAK,
    Analysis,
    Word,
    analyse,
    stem_of,
)
from recado.assistant.knowledge.spelling import Kinship
from recado.language.detection import LanguageCode
from recado.language.lexicon import read_sections
from recado.language.reading import fold_word

# How far a token covers what was asked, by where it stands: in the passage's own heading, in the
# headings above it, in its text.
_STEM_PLACES = (1.0, 0.7, 0.75)
_CONCEPT_PLACES = (1.0, 0.7, 0.45)
_ASKED_PLACES = (1.0, 0.5, 0.5)
_WEAK_FOR_STRONG = 0.5
_KIN = 0.85
_SYNONYM = 0.97
#: A concept covers its words less where the knowledge has the very word somewhere.
_COVERED_BY_STRONG, _COVERED_BY_WEAK = 0.9, 0.5
_WORD_EXISTS = 0.6

_FEW = 30
_KNOWN = 1.15
_UNKNOWN, _FURTHER_UNKNOWN, _LIGHT = 0.62, 0.45, 0.15
_FILLER = 0.1

#: A concept is what a question is after; these two are only asked *of* something.
_CONCEPT_WEIGHT = 1.2
_OF_SOMETHING = {"price": 0.55, "availability": 0.1}
#: What is given back, or has a guarantee, may be anything that is sold.
_OF_ANYTHING, _OBJECT = {"returns", "warranty"}, 0.6
_ASKED_WEIGHT = 0.15
#: "cuesta", where the knowledge has the word: the thing says more.
_ONLY_ASKS = 0.25
#: What is asked of something is told in the text as well as in a heading: a row's price.
_TOLD_OF_SOMETHING = (1.0, 0.7, 0.9)


@cache
def _fillers() -> frozenset[str]:
    """Words that say when, or ask politely, and tell no passage from another."""
    return _listed("fillers.txt")


@cache
def _light_words() -> frozenset[str]:
    """Words that hardly say what is asked."""
    return _listed("light.txt") | sentence_words()


def _listed(name: str) -> frozenset[str]:
    text = (files(__package__) / name).read_text(encoding="utf-8")
    lines = (line for line in text.splitlines() if not line.startswith("#"))
    return frozenset(fold_word(word) for line in lines for word in line.split())


@cache
def sentence_words() -> frozenset[str]:
    """The verbs, question words and pronouns that sentences to a business are made of."""
    listed = [words for name, words in read_sections("sentences") if name != "loans"]
    return frozenset(fold_word(word) for words in listed for word in words)


@lru_cache(maxsize=8)
def _filler_stems(language: LanguageCode) -> frozenset[str]:
    return frozenset(stem_of(word, language) for word in _fillers()) - {""}


def is_filler(stem: str, language: LanguageCode) -> bool:
    """Whether a stem only says when, or asks politely."""
    return stem in _filler_stems(language)


class Statistics:
    """`count` passages of one language; `frequency` is in how many of them a token stands."""

    __slots__ = ("_weights", "frequency")

    def __init__(self, count: int, frequency: Mapping[str, int]) -> None:
        self.frequency = frequency
        # A few passages say little about which words are rare.
        count = max(count, _FEW)
        most = math.log(2 + count)
        self._weights = {
            token: math.log(1 + count / times) / most for token, times in frequency.items()
        }

    def weight(self, token: str) -> float:
        """How much a token tells passages apart: 1 in one of many, near 0 in all of them."""
        return self._weights.get(token, 1.0)


class Option(msgspec.Struct, frozen=True):
    """A token that covers a unit, with how far it does by place (see _STEM_PLACES)."""

    token: str
    places: tuple[float, float, float]


class Unit(msgspec.Struct, frozen=True):
    """One thing that the question says; the best of its options covers it."""

    weight: float
    options: tuple[Option, ...] = ()


class Query(msgspec.Struct, frozen=True):
    units: tuple[Unit, ...]
    total: float
    tokens: frozenset[str]
    concepts: frozenset[str]
    things: tuple[tuple[str, ...], ...]
    pairs: frozenset[tuple[str, str]]


def make_query(
    analysis: Analysis,
    language: LanguageCode,
    statistics: Statistics,
    kinship: Kinship,
    *,
    forms: bool = True,
) -> Query:
    """The question as units with their weights in the knowledge of one language.

    `forms` False: the question is in another, and endings mean nothing.
    """
    of_any = bool(_OF_ANYTHING & set(analysis.strong))
    units = [_concept_unit(name, statistics) for name in analysis.strong]
    units += [Unit(_ASKED_WEIGHT, (Option(ASKS + n, _ASKED_PLACES),)) for n in analysis.asks]
    ordered: list[str] = []
    unknown = 0
    for word in {word.stem: word for word in analysis.words}.values():
        things = [THING + name for name in word.things if THING + name in statistics.frequency]
        if things and word.goes_on and word.stem not in statistics.frequency:
            continue  # "hoja de vida" is one thing
        filler = word.plain.isdigit() or (word.stem in _filler_stems(language) and not things)
        # "Do you accept insurance?" is asked of insurance: another language has another verb.
        filler = filler or not (forms or things or word.plain not in sentence_words())
        known = [word.stem] if word.stem in statistics.frequency else []
        if not known and not filler and not word.strong:
            known = [] if things else kinship.of(word.stem, forms=forms)
        covered = bool(word.concept) and STRONG + word.concept in statistics.frequency
        if filler:
            units.append(_word_unit(word, known, statistics, most=_FILLER))
        elif known or covered or things:
            unit = _word_unit(word, known, statistics, things=things)
            object_of = of_any and not word.concept
            units.append(Unit(unit.weight * _OBJECT, unit.options) if object_of else unit)
        else:
            light = word.plain in _light_words() and not word.things
            units.append(Unit(_LIGHT if light else _FURTHER_UNKNOWN if unknown else _UNKNOWN))
            unknown += not light
        ordered += known[:1]
    return Query(
        tuple(units),
        sum(unit.weight for unit in units),
        frozenset(option.token for unit in units for option in unit.options),
        frozenset(STRONG + name for name in analysis.strong),
        _things(analysis),
        frozenset(pairwise(ordered)),
    )


def _things(analysis: Analysis) -> tuple[tuple[str, ...], ...]:
    """What its words name: of each the things that it may be, one of which is meant."""
    named = dict.fromkeys(word.things for word in analysis.words if word.things)
    return tuple(tuple(THING + name for name in things) for things in named)


def _times(factor: float, places: tuple[float, float, float]) -> tuple[float, float, float]:
    return (factor * places[0], factor * places[1], factor * places[2])


def _concept_unit(name: str, statistics: Statistics) -> Unit:
    strong, weak = STRONG + name, WEAK + name
    if strong not in statistics.frequency and name in _OF_SOMETHING:
        return Unit(_FILLER)
    places = _TOLD_OF_SOMETHING if name in _OF_SOMETHING else _CONCEPT_PLACES
    return Unit(
        _OF_SOMETHING.get(name, _CONCEPT_WEIGHT) * max(0.6, statistics.weight(strong)),
        (
            Option(strong, places),
            Option(weak, _times(_WEAK_FOR_STRONG, _CONCEPT_PLACES)),
        ),
    )


def _word_unit(
    word: Word,
    known: Sequence[str],
    statistics: Statistics,
    *,
    things: Sequence[str] = (),
    most: float = 1.0,
) -> Unit:
    exact = word.stem in known
    factor = 1.0 if exact else _KIN
    options = [Option(stem, _times(factor, _STEM_PLACES)) for stem in known]
    options += [Option(thing, _times(_SYNONYM, _STEM_PLACES)) for thing in things]
    tells = [statistics.weight(token) for token in (known or things)]
    weight = _KNOWN * max(tells, default=0.45)
    if word.concept:
        part = _COVERED_BY_STRONG if word.strong else _COVERED_BY_WEAK
        part *= _WORD_EXISTS if exact else 1.0
        for token, share in ((STRONG, part), (WEAK, part * _WEAK_FOR_STRONG)):
            options.append(Option(token + word.concept, _times(share, _CONCEPT_PLACES)))
        if word.strong:  # the concept is a unit of its own already
            weight *= _ONLY_ASKS if word.concept in _OF_SOMETHING else 0.5
    return Unit(min(weight, most), tuple(options))


def has_subject(text: str, language: LanguageCode) -> bool:
    """Whether a question says what it is about: "how much is it?" does not."""
    analysis = analyse(text, language)
    if set(analysis.strong) - _OF_SOMETHING.keys():
        return True
    fillers = _filler_stems(language)
    return any(
        not (word.strong and word.concept in _OF_SOMETHING)
        and word.stem not in fillers
        and not word.plain.isdigit()
        for word in analysis.words
    )

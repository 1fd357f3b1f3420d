"""What there is to say about a passage as the answer to a question, each as a number.

The names are those of `confidence.json`, which holds how much each counts (see confidence.py).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise

import msgspec

from recado.assistant.knowledge.analysis import (
    HEADING_SEPARATOR,
    Analysis,
    is_stem,
    stem_of,
)
from recado.assistant.knowledge.asking import asks_for, tells
from recado.assistant.knowledge.passages import sentences_in
from recado.assistant.knowledge.scoring import Query, Statistics, is_filler
from recado.language.detection import LanguageCode
from recado.language.reading import words

GRAM = 4
#: No sign in a text shows that it tells these.
_TOLD_BY_ANY = {"way", "reason", "which", "whether"}
#: From this share of a question on, what covers it is about the same matter.
ABOUT_IT = 0.6
OWN, ABOVE, TEXT = range(3)
#: Less than this, covered, is no evidence: "do you have …" alone answers nothing.
_EVIDENCE = 0.4
_ADJACENT, _MOST_ADJACENT = 0.03, 0.06
_TOPICAL = 0.01


class Said(msgspec.Struct, frozen=True):
    """A content word of the question: its grams, how its stem begins, and its weight."""

    grams: tuple[str, ...]
    begins: str
    weight: float


class Asked(msgspec.Struct, frozen=True):
    """A question, read for the passages of one language. `own` are the features that are the same
    for all of them."""

    query: Query
    said: tuple[Said, ...]
    kinds: frozenset[str]
    grams: frozenset[str]
    own: Mapping[str, float]


class Passage(msgspec.Struct, frozen=True):
    """A passage as its features are read from. `places` is in which of the three places (own
    heading, those above, text) a token stands; the rest is folded text between spaces."""

    places: Mapping[str, tuple[int, ...]]
    focus: tuple[str, ...]
    above: frozenset[str]
    pairs: frozenset[tuple[str, str]]
    heading: str
    whole: str
    sentences: tuple[str, ...]
    told: frozenset[str]
    told_above: frozenset[str]
    questions: tuple[frozenset[str], ...]


def grams_of(word: str) -> tuple[str, ...]:
    """The parts of a word, four letters each, its ends marked by a space."""
    padded = f" {word} "
    if len(padded) <= GRAM:
        return (padded,)
    return tuple(padded[at : at + GRAM] for at in range(len(padded) - GRAM + 1))


def _grams_in(spelled: Sequence[str]) -> frozenset[str]:
    """The parts of a whole line, its small words and its spaces too."""
    line = f" {' '.join(spelled)} "
    return frozenset(line[at : at + GRAM] for at in range(max(1, len(line) - GRAM + 1)))


def read_question(
    query: Query,
    analysis: Analysis,
    spelled: Sequence[str],
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
        said.append(Said(grams_of(word.plain), f" {stem[:6]}", weight))
    own = {
        "bias": 1.0,
        "foreign": float(foreign),
        "guest": float(guest),
        **_of_question(query, len(said)),
    }
    return Asked(query, tuple(said), asks_for(spelled), _grams_in(spelled), own)


def read_passage(heading: str, text: str, search_text: str) -> Passage:
    """What features are read from."""
    lines = [line.split() for line in (*search_text.split("\n"), "", "")[:3]]
    places: dict[str, tuple[int, ...]] = {}
    for place, tokens in enumerate(lines):
        for token in dict.fromkeys(tokens):
            places[token] = (*places.get(token, ()), place)
    own = heading.rpartition(HEADING_SEPARATOR)[2]
    folded = _folded(heading)
    sentences = sentences_in(text)
    return Passage(
        places,
        tuple(token for token in dict.fromkeys(lines[OWN]) if is_stem(token)),
        frozenset(lines[ABOVE]),
        frozenset(pair for tokens in lines for pair in pairwise(tokens)),
        _folded(own),
        f"{folded}{_folded(text)}",
        tuple(_folded(sentence) for sentence in sentences[:40]),
        tells(text),
        asks_for(words(own)),
        tuple(_grams_in(words(part)) for part in re.split(r"[?¿!.]", own) if part.strip()),
    )


def _folded(text: str) -> str:
    return f" {' '.join(words(text))} "


def features(asked: Asked, passage: Passage, statistics: Statistics) -> dict[str, float]:
    """The numbers of one passage."""
    query = asked.query
    focus = _focus(query, passage, statistics)
    covered, covering = _covering(query, passage)
    covers = _refined(covered, query, passage, 0.5 if focus is None else focus)
    return {
        **asked.own,
        "covers": covers,
        "covers enough": float(covers >= ABOUT_IT),
        "covers more": max(0.0, covers - ABOUT_IT),
        **covering,
        **_alike(asked, passage),
        **_asking(asked, passage),
        **_concepts(query, passage),
        "focus": 0.3 if focus is None else focus,
        "pairs": min(2, len(query.pairs & passage.pairs)) / 2,
    }


def _focus(query: Query, passage: Passage, statistics: Statistics) -> float | None:
    """The share of the passage's own heading that is asked for; None: it has none."""
    asked = whole = 0.0
    for stem in passage.focus:
        weight = statistics.weight(stem)
        whole += weight
        if stem in query.tokens:
            asked += weight
    return asked / whole if whole else None


def _refined(covered: float, query: Query, passage: Passage, focus: float) -> float:
    """The share, 0–1, of the question that is covered where `covered` of its weight is.

    Of two that cover as much, the one whose heading says less besides is the better answer.
    """
    if not query.total or not covered:
        return 0.0
    bonus = min(_MOST_ADJACENT, _ADJACENT * len(query.pairs & passage.pairs))
    bonus += _TOPICAL * len(query.concepts & passage.above)
    evidence = min(1.0, covered / _EVIDENCE)
    return min(1.0, covered / query.total * evidence * (0.94 + 0.06 * focus + bonus))


def _covering(query: Query, passage: Passage) -> tuple[float, dict[str, float]]:
    """The weight of the question that the passage covers, and the shares that each place does."""
    places = passage.places
    covered = total = known = own = above = anywhere = missing = 0.0
    for unit in query.units:
        weight = unit.weight
        total += weight
        if not unit.options:
            continue
        part = in_own = in_above = most = 0.0
        for option in unit.options:
            stands = places.get(option.token)
            if stands is None:
                continue
            # how well the token stands for the word, whatever the place
            fits = option.places[OWN]
            most = max(most, fits)
            for place in stands:
                part = max(part, option.places[place])
                if place == OWN:
                    in_own = max(in_own, fits)
                elif place == ABOVE:
                    in_above = max(in_above, fits)
        covered += weight * part
        own += weight * in_own
        above += weight * in_above
        anywhere += weight * most
        known += weight
        missing = max(missing, weight * (1 - most))
    return covered, {
        "own": own / total if total else 0.0,
        "above": above / total if total else 0.0,
        "anywhere": anywhere / total if total else 0.0,
        "known own": own / known if known else 0.0,
        "known anywhere": anywhere / known if known else 0.0,
        "missing": missing,
        "evidence": min(1.0, anywhere / 1.5),
        "unknown": (total - known) / total if total else 0.0,
    }


def _alike(asked: Asked, passage: Passage) -> dict[str, float]:
    """How alike the letters are, word by word, and how much one sentence says of it all."""
    total = sum(word.weight for word in asked.said)
    if not total:
        return {"letters own": 0.0, "letters": 0.0, "sentence": 0.0, "least": 0.0}
    own = whole = 0.0
    least = 1.0
    for word in asked.said:
        size = len(word.grams)
        in_own = sum(gram in passage.heading for gram in word.grams) / size
        anywhere = sum(gram in passage.whole for gram in word.grams) / size
        own += word.weight * in_own
        whole += word.weight * anywhere
        least = min(least, anywhere)
    best = max(
        (
            sum(word.weight for word in asked.said if word.begins in sentence)
            for sentence in (passage.heading, *passage.sentences)
        ),
        default=0.0,
    )
    return {
        "letters own": own / total,
        "letters": whole / total,
        "sentence": best / total,
        "least": least,
    }


def _asking(asked: Asked, passage: Passage) -> dict[str, float]:
    """Whether it tells what the asking word asks for."""
    kinds = asked.kinds - _TOLD_BY_ANY
    told = kinds & passage.told
    return {
        "tells": float(bool(told)),
        "tells not": float(bool(kinds - passage.told)),
        "asks same": len(asked.kinds & passage.told_above)
        / max(1, len(asked.kinds | passage.told_above)),
        "asks other": float(bool(asked.kinds) and not asked.kinds & passage.told_above),
        "like heading": max((_dice(asked.grams, part) for part in passage.questions), default=0.0),
        "heading asks": float(bool(passage.told_above) and not asked.kinds),
    }


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))


def _concepts(query: Query, passage: Passage) -> dict[str, float]:
    if not query.concepts:
        return {"concept own": 0.0, "concept": 0.0, "concept missing": 0.0}
    own = sum(OWN in passage.places.get(name, ()) for name in query.concepts)
    here = sum(name in passage.places for name in query.concepts)
    return {
        "concept own": own / len(query.concepts),
        "concept": here / len(query.concepts),
        "concept missing": float(here == 0),
    }


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
    }

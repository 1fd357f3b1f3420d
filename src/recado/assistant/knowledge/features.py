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
from recado.assistant.knowledge.scoring import Query, Statistics, coverage, is_filler, refine
from recado.language.detection import LanguageCode
from recado.language.reading import words

GRAM = 4
#: No sign in a text shows that it tells these.
_TOLD_BY_ANY = {"way", "reason", "which", "whether"}
#: From this share of a question on, what covers it is about the same matter.
ABOUT_IT = 0.6
OWN, ABOVE, TEXT = range(3)


class Said(msgspec.Struct, frozen=True):
    """A content word of the question: its grams, how its stem begins, and its weight."""

    grams: tuple[str, ...]
    begins: str
    weight: float


class Asked(msgspec.Struct, frozen=True):
    """A question, read for the passages of one language."""

    query: Query
    said: tuple[Said, ...]
    kinds: frozenset[str]
    foreign: bool
    guest: bool
    grams: frozenset[str]


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
    return Asked(query, tuple(said), asks_for(spelled), foreign, guest, _grams_in(spelled))


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
    covers = refine(coverage(query, passage), query, passage, statistics)
    found = {
        "bias": 1.0,
        "covers": covers,
        "covers enough": float(covers >= ABOUT_IT),
        "covers more": max(0.0, covers - ABOUT_IT),
        "foreign": float(asked.foreign),
        "guest": float(asked.guest),
        **_covering(query, passage),
        **_alike(asked, passage),
        **_asking(asked, passage),
        **_concepts(query, passage),
        **_of_question(asked),
    }
    focus = [(stem in query.tokens, statistics.weight(stem)) for stem in passage.focus]
    weight = sum(weight for _, weight in focus)
    found["focus"] = sum(w for is_asked, w in focus if is_asked) / weight if weight else 0.3
    found["pairs"] = min(2, len(query.pairs & passage.pairs)) / 2
    return found


def _covering(query: Query, passage: Passage) -> dict[str, float]:
    """The shares of the question's weight that each place covers."""
    total = known = own = above = anywhere = missing = 0.0
    for unit in query.units:
        total += unit.weight
        best = [0.0, 0.0, 0.0]
        for option in unit.options:
            for place in passage.places.get(option.token, ()):
                # how well the token stands for the word, whatever the place
                best[place] = max(best[place], option.places[OWN])
        most = max(best)
        own += unit.weight * best[OWN]
        above += unit.weight * best[ABOVE]
        anywhere += unit.weight * most
        if unit.options:
            known += unit.weight
            missing = max(missing, unit.weight * (1 - most))
    return {
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


def _of_question(asked: Asked) -> dict[str, float]:
    content = len(asked.said)
    unknown = sum(1 for unit in asked.query.units if not unit.options)
    return {
        "no words": float(content == 0),
        "one word": float(content == 1),
        "two words": float(content == 2),
        "many words": float(content > 5),
        "unknown words": min(unknown, 3) / 3,
        "no concept": float(not asked.query.concepts),
    }

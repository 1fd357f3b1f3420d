"""What there is to say about a passage as the answer to a question, each as a number.

The names are those of `confidence.json`, which holds how much each counts (see confidence.py).
A search makes them for some thirty passages on the event loop: a passage's numbers are a list in
the order of NAMES.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from recado.assistant.knowledge.asked import ABOVE, Asked, Passage, Said, Wording
from recado.assistant.knowledge.scoring import Query

if TYPE_CHECKING:
    from recado.assistant.knowledge.meaning.meaning import Near

#: The numbers of a passage, in the order that `features` tells them.
NAMES = (
    "covers", "covers enough", "covers more",
    "own", "above", "anywhere", "known own", "known anywhere", "missing", "evidence", "unknown",
    "letters own", "letters", "sentence", "least",
    "tells", "tells not", "asks same", "asks other", "like heading", "heading asks",
    "concept own", "concept", "concept missing",
    "thing own", "thing", "thing missing",
    "focus", "pairs",
)  # fmt: skip
#: Those that follow where vectors tell how near a passage is to the question.
NEAR_NAMES = ("near heading", "near", "nearest", "nearer")
COVERS = NAMES.index("covers")
#: From this share of a question on, what covers it is about the same matter.
ABOUT_IT = 0.6
#: Less than this, covered, is no evidence: "do you have …" alone answers nothing.
_EVIDENCE = 0.4
_ADJACENT, _MOST_ADJACENT = 0.03, 0.06
_TOPICAL = 0.01
#: From here on a passage is as near as an answer to its question.
_NEAR = 0.8


def features(asked: Asked, passage: Passage) -> list[float]:
    """The numbers of one passage, in the order of NAMES."""
    query = asked.query
    focus = _focus(query, passage)
    pairs = len(query.pairs & passage.pairs) if query.pairs else 0
    covered, covering = _covering(asked, passage)
    covers = _refined(covered, query, passage, 0.5 if focus is None else focus, pairs)
    return [
        covers,
        float(covers >= ABOUT_IT),
        max(0.0, covers - ABOUT_IT),
        *covering,
        *_alike(asked, passage),
        *_asking(asked.wording, passage),
        *_concepts(query, passage),
        *_things(query, passage),
        0.3 if focus is None else focus,
        min(2, pairs) / 2,
    ]


def nearness(near: Near) -> list[float]:
    """The numbers of NEAR_NAMES."""
    best = max(near.heading, near.whole)
    return [near.heading, near.whole, best, max(0.0, best - _NEAR)]


def _focus(query: Query, passage: Passage) -> float | None:
    """The share of the passage's own heading that is asked for; None: it has none."""
    if not passage.focus_weight:
        return None
    tokens, asked = query.tokens, 0.0
    for stem, weight in passage.focus:
        if stem in tokens:
            asked += weight
    return asked / passage.focus_weight


def _refined(covered: float, query: Query, passage: Passage, focus: float, pairs: int) -> float:
    """The share, 0–1, of the question that is covered where `covered` of its weight is.

    Of two that cover as much, the one whose heading says less besides is the better answer.
    """
    if not query.total or not covered:
        return 0.0
    bonus = min(_MOST_ADJACENT, _ADJACENT * pairs)
    bonus += _TOPICAL * len(query.concepts & passage.above)
    evidence = min(1.0, covered / _EVIDENCE)
    return min(1.0, covered / query.total * evidence * (0.94 + 0.06 * focus + bonus))


def _covering(asked: Asked, passage: Passage) -> tuple[float, tuple[float, ...]]:
    """The weight of the question that the passage covers; and the shares that each place does (own
    … unknown of NAMES)."""
    stands = passage.places.get
    covered = total = known = own = above = anywhere = missing = 0.0
    for weight, options in asked.units:
        total += weight
        if not options:
            continue
        part = in_own = in_above = most = 0.0
        for token, parts, fits in options:
            if mask := stands(token):
                part = max(part, parts[mask])
                most = max(most, fits)
                in_own = max(in_own, fits * (mask & 1))
                in_above = max(in_above, fits * (mask >> ABOVE & 1))
        known += weight
        missing = max(missing, weight * (1 - most))
        covered += weight * part
        own += weight * in_own
        above += weight * in_above
        anywhere += weight * most
    return covered, (
        own / total if total else 0.0,
        above / total if total else 0.0,
        anywhere / total if total else 0.0,
        own / known if known else 0.0,
        anywhere / known if known else 0.0,
        missing,
        min(1.0, anywhere / 1.5),
        (total - known) / total if total else 0.0,
    )


def _alike(asked: Asked, passage: Passage) -> tuple[float, float, float, float]:
    """How alike the letters are, word by word, in its own heading and in all of it; how much one
    sentence says of it all; and how alike the least alike word is."""
    total = asked.said_weight
    if not total:
        return (0.0, 0.0, 0.0, 0.0)
    heading, text = passage.heading, passage.whole
    own = whole = 0.0
    least = 1.0
    begin = []
    for word in asked.said:
        # a word that stands there has all of its grams there
        if word.whole in text:
            anywhere = 1.0
        else:
            anywhere = [gram in text for gram in word.grams].count(True) / len(word.grams)
        if anywhere:
            if word.whole in heading:
                own += word.weight
            else:
                in_own = [gram in heading for gram in word.grams].count(True)
                own += word.weight * (in_own / len(word.grams))
        whole += word.weight * anywhere
        least = min(least, anywhere)
        if word.begins in text:
            begin.append(word)
    return (own / total, whole / total, _best_sentence(begin, passage) / total, least)


def _best_sentence(begin: Sequence[Said], passage: Passage) -> float:
    """The most that the heading or one sentence says of the words, all of which the passage has."""
    best = 0.0
    for sentence in (passage.heading, *passage.sentences) if begin else ():
        said = [word.weight for word in begin if word.begins in sentence]
        best = max(best, sum(said))
        if len(said) == len(begin):
            break
    return best


def _asking(asked: Wording, passage: Passage) -> tuple[float, ...]:
    """Whether it tells what the asking word asks for (tells … heading asks of NAMES)."""
    kinds, above = asked.kinds, passage.told_above
    return (
        float(bool(asked.kinds_told & passage.told)),
        float(bool(asked.kinds_told & ~passage.told)),
        (kinds & above).bit_count() / max(1, (kinds | above).bit_count()),
        float(bool(kinds) and not kinds & above),
        max((_dice(asked.grams, part) for part in passage.questions), default=0.0),
        float(bool(above) and not kinds),
    )


def _dice(first: frozenset[str], second: frozenset[str]) -> float:
    return 2 * len(first & second) / (len(first) + len(second))


def _concepts(query: Query, passage: Passage) -> tuple[float, float, float]:
    return _shares([passage.places.get(name, 0) for name in query.concepts])


def _things(query: Query, passage: Passage) -> tuple[float, float, float]:
    stands = passage.places.get
    return _shares([_either(stands(name, 0) for name in names) for names in query.things])


def _either(masks: Iterable[int]) -> int:
    found = 0
    for mask in masks:
        found |= mask
    return found


def _shares(stands: Sequence[int]) -> tuple[float, float, float]:
    """The shares of what a question names that its own heading does and that stand anywhere; and
    whether none of it does."""
    if not stands:
        return (0.0, 0.0, 0.0)
    here = len(stands) - stands.count(0)
    own = sum(mask & 1 for mask in stands)
    return (own / len(stands), here / len(stands), float(here == 0))

"""Passages as a search considers them, and those that it finds."""

from __future__ import annotations

import heapq
from collections.abc import Iterator, Sequence

import msgspec

from recado.assistant.knowledge.analysis import HEADING_SEPARATOR
from recado.assistant.knowledge.asked import Passage
from recado.assistant.knowledge.confidence import Candidates, chances
from recado.assistant.knowledge.features import COVERS, NAMES, NEAR_NAMES

#: By how much a passage in another language than the question stands back in what it covers.
_STANDS_BACK = 0.1


class PassageRow(msgspec.Struct, frozen=True):
    id: int
    source_id: str
    source_name: str
    heading: str
    text: str
    language: str
    search_text: str


class Hit(msgspec.Struct, frozen=True):
    """A passage that was found. `score` is the probability, 0–1, that it answers the question;
    from ANSWERS on it is given as the answer. `covers` is the share of the question that it speaks
    of, 0–1: several may be about the same matter (from ABOUT_IT on) where only one answers.

    `heading` is the path joined by " › ", `text` Markdown, `language` the passage's own.
    """

    passage_id: int
    source_id: str
    source_name: str
    heading: str
    text: str
    language: str
    score: float
    covers: float = 0.0

    @property
    def topic(self) -> str:
        """The last part of the heading: what this passage is about."""
        return self.heading.rpartition(HEADING_SEPARATOR)[2]


Kept = tuple[PassageRow, Passage]


class Considered(msgspec.Struct, frozen=True):
    """The candidates among the passages of one language, with what is to be said about each."""

    rows: Sequence[PassageRow]
    candidates: Candidates

    def features(self) -> Iterator[tuple[PassageRow, dict[str, float]]]:
        """Each with all of its features by their names."""
        names = (*NAMES, *NEAR_NAMES) if self.candidates.near else NAMES
        for row, numbers in zip(self.rows, self.candidates.numbers, strict=True):
            yield row, {**self.candidates.own, **dict(zip(names, numbers, strict=True))}


def best_of(considered: Sequence[Considered], limit: int) -> list[Hit]:
    """The candidates that most likely answer, at most `limit`; equal ones by their ids."""
    scores = iter(chances([those.candidates for those in considered]))
    ranked = [
        (-round(next(scores), 4), row.id, at, of)
        for of, those in enumerate(considered)
        for at, row in enumerate(those.rows)
    ]
    return [_hit(considered[of], at, -score) for score, _, at, of in heapq.nsmallest(limit, ranked)]


def _hit(those: Considered, at: int, score: float) -> Hit:
    row, covers = those.rows[at], those.candidates.numbers[at][COVERS]
    stands_back = _STANDS_BACK * those.candidates.own["foreign"]
    return Hit(
        passage_id=row.id,
        source_id=row.source_id,
        source_name=row.source_name,
        heading=row.heading,
        text=row.text,
        language=row.language,
        score=score,
        covers=round(covers * (1 - stands_back), 4),
    )

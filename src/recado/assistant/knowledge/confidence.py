"""How likely a passage is the right answer: two logistic regressions, one after the other.

The first puts the candidates in order; the second says, of each, the probability that it answers,
knowing also by how much it leads. `python -m bench.calibrate` fits both and writes
`confidence.json`, and with `--embeddings local` `confidence_near.json`, which counts where vectors
tell how near a passage is to the question.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files
from operator import mul

import msgspec

from recado.assistant.knowledge.features import COVERS, NAMES, NEAR_NAMES
from recado.language.linear import logit, probability

#: From this probability on a passage is given as the answer. At a half, to answer and to decline
#: would be mistakes as often; a wrong answer costs a business nearly twice as much as "I don't
#: know" with the offer of a person.
ANSWERS = 0.62
_FURTHEST = 6.0
#: What the second regression knows that the first does not.
MARGINS = ("rank", "ahead", "behind", "covers ahead", "covers behind")
NEAR_MARGINS = ("nearest ahead", "nearest behind")
_NEAREST = len(NAMES) + NEAR_NAMES.index("nearest")


class Candidates(msgspec.Struct, frozen=True):
    """The candidates of a question among the passages of one language: the features that are the
    same for all of them, and the numbers of each in the order of NAMES."""

    own: Mapping[str, float]
    numbers: Sequence[Sequence[float]]
    #: Those of NEAR_NAMES follow.
    near: bool = False


class Written(msgspec.Struct, frozen=True):
    """What `confidence.json` holds: what each feature counts, by its name (see features.py)."""

    rank: dict[str, float]
    answers: dict[str, float]


class Weights(msgspec.Struct, frozen=True):
    """What each feature counts: those of a question by their names, the others in their order."""

    by_name: Mapping[str, float]
    numbers: tuple[float, ...]
    margins: tuple[float, ...]

    @classmethod
    def of(cls, by_name: Mapping[str, float]) -> Weights:
        return cls(
            by_name,
            tuple(by_name.get(name, 0.0) for name in (*NAMES, *NEAR_NAMES)),
            tuple(by_name.get(name, 0.0) for name in (*MARGINS, *NEAR_MARGINS)),
        )

    def points(self, candidates: Candidates) -> list[float]:
        """The logit of each, without margins."""
        numbers, same = self.numbers, logit(candidates.own, self.by_name)
        return [same + sum(map(mul, its, numbers)) for its in candidates.numbers]


@cache
def calibrated(*, near: bool = False) -> tuple[Weights, Weights]:
    """The coefficients that come with the package: of the order, and of the probability."""
    name = "confidence_near.json" if near else "confidence.json"
    data = (files(__package__) / name).read_bytes()
    written = msgspec.json.decode(data, type=Written)
    return Weights.of(written.rank), Weights.of(written.answers)


def margins(
    points: Sequence[float],
    covers: Sequence[float],
    foreign: Sequence[bool],
    nearest: Sequence[float] = (),
) -> list[tuple[float, ...]]:
    """What the second regression knows besides: the result of the first, and by how much each
    candidate leads before, or stays behind, the best of the others, in the order of MARGINS (and
    of NEAR_MARGINS, where `nearest` tells how near each is)."""
    found: list[tuple[float, ...]] = [(own,) for own in points]
    for values in (points, covers, nearest) if nearest else (points, covers):
        leads = _leads(values, foreign)
        found = [
            (*its, max(0.0, lead), max(0.0, -lead)) for its, lead in zip(found, leads, strict=True)
        ]
    return found


def _leads(points: Sequence[float], foreign: Sequence[bool]) -> list[float]:
    """For each the distance to the best of the others. One in another language than the question's
    may be a translation: it takes nothing from one that is in it."""
    everybody = [*sorted(points, reverse=True)[:2], -_FURTHEST, -_FURTHEST]
    at_home = [own for own, away in zip(points, foreign, strict=True) if not away]
    at_home = [*sorted(at_home, reverse=True)[:2], -_FURTHEST, -_FURTHEST]
    leads = []
    for own, away in zip(points, foreign, strict=True):
        best, second = (everybody if away else at_home)[:2]
        leads.append(max(-_FURTHEST, min(_FURTHEST, own - (second if own == best else best))))
    return leads


def chances(candidates: Sequence[Candidates]) -> list[float]:
    """For each candidate of one question the probability that it answers it, 0–1."""
    near = bool(candidates) and all(its.near for its in candidates)
    rank, answers = calibrated(near=near)
    points = [point for its in candidates for point in rank.points(its)]
    covers = [numbers[COVERS] for its in candidates for numbers in its.numbers]
    foreign = [bool(its.own.get("foreign")) for its in candidates for _ in its.numbers]
    nearest = [numbers[_NEAREST] for its in candidates for numbers in its.numbers] if near else []
    found = margins(points, covers, foreign, nearest)
    sure = [point for its in candidates for point in answers.points(its)]
    shares = [
        probability(point + sum(map(mul, margin, answers.margins)))
        for point, margin in zip(sure, found, strict=True)
    ]
    if any(its.own.get("guest") for its in candidates):
        # Nothing here was learnt from questions in a language that the knowledge does not speak:
        # their letters are others, and only the share that is covered says something.
        return list(map(max, shares, covers))
    return shares

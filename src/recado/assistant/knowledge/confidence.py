"""How likely a passage is the right answer: two logistic regressions, one after the other.

The first puts the candidates in order; the second says, of each, the probability that it answers,
knowing also by how much it leads. `python -m bench.calibrate` fits both and writes
`confidence.json`; its first lines tell from what.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from functools import cache
from importlib.resources import files

import msgspec

#: From this probability on a passage is given as the answer. At a half, to answer and to decline
#: would be mistakes as often; a wrong answer costs a business nearly twice as much as "I don't
#: know" with the offer of a person.
ANSWERS = 0.62
_FURTHEST = 6.0


class Confidence(msgspec.Struct, frozen=True):
    """What each feature counts, by its name (see features.py)."""

    rank: dict[str, float]
    answers: dict[str, float]


@cache
def calibrated() -> Confidence:
    """The coefficients that come with the package."""
    data = (files(__package__) / "confidence.json").read_bytes()
    return msgspec.json.decode(data, type=Confidence)


def logit(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    total = 0.0
    for name, value in features.items():
        if value:  # most are 0
            total += weights.get(name, 0.0) * value
    return total


def probability(at: float) -> float:
    """The logistic function, safe for any argument."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, at))))


def with_margins(
    candidates: Sequence[Mapping[str, float]], weights: Mapping[str, float]
) -> list[dict[str, float]]:
    """The features of the second regression: those of the first, its result, and by how much each
    candidate leads before, or stays behind, the best of the others."""
    points = [logit(features, weights) for features in candidates]
    foreign = [features.get("foreign", 0.0) > 0 for features in candidates]
    leads = _leads(points, foreign)
    covers = _leads([features.get("covers", 0.0) for features in candidates], foreign)
    return [
        {
            **features,
            "rank": own,
            "ahead": max(0.0, lead),
            "behind": max(0.0, -lead),
            "covers ahead": max(0.0, covering),
            "covers behind": max(0.0, -covering),
        }
        for features, own, lead, covering in zip(candidates, points, leads, covers, strict=True)
    ]


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


def chances(candidates: Sequence[Mapping[str, float]]) -> list[float]:
    """For each candidate of one question the probability that it answers it, 0–1."""
    model = calibrated()
    found = []
    for features in with_margins(candidates, model.rank):
        chance = probability(logit(features, model.answers))
        # Nothing here was learnt from questions in a language that the knowledge does not speak:
        # their letters are others, and only the share that is covered says something.
        found.append(max(chance, features["covers"]) if features.get("guest") else chance)
    return found

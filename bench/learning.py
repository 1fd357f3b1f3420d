"""Learns the weights of linear classifiers (recado.language.linear) from labelled texts."""

from __future__ import annotations

import json
from base64 import b85encode
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple
from zlib import compress

import numpy as np
from numpy.typing import NDArray

from recado.language.linear import BUCKETS, bucket

Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
#: A message is a yes for its likeliest part: which that is, is found out in so many rounds.
_ROUNDS = 2
_STEPS, _RATE = 90, 0.08
#: What stands in fewer examples teaches nothing about others.
_FEWEST = 3
_LARGEST = 127


class Example(NamedTuple):
    """A message: the features of its parts, whether it is a yes, how much it counts, and the part
    of the set that it belongs to (-1: it is no message of the set)."""

    parts: list[dict[str, float]]
    right: bool
    counts: float = 1.0
    fold: int = -1


class Learnt(NamedTuple):
    weights: Numbers
    bias: float

    def probability(self, parts: Sequence[Mapping[str, float]]) -> float:
        """Of a message: that of its likeliest part."""
        points = [sum(self.weights[bucket(it)] * part[it] for it in part) for part in parts]
        return float(_logistic(np.array(max(points) + self.bias))) if points else 0.0

    def write(self, path: Path, threshold: float) -> None:
        scale = float(np.abs(self.weights).max()) / _LARGEST
        small = np.rint(self.weights / scale).astype(np.int8)
        written = {
            "bias": round(self.bias, 5),
            "scale": scale,
            "threshold": threshold,
            "weights": b85encode(compress(small.tobytes(), 9)).decode(),
        }
        path.write_text(json.dumps(written) + "\n", encoding="utf-8")


class Lessons:
    """Examples as a table: the buckets and values of all parts' features, one after the other."""

    def __init__(self, examples: Sequence[Example]) -> None:
        examples = [it for it in examples if it.parts]
        rows = [(at, part) for at, its in enumerate(examples) for part in its.parts]
        names = [
            (at, bucket(name), value)
            for at, (_, part) in enumerate(rows)
            for name, value in part.items()
        ]
        row, buckets, values = (np.array(it) for it in zip(*names, strict=True))
        common = np.bincount(buckets, minlength=BUCKETS)[buckets] >= _FEWEST
        self._row: Places = row[common]
        self._buckets: Places = buckets[common]
        self._values: Numbers = values[common]
        self._of = np.array([at for at, _ in rows])
        self._right = np.array([float(it.right) for it in examples])[self._of]
        self._counts = np.array([it.counts for it in examples])[self._of]
        self._folds = np.array([it.fold for it in examples])[self._of]
        self._first = np.flatnonzero(np.diff(self._of, prepend=-1))

    def learn(self, *, ridge: float, without: int | None = None) -> Learnt:
        """Logistic regression, without the examples of one fold. Of a message that is a yes, only
        the likeliest part teaches; of one that is none, all of them do."""
        counts = self._counts * (self._folds != without)
        sizes = np.diff(self._first, append=len(self._of))
        points = np.arange(len(self._of), dtype=float)  # at first, the last part
        learnt = Learnt(np.zeros(BUCKETS), 0.0)
        for _ in range(_ROUNDS):
            likeliest = np.repeat(np.maximum.reduceat(points, self._first), sizes) == points
            learnt = self._fit(counts * np.where(self._right == 1, likeliest, 1.0), ridge)
            points = self._points(learnt.weights)
        return learnt

    def _points(self, weights: Numbers) -> Numbers:
        at = self._values * weights[self._buckets]
        return np.asarray(np.bincount(self._row, at, len(self._of)), dtype=np.float64)

    def _fit(self, counts: Numbers, ridge: float) -> Learnt:
        """By gradient steps of a size for each weight (Adam)."""
        weights, first, second = (np.zeros(BUCKETS + 1) for _ in range(3))
        total = counts.sum()
        for step in range(1, _STEPS + 1):
            off = _logistic(self._points(weights[:-1]) + weights[-1]) - self._right
            off *= counts / total
            pulled = np.bincount(self._buckets, self._values * off[self._row], BUCKETS)
            slope = np.append(pulled + ridge * weights[:-1], off.sum())
            first, second = 0.9 * first + 0.1 * slope, 0.999 * second + 0.001 * slope * slope
            mean, spread = first / (1 - 0.9**step), second / (1 - 0.999**step)
            weights -= _RATE * (1 - step / _STEPS) * mean / (np.sqrt(spread) + 1e-8)
        return Learnt(weights[:-1], float(weights[-1]))


def _logistic(at: Numbers) -> Numbers:
    return np.asarray(1 / (1 + np.exp(-np.clip(at, -40, 40))))

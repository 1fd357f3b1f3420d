"""Linear classifiers: what speaks for something and what against it, summed up.

A text becomes features by name ("talk>person", "ord:persona"); each counts what was learnt for it,
and the logistic function makes a probability of the sum. The names are hashed into one table of
small numbers, so that a model of a hundred thousand features is a file of some 60 kB. How the
weights are learnt: bench/learning.py.
"""

from __future__ import annotations

import math
from base64 import b85decode
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib.resources import files
from zlib import crc32, decompress

import msgspec

#: Of features with names in a hash table; a power of two.
BUCKETS = 1 << 16
_SIGNED = 128


class Written(msgspec.Struct, frozen=True):
    """What a file of weights holds. `weights` are BUCKETS signed bytes, packed; each times `scale`
    is what a feature counts. From `threshold` on, a probability is a yes."""

    bias: float
    scale: float
    threshold: float
    weights: str


class LinearModel:
    """`threshold` is the probability from which on it says yes."""

    def __init__(self, written: Written) -> None:
        self.threshold = written.threshold
        self._bias, self._scale = written.bias, written.scale
        self._weights = decompress(b85decode(written.weights))

    def points(self, features: Mapping[str, float]) -> float:
        """The sum of what the features count, of which `probability` is made."""
        return self._bias + sum(value * self._weight(name) for name, value in features.items())

    def probability(self, features: Mapping[str, float]) -> float:
        return probability(self.points(features))

    def likeliest(
        self, parts: Iterable[tuple[Sequence[str], Mapping[str, float]]]
    ) -> tuple[float, Sequence[str]]:
        """Of a text's parts, each its words and features, the highest probability and the words
        that have it; 0 and none where no part is likely at all."""
        best: tuple[float, Sequence[str]] = (0.0, ())
        for said, features in parts:
            likely = self.probability(features)
            if likely > best[0]:
                best = (likely, said)
        return best

    def _weight(self, name: str) -> float:
        byte = self._weights[bucket(name)]
        return (byte - 2 * _SIGNED if byte >= _SIGNED else byte) * self._scale


def bucket(name: str) -> int:
    return crc32(name.encode()) % BUCKETS


@cache
def model(name: str) -> LinearModel:
    """The classifier that comes with the package as data/<name>.json."""
    data = (files(__package__) / "data" / f"{name}.json").read_bytes()
    return LinearModel(msgspec.json.decode(data, type=Written))


def logit(features: Mapping[str, float], weights: Mapping[str, float]) -> float:
    return sum(weights.get(name, 0.0) * value for name, value in features.items() if value)


def probability(at: float) -> float:
    """The logistic function, safe for any argument."""
    return 1 / (1 + math.exp(-max(-40.0, min(40.0, at))))

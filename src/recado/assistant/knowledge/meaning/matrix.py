"""All vectors of one model in memory, and the passages that are nearest to a question.

A row for each question that a passage answers: its vector and the whole passage's, added up, so
that one product with the question's is the sum of both cosines. Rows are turned into fewer
dimensions by a fixed rotation, which keeps products nearly as they are: who is near is looked at
again with the vectors themselves. Rows are only ever appended, and a search looks at those that
were there when it began.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

import msgspec
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recado.assistant.knowledge.meaning.port import Vectors

#: 4 bytes each: 100,000 passages with two rows each take 200 MB.
DIMENSIONS = 256
#: Passages beyond are found by their words only.
MOST_ROWS = 250_000
_CHUNK = 4096


class Place(msgspec.Struct, frozen=True):
    """Whose row it is; `version` tells passages apart that had the same id one after the other."""

    passage_id: int
    version: int


class Rows:
    """As far as they were filled at one moment."""

    def __init__(self, parts: Sequence[Vectors], places: Sequence[Place]) -> None:
        self._parts = parts
        self.places = places

    def __len__(self) -> int:
        return len(self.places)

    def products(self, vector: Vectors) -> Vectors:
        """With each row, in order. 15 ms for 100,000 rows."""
        turned = turn(vector[None, :])[0]
        return np.concatenate([part @ turned for part in self._parts])


class Matrix:
    def __init__(self) -> None:
        self._full: list[Vectors] = []
        self._last: Vectors | None = None
        self._used = self._size = 0
        self._places: list[Place] = []

    def __len__(self) -> int:
        return len(self._places)

    def add(self, place: Place, vectors: Vectors) -> None:
        """A passage with its vectors: the whole one first. Those of another size than the first are
        left out: the model does not keep to one, or could not read the passage."""
        self._size = self._size or vectors.shape[1]
        if vectors.shape[1] != self._size or not vectors.any():
            return
        sums = turn(vectors[1:] + vectors[:1]) if len(vectors) > 1 else turn(2 * vectors)
        for row in sums:
            if len(self._places) >= MOST_ROWS:
                return
            if self._last is None or self._used == _CHUNK:
                if self._last is not None:
                    self._full.append(self._last)
                self._last = np.empty((_CHUNK, sums.shape[1]), np.float32)
                self._used = 0
            self._last[self._used] = row
            self._used += 1
            self._places.append(place)

    def rows(self) -> Rows:
        parts = list(self._full)
        if self._last is not None:
            parts.append(self._last[: self._used])
        return Rows(parts, self._places[:])


def turn(vectors: Vectors) -> Vectors:
    """In DIMENSIONS, where they have more."""
    size = vectors.shape[1]
    if size <= DIMENSIONS:
        return vectors.astype(np.float32)
    turned: Vectors = (vectors @ _rotation(size)).astype(np.float32)
    return turned


@cache
def _rotation(size: int) -> Vectors:
    """Columns at right angles, the same in every process."""
    luck = np.random.default_rng(20260101).standard_normal((size, DIMENSIONS))
    columns, _ = np.linalg.qr(luck)
    scaled: Vectors = (columns * np.sqrt(size / DIMENSIONS)).astype(np.float32)
    return scaled


class Aligned:
    """Rows with the numbers of their passages in one corpus: those of one language, or of some
    sources, are found among them."""

    def __init__(self, rows: Rows, numbers: NDArray[np.int64], languages: NDArray[np.str_]) -> None:
        self.rows = rows
        self.numbers = numbers
        self._by_language = {
            str(language): np.flatnonzero((languages == language) & (numbers >= 0))
            for language in np.unique(languages)
        }

    def nearest(
        self, products: Vectors, language: str, allowed: NDArray[np.bool_] | None, most: int
    ) -> list[int]:
        """The numbers of the passages of that language that are nearest, at most `most`.
        `allowed` says of each number of the corpus whether it may be one of them."""
        mine = self._by_language.get(language)
        if mine is None:
            return []
        if allowed is not None:
            mine = mine[allowed[self.numbers[mine]]]
        if not mine.size:
            return []
        near = products[mine]
        # Several rows may be one passage's.
        some = min(4 * most, near.size)
        best = np.argpartition(-near, some - 1)[:some]
        best = best[np.lexsort((self.numbers[mine[best]], -near[best]))]
        return list(dict.fromkeys(int(self.numbers[mine[at]]) for at in best))[:most]

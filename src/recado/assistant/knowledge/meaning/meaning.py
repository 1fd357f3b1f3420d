"""What passages mean, kept in memory as far as they have vectors, and looked at beside words."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Collection, Iterable, Mapping, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import structlog
from msgspec.structs import replace

from recado.assistant.knowledge.meaning import rows as stored
from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.assistant.knowledge.meaning.matrix import Aligned, Matrix, Place
from recado.assistant.knowledge.meaning.scale import Scale
from recado.assistant.knowledge.sources import knowledge_version
from recado.errors import ModelError
from recado.store import Store, Tx

if TYPE_CHECKING:
    from recado.assistant.knowledge.corpus import Corpus, Look
    from recado.assistant.knowledge.meaning.port import Embedder, Vectors

log = structlog.get_logger(__name__)

#: How many passages of a language are looked at closely because of what they mean.
NEAREST = 8
_BATCH = 2000
#: Fewer rows than this are compared at once, more in a thread.
_FEW_ROWS = 4000
_KEPT_PASSAGES = 4000
_KEPT_QUESTIONS = 1024
_TOLD_SECONDS = 60.0
#: From so many rows on, those of passages that are gone are thrown away when they are the most.
_MANY_ROWS = 4000


class Near(NamedTuple):
    """How near a passage is to a question: the nearest of the questions that it answers, and the
    whole of it. 0 is nothing in common, 1 as a question and its answer (scale.py)."""

    heading: float
    whole: float


class Meaning:
    def __init__(self, store: Store, embedder: Embedder) -> None:
        self._store = store
        self.embedder = embedder
        self._matrix = Matrix()
        self._seen = (0, -1, -1)
        self._scale = Scale(0.0, 1.0)
        self._exact: OrderedDict[Place, Vectors] = OrderedDict()
        self._versions: dict[int, int] = {}
        self._wasteful = False
        self._asked: OrderedDict[str, Vectors] = OrderedDict()
        self._told_at = -_TOLD_SECONDS
        self._complete: tuple[object, ...] = ()

    def version(self, tx: Tx) -> int:
        """Another one after every vector that was written."""
        return stored.standing(tx, self.embedder.name).version

    async def progress(self) -> stored.Progress:
        """How much of the knowledge has vectors."""
        return await self._store.read(lambda tx: stored.progress(tx, self.embedder.name))

    async def embed_missing(self) -> int:
        """Make vectors of what has none, for a while (embedding.py). Returns of how many."""
        known = await self._store.read(knowledge_version)
        if known == self._complete:
            return 0
        count, complete = await embed_missing(self._store, self.embedder)
        if complete:
            self._complete = known
        return count

    async def warm_up(self) -> None:
        """Load the model before the first question does."""
        await self._vector("recado")

    async def close(self) -> None:
        await self.embedder.close()

    async def refresh(self, *, changed: bool) -> None:
        """Read what was written since; `changed`: the knowledge has, so some may be gone."""
        model = self.embedder.name
        standing = await self._store.read(lambda tx: stored.standing(tx, model))
        self._scale = Scale(standing.low, standing.high)
        if changed:
            keys = await self._store.read(lambda tx: stored.keys(tx, model))
            await asyncio.to_thread(self._forget_others, keys)
        left: list[stored.Row] = []
        while True:
            after = self._seen
            found = await self._store.read(
                lambda tx: stored.written_since(tx, model, after, _BATCH)  # noqa: B023
            )
            if found:
                last = found[-1]
                self._seen = (last.version, last.passage_id, last.part)
            left = await asyncio.to_thread(self._take, [*left, *found], whole=not found)
            if not found:
                return

    def _forget_others(self, keys: Collection[tuple[int, int]]) -> None:
        self._versions = dict(keys)
        for place in [it for it in self._exact if self._versions.get(it.passage_id) != it.version]:
            del self._exact[place]
        if self._wasteful:
            self._matrix, self._seen, self._wasteful = Matrix(), (0, -1, -1), False
            self._exact.clear()

    def _take(self, rows: Sequence[stored.Row], *, whole: bool) -> list[stored.Row]:
        """Passages whose rows are all there; returns the rows of the last, which may have more."""
        groups = [list(of) for _, of in groupby(rows, key=_place)]
        rest = [] if whole or not groups else groups.pop()
        for group in groups:
            place = _place(group[0])
            self._versions[place.passage_id] = place.version
            vectors = _read(group)
            self._matrix.add(place, vectors)
            if len(self._exact) < _KEPT_PASSAGES:
                self._exact[place] = vectors.astype(np.float16)
        return rest

    def align(self, corpus: Corpus) -> Aligned | None:
        """The rows as a corpus numbers their passages; None: there are none. Safe in a thread."""
        rows = self._matrix.rows()
        if not len(rows) or not len(corpus.ids):
            return None
        known = np.frombuffer(corpus.ids, np.int64)
        wanted = np.fromiter((it.passage_id for it in rows.places), np.int64, len(rows))
        numbers = np.searchsorted(known, wanted)
        numbers[numbers == len(known)] = 0
        current = (self._versions.get(it.passage_id) == it.version for it in rows.places)
        live = np.fromiter(current, np.bool_, len(rows))
        numbers = np.where((known[numbers] == wanted) & live, numbers, -1)
        self._wasteful = len(rows) > _MANY_ROWS and 2 * int(live.sum()) < len(rows)
        languages = np.array(corpus.spoken)[np.maximum(numbers, 0)]
        return Aligned(rows, numbers, languages)

    async def look(
        self,
        corpus: Corpus,
        looks: Sequence[Look],
        text: str,
        sources: frozenset[str] | None,
    ) -> tuple[list[Look], Mapping[int, Near] | None]:
        """The candidates by their words and those that are nearest, and how near each of them is
        by its id. None: the words alone decide, since some of them have no vector yet, or there is
        none of the question now."""
        aligned = corpus.aligned
        vector = await self._vector(text) if aligned is not None else None
        if aligned is None or vector is None:
            return list(looks), None
        few = len(aligned.rows) <= _FEW_ROWS
        products = (
            aligned.rows.products(vector)
            if few
            else await asyncio.to_thread(aligned.rows.products, vector)
        )
        allowed = None if sources is None else np.array(corpus.allowed(sources), np.bool_)
        wider = [
            replace(
                look,
                candidates=list(
                    dict.fromkeys(
                        (
                            *look.candidates,
                            *aligned.nearest(products, look.language, allowed, NEAREST),
                        )
                    )
                ),
            )
            for look in looks
        ]
        ids = {corpus.ids[number] for look in wider for number in look.candidates}
        near = await self._near(ids, vector)
        return (wider, near) if near is not None else (list(looks), None)

    async def _near(self, ids: Iterable[int], vector: Vectors) -> dict[int, Near] | None:
        places = {id: Place(id, self._versions.get(id, 0)) for id in ids}
        absent = [id for id, place in places.items() if place not in self._exact]
        if absent:
            model = self.embedder.name
            found = await self._store.read(lambda tx: stored.of_passages(tx, model, absent))
            for place, group in groupby(found, key=_place):
                self._keep(place, _read(list(group)))
        near = {}
        for id, place in places.items():
            vectors = self._exact.get(place)
            if vectors is None:
                return None
            self._exact.move_to_end(place)
            if not vectors.any():  # it could not be read
                near[id] = Near(0.0, 0.0)
                continue
            if vectors.shape[1] != vector.shape[0]:
                return None
            cosines = vectors.astype(np.float32) @ vector
            heading = float(cosines[1:].max()) if len(cosines) > 1 else float(cosines[0])
            near[id] = Near(self._scale.read(heading), self._scale.read(float(cosines[0])))
        while len(self._exact) > _KEPT_PASSAGES:
            self._exact.popitem(last=False)
        return near

    def _keep(self, place: Place, vectors: Vectors) -> None:
        self._exact[place] = vectors.astype(np.float16)

    async def _vector(self, text: str) -> Vectors | None:
        """Of a question; None: there is none now."""
        known = self._asked.get(text)
        if known is not None:
            self._asked.move_to_end(text)
            return known
        try:
            vector: Vectors = (await self.embedder.embed([text], asked=True))[0]
        except ModelError as error:
            if time.monotonic() - self._told_at > _TOLD_SECONDS:
                self._told_at = time.monotonic()
                log.warning("search by words alone", why=error.detail)
            return None
        self._asked[text] = vector
        if len(self._asked) > _KEPT_QUESTIONS:
            self._asked.popitem(last=False)
        return vector


def _place(row: stored.Row) -> Place:
    return Place(row.passage_id, row.version)


def _read(rows: Sequence[stored.Row]) -> Vectors:
    """A passage's vectors, the whole one first. One that could not be made is all zeros."""
    size = max(len(row.vector) for row in rows)
    made = [row.vector if len(row.vector) == size else bytes(size) for row in rows]
    return np.frombuffer(b"".join(made), "<f2").reshape(len(made), -1).astype(np.float32)

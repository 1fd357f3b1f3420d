"""Making the vectors that are missing: a few passages at a time, beside other work. Begun again, it
goes on where it was; of another model, it begins anew."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence

import structlog

from recado.assistant.knowledge.meaning import rows as stored
from recado.assistant.knowledge.meaning.port import Embedder
from recado.assistant.knowledge.meaning.scale import PAIRS, measure
from recado.errors import ModelError, ModelRefused
from recado.store import Store

log = structlog.get_logger(__name__)

AT_ONCE = 16
#: Other scheduled work waits no longer than this.
MOST_SECONDS = 30.0
#: How long others have the processor to themselves, for each second that this had it.
REST = 0.5
_NONE = b"\x00\x00"


async def embed_missing(
    store: Store, embedder: Embedder, *, most_seconds: float = MOST_SECONDS, rest: float = REST
) -> tuple[int, bool]:
    """Make vectors of passages without them, for a while. Returns of how many, and whether all have
    some now.

    What the model refuses is kept as nothing, so that it is not asked again. Where it cannot be
    reached, the reason is kept for people to see, and the rest waits.
    """
    model = embedder.name
    count, after, until = 0, 0, time.monotonic() + most_seconds
    while time.monotonic() < until:
        began, last = time.monotonic(), after
        wanted = await store.read(lambda tx: stored.missing(tx, model, last, AT_ONCE))  # noqa: B023
        if not wanted:
            return count, True
        after = wanted[-1].passage_id
        try:
            await _measured(store, embedder)
            made = await _vectors(embedder, wanted)
        except ModelError as error:
            problem = error.detail
            log.warning("passages have no vectors yet", why=problem)
            await store.write(lambda tx: stored.put_problem(tx, model, problem))  # noqa: B023
            return count, False
        count += await store.write(lambda tx: stored.write(tx, model, made))  # noqa: B023
        await asyncio.sleep(rest * (time.monotonic() - began))
    return count, False


async def _measured(store: Store, embedder: Embedder) -> None:
    """Measure the model before its first vectors. Raises ModelError."""
    model = embedder.name
    if (await store.read(lambda tx: stored.standing(tx, model))).version == 0:
        scale = await measure(embedder)
        await store.write(lambda tx: stored.put_scale(tx, model, scale.low, scale.high))


async def _vectors(
    embedder: Embedder, wanted: Sequence[stored.Wanted]
) -> list[tuple[stored.Wanted, list[bytes]]]:
    """Each passage with its vectors as they are stored. Raises ModelError."""
    try:
        return await _together(embedder, wanted)
    except ModelRefused:
        if len(wanted) == 1:
            await embedder.embed([PAIRS[0][1]], asked=False)  # refused, too: it is not the text
            return [(wanted[0], [_NONE] * len(wanted[0].texts))]
        return [made for one in wanted for made in await _vectors(embedder, [one])]


async def _together(
    embedder: Embedder, wanted: Sequence[stored.Wanted]
) -> list[tuple[stored.Wanted, list[bytes]]]:
    texts = [text for one in wanted for text in one.texts]
    found = await embedder.embed(texts, asked=False)
    vectors = iter(found.astype("<f2"))
    return [(one, [next(vectors).tobytes() for _ in one.texts]) for one in wanted]

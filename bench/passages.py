"""`python -m bench.passages [COUNT] [--embeddings local]`: how long a question is looked up among
many passages, on SQLite, and what they take of memory. Processor time, too: what another process
takes is not in it. With an embedding model, passages get made-up vectors: real ones take an hour.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import tempfile
import time

import numpy as np
import psutil
from sqlalchemy import insert

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.analysis import index_text
from recado.assistant.knowledge.meaning.meaning import Meaning
from recado.assistant.knowledge.meaning.opening import open_embedder
from recado.assistant.knowledge.meaning.port import Embedder
from recado.assistant.model import KnowledgeMeaning, KnowledgeSource, Passage, PassageVector
from recado.store import Store, now, open_store
from recado.store.migrate import migrate

VOCABULARY, ASKED, WORDS = 30_000, 300, 45
_QUESTIONS = ("a que hora abre {0} {1}", "cuanto cuesta {0}", "tienen {0} {1} {2}?", "{0} {1}")


def words_of(count: int, luck: random.Random) -> list[str]:
    """Made-up words that sound Spanish; the first are used most."""
    parts = ["ba", "ca", "de", "fo", "gu", "li", "ma", "ne", "pi", "ro", "sa", "ta", "cla", "tri"]
    return ["".join(luck.choices(parts, k=luck.randint(2, 4))) for _ in range(count)]


def rows_of(count: int, vocabulary: list[str], luck: random.Random) -> list[dict[str, object]]:
    """Passages whose words come as often as words do (Zipf)."""
    weights = [1 / (at + 3) for at in range(len(vocabulary))]
    rows: list[dict[str, object]] = []
    for at in range(count):
        said = luck.choices(vocabulary, weights, k=WORDS)
        heading, text = " ".join(said[:4]), " ".join(said[4:])
        rows.append(
            {
                "source_id": "s",
                "position": at,
                "heading": heading,
                "text": text,
                "language": "es",
                "search_text": index_text(heading, text, "es"),
            }
        )
    return rows


async def make_up_vectors(store: Store, embedder: Embedder, count: int) -> None:
    """Two of each passage, at random: as many and as long as real ones."""
    size = (await embedder.embed(["recado"], asked=True)).shape[1]
    luck = np.random.default_rng(7)
    for first in range(1, count + 1, 2000):
        found = luck.standard_normal((2000, 2, size)).astype(np.float32)
        found /= np.linalg.norm(found, axis=2, keepdims=True)
        rows = [
            {
                "passage_id": first + at,
                "part": part,
                "model": embedder.name,
                "version": 1,
                "vector": found[at, part].astype("<f2").tobytes(),
            }
            for at in range(min(2000, count - first + 1))
            for part in (0, 1)
        ]
        await store.write(lambda tx: tx.execute(insert(PassageVector), rows))  # noqa: B023
    standing = {"model": embedder.name, "version": 1, "low": 0.0, "high": 0.5, "problem": ""}
    standing["updated_at"] = now()
    await store.write(lambda tx: tx.execute(insert(KnowledgeMeaning).values(standing)))


async def measure(count: int, embeddings: str) -> None:
    luck = random.Random(7)
    vocabulary = words_of(VOCABULARY, luck)
    with tempfile.TemporaryDirectory() as folder:
        store = open_store(f"sqlite:///{folder}/recado.db", sync="off")
        await migrate(store)
        source: dict[str, object] = {
            "id": "s",
            "name": "made-up",
            "kind": "text",
            "sha256": "x",
            "size_bytes": 1,
        }
        source |= {"language": "es", "passage_count": count, "sample": False}
        source |= {"created_at": now(), "updated_at": now()}
        await store.write(lambda tx: tx.execute(insert(KnowledgeSource).values(source)))
        for _ in range(0, count, 2000):
            rows = rows_of(min(2000, count), vocabulary, luck)
            await store.write(lambda tx: tx.execute(insert(Passage), rows))  # noqa: B023
        before = psutil.Process().memory_info().rss
        meaning = None
        if embedder := open_embedder(embeddings):
            await make_up_vectors(store, embedder, count)
            meaning = Meaning(store, embedder)
        knowledge = KnowledgeBase(store, meaning=meaning)
        started = time.perf_counter()
        await knowledge.warm_up()
        loaded = time.perf_counter() - started
        took = []
        spent = time.process_time()
        for _ in range(ASKED):
            asked = luck.choice(_QUESTIONS).format(*luck.choices(vocabulary[:3000], k=3))
            started = time.perf_counter()
            await knowledge.search(asked, "es")
            took.append(1000 * (time.perf_counter() - started))
        spent = 1000 * (time.process_time() - spent) / ASKED
        took.sort()
        memory = psutil.Process().memory_info().rss
        print(
            f"{count:,} passages: half of {ASKED} questions within {took[ASKED // 2]:.1f} ms,"
            f" 95 % within {took[int(ASKED * 0.95)]:.1f} ms, the last {took[-1]:.1f} ms"
            f" ({spent:.1f} ms of a processor each);"
            f" loaded in {loaded:.1f} s; {memory / 2**20:.0f} MB"
            f" ({(memory - before) / 2**20:.0f} MB more than before)"
        )
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="bench.passages", description=__doc__)
    parser.add_argument("count", nargs="?", type=int, default=100_000)
    parser.add_argument("--embeddings", default="", help="as RECADO_EMBEDDINGS: local")
    options = parser.parse_args()
    asyncio.run(measure(options.count, options.embeddings))

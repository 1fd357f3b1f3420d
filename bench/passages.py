"""`python -m bench.passages [COUNT]`: how long a question is looked up among many passages, on
SQLite, and what they take of memory. Processor time, too: what another process takes is not in it.
"""

from __future__ import annotations

import asyncio
import random
import sys
import tempfile
import time

import psutil
from sqlalchemy import insert

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.analysis import index_text
from recado.assistant.model import KnowledgeSource, Passage
from recado.store import now, open_store
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


async def measure(count: int) -> None:
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
        knowledge = KnowledgeBase(store)
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
    asyncio.run(measure(int(sys.argv[1]) if sys.argv[1:] else 100_000))

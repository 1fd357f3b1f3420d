"""Passages are found by what they mean, on both databases, while their vectors are made, when the
model is another, and when it is away."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import numpy as np
import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.knowledge.meaning import rows
from recado.assistant.knowledge.meaning.embedding import embed_missing
from recado.assistant.knowledge.meaning.matrix import DIMENSIONS, Matrix, Place, turn
from recado.assistant.knowledge.meaning.meaning import Meaning
from recado.errors import ModelRefused, ModelUnavailable
from recado.store import Store
from tests.support.embedding import TinyEmbedder
from tests.support.stores import make_store_on

SHOP = b"""## Warranty
Everything is covered for two years.

## Opening times
From Monday to Friday, 9:00 to 18:00. We close on Sunday.

## Delivery
Orders arrive within three days.
"""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with make_store_on(request.param, tmp_path) as store:
        yield store


def knowing(store: Store, embedder: TinyEmbedder) -> KnowledgeBase:
    return KnowledgeBase(store, meaning=Meaning(store, embedder))


async def topics(knowledge: KnowledgeBase, asked: str = "the zip of my jacket") -> list[str]:
    return [hit.topic for hit in await knowledge.search(asked, "en")]


async def test_a_question_finds_what_shares_no_word_with_it(store: Store) -> None:
    words_only = KnowledgeBase(store)
    await words_only.add("shop.md", SHOP)
    assert await topics(words_only) == []
    embedder = TinyEmbedder()
    await embed_missing(store, embedder, rest=0)
    assert (await topics(knowing(store, embedder)))[0] == "Warranty"


async def test_until_passages_are_read_they_are_found_by_their_words(store: Store) -> None:
    knowledge = knowing(store, TinyEmbedder())
    await knowledge.add("shop.md", SHOP)
    plain = await KnowledgeBase(store).search("when do you close on sunday", "en")
    assert await knowledge.search("when do you close on sunday", "en") == plain
    assert plain[0].topic == "Opening times"
    meaning = knowledge.meaning
    assert meaning is not None
    assert await meaning.progress() == rows.Progress("tiny", 0, 3)
    assert await meaning.embed_missing() == 3
    assert await meaning.progress() == rows.Progress("tiny", 3, 3)
    assert await meaning.embed_missing() == 0


async def test_a_running_process_finds_new_vectors_and_forgets_what_was_removed(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("recado.assistant.knowledge.base.CHECK_SECONDS", 0.0)
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    view = await knowledge.add("shop.md", SHOP)
    assert await topics(knowledge) == []
    await embed_missing(store, embedder, rest=0)
    assert (await topics(knowledge))[0] == "Warranty"
    await knowledge.add("more.md", b"## Zip-off trousers\nThey cost 30 euros.\n")
    await embed_missing(store, embedder, rest=0)
    await knowledge.remove(view.id)
    assert "Warranty" not in await topics(knowledge)


async def test_a_passage_in_the_place_of_another_does_not_inherit_its_meaning(store: Store) -> None:
    """SQLite gives the id of a removed passage to the next one."""
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    await knowledge.add("shop.md", b"## Warranty\nTwo years.\n")
    await embed_missing(store, embedder, rest=0)
    assert await topics(knowledge) == ["Warranty"]
    await knowledge.add("shop.md", b"## Our team\nAnna and Luis.\n")
    assert await topics(knowledge) == []
    await embed_missing(store, embedder, rest=0)
    found = await knowledge.search("the zip of my jacket", "en")
    assert all(hit.score < 0.6 for hit in found)


async def test_another_model_reads_everything_anew_and_words_answer_meanwhile(
    store: Store,
) -> None:
    first, second = TinyEmbedder("first"), TinyEmbedder("second", size=40)
    knowledge = knowing(store, first)
    await knowledge.add("shop.md", SHOP)
    await embed_missing(store, first, rest=0)
    changed = knowing(store, second)
    assert await topics(changed) == []
    assert (await changed.search("when do you close on sunday", "en"))[0].topic == "Opening times"
    await embed_missing(store, second, rest=0)
    assert (await topics(knowing(store, second)))[0] == "Warranty"
    assert (await store.read(lambda tx: rows.progress(tx, "first"))).read == 0


async def test_a_provider_that_is_away_leaves_the_search_by_words(store: Store) -> None:
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    await knowledge.add("shop.md", SHOP)
    embedder.error = ModelUnavailable("tiny does not answer", outage=True)
    assert await embed_missing(store, embedder, rest=0) == (0, False)
    assert (
        await store.read(lambda tx: rows.progress(tx, "tiny"))
    ).problem == "tiny does not answer"
    embedder.error = None
    assert await embed_missing(store, embedder, rest=0) == (3, True)
    assert (await store.read(lambda tx: rows.progress(tx, "tiny"))).problem == ""
    embedder.error = ModelUnavailable("tiny does not answer", outage=True)
    fresh = knowing(store, embedder)
    assert (await fresh.search("when do you close on sunday", "en"))[0].topic == "Opening times"
    assert await topics(fresh) == []
    embedder.error = None  # what was found without it is not kept
    assert (await topics(fresh))[0] == "Warranty"


async def test_a_text_that_the_model_refuses_keeps_no_other_from_being_read(store: Store) -> None:
    embedder = TinyEmbedder()
    embedder.refuses, embedder.refusal = "Opening", ModelRefused("too odd")
    await knowing(store, embedder).add("shop.md", SHOP)
    assert await embed_missing(store, embedder, rest=0) == (3, True)
    knowledge = knowing(store, embedder)
    assert (await topics(knowledge))[0] == "Warranty"
    assert (await knowledge.search("when do you close on sunday", "en"))[0].topic == "Opening times"


async def test_a_model_that_refuses_everything_is_told_and_nothing_is_lost(store: Store) -> None:
    embedder = TinyEmbedder()
    await knowing(store, embedder).add("shop.md", SHOP)
    await embed_missing(store, embedder, most_seconds=0)
    embedder.refusal = ModelRefused("no such model")
    assert await embed_missing(store, embedder, rest=0) == (0, False)
    embedder.refusal = None
    assert await embed_missing(store, embedder, rest=0) == (3, True)


async def test_what_was_changed_while_it_was_read_is_read_again(store: Store) -> None:
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    await knowledge.add("shop.md", b"## Warranty\nTwo years.\n")
    wanted = await store.read(lambda tx: rows.missing(tx, "tiny", 0, 10))
    await knowledge.add("shop.md", b"## Our team\nAnna.\n")
    made = [(one, [b"\x00\x3c" * 4] * len(one.texts)) for one in wanted]
    assert await store.write(lambda tx: rows.write(tx, "tiny", made)) == 0
    assert (await store.read(lambda tx: rows.progress(tx, "tiny"))).read == 0


async def test_every_wording_of_a_written_answer_is_near(store: Store) -> None:
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    await knowledge.add_answer(
        ["Do you fix things?", "my zip broke"], "Yes, for free.", language="en"
    )
    await embed_missing(store, embedder, rest=0)
    assert await topics(knowledge, "cremallera") == ["Do you fix things?"]


async def test_only_the_characters_sources_are_near(store: Store) -> None:
    embedder = TinyEmbedder()
    knowledge = knowing(store, embedder)
    await knowledge.add("shop.md", SHOP)
    await knowledge.add("club.md", b"## Reparar\nWe meet on Friday for the repair of bikes.\n")
    await embed_missing(store, embedder, rest=0)
    hits = await knowledge.search("the zip of my jacket", "en", sources=["shop.md"])
    assert {hit.source_name for hit in hits} == {"shop.md"}


async def test_slices_go_on_where_another_process_ended(store: Store) -> None:
    embedder = TinyEmbedder()
    sections = "".join(f"## Topic {at}\nText number {at} here.\n\n" for at in range(60))
    await knowing(store, embedder).add("many.md", sections.encode())
    job = asyncio.create_task(embed_missing(store, embedder, rest=3600))
    while not (so_far := (await store.read(lambda tx: rows.progress(tx, "tiny"))).read):
        await asyncio.sleep(0.01)
    job.cancel()
    await asyncio.gather(job, return_exceptions=True)
    count, complete = await embed_missing(store, embedder, rest=0)
    assert complete
    assert so_far + count == 60


def test_turned_vectors_keep_their_products() -> None:
    luck = np.random.default_rng(1).standard_normal((400, 1536)).astype(np.float32)
    luck /= np.linalg.norm(luck, axis=1, keepdims=True)
    asked = luck[7] + 0.5 * luck[8]
    matrix = Matrix()
    for number, vector in enumerate(luck):
        matrix.add(Place(number, 1), np.stack([vector, vector]))
    before = matrix.rows()
    products = before.products(asked / np.linalg.norm(asked))
    assert list(np.argsort(-products)[:2]) == [7, 8]
    assert turn(luck).shape == (400, DIMENSIONS)
    matrix.add(Place(400, 1), np.stack([luck[7], luck[7]]))
    assert len(before) == len(products) == 400
    assert len(matrix.rows()) == 401

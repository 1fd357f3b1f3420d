"""A knowledge base with the sample in it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.store import Store, open_store
from recado.store.migrate import migrate
from tests.support.stores import make_store_on


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
    await migrate(store)
    yield store
    await store.close()


@pytest.fixture
async def sample(store: Store) -> KnowledgeBase:
    knowledge = KnowledgeBase(store)
    await knowledge.ensure_sample()
    return knowledge


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.engine)])
async def any_store(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Store]:
    async with make_store_on(request.param, tmp_path) as store:
        yield store

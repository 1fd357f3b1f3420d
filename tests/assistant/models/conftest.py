"""Models over the sample café."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.assistant.knowledge import KnowledgeBase
from recado.assistant.port import Persona
from recado.store import open_store
from recado.store.migrate import migrate


@pytest.fixture
async def knowledge(tmp_path: Path) -> AsyncIterator[KnowledgeBase]:
    store = open_store(f"sqlite:///{tmp_path}/recado.db", sync="off")
    await migrate(store)
    knowledge = KnowledgeBase(store)
    await knowledge.ensure_sample()
    yield knowledge
    await store.close()


@pytest.fixture
def persona() -> Persona:
    return Persona(id="p", name="Aurora", prompt="Eres Aurora, de Café Aurora, amable y breve.")

"""The engines that the contract suites run over."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from recado.queue import Queue
from tests.support.queue_engines import FACTORIES, QueueEngine


@pytest.fixture(params=list(FACTORIES))
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[QueueEngine]:
    async with FACTORIES[request.param](tmp_path) as engine:
        yield engine


@pytest.fixture
def queue(engine: QueueEngine) -> Queue:
    return engine.open()

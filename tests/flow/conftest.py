"""A Recado that runs, with an assistant whose answers the test decides."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.flow import Flow, ScriptedModel, running_flow
from tests.support.payloads import text_message


@pytest.fixture
def model() -> ScriptedModel:
    return ScriptedModel()


@pytest.fixture
async def flow(tmp_path: Path, model: ScriptedModel) -> AsyncIterator[Flow]:
    async with running_flow(tmp_path) as flow:
        flow.runtime.models.use(flow.runtime.settings.model, model)
        yield flow


@pytest.fixture
async def answered(flow: Flow) -> None:
    """It has answered "hola" (`wamid.1`)."""
    await flow.receive(text_message("hola", id="wamid.1"))
    await flow.until_sent(1)
    await flow.quiet()

"""A stage: a Recado of its own in a temporary folder, to rehearse on. Nothing that happens on it
is stored in the installation, sent to anybody, or left when it is closed."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from msgspec.structs import replace

from recado.app.wiring import build_runtime, close_runtime
from recado.assistant.characters import Characters
from recado.assistant.policy import ModelPolicy
from recado.assistant.port import Persona
from recado.errors import Unprocessable
from recado.runtime import Runtime
from recado.settings import Settings
from recado.store import Store
from recado.turns.tools_on_stage import ToolCallsOnStage
from recado.turns.turn import warm_up

#: Everything of the installation that a stage must not write to, or tell.
_ELSEWHERE: dict[str, Any] = {
    "database_url": "",
    "queue_url": "",
    "cache_url": "",
    "blob_url": "",
    "otel_endpoint": "",
    "otel_exporter": "",
    "sqlite_sync": "off",
    "quiet_seconds": 0.0,
}


@asynccontextmanager
async def stage(
    settings: Settings,
    *,
    knowledge: Sequence[Path] = (),
    like: Runtime | None = None,
    persona: Persona | None = None,
    model: str = "",
) -> AsyncIterator[Runtime]:
    """A runtime without workers that answers as `settings` say, from the files `knowledge`.

    `like` an installation: with its knowledge, models, characters and tools instead; of these, what
    changes something is not done. `persona` None: the character that an installation of these
    begins with. `model` answers instead of the chosen one.
    Raises Unprocessable (a file cannot be learnt), SettingsError.
    """
    with tempfile.TemporaryDirectory(prefix="recado-stage-", ignore_cleanup_errors=True) as folder:
        elsewhere = {**_ELSEWHERE, "data": Path(folder)}
        runtime = await build_runtime(settings.model_copy(update=elsewhere))
        own_models, own_calls = runtime.models, runtime.tool_calls
        try:
            if like is not None:
                runtime.knowledge, runtime.models = like.knowledge, like.models
                runtime.characters, runtime.tools = like.characters, like.tools
                runtime.tool_calls = ToolCallsOnStage(runtime.store, like.tools, like.tool_calls)
            elif knowledge:
                await _teach(runtime, knowledge)
                await runtime.characters.ensure_default()
            chosen = persona or await runtime.characters.default()
            runtime.characters = Cast(runtime.store, with_model(chosen, model))
            await warm_up(runtime)
            yield runtime
        finally:
            # Those of `like` are not ours to close.
            runtime.models, runtime.tool_calls = own_models, own_calls
            await close_runtime(runtime)


def with_model(persona: Persona, model: str) -> Persona:
    """The character, answered for by `model` whatever is asked; "": as it is."""
    if not model:
        return persona
    return replace(persona, model=model, model_rules=(), model_policy=ModelPolicy())


class Cast(Characters):
    """The one character that plays on a stage."""

    def __init__(self, store: Store, persona: Persona) -> None:
        super().__init__(store)
        self._persona_on_stage = persona

    async def default(self) -> Persona:
        return self._persona_on_stage

    async def get(self, character_id: str) -> Persona:
        return self._persona_on_stage


async def _teach(runtime: Runtime, knowledge: Sequence[Path]) -> None:
    async for learnt in runtime.knowledge.add_paths(knowledge):
        if learnt.problem and learnt.meant:
            raise Unprocessable(learnt.problem)

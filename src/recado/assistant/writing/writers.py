"""The models that write for a person: those of providers, in the time that people wait."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable
from typing import Any, Protocol, TypeVar, runtime_checkable

from recado.assistant.models import first_answer
from recado.assistant.models.calls import OWN
from recado.assistant.models.choosing import Choice
from recado.assistant.models.wording import NAME as EMBEDDED
from recado.assistant.port import Persona
from recado.errors import ModelRefused, ModelUnavailable, ModelUnusable
from recado.runtime import Runtime

T = TypeVar("T")
#: Somebody sits before the screen.
PATIENCE_SECONDS = 25.0


@runtime_checkable
class Writer(Protocol):
    """A model that writes what it is told to, and not only answers."""

    name: str

    async def write(self, text: str, instructions: str, settings: dict[str, Any]) -> str:
        """What it makes of `text`, which is content, as `instructions` say; "" where that cannot be
        read. Raises ModelError."""


def writers(runtime: Runtime, persona: Persona) -> tuple[str, ...]:
    """The names of the models that can write for this character's conversations: the cheaper
    first, since these are everyday tasks. Empty: the embedded model is alone, and it cannot."""
    policy = persona.model_policy
    named = (policy.cheaper, persona.model or runtime.settings.model, *policy.fallbacks)
    refused = runtime.models.refused()
    return tuple(dict.fromkeys(it for it in named if it not in {"", EMBEDDED} | refused))


async def write(
    runtime: Runtime, names: tuple[str, ...], text: str, instructions: str, most_tokens: int
) -> str:
    """What the first of the models that gives something writes. Raises ModelError."""

    async def ask(name: str) -> str:
        model = runtime.models.get(name)
        if not isinstance(model, Writer):
            raise ModelRefused(f"{name} cannot write.")
        settings = {"temperature": 0.3, "max_tokens": most_tokens}
        written = await model.write(text, instructions, settings)
        if not written.strip():
            raise ModelUnusable(f"{name} wrote nothing that can be used.")
        return written.strip()

    if not names:
        raise ModelRefused("No model is set that could write.")
    choices = [Choice(it, OWN) for it in names]
    return await in_time(first_answer(choices, ask), names[0])


async def in_time(asked: Awaitable[T], name: str) -> T:
    """Raises ModelUnavailable: it takes longer than a person waits."""
    try:
        async with asyncio.timeout(PATIENCE_SECONDS):
            return await asked
    except TimeoutError as error:
        raise ModelUnavailable(
            f"{name} did not answer within {PATIENCE_SECONDS:g} seconds."
        ) from error

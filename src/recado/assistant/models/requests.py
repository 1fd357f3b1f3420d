"""What is sent to a provider, in pydantic-ai's terms, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from recado.assistant.models.calls import ModelCall, note
from recado.assistant.models.prices import Prices
from recado.assistant.models.prompting import as_spoken
from recado.assistant.models.replies.shapes import ANSWERING, SCHEMA, SCHEMA_WITH_FILES
from recado.assistant.port import ContextMessage, ToolSpec
from recado.language.reading import estimate_tokens

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters

_SIDES = {"user": "user", "assistant": "business", "agent": "business"}


def note_answered(
    name: str,
    prices: Prices,
    messages: Sequence[ModelMessage],
    response: ModelResponse,
    milliseconds: float,
) -> None:
    """Keep what a request to the model `name` took. Where the provider does not say how many
    tokens, they are estimated."""
    from pydantic_ai.usage import RequestUsage

    used = response.usage
    told = (used.input_tokens, used.output_tokens, used.cache_read_tokens)
    estimated = min(told) < 0 or not any(told[:2])  # less than nothing would fill a budget again
    if estimated:
        used = RequestUsage(
            input_tokens=sum(_tokens_of(message) for message in messages),
            output_tokens=_tokens_of(response),
        )
        response = replace(response, usage=used)
    note(
        ModelCall(
            model=name,
            outcome="answered",
            milliseconds=milliseconds,
            tokens_in=used.input_tokens,
            tokens_out=used.output_tokens,
            tokens_cached=used.cache_read_tokens,
            estimated=estimated,
            cost=prices.cost(name, response),
        )
    )


def _tokens_of(message: ModelMessage) -> int:
    """About how many tokens a message has; what it is wrapped in is left out."""
    told = getattr(message, "instructions", None) or ""
    contents = (getattr(it, "content", None) or getattr(it, "args", "") for it in message.parts)
    return estimate_tokens("\n".join((told, *map(str, contents))))


def structured(
    tools: Sequence[ToolSpec] = (), *, with_files: bool = False
) -> ModelRequestParameters:
    """The structure of a reply, and these tools, are offered. `with_files`: files may go with
    it."""
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    offered = [
        ToolDefinition(
            name=it.name, description=it.description, parameters_json_schema=it.parameters
        )
        for it in tools
    ]
    answering = ToolDefinition(
        name=ANSWERING,
        description="The reply to the contact, with what the team needs to know about it.",
        parameters_json_schema=SCHEMA_WITH_FILES if with_files else SCHEMA,
        kind="output",
    )
    return ModelRequestParameters(
        output_mode="tool", output_tools=[answering], function_tools=offered
    )


def request(prompt: str, instructions: str) -> list[ModelMessage]:
    from pydantic_ai.messages import ModelRequest, UserPromptPart

    return [ModelRequest(parts=[UserPromptPart(prompt)], instructions=instructions)]


def history(messages: Sequence[ContextMessage]) -> list[ModelMessage]:
    """Earlier messages as pydantic-ai has them, those of one side in a row as one turn of it (a
    summary of older ones is an instruction)."""
    from pydantic_ai.messages import ModelRequest, ModelResponse, TextPart, UserPromptPart

    turns: list[ModelMessage] = []
    for role, said in groupby(messages, key=lambda message: _SIDES.get(message.role, "")):
        spoken = list(said)
        at = datetime.fromtimestamp(spoken[0].at, UTC)
        words = "\n\n".join(as_spoken(message.content, message.about) for message in spoken)
        if role == "user":
            turns.append(ModelRequest(parts=[UserPromptPart(words, timestamp=at)]))
        elif role:
            turns.append(ModelResponse(parts=[TextPart(words)], timestamp=at))
    return turns

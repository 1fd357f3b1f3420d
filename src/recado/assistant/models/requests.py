"""What is sent to a provider, in pydantic-ai's terms, and what it took."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import TYPE_CHECKING

from recado.assistant.models.prompting import as_spoken
from recado.assistant.models.replies.shapes import ANSWERING, SCHEMA
from recado.assistant.port import ContextMessage, ToolSpec

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse
    from pydantic_ai.models import ModelRequestParameters

_SIDES = {"user": "user", "assistant": "business", "agent": "business"}


class Usage:
    """What an answer took, over all that was asked for it."""

    def __init__(self) -> None:
        self.input_tokens = 0
        self.output_tokens = 0
        self.cost: float | None = None

    def add(self, response: ModelResponse) -> None:
        self.input_tokens += response.usage.input_tokens
        self.output_tokens += response.usage.output_tokens
        cost = _cost(response)
        self.cost = self.cost if cost is None else (self.cost or 0.0) + cost


def _cost(response: ModelResponse) -> float | None:
    if response.usage.cost is not None:
        return float(response.usage.cost)
    try:
        return float(response.cost().total_price)
    except (LookupError, ValueError, AssertionError):  # nobody knows its price
        return None


def parameters(plain: bool, tools: Sequence[ToolSpec] = ()) -> ModelRequestParameters:
    from pydantic_ai.models import ModelRequestParameters
    from pydantic_ai.tools import ToolDefinition

    if plain:
        return ModelRequestParameters()
    offered = [
        ToolDefinition(
            name=it.name, description=it.description, parameters_json_schema=it.parameters
        )
        for it in tools
    ]
    answering = ToolDefinition(
        name=ANSWERING,
        description="The reply to the contact, with what the team needs to know about it.",
        parameters_json_schema=SCHEMA,
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

"""A provider's model and its tools: what it calls, what it is told, and when it is enough."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from recado.assistant.models.calls import Amount
from recado.assistant.models.replies.characters import whole, whole_in
from recado.assistant.models.replies.shapes import answers
from recado.assistant.port import Answer, ToolBox, ToolSpec

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelMessage, ModelResponse, ToolCallPart

#: Calls of one turn, and how long all of them may take.
MOST_CALLS = 5
SECONDS = 45.0
#: So often it is told that it is enough; then it is read as it is.
_REMINDERS = 2
_ENOUGH = "There are no more calls in this turn. Answer the contact now, with what you know."
_NOT_SENT = "Not sent: you called a tool beside it. Answer again, with what the tool says."
_LONGEST_ARGUMENTS = 20_000


class ToolTalk:
    """One turn's calls. Without a box, a model calls nothing."""

    def __init__(self, box: ToolBox | None, instructions: str) -> None:
        self._box = box
        self._instructions = instructions
        self._until = time.monotonic() + SECONDS
        self._made = 0
        self._reminded = 0

    @property
    def specs(self) -> Sequence[ToolSpec]:
        return self._box.specs if self._box else ()

    def earlier(self) -> list[ModelMessage]:
        """What was called before, in this turn: it is not to be called again."""
        if self._box is None:
            return []
        from pydantic_ai.messages import ModelRequest, ModelResponse, ToolCallPart, ToolReturnPart

        said: list[ModelMessage] = []
        for it in self._box.exchanges:
            said.append(ModelResponse(parts=[ToolCallPart(it.name, it.arguments, it.id)]))
            told = ToolReturnPart(it.name, it.told, it.id)
            said.append(ModelRequest(parts=[told], instructions=self._instructions))
        return said

    def calls_in(self, response: ModelResponse) -> list[ToolCallPart]:
        """The calls of tools in a response, which are to be answered; [] once it is enough."""
        from pydantic_ai.messages import ToolCallPart

        if self._box is None or self._reminded >= _REMINDERS:
            return []
        return [
            part
            for part in response.parts
            if isinstance(part, ToolCallPart) and not answers(part.tool_name)
        ]

    async def answer(self, response: ModelResponse) -> list[ModelMessage] | Answer:
        """The response with what each of its calls came to; or the answer that ends the turn."""
        from pydantic_ai.messages import ModelRequest, ToolCallPart, ToolReturnPart

        told = []
        for part in response.parts:
            if not isinstance(part, ToolCallPart):
                continue
            said = _NOT_SENT if answers(part.tool_name) else await self._called(part)
            if isinstance(said, Answer):
                return said
            told.append(ToolReturnPart(part.tool_name, said, part.tool_call_id))
        return [response, ModelRequest(parts=told, instructions=self._instructions)]

    async def _called(self, part: ToolCallPart) -> str | Answer:
        assert self._box is not None  # noqa: S101 - calls_in has found some
        if self._made >= MOST_CALLS or time.monotonic() > self._until:
            self._reminded += 1
            return _ENOUGH
        self._made += 1
        return await self._box.call(whole(part.tool_name), _read(part.args), part.tool_call_id)


def ended_by_tool(answer: Answer, model: str, took: Amount) -> Answer:
    """The answer that a tool has ended the turn with, with what the model took."""
    return msgspec.structs.replace(
        answer,
        model=model,
        tokens_in=took.tokens_in,
        tokens_out=took.tokens_out,
        cost=took.dollars,
    )


def _read(arguments: Any) -> Any:
    """A call's arguments; what is no JSON stays text, which is no object."""
    if not isinstance(arguments, str):
        return whole_in(arguments or {})
    if not arguments.strip():
        return {}
    try:
        return whole_in(json.loads(arguments[:_LONGEST_ARGUMENTS]))
    except (ValueError, RecursionError):
        return whole(arguments)

"""A server that speaks chat completions, says what it is told to, and keeps what it was asked."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import msgspec

from tests.support.providers import answering

Json = dict[str, Any]


class ModelServer:
    """`says` are its next answers; the last one stays."""

    def __init__(self, *says: Json) -> None:
        self.says = list(says)
        self.asked: list[Json] = []
        self.url = ""

    def answer(self, _method: str, _path: str, body: bytes) -> tuple[int, Any]:
        self.asked.append(msgspec.json.decode(body))
        return 200, self.says.pop(0) if len(self.says) > 1 else self.says[0]

    def told(self, at: int = -1) -> str:
        """All that one request says, message by message."""
        return "\n".join(str(message["content"]) for message in self.asked[at]["messages"])

    def instructions(self, at: int = -1) -> str:
        return "\n".join(
            str(it["content"])
            for it in self.asked[at]["messages"]
            if it["role"] in {"system", "developer"}
        )

    def said(self, at: int = -1) -> list[tuple[str, str]]:
        """The conversation in one request, without the instructions."""
        return [
            (it["role"], it["content"])
            for it in self.asked[at]["messages"]
            if it["role"] not in {"system", "developer"}
        ]


@asynccontextmanager
async def model_server(*says: Json) -> AsyncIterator[ModelServer]:
    server = ModelServer(*says)
    async with answering(server.answer) as provider:
        server.url = f"{provider.url}/v1"
        yield server


def saying(content: Any, *calls: tuple[str, str], finish: str = "stop", **more: Any) -> Json:
    """A completion of `content` and tool calls, each a name and its arguments as text."""
    message: Json = {"role": "assistant", "content": content, **more}
    if calls:
        message["tool_calls"] = [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": given}}
            for n, (name, given) in enumerate(calls)
        ]
    return {
        "id": "chatcmpl-1",
        "object": "chat.completion",
        "created": 1,
        "model": "any",
        "choices": [{"index": 0, "finish_reason": finish, "message": message}],
        "usage": {"prompt_tokens": 10, "completion_tokens": 10, "total_tokens": 20},
    }

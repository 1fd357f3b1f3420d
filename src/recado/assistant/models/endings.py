"""What a provider's response says, and how it ended."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Literal

from recado.assistant.models.replies.reading import Unusable, read_reply
from recado.assistant.models.replies.shapes import Reply
from recado.errors import ModelRefused

if TYPE_CHECKING:
    from pydantic_ai.messages import ModelResponse

_CUT = re.compile(
    r"max|length|limit|incomplete|truncat|abort|cancel|time.?out|error", re.IGNORECASE
)
_REFUSED = re.compile(
    r"filter|safety|guardrail|blocklist|prohibited|recitation|refus|spii", re.IGNORECASE
)


def read_response(response: ModelResponse) -> Reply | Unusable:
    """What a response says. Raises ModelRefused: the provider's filter stopped it."""
    from pydantic_ai.messages import TextPart, ToolCallPart

    ending = _ending_of(response)
    if ending == "refused":
        raise ModelRefused(f"{response.model_name} refuses what was said.")
    text = "".join(part.content for part in response.parts if isinstance(part, TextPart))
    calls = [
        (part.tool_name, part.args) for part in response.parts if isinstance(part, ToolCallPart)
    ]
    return read_reply(text, calls, ended=ending != "cut")


def _ending_of(response: ModelResponse) -> Literal["whole", "cut", "refused"]:
    """How a response ended. Compatible servers give their own words for it (`max_tokens`,
    `MODEL_LENGTH`, `SAFETY`, `guardrail_intervened`), which the library hands on as they are."""
    if response.finish_reason in ("length", "error", "content_filter"):
        return "refused" if response.finish_reason == "content_filter" else "cut"
    if response.finish_reason is not None:
        return "whole"
    said = str((response.provider_details or {}).get("finish_reason") or "")[:80]
    if _REFUSED.search(said):
        return "refused"
    return "cut" if _CUT.search(said) else "whole"

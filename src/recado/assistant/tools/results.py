"""What a tool answered: cut to what is kept, as data for a model, in words for the contact."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any

from recado.assistant.strangers import as_data, marked
from recado.assistant.tools.definition import ToolView, in_language
from recado.assistant.tools.filling import fill, in_words
from recado.assistant.tools.ledger import MOST_RESULT

_DEEPEST = 12
_MOST_ITEMS = 200
_LARGEST = 2**53
_TOLD_LINES, _TOLD_CHARS = 12, 1500
_FOR_MODEL = 3000


def storable(value: Any) -> Any:
    """The value as the ledger keeps it: plain JSON, of MOST_RESULT characters at most; what is
    longer becomes the beginning of its text."""
    clean = _clean(value, 0)
    text = json.dumps(clean, ensure_ascii=False)
    if len(text) <= MOST_RESULT:
        return clean
    return (clean if isinstance(clean, str) else text)[: MOST_RESULT - 1] + "…"


def _clean(value: Any, depth: int) -> Any:
    """As both databases take it: no NUL, no half a character, no number beyond JSON's."""
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        return value if abs(value) <= _LARGEST else str(value)[:400]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if depth >= _DEEPEST or not isinstance(value, list | tuple | Mapping):
        text = value if isinstance(value, str) else str(value)
        text = text[: 2 * MOST_RESULT].replace("\x00", "")
        return text.encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        items = list(value.items())[:_MOST_ITEMS]
        return {_clean(str(key), depth + 1): _clean(it, depth + 1) for key, it in items}
    return [_clean(item, depth + 1) for item in value[:_MOST_ITEMS]]


def for_model(value: Any) -> str:
    """The answer as data in a prompt: one line between the marks of what others have chosen."""
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return marked(text, _FOR_MODEL) or "(nothing)"


def told(tool: ToolView, arguments: Mapping[str, Any], value: Any, language: str) -> str:
    """What the contact hears of it: the tool's own words filled in, else what it answered."""
    template = in_language(tool.answers, language)
    if template:
        found = value if isinstance(value, Mapping) else {}
        return fill(template, {**arguments, **found, "result": value}, _shown).strip()
    return _plain(value)


def _shown(value: Any) -> str:
    return as_data(in_words(value), _TOLD_CHARS)


def _plain(value: Any) -> str:
    if isinstance(value, Mapping):
        lines = [
            f"{as_data(str(key), 60)}: {_shown(it)}" for key, it in value.items() if it is not None
        ]
        return "\n".join(lines[:_TOLD_LINES])[:_TOLD_CHARS]
    if isinstance(value, list):
        return "\n".join(f"- {_shown(item)}" for item in value[:_TOLD_LINES])[:_TOLD_CHARS]
    return "" if value is None else _shown(value)

"""The structured reply in whatever shape a model gives it: its words, and what it says of them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from math import isnan
from typing import Any

import msgspec

from recado.assistant.models.replies.lenient import Cut, NotJson, parse

#: The name under which a model answers.
ANSWERING = "final_result"
_ANSWERING = {ANSWERING, "final_answer", "final", "answer", "reply", "respond"}
#: What a plain text is worth before it is assessed: nobody said how sure it is.
UNSTATED_CONFIDENCE = 0.8
_LEVELS = {
    **dict.fromkeys(("very high", "muy alta", "muito alta", "certain", "total"), 0.95),
    **dict.fromkeys(("high", "alta", "alto", "sure", "segura", "seguro"), 0.9),
    **dict.fromkeys(("medium", "moderate", "media", "medio", "média", "médio", "mid"), 0.6),
    **dict.fromkeys(("low", "baja", "bajo", "baixa", "baixo", "unsure"), 0.3),
    **dict.fromkeys(("very low", "muy baja", "muito baixa", "none", "ninguna", "nenhuma"), 0.1),
}
_YES = {"true", "yes", "y", "si", "sí", "sim", "1", "on", "verdadero", "verdadeiro"}
_NO = {"false", "no", "n", "não", "nao", "0", "off", "falso"}
#: Where the words stand, the surest first; other models' names for it are among them.
_TEXT = (
    *("text", "answer", "response", "reply", "final_answer", "final", "message", "content"),
    *("texto", "respuesta", "resposta", "mensaje", "mensagem", "contenido", "conteudo"),
    *("assistant_reply", "reply_text", "response_text", "answer_text", "output_text", "body"),
)
_AROUND = (
    *(ANSWERING, "arguments", "parameters", "args", "input", "action_input", "params"),
    *("output", "result", "data", "json", "value", "choices", "tool_calls", "function", "object"),
)
_ABOUT = {"confidence", "known", "asked_for_person", "sources", "files"}
_NAMING = ("name", "tool", "tool_name", "action", "function", "function_name", "recipient_name")
_ARGUMENTS = ("arguments", "parameters", "args", "input", "action_input", "params", "kwargs")
_CALLING = {"tool_calls", "tool_call", "function_call", "tool_use", "tool_uses"}
_DEEPEST = 6


class Reply(msgspec.Struct, frozen=True):
    """The reply to the contact, with what the team needs to know about it."""

    text: str
    confidence: float = UNSTATED_CONFIDENCE
    known: bool = True
    asked_for_person: bool = False
    sources: tuple[int, ...] = ()
    files: tuple[int, ...] = ()
    cut: bool = False


#: What a model is asked to give (JSON Schema).
SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {
        "text": {"type": "string", "description": "The reply, as the contact will read it"},
        "confidence": {"type": "number", "minimum": 0, "maximum": 1, "default": 0.8},
        "known": {
            "type": "boolean",
            "default": True,
            "description": "False when the knowledge does not answer",
        },
        "asked_for_person": {"type": "boolean", "default": False},
        "sources": {
            "type": "array",
            "items": {"type": "integer"},
            "default": [],
            "description": "Numbers of the passages used",
        },
    },
    "required": ["text"],
}
#: The same where files may go with the reply.
SCHEMA_WITH_FILES: dict[str, Any] = {
    **SCHEMA,
    "properties": {
        **SCHEMA["properties"],
        "files": {
            "type": "array",
            "items": {"type": "integer"},
            "default": [],
            "description": "Numbers of the files to send with the reply",
        },
    },
}


def reply_of(value: Any, depth: int = 0) -> Reply | None:
    """The reply in a value that was parsed; None: there are no words for the contact in it."""
    if depth > _DEEPEST:
        return None
    if isinstance(value, str):
        inner = value.strip()
        return reply_of(_parsed(inner), depth + 1) if inner[:1] in ("{", "[", '"') else None
    if isinstance(value, list):
        return _joined([reply_of(one, depth + 1) for one in value if not isinstance(one, str)])
    return _reply_in(_plainly(value), depth) if isinstance(value, Mapping) else None


def _reply_in(given: dict[str, Any], depth: int) -> Reply | None:
    if is_call(given):
        return _given_to_answer(_arguments(given), depth) if answers(_called(given)) else None
    for key in _TEXT:
        if words := words_of(given.get(key), depth + 1):
            return _with(words, given, reply_of(given[key], depth + 1))
    inner_replies = (reply_of(given[key], depth + 1) for key in _AROUND if key in given)
    return next((reply for reply in inner_replies if reply), None)


def is_call(given: Mapping[str, Any]) -> bool:
    """Whether an object calls a tool."""
    given = _plainly(given)
    if _CALLING & given.keys() and not set(_TEXT) & given.keys():
        return not any(_is_answering(given[key]) for key in _CALLING & given.keys())
    function = given.get("function")
    if isinstance(function, Mapping):
        return is_call(function)
    return bool(_called(given)) and any(key in given for key in _ARGUMENTS)


def answers(name: str) -> bool:
    """Whether the tool of this name is how a model answers."""
    return _plain(name) in _ANSWERING


def is_about(given: Mapping[str, Any]) -> bool:
    """Whether an object only says something about the reply."""
    return bool(given) and {_plain(key) for key in given} <= _ABOUT


def with_about(reply: Reply, given: Mapping[str, Any]) -> Reply:
    """The reply with what an object says about it."""
    return _with(reply.text, _plainly(given), None)


def words_of(value: Any, depth: int = 0) -> str:
    """The words of a text, of a list of texts, of an object that has some; "" for none."""
    if isinstance(value, str):
        inner = value.strip()
        if inner[:1] in ("{", "[", '"') and (reply := reply_of(inner, depth)):
            return Cut(reply.text) if reply.cut else reply.text
        return value if inner else ""
    if isinstance(value, list) and depth <= _DEEPEST:
        parts = [part for one in value if (part := words_of(one, depth + 1))]
        joined = "\n".join(parts)
        return Cut(joined) if any(isinstance(part, Cut) for part in parts) else joined
    if isinstance(value, Mapping) and depth <= _DEEPEST:
        return _words_in(_plainly(value), depth)
    return ""


def _words_in(given: dict[str, Any], depth: int) -> str:
    if is_call(given):
        return ""
    texts = (words_of(given.get(key), depth + 1) for key in (*_TEXT, "value"))
    return next((text for text in texts if text), "")


def _plainly(value: Mapping[Any, Any]) -> dict[str, Any]:
    return {_plain(key): content for key, content in value.items()}


def _parsed(text: str) -> Any:
    try:
        return parse(text).value
    except NotJson:
        return None


def _joined(replies: Iterable[Reply | None]) -> Reply | None:
    found = [reply for reply in replies if reply]
    if not found:
        return None
    text = "\n".join(reply.text for reply in found)
    return msgspec.structs.replace(found[0], text=text, cut=any(it.cut for it in found))


def _with(words: str, given: Mapping[str, Any], inner: Reply | None) -> Reply:
    about = given if _ABOUT & given.keys() or inner is None else None
    cut = isinstance(words, Cut) or (inner is not None and inner.cut)
    if about is None and inner is not None:
        return msgspec.structs.replace(inner, text=str(words), cut=cut)
    return Reply(
        text=str(words),
        confidence=_confidence(given.get("confidence")),
        known=_flag(given.get("known"), default=True),
        asked_for_person=_flag(given.get("asked_for_person"), default=False),
        sources=_numbers(given.get("sources")),
        files=_numbers(given.get("files")),
        cut=cut,
    )


def _confidence(value: Any) -> float:
    if isinstance(value, str):
        word = value.strip().strip("%").strip().lower().replace("_", " ").replace(",", ".")
        try:
            value = float(word[:20])
        except ValueError:
            return _LEVELS.get(word, UNSTATED_CONFIDENCE)
    if isinstance(value, bool) or not isinstance(value, int | float) or isnan(value):
        return UNSTATED_CONFIDENCE
    if value < 0:
        return 0.0
    # 95 means percent; so does 9.5 of ten.
    return float(value if value <= 1 else value / 10 if value <= 10 else min(value / 100, 1.0))


def _flag(value: Any, *, default: bool) -> bool:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value != 0
    word = str(value).strip().lower()
    return True if word in _YES else False if word in _NO else default


def _numbers(value: Any) -> tuple[int, ...]:
    values = value if isinstance(value, list) else [value]
    found: list[int] = []
    for one in values[:20]:
        if isinstance(one, str):
            found += [int(number) for number in re.findall(r"\d{1,4}", one)[:20]]
        elif isinstance(one, int | float) and not isinstance(one, bool) and abs(one) < 10_000:
            found.append(int(one))
    return tuple(found)


def _called(given: Mapping[str, Any]) -> str:
    for key in _NAMING:
        name = given.get(key)
        if isinstance(name, Mapping):
            name = name.get("name")
        if isinstance(name, str) and name.strip():
            return name.strip().rsplit(".", 1)[-1]
    return ""


def _arguments(given: Mapping[str, Any]) -> Any:
    for key in _ARGUMENTS:
        if key in given:
            return given[key]
    function = given.get("function")
    return function.get("arguments") if isinstance(function, Mapping) else None


def _given_to_answer(arguments: Any, depth: int) -> Reply | None:
    if reply := reply_of(arguments, depth + 1):
        return reply
    words = words_of(arguments, depth + 1)
    return _with(words, {}, None) if words else None


def _is_answering(value: Any) -> bool:
    calls = value if isinstance(value, list) else [value]
    return any(isinstance(call, Mapping) and answers(_called(_plainly(call))) for call in calls)


def _plain(key: Any) -> str:
    return re.sub(r"[\s-]+", "_", str(key).strip().lower())

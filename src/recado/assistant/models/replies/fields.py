"""A reply as lines of `name: value` (YAML, TOML and what models take for them)."""

from __future__ import annotations

import re
from typing import Any

from recado.assistant.models.replies.lenient import NotJson, parse
from recado.assistant.models.replies.shapes import Reply, is_call, reply_of

# bounded: it is matched at one place
_FENCE = re.compile(r"(?:```[ \t]*(?:ya?ml|toml|text)?[ \t]*\n|---[ \t]*\n)", re.IGNORECASE)
_FENCE_END = re.compile(r"\n(?:```|---|\.\.\.)\s*\Z")
_FIELD = re.compile(
    r"(?P<key>[^\W\d]\w{0,30})[ \t]{0,3}(?P<sign>[:=])(?:[ \t]++(?P<value>[^\n]*+))?$"
)
_BLOCK = re.compile(r"[|>][+-]?\s*")
_BESIDE = {
    *("confidence", "known", "asked_for_person", "sources", "files"),
    *("thought", "thoughts", "reasoning"),
}
_WORDS = {"text", "answer", "response", "reply", "texto", "respuesta", "resposta"}
_CALLS = {"name", "tool", "tool_name", "action", "function"}
_GIVEN = {"arguments", "parameters", "args", "input", "action_input", "params"}
_DEEPEST = 4


def fields_of(text: str) -> tuple[Reply | None, bool]:
    """The reply that a text of fields holds, if it is one; and whether it is a call instead."""
    text = text.strip()
    fence = _FENCE.match(text)
    body = _FENCE_END.sub("", text[fence.end() :]) if fence else text
    found = _mapping(body.split("\n"), 0)
    if not found:
        return None, False
    keys = {key.lower() for key in found}
    if keys & _CALLS and keys & _GIVEN:
        return reply_of(found), is_call(found)
    ours = keys & _WORDS and (fence or keys & _BESIDE)
    return reply_of(found) if ours else None, False


def _mapping(lines: list[str], depth: int) -> dict[str, Any]:
    """The fields of some lines; {} where a line is none."""
    if depth > _DEEPEST:
        return {}
    lines = [line for line in lines if not line.lstrip().startswith("#")]
    indent = min((len(line) - len(line.lstrip()) for line in lines if line.strip()), default=0)
    found: dict[str, Any] = {}
    at = 0
    while at < len(lines):
        line = lines[at][indent:]
        at += 1
        if not line.strip():
            continue
        field = _FIELD.match(line)
        if field is None:
            return {}
        below = []
        while at < len(lines) and (not lines[at].strip() or _is_below(lines[at], indent)):
            below.append(lines[at])
            at += 1
        found.setdefault(field["key"], _value((field["value"] or "").strip(), below, depth))
    return found


def _is_below(line: str, indent: int) -> bool:
    return line[indent : indent + 1] in (" ", "\t") or line[indent:].startswith("- ")


def _value(value: str, below: list[str], depth: int) -> Any:
    rest = [line.strip() for line in below]
    if _BLOCK.fullmatch(value):
        return ("\n" if value[0] == "|" else " ").join(rest).strip()
    if value[:1] in ('"', "'", "[", "{"):
        try:
            whole = "\n".join([value, *rest]).strip()
            parsed = parse(whole)
            return parsed.value if not whole[parsed.end :].strip() else whole
        except NotJson:
            return value
    if not value and any(rest):
        if all(not line or line.startswith("- ") for line in rest):
            return [_scalar(line[2:].strip()) for line in rest if line]
        return _mapping(below, depth + 1) or "\n".join(rest).strip()
    return _scalar("\n".join([value, *rest]).strip())


def _scalar(text: str) -> Any:
    low = text.lower()
    return {"true": True, "false": False, "null": None, "~": None, "": None}.get(low, text)

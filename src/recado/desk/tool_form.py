"""A tool as a form has it: every field as text, and back again."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from recado.assistant.tools import ToolView
from recado.assistant.tools.definition import LANGUAGES
from recado.assistant.tools.filling import SECRET, names_in
from recado.assistant.tools.template import KIND as TEMPLATE
from recado.desk.template_tool import open_values, tool_parts
from recado.errors import BadRequest, Unprocessable

#: The text fields of the form, as they are stored in a tool or in its request.
_TEXTS = ("title", "name", "description", "effect", "method", "url", "result")
_LINES = ("examples", "headers")
#: What a field holds that nobody has filled in.
EMPTY: dict[str, Any] = {
    **dict.fromkeys((*_TEXTS, *_LINES, "body", "parameters", "auth", "auth_name"), ""),
    **dict.fromkeys(("template", "template_language"), ""),
    "kind": "http",
    **{f"{kind}_{code}": "" for kind in ("answer", "confirmation") for code in LANGUAGES},
    "timeout_seconds": "10",
}


def values_of(tool: ToolView | None) -> dict[str, Any]:
    """What the form shows of a tool; of none, what it begins with."""
    if tool is None:
        return {"effect": "reads", "method": "GET", "enabled": True, "used_by": ["*"]} | {
            "timeout_seconds": "10",
            "honours_keys": True,
            "confirms": True,
        }
    config = tool.config
    body, properties = config.get("body"), tool.parameters if tool.properties else None
    values: dict[str, Any] = {name: getattr(tool, name, config.get(name, "")) for name in _TEXTS}
    if tool.kind == TEMPLATE:
        values |= open_values(tool)
    return values | {
        "kind": tool.kind,
        "auth": config.get("auth", {}).get("type", "none"),
        "auth_name": config.get("auth", {}).get("name", ""),
        "headers": "\n".join(f"{k}: {v}" for k, v in config.get("headers", {}).items()),
        "body": "" if body is None else json.dumps(body, ensure_ascii=False, indent=2),
        "parameters": json.dumps(properties, ensure_ascii=False, indent=2) if properties else "",
        "examples": "\n".join(tool.examples),
        "timeout_seconds": f"{tool.timeout_seconds:g}",
        "used_by": ["*"] if tool.characters is None else list(tool.characters),
        **{name: getattr(tool, name) for name in ("confirms", "honours_keys", "enabled")},
        **{f"answer_{code}": tool.answers.get(code, "") for code in LANGUAGES},
        **{f"confirmation_{code}": tool.confirmations.get(code, "") for code in LANGUAGES},
    }


def tool_from(values: Mapping[str, Any], before: ToolView | None = None) -> dict[str, Any]:
    """The tool that the form describes. Raises BadRequest, Unprocessable."""
    text = {name: str(values.get(name, "")) for name in (*_TEXTS, *_LINES, "parameters", "body")}
    made: dict[str, Any] = {
        **{name: text[name] for name in ("name", "title", "description", "effect")},
        **{name: values[name] for name in ("confirms", "honours_keys", "enabled")},
        "timeout_seconds": _seconds(str(values.get("timeout_seconds", ""))),
        "examples": [line for it in text["examples"].splitlines() if (line := it.strip())],
        "answers": {code: str(values.get(f"answer_{code}", "")) for code in LANGUAGES},
        "confirmations": {code: str(values.get(f"confirmation_{code}", "")) for code in LANGUAGES},
        "characters": None if "*" in values["used_by"] else list(values["used_by"]),
        "secret": str(values.get("secret", "")),
    }
    if text["effect"] == "reads":
        made["confirms"] = False
    if (before.kind if before is not None else values.get("kind")) == TEMPLATE:
        return made | {"kind": TEMPLATE, **tool_parts(values, before)}
    if before is not None and before.kind != "http":
        return made  # how it is reached is not the form's
    config = _config(values, text)
    if before is not None:  # what the form does not show stays
        config = before.config | config
    schema = _json(text["parameters"], "The parameters") if text["parameters"] else None
    return made | {"config": config, "parameters": schema or _named_in(config)}


def _config(values: Mapping[str, Any], text: Mapping[str, str]) -> dict[str, Any]:
    auth = {"type": str(values.get("auth", "none")) or "none"}
    if name := str(values.get("auth_name", "")):
        auth["name"] = name
    return {
        **{name: text[name] for name in ("method", "url", "result")},
        "headers": _headers(text["headers"]),
        "body": _json(text["body"], "The body") if text["body"] else None,
        "auth": auth,
    }


def _named_in(config: Mapping[str, Any]) -> dict[str, Any]:
    """Where nothing describes the parameters, what the request names: texts that are needed."""
    named = set().union(*(names_in(config.get(it)) for it in ("url", "headers", "query", "body")))
    names = sorted(named - {SECRET})
    return {
        "type": "object",
        "properties": {name: {"type": "string"} for name in names},
        "required": names,
    }


def _headers(text: str) -> dict[str, str]:
    pairs = [line.partition(":") for line in text.splitlines() if line.strip()]
    if any(not colon for _, colon, _ in pairs):
        raise Unprocessable("A header is written like Name: value, one a line.")
    return {name.strip(): value.strip() for name, _, value in pairs}


def _json(text: str, what: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError) as error:
        raise BadRequest(f"{what}: this is no JSON.") from error


def _seconds(text: str) -> float:
    try:
        return float(text.replace(",", ".") or 10)
    except ValueError as error:
        raise BadRequest("The time limit is a number of seconds.") from error

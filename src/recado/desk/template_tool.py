"""A tool that sends a template, as its form has it: which template, in which language, and the name
under which each of its variables is asked for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec
from sqlalchemy import select

from recado.assistant.tools import ToolView
from recado.assistant.tools.template import KIND
from recado.errors import Unprocessable
from recado.lines.model import LineRow
from recado.store import Tx
from recado.templates.catalogue import SlotView, TemplateView, list_templates

#: In the form, the field of a variable: `open:body.1`.
OPEN = "open:"
#: What a customer can tell in words. A picture or a place is nothing that a tool asks for.
_TOLD = frozenset({"text", "url", "code", "payload"})


class Sendable(msgspec.Struct, frozen=True):
    """An approved template that words fill. `lines` are the names of those that have it, `text` is
    how it reads before its variables are filled in."""

    name: str
    languages: tuple[str, ...]
    lines: tuple[str, ...]
    slots: tuple[SlotView, ...]
    text: str


def sendable(tx: Tx) -> list[Sendable]:
    """The templates that a tool may send, by name."""
    lines = {row.id: row.name for row in tx.all(select(LineRow.id, LineRow.name))}
    by_name: dict[str, list[TemplateView]] = {}
    for it in list_templates(tx):
        if it.status == "approved" and all(slot.kind in _TOLD for slot in _required(it)):
            by_name.setdefault(it.name, []).append(it)
    return [_sendable(name, views, lines) for name, views in by_name.items()]


def _required(template: TemplateView) -> list[SlotView]:
    return [slot for slot in template.slots if slot.required]


def _sendable(name: str, views: list[TemplateView], lines: Mapping[str, str]) -> Sendable:
    return Sendable(
        name,
        tuple(dict.fromkeys(it.language for it in views)),
        tuple(dict.fromkeys(lines.get(it.line_id, "?") for it in views)),
        tuple(slot for slot in views[0].slots if slot.kind in _TOLD),
        str(views[0].preview.get("body") or ""),
    )


def open_values(tool: ToolView) -> dict[str, str]:
    """What the form shows of a tool that is there."""
    given = tool.config.get("values") or {}
    named = {key if "." in key else f"body.{key}": name for key, name in given.items()}
    # A parameter that no variable names fills the one of its own name.
    named |= {f"body.{it}": it for it in tool.properties if it not in given.values()}
    return {
        "kind": KIND,
        "template": str(tool.config.get("template", "")),
        "template_language": str(tool.config.get("language", "")),
        **{f"{OPEN}{key}": name for key, name in named.items()},
    }


def tool_parts(values: Mapping[str, Any], before: ToolView | None = None) -> dict[str, Any]:
    """`config` and `parameters` of the tool that the form describes. What a parameter was described
    as before stays. Raises Unprocessable: no template is chosen."""
    if not (template := str(values.get("template", ""))):
        raise Unprocessable("Choose the template that it sends.")
    named = {
        key.removeprefix(OPEN): name
        for key, value in values.items()
        if key.startswith(OPEN) and (name := str(value).strip())
    }
    known = before.properties if before is not None else {}
    names = sorted(set(named.values()))
    return {
        "config": {
            "template": template,
            "language": str(values.get("template_language", "")),
            "values": named,
        },
        "parameters": {
            "type": "object",
            "properties": {name: known.get(name, {"type": "string"}) for name in names},
            "required": names,
        },
    }

"""Twilio's content templates in Meta's form, and the values for their variables.

A content numbers its variables through all its parts ({{1}} in the header, {{2}} in the body …),
Meta anew in each part. Components carry the content's own numbers, and values are matched part by
part: the first value of the body fills the body's lowest number.
Source: www.twilio.com/docs/content/content-api-resources, …/using-variables-with-content-api and
…/content-types-overview
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, Literal, get_args

import msgspec

from recado.channels.port import TemplateInfo
from recado.channels.twilio.rich import OURS
from recado.errors import SendRejected

Component = dict[str, Any]
Status = Literal["approved", "pending", "rejected", "paused", "disabled", "unknown"]
Category = Literal["marketing", "utility", "authentication", ""]

_VARIABLE = re.compile(r"\{\{\s*([A-Za-z0-9_]{1,64})\s*\}\}")
_STATUSES: dict[str, Status] = {"received": "pending", "unsubmitted": "unknown"}
_MEDIA_FORMATS = {
    "IMAGE": (".jpg", ".jpeg", ".png"),
    "VIDEO": (".mp4", ".3gp"),
}


class Approval(msgspec.Struct):
    name: str | None = None
    category: str | None = None
    status: str | None = None
    rejection_reason: str | None = None


class TwilioContent(msgspec.Struct):
    """An entry of GET /v1/ContentAndApprovals."""

    sid: str
    friendly_name: str | None = None
    language: str | None = None
    variables: dict[str, Any] | None = None
    types: dict[str, Any] | None = None
    approval_requests: Approval | None = None

    @property
    def names(self) -> set[str]:
        approval = self.approval_requests
        found = {self.friendly_name, approval.name if approval else None}
        return {name for name in found if name}


def info_of(content: TwilioContent) -> TemplateInfo | None:
    """As the port has it; None for the contents that we made for single messages."""
    approval = content.approval_requests or Approval()
    name = approval.name or content.friendly_name or content.sid
    if name.startswith(OURS):
        return None
    word = (approval.status or "unsubmitted").lower()
    category = (approval.category or "").lower()
    known = word in get_args(Status)
    reason = approval.rejection_reason or ""
    if word == "unsubmitted":
        reason = "Not submitted to WhatsApp for approval."
    return TemplateInfo(
        provider_id=content.sid,
        name=name,
        language=content.language or "",
        category=category if category in get_args(Category) else "",  # type: ignore[arg-type]
        status=word if known else _STATUSES.get(word, "unknown"),  # type: ignore[arg-type]
        components=components_of(content),
        reason=reason,
    )


def components_of(content: TwilioContent) -> list[Component]:
    """The content's parts as Meta's components: header, body, footer, buttons."""
    kinds = [value for value in (content.types or {}).values() if isinstance(value, dict)]
    if not kinds:
        return []
    # A content may have several types, the richest first for the channel that can show it.
    kind = max(kinds, key=len)
    found: list[Component] = []
    media = kind.get("media")
    if isinstance(media, list) and media:
        found.append({"type": "HEADER", "format": _format_of(str(media[0]))})
    elif _text(kind, "header_text"):
        found.append({"type": "HEADER", "format": "TEXT", "text": _text(kind, "header_text")})
    body = _text(kind, "body") or _text(kind, "title")
    if body:
        found.append(_with_example({"type": "BODY", "text": body}, content.variables or {}))
    footer = _text(kind, "footer") or _text(kind, "subtitle")
    if footer:
        found.append({"type": "FOOTER", "text": footer})
    buttons = [_button(action) for action in _list(kind, "actions") if isinstance(action, dict)]
    if buttons:
        found.append({"type": "BUTTONS", "buttons": buttons})
    return found


def variables_for(template: dict[str, Any], content: TwilioContent | None) -> dict[str, str]:
    """ContentVariables for a template to send, from Meta's components or given as `variables`.

    Raises SendRejected: a value of another kind than text, link or payload.
    """
    given = template.get("variables")
    if isinstance(given, dict):
        return {str(name): str(value) for name, value in given.items()}
    places = _places(components_of(content)) if content else {}
    values: dict[str, str] = {}
    for component in _components(template):
        part = str(component.get("type", "")).lower()
        free = list(places.get(_place(part, component.get("index")), ()))
        for parameter in _list(component, "parameters"):
            name = parameter.get("parameter_name") if isinstance(parameter, dict) else None
            number = name or (free.pop(0) if free else str(len(values) + 1))
            values[str(number)] = _value_of(parameter)
    return values


def find(contents: Iterable[TwilioContent], name: str, language: str) -> TwilioContent | None:
    """The content of that name and language; `es` also stands for `es_MX` where it is the only."""
    named = [content for content in contents if name in content.names]
    wanted = _normal(language)
    same = [content for content in named if _normal(content.language or "") == wanted]
    if not same:
        same = [c for c in named if _normal(c.language or "")[:2] == wanted[:2]]
        return same[0] if len(same) == 1 else None
    return same[0]


def language_of(template: dict[str, Any]) -> str:
    language = template.get("language")
    code = language.get("code") if isinstance(language, dict) else language
    return str(code or "")


def _components(template: dict[str, Any]) -> Sequence[dict[str, Any]]:
    found = template.get("components") or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise SendRejected("A template's components must be a list of objects")
    order = ("header", "body")
    ranked = [c for part in order for c in found if str(c.get("type", "")).lower() == part]
    return [*ranked, *(c for c in found if str(c.get("type", "")).lower() not in order)]


def _value_of(parameter: Any) -> str:
    given = parameter if isinstance(parameter, dict) else {}
    kind = str(given.get("type", "text")).lower()
    if kind in {"image", "video", "document"}:
        file = given.get(kind)
        value = file.get("link") or file.get("url") if isinstance(file, dict) else None
    elif kind in {"currency", "date_time"}:
        about = given.get(kind)
        value = about.get("fallback_value") if isinstance(about, dict) else None
    else:
        value = given.get(kind) or given.get("text")
    if not isinstance(value, str) or not value:
        raise SendRejected("A template's value must be a text that is not empty (files: a link)")
    return value


def _places(components: Sequence[Component]) -> dict[str, list[str]]:
    """The variables of each part, by the part."""
    found: dict[str, list[str]] = {}
    for component in components:
        part = str(component["type"]).lower()
        if part == "buttons":
            for index, button in enumerate(component["buttons"]):
                found[_place("button", index)] = _variables(" ".join(map(str, button.values())))
        else:
            found[part] = _variables(str(component.get("text", "")))
    return found


def _place(part: str, index: Any) -> str:
    return f"button {index or 0}" if part == "button" else part


def _variables(text: str) -> list[str]:
    names = dict.fromkeys(_VARIABLE.findall(text))
    return sorted(names, key=lambda name: (0, int(name)) if name.isdigit() else (1, 0))


def _with_example(component: Component, variables: dict[str, Any]) -> Component:
    names = _variables(component["text"])
    samples = [str(variables.get(name, "")) for name in names]
    return {**component, "example": {"body_text": [samples]}} if any(samples) else component


def _button(action: dict[str, Any]) -> Component:
    kind = str(action.get("type") or "QUICK_REPLY").upper()
    button: Component = {"type": kind, "text": str(action.get("title") or "")}
    if kind == "URL":
        button["url"] = str(action.get("url") or "")
    elif kind == "PHONE_NUMBER":
        button["phone_number"] = str(action.get("phone") or "")
    elif kind == "COPY_CODE":
        button["text"] = str(action.get("copy_code_text") or action.get("title") or "")
    return button


def _format_of(link: str) -> str:
    path = link.lower().partition("?")[0]
    for name, endings in _MEDIA_FORMATS.items():
        if path.endswith(endings):
            return name
    return "DOCUMENT" if path.endswith(".pdf") else "IMAGE"


def _text(kind: dict[str, Any], key: str) -> str:
    found = kind.get(key)
    return found if isinstance(found, str) else ""


def _list(kind: dict[str, Any], key: str) -> list[Any]:
    found = kind.get(key)
    return found if isinstance(found, list) else []


def _normal(language: str) -> str:
    return language.replace("-", "_").lower()

"""The values of a template's variables, from Meta's form to Twilio's.

Twilio numbers variables through the whole content ({{1}} in the header, {{2}} in the body …), Meta
anew in each part. So values are matched part by part: the first one of the body fills the body's
lowest number.
Source: www.twilio.com/docs/content/using-variables-with-content-api
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recado.channels.twilio.parts import VARIABLE, Parts, TwilioContent, parts_of, variables_in
from recado.errors import SendRejected

_FILES = ("image", "video", "document")


def variables_for(
    template: dict[str, Any], content: TwilioContent | None, file_link: str = ""
) -> dict[str, str]:
    """ContentVariables, from Meta's `components` or given as `variables`.

    `content` None: it is not known, and values are numbered as they come. `file_link` is of the
    stored file that a component names. Raises SendRejected: a value that is no text, or none.
    """
    given = template.get("variables")
    if isinstance(given, dict):
        return {str(name): str(value) for name, value in given.items()}
    parts = parts_of(content) if content else None
    places = _places(parts) if parts else {}
    values: dict[str, str] = {}
    for component in _components(template):
        part = str(component.get("type", "")).lower()
        place = f"button {component.get('index') or 0}" if part == "button" else part
        free = list(places.get(place, ()))
        parameters = component.get("parameters")
        for parameter in parameters if isinstance(parameters, list) else ():
            value = _value_of(parameter, file_link)
            name = parameter.get("parameter_name") or (free.pop(0) if free else "")
            if not name and parts is None:
                name = str(len(values) + 1)
            if name:  # else the content has it fixed there: its own picture, its own button
                values[str(name)] = _rest_of(value, parts) if part == "header" else value
    return values


def _components(template: dict[str, Any]) -> Sequence[dict[str, Any]]:
    found = template.get("components") or []
    if not isinstance(found, list) or not all(isinstance(item, dict) for item in found):
        raise SendRejected("A template's components must be a list of objects")
    order = {"header": 0, "body": 1}
    return sorted(found, key=lambda component: order.get(str(component.get("type")).lower(), 2))


def _value_of(parameter: Any, file_link: str) -> str:
    if not isinstance(parameter, dict):
        raise SendRejected("A template's parameters must be objects")
    kind = str(parameter.get("type", "text")).lower()
    inner = parameter.get(kind)
    value: Any = inner if isinstance(inner, str) else parameter.get("text")
    if isinstance(inner, dict):
        key = "link" if kind in _FILES else "fallback_value"
        value = inner.get(key) or (inner.get("url") or file_link if kind in _FILES else None)
    if not isinstance(value, str) or not value:
        raise SendRejected("A template's value must be a text that is not empty (files: a link)")
    return value


def _places(parts: Parts) -> dict[str, list[str]]:
    """The variables of each part, by the part."""
    if parts.authentication:
        return {"body": ["1"]}
    found = {
        "header": variables_in(f"{parts.media} {parts.header}"),
        "body": variables_in(parts.body),
    }
    for index, button in enumerate(parts.buttons):
        found[f"button {index}"] = variables_in(" ".join(map(str, button.values())))
    return found


def _rest_of(value: str, parts: Parts | None) -> str:
    """Of a file's link, what the content leaves open: `https://shop.example/{{1}}` has the host."""
    if parts is None or not VARIABLE.search(parts.media):
        return value
    before, after = parts.media.partition("{{")[0], parts.media.rpartition("}}")[2]
    return value.removeprefix(before).removesuffix(after)

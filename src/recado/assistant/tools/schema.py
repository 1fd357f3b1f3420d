"""The part of JSON Schema that describes a tool's parameters, and values checked against it.

An object of named properties: string, integer, number, boolean, or an array of those; with enum,
bounds, lengths and the formats date, date-time and email. A property may have `x-ask`: what the
contact is asked for it, a text or one a language.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any

from recado.errors import Unprocessable

MOST_PARAMETERS = 30
LONGEST_VALUE = 4000
MOST_ITEMS = 100
SCALARS = ("string", "integer", "number", "boolean")
_NAME = re.compile(r"[A-Za-z_][\w.-]{0,63}")
_KEPT = (
    *("type", "description", "title", "enum", "minimum", "maximum", "minLength", "maxLength"),
    *("format", "default", "items", "x-ask"),
)
_EMAIL = re.compile(r"[^\s@]{1,64}@[^\s@.]{1,190}(?:\.[^\s@.]{1,63}){1,8}")
_LARGEST = 2**53


def check_parameters(schema: Mapping[str, Any] | None) -> dict[str, Any]:
    """The schema with what is used of it. Raises Unprocessable: it is not of the kind above."""
    given = dict(schema or {})
    if given.get("type", "object") != "object":
        raise Unprocessable("The parameters are described by a JSON Schema of type object.")
    properties = given.get("properties") or {}
    required = given.get("required") or []
    if not isinstance(properties, dict) or len(properties) > MOST_PARAMETERS:
        raise Unprocessable(f"A tool has up to {MOST_PARAMETERS} parameters, by their names.")
    if not isinstance(required, list) or not set(map(str, required)) <= properties.keys():
        raise Unprocessable("`required` lists names of parameters that there are.")
    checked = {str(name): _property(str(name), it) for name, it in properties.items()}
    return {"type": "object", "properties": checked, "required": [str(it) for it in required]}


def _property(name: str, given: Any) -> dict[str, Any]:
    if not _NAME.fullmatch(name):
        raise Unprocessable(f"A parameter cannot be named {name[:80]!r}.")
    if not isinstance(given, dict):
        raise Unprocessable(f"The parameter {name} is described by an object.")
    kind = given.get("type", "string")
    if isinstance(kind, list):  # ["string", "null"]
        kind = next((it for it in kind if it != "null"), "string")
    if kind not in (*SCALARS, "array"):
        raise Unprocessable(
            f"The parameter {name} is of type {str(kind)[:40]}; a tool takes"
            f" {', '.join(SCALARS)} and arrays of them."
        )
    kept = {key: given[key] for key in _KEPT if key in given} | {"type": kind}
    if kind == "array":
        items = _property(name, given.get("items") or {"type": "string"})
        if items["type"] == "array":
            raise Unprocessable(f"The parameter {name} is an array of arrays.")
        kept["items"] = items
    if "enum" in kept and not (isinstance(kept["enum"], list) and kept["enum"]):
        raise Unprocessable(f"The parameter {name} has an `enum` that is no list.")
    for key in ("minimum", "maximum", "minLength", "maxLength"):
        if key in kept and not _is_number(kept[key]):
            raise Unprocessable(f"The parameter {name} has a `{key}` that is no number.")
    return kept


def check_arguments(
    arguments: Any, schema: Mapping[str, Any], *, partly: bool = False
) -> tuple[dict[str, Any], list[str]]:
    """The arguments in their types, and what is wrong with them, each in one sentence. What is
    written as text and means a number is taken as one. `partly`: what is missing is no fault."""
    if not isinstance(arguments, dict):
        return {}, ["The arguments are an object."]
    properties = schema.get("properties", {})
    taken: dict[str, Any] = {}
    wrong = [f"There is no parameter {str(it)[:64]!r}." for it in arguments if it not in properties]
    for name, described in properties.items():
        value = arguments.get(name)
        if value is None:
            if "default" in described:
                taken[name] = described["default"]
            elif name in schema.get("required", ()) and not partly:
                wrong.append(f"{name} is missing.")
            continue
        try:
            taken[name] = _value(value, described)
        except ValueError as error:
            wrong.append(f"{name}: {error}")
    return taken, wrong


def missing_in(arguments: Mapping[str, Any], schema: Mapping[str, Any]) -> list[str]:
    """The required parameters that have no value, in their order."""
    required = schema.get("required", ())
    return [name for name in schema.get("properties", {}) if name in required - arguments.keys()]


def _value(value: Any, described: Mapping[str, Any]) -> Any:
    kind = described["type"]
    if kind == "array":
        if not isinstance(value, list) or len(value) > MOST_ITEMS:
            raise ValueError(f"it is a list of up to {MOST_ITEMS}")
        return [_value(item, described["items"]) for item in value]
    read = _READ[kind](value)
    if "enum" in described and read not in described["enum"]:
        raise ValueError(f"it is one of {', '.join(map(str, described['enum'][:20]))}")
    _check_bounds(read, described)
    return read


def _check_bounds(value: Any, described: Mapping[str, Any]) -> None:
    size = len(value) if isinstance(value, str) else value
    least, most = ("minLength", "maxLength") if isinstance(value, str) else ("minimum", "maximum")
    unit = " characters" if isinstance(value, str) else ""
    if not isinstance(value, bool) and least in described and size < described[least]:
        raise ValueError(f"it is at least {described[least]}{unit}")
    if not isinstance(value, bool) and most in described and size > described[most]:
        raise ValueError(f"it is at most {described[most]}{unit}")
    if isinstance(value, str) and (check := _FORMATS.get(described.get("format", ""))):
        check(value)


def _text(value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError("it is a text")
    text = str(value).strip()
    if not text or len(text) > LONGEST_VALUE:
        raise ValueError(f"it is a text of 1 to {LONGEST_VALUE} characters")
    if any(ord(sign) < 32 and sign not in "\n\t" for sign in text) or "\x7f" in text:
        raise ValueError("it has signs in it that nobody sees")
    return text


def _number(value: Any) -> int | float:
    if isinstance(value, str):
        try:
            value = float(value.strip().replace(",", "."))
        except ValueError as error:
            raise ValueError("it is a number") from error
    if not _is_number(value) or not math.isfinite(value) or abs(value) > _LARGEST:
        raise ValueError("it is a number")
    number: int | float = value
    return number


def _integer(value: Any) -> int:
    number = _number(value)
    if number != int(number):
        raise ValueError("it is a whole number")
    return int(number)


def _boolean(value: Any) -> bool:
    if isinstance(value, str) and value.strip().lower() in {"true", "false"}:
        return value.strip().lower() == "true"
    if not isinstance(value, bool):
        raise ValueError("it is true or false")
    return value


def _is_date(value: str) -> None:
    try:
        date.fromisoformat(value)
    except ValueError as error:
        raise ValueError("it is a date, such as 2026-03-31") from error


def _is_moment(value: str) -> None:
    try:
        datetime.fromisoformat(value)
    except ValueError as error:
        raise ValueError("it is a date and a time, such as 2026-03-31T18:30:00Z") from error


def _is_email(value: str) -> None:
    if not _EMAIL.fullmatch(value):
        raise ValueError("it is an e-mail address")


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_READ = {"string": _text, "integer": _integer, "number": _number, "boolean": _boolean}
_FORMATS = {"date": _is_date, "date-time": _is_moment, "email": _is_email}

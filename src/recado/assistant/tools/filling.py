"""`{{ name }}` in what an operator has written, filled with values: plain substitution.

Nothing is evaluated: a name, or a path of names and numbers into what a tool answered
(`order.items.0.name`). What is filled in is never looked at for further names.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from recado.errors import Unprocessable

#: What a template may name beside the parameters.
SECRET = "secret"  # noqa: S105 - the name of the place, not one
_PLACE = re.compile(r"\{\{\s{0,9}([\w.-]{1,200})\s{0,9}\}\}")
_LONGEST = 20_000


def names_in(template: Any) -> set[str]:
    """The first parts of all that a template names, also in lists and objects."""
    if isinstance(template, str):
        return {name.partition(".")[0] for name in _PLACE.findall(template)}
    if isinstance(template, dict):
        return set[str]().union(*(names_in(it) for it in template.values()))
    if isinstance(template, list):
        return set[str]().union(*(names_in(it) for it in template))
    return set()


def check_template(template: Any, known: set[str], where: str) -> None:
    """Raises Unprocessable: it names what there is not, or is too long."""
    if len(str(template)) > _LONGEST:
        raise Unprocessable(f"{where} is too long.")
    if unknown := names_in(template) - known:
        raise Unprocessable(
            f"{where} names {', '.join(sorted(unknown))}, which is no parameter of the tool."
        )


def fill(
    template: str, values: Mapping[str, Any], spell: Callable[[Any], str] | None = None
) -> str:
    """The text with its places filled. What has no value is empty; `spell` says how a value is
    written (in_words where it is left out)."""
    write = spell or in_words

    def filled(place: re.Match[str]) -> str:
        value = look_up(values, place[1])
        return "" if value is None else write(value)

    return _PLACE.sub(filled, template)


def fill_json(template: Any, values: Mapping[str, Any]) -> Any:
    """As fill, in a JSON value: a text that is one place alone becomes the value in its type, and
    a member whose value is missing is left out."""
    if isinstance(template, str):
        alone = _PLACE.fullmatch(template.strip())
        return look_up(values, alone[1]) if alone else fill(template, values)
    if isinstance(template, list):
        return [fill_json(item, values) for item in template]
    if isinstance(template, dict):
        filled = {key: fill_json(value, values) for key, value in template.items()}
        return {key: it for key, it in filled.items() if it is not None or template[key] is None}
    return template


def look_up(values: Any, path: str) -> Any:
    """The value at a path; None: there is none."""
    if isinstance(values, Mapping) and path in values:
        return values[path]
    for part in path.split("."):
        if isinstance(values, Mapping):
            values = values.get(part)
        elif isinstance(values, list) and part.isascii() and part.isdigit() and len(part) < 6:
            values = values[int(part)] if int(part) < len(values) else None
        else:
            return None
    return values


def in_words(value: Any) -> str:
    """A value as a person reads it, in one line."""
    if isinstance(value, bool):
        return "✓" if value else "✗"
    if isinstance(value, float) and value == int(value):
        return str(int(value))
    if isinstance(value, list | tuple):
        return ", ".join(in_words(item) for item in value[:20])
    if isinstance(value, Mapping):
        return ", ".join(f"{key}: {in_words(it)}" for key, it in list(value.items())[:20])
    return " ".join(str(value).split())[:2000]

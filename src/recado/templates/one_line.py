"""What a template's variable takes: one line of text.

Meta refuses line breaks, tabs and more than four spaces in a row (its error 132018), once the
message is queued long since: here they are refused before, with the value's name.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/support/error-codes
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

Component = dict[str, Any]

_SPACE = re.compile(r"\s+")
#: What ends a line, for one phone or another; with the tab.
_BREAKS = frozenset("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")
MOST_SPACES = 4
_READ = frozenset({"text", "coupon_code"})


def one_line(value: Any) -> str:
    """A text as a variable takes it, for those who cannot be asked to write it otherwise."""
    return _SPACE.sub(lambda found: " " if _breaks(found[0]) else found[0], str(value)).strip()


def problem_of(name: str, value: Any) -> str | None:
    """Why Meta would not take it as the value of `name`; None: it would."""
    for found in _SPACE.finditer(str(value).strip()):
        if "\t" in found[0]:
            return f"{name} has a tab: WhatsApp takes none in a template's value"
        if not _BREAKS.isdisjoint(found[0]):
            return f"{name} has a line break: WhatsApp takes one line as a template's value"
        if len(found[0]) > MOST_SPACES:
            most = f"more than {MOST_SPACES} spaces in a row"
            return f"{name} has {most}: WhatsApp does not take them in a template's value"
    return None


def problems_in(components: Sequence[Component], prefix: str = "") -> Iterator[str]:
    """The same for every text of components in Meta's form, by the keys of the slots."""
    for component in components:
        kind = str(component.get("type") or "").lower()
        if kind == "carousel":
            for card in _objects(component.get("cards")):
                inner = f"{prefix}cards.{card.get('card_index')}."
                yield from problems_in(_objects(card.get("components")), inner)
            continue
        part = f"buttons.{component.get('index')}" if kind == "button" else kind
        for number, parameter in enumerate(_objects(component.get("parameters")), 1):
            own = parameter.get("parameter_name") or number
            name = f"{prefix}{part}" if kind == "button" else f"{prefix}{part}.{own}"
            if problem := problem_of(name, _words_of(parameter)):
                yield problem


def _words_of(parameter: Mapping[str, Any]) -> Any:
    """What a person reads of a parameter: a text, a coupon's code, an amount, a day."""
    kind = str(parameter.get("type") or "text").lower()
    value = parameter.get(kind)
    if isinstance(value, Mapping) and kind == "location":
        return f"{value.get('name') or ''} {value.get('address') or ''}"
    if isinstance(value, Mapping):
        return value.get("fallback_value") or ""
    return (value or "") if kind in _READ else ""


def _breaks(space: str) -> bool:
    return len(space) > MOST_SPACES or not _BREAKS.isdisjoint(space)


def _objects(value: Any) -> list[Any]:
    return [it for it in value if isinstance(it, Mapping)] if isinstance(value, list) else []

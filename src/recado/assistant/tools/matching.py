"""Which tool a contact asks for, by examples, and with which values: for the embedded model.

An example is what contacts write, with `{number}` where a value stands. An utterance is as like it
as their words are: content words count in full, the others a little.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from recado.assistant.slots import Choice, Slot
from recado.assistant.slots.definition import PLACE
from recado.assistant.slots.examples import likeness, without_places
from recado.assistant.slots.reading import When
from recado.assistant.slots.reading import values_in as slots_in
from recado.assistant.tools.definition import ToolView
from recado.assistant.tools.doing import names_doing
from recado.assistant.tools.schema import check_arguments
from recado.language.detection import LanguageCode
from recado.language.matters import asks_how, asks_whether
from recado.language.reading import fold, words

#: From here on an utterance asks for the tool; with its values in it, a little less is enough.
LIKE, LIKE_WITH_VALUES = 0.62, 0.5
#: So much better than the next tool's, or it is not clear which is meant.
_APART = 0.04
_MOST_CHARS = 1000
_WHETHER = frozenset(
    {"puedo", "podria", "podre", "posible", "posso", "poderia", "possivel", "i", "possible"}
)


class Match(NamedTuple):
    tool: ToolView
    arguments: dict[str, Any]
    score: float


def find_tool(
    text: str, language: LanguageCode, tools: Sequence[ToolView], *, moment: float, zone: str = ""
) -> Match | None:
    """The tool that an utterance asks for, with the values in it; None: it asks for none, or only
    how or whether something can be done that changes things."""
    spoken = text[:_MOST_CHARS]
    found = []
    for tool in tools:
        if not tool.examples or (tool.changes and not names_doing(spoken, tool.examples, language)):
            continue
        values = values_in(spoken, tool, language, moment=moment, zone=zone)
        score = max(likeness(spoken, without_places(it), language) for it in tool.examples)
        enough = LIKE_WITH_VALUES if values else LIKE
        if score >= enough and not (tool.changes and not values and _asks_only(spoken)):
            found.append(Match(tool, values, score))
    found.sort(key=lambda match: -match.score)
    if len(found) > 1 and found[0].score - found[1].score < _APART:
        return None
    return found[0] if found else None


def _asks_only(text: str) -> bool:
    """Whether it asks how or whether something can be done, and not to do it."""
    asked = asks_how(text) or asks_whether(text)
    return asked or bool("?" in text and set(words(text)[:2]) & _WHETHER)


def values_in(
    text: str, tool: ToolView, language: LanguageCode, *, moment: float, zone: str = ""
) -> dict[str, Any]:
    """The values of a tool's parameters that stand in a text, in their types."""

    def accept(slot: Slot, value: Any) -> Any:
        given = value.lstrip("+") if slot.kind == "phone" else value
        checked, wrong = check_arguments({slot.name: given}, tool.parameters, partly=True)
        return None if wrong else checked.get(slot.name)

    slots = [it for name in tool.properties for it in slots_of(tool, name)]
    found = slots_in(text[:_MOST_CHARS], slots, language, When(moment, zone), accept)
    return {name: it.value for name, it in found.items()}


def value_given(
    text: str,
    tool: ToolView,
    name: str,
    language: LanguageCode,
    *,
    moment: float,
    zone: str = "",
) -> Any:
    """The value in the answer to a question for it: as it is found in any text, else a short answer
    as a whole. None: there is none."""
    found = values_in(text, tool, language, moment=moment, zone=zone).get(name)
    if found is not None:
        return found
    plain = [slot.kind for slot in slots_of(tool, name)][-1:] == ["text"]
    if not plain or len(words(text)) > 8 or "?" in text:
        return None
    checked, wrong = check_arguments({name: text.strip(" .!")}, tool.parameters, partly=True)
    return None if wrong else checked.get(name)


def slots_of(tool: ToolView, name: str) -> list[Slot]:
    """A parameter as what is looked for in a text: the first that is found counts."""
    described = tool.properties.get(name, {})
    kind, form = described.get("type"), described.get("format", "")
    if "enum" in described:
        return [Slot(name=name, kind="choice", choices=_choices(described["enum"]))]
    if kind in ("integer", "number"):
        return [Slot(name=name, kind="number")]
    if kind == "string" and form in ("date", "email", "phone"):
        return [Slot(name=name, kind=form)]
    if kind != "string" or form:
        return []
    code = Slot(name=name, kind="code")
    if _expects_code(name, tool):
        return [code]
    leads = (it[name] for it in map(_before, tool.examples) if name in it)
    return [code, Slot(name=name, kind="text", leads=tuple(dict.fromkeys(leads)))]


def _choices(values: Sequence[Any]) -> tuple[Choice, ...]:
    return tuple(Choice(str(it)) for it in values)


def _expects_code(name: str, tool: ToolView) -> bool:
    """Whether what is meant has a digit in it: an order's number and the like."""
    described = tool.properties.get(name, {})
    said = fold(f"{name} {described.get('title', '')} {described.get('description', '')}")
    return bool(set(re.split(r"[\W_]+", said)) & _CODES)


_CODES = frozenset(
    {
        *("numero", "number", "num", "nro", "id", "code", "codigo", "folio", "order", "pedido"),
        "tracking",
    }
)


@lru_cache(maxsize=1024)
def _before(example: str) -> Mapping[str, str]:
    """The word before each place, by the parameter's name."""
    before = {}
    for place in PLACE.finditer(example):
        said = words(example[: place.start()])
        if said:
            before[place[1]] = said[-1]
    return before

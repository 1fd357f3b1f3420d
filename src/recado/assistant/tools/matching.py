"""Which tool a contact asks for, by examples, and with which values: for the embedded model.

An example is what contacts write, with `{number}` where a value stands. An utterance is as like it
as their words are: content words count in full, the others a little.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.models.days import day_asked, today_in
from recado.assistant.tools.definition import ToolView
from recado.assistant.tools.schema import check_arguments
from recado.language.detection import LanguageCode
from recado.language.matters import asks_how, asks_whether
from recado.language.reading import fold, fold_word, words

#: From here on an utterance asks for the tool; with its values in it, a little less is enough.
LIKE, LIKE_WITH_VALUES = 0.62, 0.5
#: So much better than the next tool's, or it is not clear which is meant.
_APART = 0.04
_STOP_WORD = 0.25
_PLACE = re.compile(r"\{([\w.-]{1,64})\}")
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"\+?\d[\d .()-]{6,20}\d")
_NUMBER = re.compile(r"(?<![\w.,])-?\d{1,15}(?:[.,]\d{1,6})?(?![\w])")
#: An order's number, a code: a word with a digit in it.
_CODE = re.compile(r"(?<!\w)#?([A-Za-z]{0,8}-?\d[\w-]{0,30})(?!\w)")
_TOKEN = re.compile(r"[^\s,;:!?¿¡\"'()]{1,64}")
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
        if not tool.examples:
            continue
        values = values_in(spoken, tool, moment=moment, zone=zone)
        score = max(_likeness(spoken, it, language) for it in tool.examples)
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


def values_in(text: str, tool: ToolView, *, moment: float, zone: str = "") -> dict[str, Any]:
    """The values of a tool's parameters that stand in a text, in their types."""
    found: dict[str, Any] = {}
    taken: set[str] = set()
    for name, described in tool.properties.items():
        candidates = list(_candidates(text, name, described, tool, moment=moment, zone=zone))
        value = next((it for it in candidates if str(it) not in taken), None)
        if value is None:
            continue
        checked, wrong = check_arguments({name: value}, tool.parameters, partly=True)
        if name in checked and not wrong:
            found[name] = checked[name]
            taken.add(str(value))
    return found


def value_given(text: str, tool: ToolView, name: str, *, moment: float, zone: str = "") -> Any:
    """The value in the answer to a question for it: as it is found in any text, else a short answer
    as a whole. None: there is none."""
    found = values_in(text, tool, moment=moment, zone=zone).get(name)
    if found is not None:
        return found
    described = tool.properties.get(name, {})
    plain = described.get("type") == "string" and not described.get("format")
    if not plain or _expects_code(name, tool) or len(words(text)) > 8 or "?" in text:
        return None
    checked, wrong = check_arguments({name: text.strip(" .!")}, tool.parameters, partly=True)
    return None if wrong else checked.get(name)


def _candidates(
    text: str,
    name: str,
    described: Mapping[str, Any],
    tool: ToolView,
    *,
    moment: float,
    zone: str,
) -> Iterator[Any]:
    kind, form = described.get("type"), described.get("format", "")
    if "enum" in described:
        folded = f" {' '.join(words(text))} "
        yield from (it for it in described["enum"] if f" {fold(str(it))} " in folded)
    elif kind in ("integer", "number"):
        yield from (found[0].replace(",", ".") for found in _NUMBER.finditer(text))
    elif form == "date":
        day = day_asked(text, today_in(zone, moment))
        if day is not None and day.on is not None:
            yield day.on.isoformat()
    elif form == "email":
        yield from (found[0] for found in _EMAIL.finditer(text))
    elif form == "phone":
        yield from ("".join(c for c in it[0] if c.isdigit()) for it in _PHONE.finditer(text))
    elif kind == "string":
        yield from (found[1] for found in _CODE.finditer(_EMAIL.sub(" ", text)))
        if not _expects_code(name, tool):
            yield from _after(text, name, tool)


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


def _after(text: str, name: str, tool: ToolView) -> Iterator[str]:
    """The word that follows the one which stands before the place in an example."""
    leads = {it[name] for it in map(_before, tool.examples) if name in it}
    tokens = _TOKEN.findall(text)
    for word, following in pairwise(tokens):
        if fold_word(word) in leads:
            yield following.strip(".")


def _likeness(text: str, example: str, language: LanguageCode) -> float:
    """How like two texts are, 0 to 1, without the values in them."""
    said, meant = _weights(text, language), _weights(_PLACE.sub(" ", example), language)
    whole = sum(said.values()) + sum(meant.values())
    shared = sum(min(weight, meant[word]) for word, weight in said.items() if word in meant)
    return 2 * shared / whole if whole else 0.0


@lru_cache(maxsize=2048)
def _weights(text: str, language: LanguageCode) -> Mapping[str, float]:
    """The stems of a text, and its stop words at a quarter. Values count nothing."""
    content = {word.plain: word.stem for word in analyse(text, language).words}
    weights: dict[str, float] = {}
    for word in words(text):
        if any(sign.isdigit() for sign in word):
            continue
        stem = content.get(word)
        weights[stem or word] = 1.0 if stem else _STOP_WORD
    return weights


@lru_cache(maxsize=1024)
def _before(example: str) -> Mapping[str, str]:
    """The word before each place, by the parameter's name."""
    before = {}
    for place in _PLACE.finditer(example):
        said = words(example[: place.start()])
        if said:
            before[place[1]] = said[-1]
    return before

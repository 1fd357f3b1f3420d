"""A character as a form has it: every field as text, and back again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from recado.assistant.content import LANGUAGES, CharacterContent
from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.policy import DOMAINS, Budgets, check_rules
from recado.assistant.tools import ToolView
from recado.calendars.week import DAYS
from recado.desk.numbers import whole_in
from recado.errors import BadRequest

TEXTS = ("name", "tone", "greeting", "prompt", "time_zone", "model")
MODELS = ("cheaper", "strongest")
NUMBERS = ("answer_tokens", "messages", "threshold")
LISTS = ("holidays", "fallbacks", "rules", "trigger_words")
SCOPES = ("conversation", "line", "day")
BUDGETS = tuple(f"{scope}_{unit}" for scope in SCOPES for unit in ("dollars", "tokens"))
CHECKED = ("languages", "sources", "tools", "matters")
#: As the form sends it and shows it.
Values = Mapping[str, str | Collection[str]]
_SPAN = re.compile(r"\d{1,2}(?::\d\d)?-\d{1,2}(?::\d\d)?,?", re.ASCII)
_BOUND = re.compile(r"(complexity|length|cost)([<>])(\d{1,12}(?:[.,]\d{1,12})?)", re.ASCII)
_MOST_LINES = 200


def values_of(
    content: CharacterContent,
    sources: Sequence[KnowledgeSourceView],
    tools: Sequence[ToolView],
) -> Values:
    """What the form shows of a content."""
    limits, rules, models = content.limits, content.handover, content.model_policy
    numbers = (limits.answer_tokens, limits.messages, rules.threshold)
    named, used = content.sources or (), content.tools or ()
    return {
        **{name: str(getattr(content, name)) for name in TEXTS},
        **{day: spans_as_text(content.hours.get(day, ())) for day in DAYS},
        **{name: str(getattr(models, name)) for name in MODELS},
        **{
            name: "" if number is None else str(number)
            for name, number in zip(NUMBERS, numbers, strict=True)
        },
        "holidays": "\n".join(
            " ".join(filter(None, (it.date, spans_as_text(it.spans), it.name)))
            for it in content.holidays
        ),
        "fallbacks": "\n".join(models.fallbacks),
        "rules": "\n".join(
            f"{it.model} {it.in_words()}".rstrip() for it in check_rules(content.model_rules)
        ),
        **{name: _budget_as_text(content.budgets, name) for name in BUDGETS},
        "budget_then": content.budgets.then,
        "trigger_words": "\n".join(rules.trigger_words),
        "department": rules.department,
        "knowledge": "all" if content.sources is None else "chosen",
        "languages": content.languages,
        "matters": rules.matters,
        "sources": [it.id for it in sources if it.id in named or it.name in named],
        "tool_use": "all" if content.tools is None else "chosen",
        "tools": [it.id for it in tools if it.id in used or it.name in used],
    }


def values_in(form: FormData) -> Values:
    """What somebody has typed and chosen."""
    texts = (
        *TEXTS,
        *DAYS,
        *MODELS,
        *NUMBERS,
        *LISTS,
        *BUDGETS,
        "budget_then",
        "department",
        "knowledge",
        "tool_use",
    )
    values: dict[str, str | Collection[str]] = {name: _text(form.get(name)) for name in texts}
    return values | {name: [_text(it) for it in form.getlist(name)] for name in CHECKED}


def changes_in(values: Values) -> dict[str, Any]:
    """The fields of a character by what was typed. Raises BadRequest: what is wrong."""
    text = {name: value for name, value in values.items() if isinstance(value, str)}
    chosen = {name: list(value) for name, value in values.items() if not isinstance(value, str)}
    number = {name: _number(text[name]) for name in NUMBERS}
    return {
        **{name: text[name] for name in TEXTS},
        "hours": {day: spans_in(text[day]) for day in DAYS if text[day]},
        "holidays": [holiday_in(line) for line in _lines(text["holidays"])],
        "languages": chosen["languages"],
        "model_policy": {
            **{name: text[name] for name in MODELS},
            "fallbacks": _lines(text["fallbacks"]),
        },
        "model_rules": [_rule(line) for line in _lines(text["rules"])],
        "budgets": {
            **{
                scope: {
                    "dollars": _dollars(text[f"{scope}_dollars"]),
                    "tokens": _number(text[f"{scope}_tokens"]),
                }
                for scope in SCOPES
            },
            "then": text["budget_then"] or "embedded",
        },
        "sources": chosen["sources"] if text["knowledge"] == "chosen" else None,
        "tools": chosen["tools"] if text["tool_use"] == "chosen" else None,
        "limits": {name: number[name] for name in ("answer_tokens", "messages")},
        "handover": {
            "trigger_words": _lines(text["trigger_words"]),
            "matters": chosen["matters"],
            "threshold": number["threshold"],
            "department": text["department"],
        },
    }


def without_lost_spaces(changes: dict[str, Any], before: CharacterContent) -> dict[str, Any]:
    """The changes without those that only the form has made: it drops the blanks and the line
    breaks at either end of a text."""
    return {
        name: value
        for name, value in changes.items()
        if name not in TEXTS or value != _text(getattr(before, name))
    }


def _text(value: object) -> str:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise BadRequest("These are too many lines.")
    return lines


def _number(text: str) -> int | None:
    return whole_in(text) if text else None


def _dollars(text: str) -> float | None:
    if not text:
        return None
    try:
        return float(text.removeprefix("US$").replace(",", ".")[:20])
    except ValueError as error:
        raise BadRequest(f"{text[:40]} is not an amount. Write it like 2.50.") from error


def _budget_as_text(budgets: Budgets, name: str) -> str:
    scope, _, unit = name.partition("_")
    value = getattr(getattr(budgets, scope), unit)
    return "" if value is None else f"{value:.10g}" if unit == "dollars" else str(value)


def _rule(line: str) -> dict[str, Any]:
    """ "openai:gpt-5 technical es complexity>0.8"."""
    model, *asked = line.split()
    rule: dict[str, Any] = {"model": model}
    for it in asked:
        bound = _BOUND.fullmatch(it)
        if bound is not None:
            side = "over" if bound[2] == ">" else "under"
            rule[f"{bound[1]}_{side}"] = float(bound[3].replace(",", "."))
        elif it in DOMAINS:
            rule["domain"] = it
        elif it in LANGUAGES:
            rule["language"] = it
        else:
            raise BadRequest(
                f"{it[:40]} is nothing that a rule can ask for. Write the model, then what it is"
                " for, like technical, es or complexity>0.8."
            )
    return rule


def holiday_in(line: str) -> dict[str, Any]:
    """ "12-24 09:00-14:00 Nochebuena"."""
    date, *rest = line.replace("–", "-").split()
    spans = []
    while rest and _SPAN.fullmatch(rest[0]):
        spans += spans_in(rest.pop(0).rstrip(","))
    return {"date": date, "name": " ".join(rest), "spans": spans}


def spans_in(text: str) -> list[list[str]]:
    """ "9-13, 15:00–20:00" as spans."""
    spans = []
    for part in text.replace("–", "-").replace(";", ",").split(","):
        times = [_time(time) for time in part.split("-")]
        if len(times) != 2:
            raise BadRequest("Hours: a span is written like 09:00-18:00.")
        spans.append(times)
    return spans


def _time(text: str) -> str:
    hour, _, minute = text.strip().partition(":")
    return f"{hour.strip().zfill(2)}:{minute.strip().zfill(2)}"


def spans_as_text(spans: Sequence[Sequence[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)

"""A character as a form has it: every field as text, and back again."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from starlette.datastructures import FormData

from recado.assistant.content import CharacterContent
from recado.assistant.hours import DAYS
from recado.assistant.knowledge import KnowledgeSourceView
from recado.errors import BadRequest

TEXTS = ("name", "tone", "greeting", "prompt", "time_zone", "model")
MODELS = ("cheaper", "strongest")
NUMBERS = ("answer_tokens", "messages", "threshold")
LISTS = ("holidays", "fallbacks", "trigger_words")
CHECKED = ("languages", "sources", "matters")
#: As the form sends it and shows it.
Values = Mapping[str, str | Collection[str]]
_SPAN = re.compile(r"\d{1,2}(?::\d\d)?-\d{1,2}(?::\d\d)?,?", re.ASCII)
_MOST_LINES = 200


def values_of(content: CharacterContent, sources: Sequence[KnowledgeSourceView]) -> Values:
    """What the form shows of a content."""
    limits, rules, models = content.limits, content.handover, content.model_policy
    numbers = (limits.answer_tokens, limits.messages, rules.threshold)
    named = content.sources or ()
    return {
        **{name: str(getattr(content, name)) for name in TEXTS},
        **{day: _spans_as_text(content.hours.get(day, ())) for day in DAYS},
        **{name: str(getattr(models, name)) for name in MODELS},
        **{
            name: "" if number is None else str(number)
            for name, number in zip(NUMBERS, numbers, strict=True)
        },
        "holidays": "\n".join(
            " ".join(filter(None, (it.date, _spans_as_text(it.spans), it.name)))
            for it in content.holidays
        ),
        "fallbacks": "\n".join(models.fallbacks),
        "trigger_words": "\n".join(rules.trigger_words),
        "department": rules.department,
        "knowledge": "all" if content.sources is None else "chosen",
        "languages": content.languages,
        "matters": rules.matters,
        "sources": [it.id for it in sources if it.id in named or it.name in named],
    }


def values_in(form: FormData) -> Values:
    """What somebody has typed and chosen."""
    texts = (*TEXTS, *DAYS, *MODELS, *NUMBERS, *LISTS, "department", "knowledge")
    values: dict[str, str | Collection[str]] = {name: _text(form.get(name)) for name in texts}
    return values | {name: [_text(it) for it in form.getlist(name)] for name in CHECKED}


def changes_in(values: Values) -> dict[str, Any]:
    """The fields of a character by what was typed. Raises BadRequest: what is wrong."""
    text = {name: value for name, value in values.items() if isinstance(value, str)}
    chosen = {name: list(value) for name, value in values.items() if not isinstance(value, str)}
    number = {name: _number(text[name]) for name in NUMBERS}
    return {
        **{name: text[name] for name in TEXTS},
        "hours": {day: _spans(text[day]) for day in DAYS if text[day]},
        "holidays": [_holiday(line) for line in _lines(text["holidays"])],
        "languages": chosen["languages"],
        "model_policy": {
            **{name: text[name] for name in MODELS},
            "fallbacks": _lines(text["fallbacks"]),
        },
        "sources": chosen["sources"] if text["knowledge"] == "chosen" else None,
        "limits": {name: number[name] for name in ("answer_tokens", "messages")},
        "handover": {
            "trigger_words": _lines(text["trigger_words"]),
            "matters": chosen["matters"],
            "threshold": number["threshold"],
            "department": text["department"],
        },
    }


def _text(value: object) -> str:
    return value.replace("\r\n", "\n").strip() if isinstance(value, str) else ""


def _lines(text: str) -> list[str]:
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > _MOST_LINES:
        raise BadRequest("These are too many lines.")
    return lines


def _number(text: str) -> int | None:
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) < 10):
        raise BadRequest(f"{text[:40]} is not a number.")
    return int(text)


def _holiday(line: str) -> dict[str, Any]:
    """ "12-24 09:00-14:00 Nochebuena"."""
    date, *rest = line.replace("–", "-").split()
    spans = []
    while rest and _SPAN.fullmatch(rest[0]):
        spans += _spans(rest.pop(0).rstrip(","))
    return {"date": date, "name": " ".join(rest), "spans": spans}


def _spans(text: str) -> list[list[str]]:
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


def _spans_as_text(spans: Sequence[Sequence[str]]) -> str:
    return ", ".join("-".join(span) for span in spans)

"""An intent as a form has it: every field as text, and back again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from starlette.datastructures import FormData

from recado.assistant.intents import Intent
from recado.assistant.slots import KINDS, Slot
from recado.errors import BadRequest
from recado.http.edge import read_natural

#: Empty slots below those that there are.
MORE = 2
MOST_SLOTS = 40
#: A form's values by the names of its fields.
Values = Mapping[str, str]


def values_of(intent: Intent | None, languages: Sequence[str]) -> dict[str, str]:
    """What the form shows of an intent; of none, what it begins with."""
    if intent is None:
        return {"confirms": "1", "minutes": "30", "slots": str(MORE)} | {
            f"slot{at}_required": "1" for at in range(MORE)
        }
    ending = intent.ending
    values = {
        "name": intent.name,
        "confirms": "1" if intent.confirms else "",
        "minutes": str(intent.minutes),
        "tool": ending.tool,
        "hands_over": "1" if ending.hands_over else "",
        "department": ending.department,
        "slots": str(len(intent.slots) + MORE),
    }
    for code in languages:
        values |= {
            f"title_{code}": intent.title.get(code, ""),
            f"examples_{code}": "\n".join(intent.examples.get(code, ())),
            f"confirmation_{code}": intent.confirmations.get(code, ""),
            f"answer_{code}": ending.answers.get(code, ""),
        }
    for at, slot in enumerate(intent.slots):
        values |= {f"slot{at}_{name}": it for name, it in _of_slot(slot, languages).items()}
    more = range(len(intent.slots), len(intent.slots) + MORE)
    return values | {f"slot{at}_required": "1" for at in more}


def _of_slot(slot: Slot, languages: Sequence[str]) -> dict[str, str]:
    return {
        "name": slot.name,
        "kind": slot.kind,
        "required": "1" if slot.required else "",
        "choices": "\n".join(
            " = ".join(filter(None, (it.value, ", ".join(it.words)))) for it in slot.choices
        ),
        "least": _number_as_text(slot.least),
        "most": _number_as_text(slot.most),
        "currency": slot.currency,
        "days_ahead": "" if slot.days_ahead is None else str(slot.days_ahead),
        "past": "1" if slot.past else "",
        "leads": ", ".join(slot.leads),
        **{f"title_{code}": slot.title.get(code, "") for code in languages},
        **{f"question_{code}": slot.question.get(code, "") for code in languages},
    }


def values_in(form: FormData) -> dict[str, str]:
    """What somebody has typed and chosen."""
    return {
        name: value.replace("\r\n", "\n").strip()
        for name, value in form.items()
        if isinstance(value, str)
    }


def intent_in(values: Values, before: Intent | None, languages: Sequence[str]) -> dict[str, Any]:
    """The intent that was typed, its texts in other languages as they were. Raises BadRequest."""
    slots = range(min(read_natural(values.get("slots", "0")) or 0, MOST_SLOTS))
    own = msgspec.to_builtins(before) if before is not None else {}
    known = {it["name"]: it for it in own.get("slots", ())}
    made = [
        _slot(values, at, known.get(values[f"slot{at}_name"], {}), languages)
        for at in slots
        if values.get(f"slot{at}_name")
    ]
    examples = _texts(values, "examples", {}, languages)
    ending = own.get("ending", {})
    return {
        "name": values.get("name", ""),
        "title": _texts(values, "title", own.get("title", {}), languages),
        "examples": {
            **{k: v for k, v in own.get("examples", {}).items() if k not in languages},
            **{code: _lines(text) for code, text in examples.items()},
        },
        "slots": made,
        "confirms": bool(values.get("confirms")),
        "confirmations": _texts(values, "confirmation", own.get("confirmations", {}), languages),
        "ending": {
            "answers": _texts(values, "answer", ending.get("answers", {}), languages),
            "tool": values.get("tool", ""),
            "hands_over": bool(values.get("hands_over")),
            "department": values.get("department", ""),
        },
        "minutes": int(_number(values.get("minutes", "")) or 30),
    }


def _slot(
    values: Values, at: int, before: Mapping[str, Any], languages: Sequence[str]
) -> dict[str, Any]:
    typed = {
        name.removeprefix(f"slot{at}_"): value
        for name, value in values.items()
        if name.startswith(f"slot{at}_")
    }
    kind = typed.get("kind", "text")
    days = _number(typed.get("days_ahead", ""))
    return {
        "name": typed["name"],
        "kind": kind if kind in KINDS else "text",
        "title": _texts(typed, "title", before.get("title", {}), languages),
        "question": _texts(typed, "question", before.get("question", {}), languages),
        "required": bool(typed.get("required")),
        "choices": _choices(typed.get("choices", "")) if kind == "choice" else [],
        "least": _number(typed.get("least", "")),
        "most": _number(typed.get("most", "")),
        "currency": typed.get("currency", ""),
        "past": bool(typed.get("past")),
        "days_ahead": None if days is None else int(days),
        "leads": _words(typed.get("leads", "")),
    }


def _texts(
    values: Values, name: str, before: Mapping[str, str], languages: Sequence[str]
) -> dict[str, str]:
    typed = {code: values.get(f"{name}_{code}", "") for code in languages}
    kept = {code: text for code, text in before.items() if code not in languages}
    return kept | {code: text for code, text in typed.items() if text}


def _choices(text: str) -> list[dict[str, Any]]:
    """ "Corte = cortar, corte de pelo", one a line."""
    pairs = [line.partition("=") for line in _lines(text)]
    return [{"value": value.strip(), "words": _words(words)} for value, _, words in pairs]


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _words(text: str) -> list[str]:
    return [word.strip() for word in text.split(",") if word.strip()]


def _number(text: str) -> float | None:
    if not text:
        return None
    try:
        number = float(text.replace(",", "."))
    except ValueError as error:
        raise BadRequest(f"{text[:40]} is not a number.") from error
    if not abs(number) <= 1e12:  # nor one that is no number
        raise BadRequest(f"{text[:40]} is not a number.")
    return number


def _number_as_text(number: float | None) -> str:
    return "" if number is None else f"{number:g}"

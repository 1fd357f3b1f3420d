"""A character's fields and what they hold, in the words of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recado.assistant.diff import readable
from recado.assistant.knowledge import KnowledgeSourceView
from recado.desk.words import Translator


def day_names(say: Translator) -> dict[str, str]:
    return {
        "mon": say("Monday"),
        "tue": say("Tuesday"),
        "wed": say("Wednesday"),
        "thu": say("Thursday"),
        "fri": say("Friday"),
        "sat": say("Saturday"),
        "sun": say("Sunday"),
    }


def language_names(say: Translator) -> dict[str, str]:
    return {"es": say("Spanish"), "pt": say("Portuguese"), "en": say("English")}


def matter_names(say: Translator) -> dict[str, str]:
    """By the matters of assistant/policy.py."""
    return {
        "complaint": say("complaint"),
        "cancel": say("cancel"),
        "returns": say("returns"),
        "warranty": say("warranty"),
        "payment": say("payment"),
        "invoice": say("invoice"),
        "price": say("price"),
        "availability": say("availability"),
        "booking": say("booking"),
        "order_status": say("order status"),
        "delivery": say("delivery"),
        "hours": say("hours"),
        "location": say("location"),
        "contact": say("contact"),
    }


def department_names(say: Translator) -> dict[str, str]:
    return {
        "sales": say("sales"),
        "support": say("support"),
        "billing": say("billing"),
        "complaints": say("complaints"),
        "general": say("general"),
    }


def describe_fields(
    say: Translator, sources: Sequence[KnowledgeSourceView]
) -> Callable[[str, Any], str]:
    """How a field's value reads, for `changes_between`."""
    named = {it.id: it.name for it in sources}
    days, languages = day_names(say), language_names(say)

    def describe(field: str, value: Any) -> str:
        if field == "sources":
            return say("All knowledge") if value is None else _names(value, named)
        if field == "languages":
            return _names(value, languages)
        if field == "handover":
            return _handover(say, value)
        if field == "hours":
            return readable(
                field, {days[day]: spans for day, spans in value.items()}, days.values()
            )
        if field in ("limits", "model_policy"):
            return _labelled(_labels(say), value)
        return readable(field, value)

    return describe


def _handover(say: Translator, value: Mapping[str, Any]) -> str:
    told = {
        **value,
        "matters": _names(value["matters"], matter_names(say), ", "),
        "department": department_names(say).get(value["department"], ""),
    }
    return _labelled(_labels(say), told)


def _labels(say: Translator) -> dict[str, str]:
    return {
        "cheaper": say("A cheaper one, for everyday questions"),
        "strongest": say("The strongest, for technical and hard ones"),
        "fallbacks": say("When it gives no answer"),
        "answer_tokens": say("Longest answer, in tokens"),
        "messages": say("After how many messages of a conversation"),
        "trigger_words": say("Words that call a person"),
        "matters": say("Matters that always go to a person"),
        "threshold": say("From how many points on"),
        "department": say("Department"),
    }


def _labelled(labels: Mapping[str, str], value: Mapping[str, Any]) -> str:
    told = {
        name: ", ".join(it) if isinstance(it, (list, tuple)) else str(it)
        for name, it in value.items()
        if it not in (None, "", (), [])
    }
    return "\n".join(f"{labels[name]}: {text}" for name, text in told.items())


def _names(keys: Sequence[str], names: Mapping[str, str], joint: str = "\n") -> str:
    return joint.join(names.get(key, key) for key in keys)

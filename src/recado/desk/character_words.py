"""A character's fields and what they hold, in the words of the desk."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from recado.assistant.diff import readable
from recado.assistant.knowledge import KnowledgeSourceView
from recado.assistant.policy import check_rules
from recado.assistant.tools import ToolView
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


def department_names(say: Translator, named: Mapping[str, str] | None = None) -> dict[str, str]:
    """By key; `named` are those that the business has made, which may have the same keys."""
    return {
        "sales": say("sales"),
        "support": say("support"),
        "billing": say("billing"),
        "complaints": say("complaints"),
        "general": say("general"),
        **(named or {}),
    }


def describe_fields(
    say: Translator, sources: Sequence[KnowledgeSourceView], tools: Sequence[ToolView]
) -> Callable[[str, Any], str]:
    """How a field's value reads, for `changes_between`."""
    named = {it.id: it.name for it in sources}
    labels = {key: it.label for it in tools for key in (it.id, it.name)}
    days, languages = day_names(say), language_names(say)

    def hours(value: Mapping[str, Any]) -> str:
        told = {days[day]: spans for day, spans in value.items()}
        return readable("hours", told, days.values())

    told_by: dict[str, Callable[[Any], str]] = {
        "sources": lambda it: say("All knowledge") if it is None else _names(it, named),
        "tools": lambda it: say("All tools") if it is None else _names(it, labels) or say("None"),
        "languages": lambda it: _names(it, languages),
        "handover": lambda it: _handover(say, it),
        "hours": hours,
        "budgets": lambda it: _budgets(say, it),
        "intents": _intents,
        "model_rules": _rules,
        "limits": lambda it: _labelled(_labels(say), it),
        "model_policy": lambda it: _labelled(_labels(say), it),
    }

    def describe(field: str, value: Any) -> str:
        return told_by[field](value) if field in told_by else readable(field, value)

    return describe


def _intents(value: Sequence[Mapping[str, Any]]) -> str:
    """An intent a block: its name, and below it what is in it."""
    return "\n".join(
        f"{it['name']}\n" + "\n".join(f"  {line}" for line in readable("", it).splitlines())
        for it in value
    )


def _rules(rules: Sequence[dict[str, Any]]) -> str:
    return "\n".join(f"{it.model} {it.in_words()}".rstrip() for it in check_rules(rules))


def then_names(say: Translator) -> dict[str, str]:
    """Who answers once a budget is spent."""
    return {
        "embedded": say("the embedded model"),
        "cheaper": say("the cheaper model"),
        "person": say("a person"),
    }


def _budgets(say: Translator, value: Mapping[str, Any]) -> str:
    scopes = {
        "conversation": say("Of one conversation"),
        "line": say("On one line"),
        "day": say("On all lines"),
    }
    lines = []
    for scope, label in scopes.items():
        dollars, tokens = value[scope]["dollars"], value[scope]["tokens"]
        told = [] if dollars is None else [f"US$ {dollars:g}"]
        told += [] if tokens is None else [say("{count} tokens", count=tokens)]
        lines += [f"{label}: {', '.join(told)}"] if told else []
    then = f"{say('Once it is spent, there answers')}: {then_names(say)[value['then']]}"
    return "\n".join((*lines, then))


def _handover(say: Translator, value: Mapping[str, Any]) -> str:
    told = {
        **value,
        "matters": _names(value["matters"], matter_names(say), ", "),
        "department": department_names(say).get(value["department"], value["department"]),
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

"""The form of the escalation policy: what a person types, and the rules that it means."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Any

from starlette.datastructures import FormData

from recado.errors import Unprocessable
from recado.escalation.policy.compiled import FIGURES
from recado.escalation.policy.patterns import read_words
from recado.escalation.policy.rules import PolicyRules
from recado.escalation.reasons import REASONS
from recado.language.detection import LANGUAGES

__all__ = ["FIGURES", "Values", "rules_in", "values_in", "values_of"]

#: By the name of the field.
Values = Mapping[str, str]
_WHOLE = ("threshold", "messages_over")
_LONGEST = 40_000


def values_in(form: FormData) -> Values:
    names: tuple[str, ...] = ("threshold", *FIGURES, "ignored", "bundled")
    names += tuple(f"words.{it}" for it in LANGUAGES)
    names += tuple(f"weight.{it.code}" for it in REASONS)
    return {name: str(form.get(name, ""))[:_LONGEST] for name in names}


def values_of(rules: PolicyRules) -> Values:
    found = {
        name: "" if (value := getattr(rules, name)) is None else f"{value:g}"
        for name in ("threshold", *FIGURES)
    }
    found |= {f"weight.{code}": str(weight) for code, weight in rules.weights.items()}
    found |= {f"words.{code}": "\n".join(it) for code, it in rules.words.items()}
    found["ignored"] = "\n".join(rules.ignored_words)
    found["bundled"] = {None: "", True: "yes", False: "no"}[rules.bundled_words]
    return found


def rules_in(values: Values) -> PolicyRules:
    """What is empty is not said. Raises Unprocessable: a figure is none."""
    given: dict[str, Any] = {}
    for name in ("threshold", *FIGURES):
        if values.get(name, "").strip():
            given[name] = _number(values[name], name, whole=name in _WHOLE)
    weights = {
        it.code: _number(value, it.code, whole=True)
        for it in REASONS
        if (value := values.get(f"weight.{it.code}", "")).strip()
    }
    words = {code: read_words(values.get(f"words.{code}", "")) for code in LANGUAGES}
    return PolicyRules(
        weights=weights,
        words={code: it for code, it in words.items() if it},
        ignored_words=read_words(values.get("ignored", "")),
        bundled_words={"yes": True, "no": False}.get(values.get("bundled", "")),
        **given,
    )


def _number(text: str, name: str, *, whole: bool) -> Any:
    try:
        found = float(text.strip().replace(",", "."))
    except ValueError:
        found = float("nan")
    if not isfinite(found) or (whole and found != int(found)):
        raise Unprocessable(f"{name}: {text.strip()[:30]} is no number. Write one like 50 or 0.8.")
    return int(found) if whole else found

"""What a character is made of: the fields that a person writes, and what they accept.

One version of a character (versions.py) is one of these; a draft is checked like what answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row

from recado.assistant.intents.definition import Intent, check_engine, check_intents
from recado.assistant.policy import (
    MOST_TOOLS,
    Budgets,
    HandoverRules,
    Limits,
    ModelPolicy,
    check_budgets,
    check_handover,
    check_limits,
    check_models,
    check_written_rules,
)
from recado.calendars.week import Holiday, check_hours
from recado.errors import BadRequest
from recado.language.reading import composed_accents

LANGUAGES = ("es", "pt", "en")


class CharacterContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of one version. `sources` None: all knowledge; `tools`
    None: those that name it, or everybody; `model` "": the installation's.
    `model_settings` override the sampling defaults (max_tokens, temperature, top_p);
    `model_rules` are policy.ModelRule. `tone` is how it speaks, `greeting` what it says to a first
    "hola", `hours` and `holidays` when the business is open (hours.py). `intents` are what it does
    step by step, led by `intent_engine` ("": the embedded one)."""

    name: str
    prompt: str
    description: str = ""
    tone: str = ""
    greeting: str = ""
    hours: dict[str, tuple[tuple[str, ...], ...]] = {}
    time_zone: str = ""
    holidays: tuple[Holiday, ...] = ()
    languages: tuple[str, ...] = LANGUAGES
    model: str = ""
    model_settings: dict[str, Any] = {}
    model_rules: tuple[dict[str, Any], ...] = ()
    model_policy: ModelPolicy = ModelPolicy()
    sources: tuple[str, ...] | None = None
    tools: tuple[str, ...] | None = None
    limits: Limits = Limits()
    handover: HandoverRules = HandoverRules()
    intents: tuple[Intent, ...] = ()
    intent_engine: str = ""
    budgets: Budgets = Budgets()


FIELDS = CharacterContent.__struct_fields__


def content_of(stored: msgspec.Struct | Row[Any] | dict[str, Any]) -> CharacterContent:
    """The content of a character's row, of its stored JSON, or of a struct that has its fields.
    What an older version did not write is as if nothing had been said."""
    if isinstance(stored, msgspec.Struct):
        return CharacterContent(**{name: getattr(stored, name) for name in FIELDS})
    values = stored if isinstance(stored, dict) else stored._mapping
    known = {name: values[name] for name in FIELDS if name in values}
    told = {name: value for name, value in known.items() if value is not None}
    if "tools" in told:
        told["tools"] = _tools_of(told["tools"])
    return msgspec.convert(told, CharacterContent)


def fields_of(content: CharacterContent) -> dict[str, Any]:
    """Its fields by their names, as `checked_content` takes them."""
    return {name: msgspec.to_builtins(getattr(content, name)) for name in FIELDS}


def stored_content(content: CharacterContent) -> dict[str, Any]:
    """As it is kept: the columns of a character, and the JSON of a version."""
    return fields_of(content) | {"tools": _stored_tools(content.tools)}


#: Versions that did not ask for tools wrote an empty list, and may still run beside this one: no
#: tools at all are therefore a list of one name that no tool has.
_NO_TOOLS = ""


def _stored_tools(tools: tuple[str, ...] | None) -> list[str]:
    return [] if tools is None else [*tools] or [_NO_TOOLS]


def _tools_of(stored: Sequence[str]) -> list[str] | None:
    return [name for name in stored if name != _NO_TOOLS] if stored else None


def checked_content(values: dict[str, Any]) -> CharacterContent:
    """`values` by the names of the fields. Raises BadRequest and Unprocessable: what is wrong."""
    try:
        content = msgspec.convert(values, CharacterContent, strict=True)
    except msgspec.ValidationError as error:
        raise BadRequest(f"The character is wrong: {error}.") from error
    _check_texts(content)
    if not content.languages or set(content.languages) - set(LANGUAGES):
        raise BadRequest(f"A character speaks some of {', '.join(LANGUAGES)}.")
    check_hours(content.hours, content.time_zone, content.holidays)
    check_written_rules(content.model_rules)
    check_models(content.model, content.model_policy)
    check_limits(content.limits)
    check_handover(content.handover)
    check_intents(content.intents)
    check_engine(content.intent_engine, "A character's intent_engine")
    check_budgets(content.budgets, content.model_policy)
    if content.tools and (len(content.tools) > MOST_TOOLS or "" in content.tools):
        raise BadRequest(f"A character's tools are named by id or name, {MOST_TOOLS} at most.")
    return msgspec.structs.replace(content, name=composed_accents(content.name))


def _check_texts(content: CharacterContent) -> None:
    if not content.name.strip() or len(content.name) > 80:
        raise BadRequest("A character needs a name of at most 80 characters.")
    if not content.prompt.strip() or len(content.prompt) > 20_000:
        raise BadRequest("A character needs a prompt of at most 20,000 characters.")
    if len(content.tone) > 500:
        raise BadRequest("A character's tone has at most 500 characters.")
    if len(content.greeting) > 1000:
        raise BadRequest("A character's greeting has at most 1,000 characters.")

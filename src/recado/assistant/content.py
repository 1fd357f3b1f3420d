"""What a character is made of: the fields that a person writes, and what they accept.

One version of a character (versions.py) is one of these; a draft is checked like what answers.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row

from recado.assistant.hours import Holiday, check_hours
from recado.assistant.policy import (
    HandoverRules,
    Limits,
    ModelPolicy,
    check_handover,
    check_limits,
    check_models,
    check_rules,
)
from recado.errors import BadRequest
from recado.language.reading import composed_accents

LANGUAGES = ("es", "pt", "en")


class CharacterContent(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The fields of one version. `sources` None: all knowledge; `model` "": the installation's.
    `model_settings` override the sampling defaults (max_tokens, temperature, top_p);
    `model_rules` are those of models/registry.py. `tone` is how it speaks, `greeting` what it says
    to a first "hola", `hours` and `holidays` when the business is open (hours.py)."""

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
    tools: tuple[str, ...] = ()
    limits: Limits = Limits()
    handover: HandoverRules = HandoverRules()


FIELDS = CharacterContent.__struct_fields__


def content_of(stored: msgspec.Struct | Row[Any] | dict[str, Any]) -> CharacterContent:
    """The content of a character's row, of its stored JSON, or of a struct that has its fields.
    What an older version did not write is as if nothing had been said."""
    if isinstance(stored, msgspec.Struct):
        return CharacterContent(**{name: getattr(stored, name) for name in FIELDS})
    values = stored if isinstance(stored, dict) else stored._mapping
    known = {name: values[name] for name in FIELDS if name in values}
    told = {name: value for name, value in known.items() if value is not None}
    return msgspec.convert(told, CharacterContent)


def stored_content(content: CharacterContent) -> dict[str, Any]:
    """As it is kept: the columns of a character, and the JSON of a version."""
    return {name: msgspec.to_builtins(getattr(content, name)) for name in FIELDS}


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
    check_rules(content.model_rules)
    check_models(content.model, content.model_policy)
    check_limits(content.limits)
    check_handover(content.handover)
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

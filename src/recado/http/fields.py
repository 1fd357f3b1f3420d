"""Types of parameters and body fields that several routers share, with what they accept."""

from __future__ import annotations

import re
from typing import Annotated, Any

import msgspec
from fastapi import Path, Query
from pydantic import AfterValidator, BaseModel, ConfigDict

from recado.store.paging import DEFAULT_LIMIT, MAX_LIMIT

#: A NUL as JSON spells it; not the six characters of its spelling, whose backslash is doubled.
_ENCODED_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")


class Body(BaseModel):
    """A request body: a field that is not known is refused, for it is a typing mistake."""

    model_config = ConfigDict(extra="forbid")


def _storable(text: str) -> str:
    # PostgreSQL stores no NUL in a text: https://www.postgresql.org/docs/current/datatype-character.html
    if "\x00" in text:
        raise ValueError("it contains a NUL character")
    try:
        text.encode()
    except UnicodeEncodeError as error:  # JSON can say half a character: "\ud83d"
        raise ValueError("it contains half a character (a lone surrogate)") from error
    return text


def _storable_json(value: dict[str, Any]) -> dict[str, Any]:
    try:
        encoded = msgspec.json.encode(value)
    except (UnicodeEncodeError, OverflowError, RecursionError, msgspec.MsgspecError) as error:
        raise ValueError("it holds what cannot be stored as JSON") from error
    if _ENCODED_NUL.search(encoded):
        raise ValueError("it contains a NUL character")
    return value


Text = Annotated[str, AfterValidator(_storable)]
JsonObject = Annotated[dict[str, Any], AfterValidator(_storable_json)]

IdPath = Annotated[Text, Path(max_length=64, description="The id")]
Limit = Annotated[int, Query(ge=1, le=MAX_LIMIT, description="How many items a page may have")]
Cursor = Annotated[
    Text | None, Query(max_length=2000, description="`next` of the page before; none for the first")
]
#: For parameters' defaults, where `Limit` is used.
LIMIT = DEFAULT_LIMIT

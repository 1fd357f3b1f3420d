"""A webhook's form body: what Twilio signed, and what Recado can store."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qsl

from recado.errors import UnparsablePayload

#: Twilio's own requests have some 40 fields. More cost time before anything is verified.
MOST_FIELDS = 1000
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


def pairs_of(body: bytes) -> list[tuple[str, str]]:
    """The fields in the order they stand there, empty ones and repeated ones included.

    Raises UnparsablePayload: more fields than any webhook of Twilio has.
    """
    try:
        text = body.decode("utf-8", "replace")
        return parse_qsl(text, keep_blank_values=True, errors="replace", max_num_fields=MOST_FIELDS)
    except ValueError as error:
        raise UnparsablePayload(f"The body is not a form of Twilio's: {error}") from error


class Fields(Mapping[str, str]):
    """The fields by name, safe to store (NUL becomes U+FFFD). Of a repeated one, the first."""

    def __init__(self, body: bytes) -> None:
        self._all: dict[str, list[str]] = {}
        for name, value in pairs_of(body):
            self._all.setdefault(_storable(name), []).append(_storable(value))

    def __getitem__(self, name: str) -> str:
        return self._all[name][0]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)

    def first(self, *names: str) -> str:
        """The first of these that is not empty, without surrounding space; "" when all are."""
        return next((found for name in names if (found := self.get(name, "").strip())), "")

    @property
    def raw(self) -> dict[str, Any]:
        """The whole form as JSON: a repeated field has the list of its values."""
        return {k: values[0] if len(values) == 1 else values for k, values in self._all.items()}


def _storable(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)

"""Whether a model's call was given its arguments by the contact: by their own words, and not by a
file, a quoted message, an ad, a passage, or what another tool answered.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

from recado.assistant.port import Question
from recado.language.dates import mentions
from recado.language.reading import fold, words

#: So many of the contact's last messages, with the burst.
_MOST_MESSAGES = 6
_DAYS_AHEAD = 15
_FORWARDED = "The message is forwarded"


def is_of_contact(arguments: Mapping[str, Any], question: Question, *, today: date) -> bool:
    """Whether each value stands in what the contact has written, in whatever notation."""
    if any(line.startswith(_FORWARDED) for line in question.about):
        return False
    written = [m.content for m in question.history if m.role == "user"][-_MOST_MESSAGES:]
    text = "\n".join([*written, question.text])
    spoken = f" {' '.join(words(text))} "
    digits = {"".join(c for c in it if c.isdigit()) for it in fold(text).split()}
    days = set(_days(text, today))
    for value in _values(arguments):
        bare = "".join(c for c in value if c.isdigit())
        said = f" {' '.join(words(value))} "
        if said not in spoken and not (bare and bare in digits) and value not in days:
            return False
    return True


def _values(value: Any) -> Iterator[str]:
    if isinstance(value, Mapping):
        for it in value.values():
            yield from _values(it)
    elif isinstance(value, list | tuple):
        for it in value:
            yield from _values(it)
    elif isinstance(value, bool) or value is None:
        return
    elif str(value).strip():
        yield str(value).strip()


def _days(text: str, today: date) -> Iterator[str]:
    """The days that a text names, as ISO dates."""
    for it in mentions(text):
        if on := it.on(today):
            yield on.isoformat()
        for ahead in range(_DAYS_AHEAD):
            day = today + timedelta(days=ahead)
            if day.weekday() in it.weekdays:
                yield day.isoformat()

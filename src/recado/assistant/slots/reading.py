"""The values that stand in a text, each with its place: one reader a kind, all in linear time.

A weekday is the next one of that name, and never today's: whoever means today says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date, timedelta
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from recado.assistant.knowledge.analysis import stem_of
from recado.assistant.models.days import today_in
from recado.assistant.slots.definition import Slot
from recado.language.clock_times import times_in
from recado.language.dates import mentions
from recado.language.detection import LanguageCode
from recado.language.numbers import numbers_in
from recado.language.reading import fold_word, words

_MOST_CHARS = 1000
_EMAIL = re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,6}")
_PHONE = re.compile(r"(?<![\w/])\+?\d[\d .()-]{6,20}\d(?!\w)")
#: An order's number, a code: a word with a digit in it.
_CODE = re.compile(r"(?<!\w)#?([A-Za-z]{0,8}-?\d[\w-]{0,30})(?!\w)")
_TOKEN = re.compile(r"[^\s,;:!?¿¡\"'()]{1,64}")
_WORD = re.compile(r"[^\W_]{1,64}")
_AHEAD = re.compile(
    r"\b(?:dentro\s{1,3}de|en|in|em|daqui\s{1,3}a)\s{1,3}(\w{1,12})\s{1,3}"
    r"(d[ií]as?|days?|semanas?|weeks?)\b",
    re.IGNORECASE,
)
_DIGITS_OF_PHONES = (7, 15)


class When(NamedTuple):
    """When something is said: Unix seconds, and the business's time zone ("" this machine's)."""

    moment: float
    zone: str = ""

    @property
    def today(self) -> date:
        return today_in(self.zone, self.moment)


class Found(NamedTuple):
    """A value, and where in the text it stands."""

    value: Any
    start: int
    end: int


def found_in(text: str, slot: Slot, language: LanguageCode, when: When) -> list[Found]:
    """What may be meant as a value of the slot, in order. A text is found by its leading words
    only, and a yes or no not at all."""
    reader = _READERS.get(slot.kind)
    return list(reader(text[:_MOST_CHARS], slot, language, when)) if reader else []


def values_in(
    text: str,
    slots: Sequence[Slot],
    language: LanguageCode,
    when: When,
    accept: Callable[[Slot, Any], Any],
) -> dict[str, Found]:
    """The values of the slots in a text, by name; no word stands for two of them. `accept` gives
    the value that is taken, None where it is not. Of slots with one name, the first that is found
    counts."""
    found: dict[str, Found] = {}
    for slot in slots:
        if slot.name in found:
            continue
        for it in found_in(text, slot, language, when):
            if any(it.start < other.end and other.start < it.end for other in found.values()):
                continue
            value = accept(slot, it.value)
            if value is not None:
                found[slot.name] = it._replace(value=value)
            break
    return found


def without(text: str, found: Sequence[Found]) -> str:
    """The text with spaces where the values stand."""
    rest = list(text)
    for it in found:
        rest[it.start : it.end] = " " * (it.end - it.start)
    return "".join(rest)


def _numbers(text: str, _slot: Slot, language: LanguageCode, _when: When) -> Iterator[Found]:
    alone = len(words(text)) <= 3
    taken = [(it.start, it.end) for it in times_in(text)]
    taken += [(it.start, it.end) for it in mentions(text)]
    for number in numbers_in(text, language):
        said = text[number.start : number.end]
        if number.value == 1 and not said.isdigit() and not alone:
            continue  # "una cita" counts nothing
        if any(number.start < end and start < number.end for start, end in taken):
            continue
        value = number.value
        yield Found(int(value) if value == int(value) else value, number.start, number.end)


def _amounts(text: str, slot: Slot, language: LanguageCode, when: When) -> Iterator[Found]:
    """Those with a currency before bare ones."""
    marked = {number.start for number in numbers_in(text, language) if number.money}
    found = list(_numbers(text, slot, language, when))
    yield from sorted(found, key=lambda it: it.start not in marked)


def _dates(text: str, _slot: Slot, _language: LanguageCode, when: When) -> Iterator[Found]:
    today = when.today
    for match in _AHEAD.finditer(text):
        counted = numbers_in(match[1], "es")
        days = int(counted[0].value) if counted else 0
        if 0 < days < 1000:
            weeks = fold_word(match[2])[0] in "sw"
            on = today + timedelta(days=days * 7 if weeks else days)
            yield Found(on.isoformat(), match.start(), match.end())
    for mention in mentions(text):
        if mention.excluded or mention.until:
            continue
        named = mention.on(today) or _next_weekday(mention.weekdays, today)
        if named is not None:
            yield Found(named.isoformat(), mention.start, mention.end)


def _next_weekday(weekdays: frozenset[int], today: date) -> date | None:
    """None where it is not one day that was named."""
    if len(weekdays) != 1:
        return None
    (day,) = weekdays
    return today + timedelta(days=(day - today.weekday() - 1) % 7 + 1)


def _times(text: str, _slot: Slot, _language: LanguageCode, _when: When) -> Iterator[Found]:
    yield from (Found(it.value, it.start, it.end) for it in times_in(text))


def _emails(text: str, _slot: Slot, _language: LanguageCode, _when: When) -> Iterator[Found]:
    yield from (Found(it[0], it.start(), it.end()) for it in _EMAIL.finditer(text))


def _phones(text: str, _slot: Slot, _language: LanguageCode, _when: When) -> Iterator[Found]:
    least, most = _DIGITS_OF_PHONES
    for it in _PHONE.finditer(text):
        digits = "".join(c for c in it[0] if c.isdigit())
        if least <= len(digits) <= most:
            value = f"+{digits}" if it[0].startswith("+") else digits
            yield Found(value, it.start(), it.end())


def _codes(text: str, _slot: Slot, _language: LanguageCode, _when: When) -> Iterator[Found]:
    plain = _EMAIL.sub(lambda it: " " * len(it[0]), text)
    yield from (Found(it[1], it.start(), it.end()) for it in _CODE.finditer(plain))


def _texts(text: str, slot: Slot, _language: LanguageCode, _when: When) -> Iterator[Found]:
    """The word that follows one of the slot's leading words."""
    leads = {said[-1] for it in slot.leads if (said := words(it))}
    if not leads:
        return
    for word, following in pairwise(_TOKEN.finditer(text)):
        if fold_word(word[0]) in leads:
            yield Found(following[0].strip("."), following.start(), following.end())


def _choices(text: str, slot: Slot, language: LanguageCode, _when: When) -> Iterator[Found]:
    """The longest name at each place; words are compared by their stems, too."""
    tokens = list(_WORD.finditer(text))
    said = [fold_word(token[0]) for token in tokens]
    stems = [stem_of(word, language) or word for word in said]
    names = _names(slot.choices, language)
    at = 0
    while at < len(tokens):
        taken = 1
        for name, value in names.get(stems[at], ()):
            if tuple(stems[at : at + len(name)]) == name:
                yield Found(value, tokens[at].start(), tokens[at + len(name) - 1].end())
                taken = len(name)
                break
        at += taken


@lru_cache(maxsize=512)
def _names(
    choices: Sequence[Any], language: LanguageCode
) -> Mapping[str, Sequence[tuple[tuple[str, ...], str]]]:
    """The names of choices as stems, by the first one, the longest first."""
    named: dict[str, list[tuple[tuple[str, ...], str]]] = {}
    for choice in choices:
        for text in (choice.value, *choice.words):
            stems = tuple(stem_of(word, language) or word for word in words(text))
            if stems:
                named.setdefault(stems[0], []).append((stems, choice.value))
    for found in named.values():
        found.sort(key=lambda it: -len(it[0]))
    return named


_Reader = Callable[[str, Slot, LanguageCode, When], Iterator[Found]]
_READERS: Mapping[str, _Reader] = {
    "number": _numbers,
    "money": _amounts,
    "date": _dates,
    "time": _times,
    "email": _emails,
    "phone": _phones,
    "code": _codes,
    "choice": _choices,
    "text": _texts,
}

"""Questions about a day: which one is meant, and what a passage says of it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from recado.assistant.knowledge.passages import sentences_in
from recado.assistant.models.asserting import bare_statement
from recado.language.dates import Mention, mentions

_HAS_DIGIT = re.compile(r"\d")
_LEADS_IN = re.compile(
    r"(?:\b(?:de|del|los|las|el|la|os|as|aos|nos|on|from|das|dos)\s+){1,3}$", re.IGNORECASE
)
_ENDS = re.compile(
    r"(?:\s{0,9}[,;·|]|\s{1,9}(?:y|e|and|o|ou))?\s{0,9}(?:\b(?:y|e|and)\s{0,9})?$", re.IGNORECASE
)
_BEGINS = re.compile(r"^(?:[\s,;·|.-]|(?:y|e|and)\s)+", re.IGNORECASE)

#: Which of the days of that name.
_WHICH = re.compile(
    r"\b(?:que viene|que vem|pr[oó]xim[oa]s?|siguiente|seguinte|este|esta|next|this|coming)\b",
    re.IGNORECASE,
)

#: How well a passage speaks of a day, from the least on.
NOTHING, OTHER_DAYS, THE_WEEKDAY, THE_DAY = range(4)


class Day(msgspec.Struct, frozen=True):
    """The day that a question asks of.

    `weekdays` Monday 0; `on` its date where it is one day; `ahead` days from today where it was
    said so ("hoy"); `named`: a certain date or a public holiday was meant ("hoy que es festivo");
    `rest` is the question without it, and `words` are those that name it.
    """

    weekdays: frozenset[int]
    on: date | None
    ahead: int | None
    named: bool
    holiday: bool
    rest: str
    words: str


class Said(msgspec.Struct, frozen=True):
    """What a passage says of a day: `how` well, in which words, and of how many of the weekdays
    that were asked."""

    how: int
    text: str = ""
    weekdays: int = 0


def today_in(zone: str, moment: float) -> date:
    """The day that it is at `moment` (Unix seconds) in a time zone; "" is this machine's."""
    try:
        return datetime.fromtimestamp(moment, ZoneInfo(zone) if zone else None).date()
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return datetime.fromtimestamp(moment).astimezone().date()


def day_asked(text: str, today: date) -> Day | None:
    """The day in a question, None where it names none."""
    found = [mention for mention in mentions(text) if not mention.excluded]
    if not found:
        return None
    dated = next((m for m in found if m.day or m.easter is not None), None)
    first = dated or found[0]
    on = first.on(today)
    weekdays = frozenset[int]().union(*(mention.weekdays for mention in found))
    if on is not None:
        weekdays = frozenset({on.weekday()})
    rest = list(text)
    for mention in found:
        rest[mention.start : mention.end] = " " * (mention.end - mention.start)
    named = dated is not None or any(mention.holiday for mention in found)
    holiday = any(mention.holiday for mention in found)
    plain = " ".join(_WHICH.sub(" ", "".join(rest)).split())
    words = " ".join(text[mention.start : mention.end] for mention in found)
    return Day(weekdays, on, first.ahead, named, holiday, plain, words)


def said_of(text: str, day: Day, heading: str = "") -> Said:
    """What a passage says of a day: its date before its weekday, or only of other days. One that
    names no day is about those of its heading."""
    said = _said_in(text, day)
    if said.how == NOTHING and mentions(heading):
        above = _said_in(heading, day)
        text = bare_statement(text)
        whole = text if above.how > OTHER_DAYS else f"{heading} {text}"
        return Said(above.how, whole if above.how else "", above.weekdays)
    return said


def _said_in(text: str, day: Day) -> Said:
    spoken = [(sentence, mentions(sentence)) for sentence in sentences_in(text)]
    spoken = [(sentence, found) for sentence, found in spoken if found]
    if named := [s for s, found in spoken if any(_names(m, day) for m in found)]:
        return Said(THE_DAY, " ".join(named))
    if day.named and (day.holiday or day.on is None):
        if feasts := [s for s, found in spoken if any(m.holiday for m in found)]:
            how = THE_DAY if day.on is None or day.ahead is not None else THE_WEEKDAY
            return Said(how, " ".join(feasts))
        if day.on is None:
            return Said(OTHER_DAYS if spoken else NOTHING)
    weekly = [(s, found) for s, found in spoken if any(m.weekdays for m in found)]
    clauses = [clause for s, found in weekly for clause in _clauses(s, found, day.weekdays)]
    if clauses:
        told = frozenset[int]().union(*(m.weekdays for _, found in weekly for m in found))
        clauses = [clauses[0], *(clause[:1].upper() + clause[1:] for clause in clauses[1:])]
        return Said(THE_WEEKDAY, " ".join(clauses), len(told & day.weekdays))
    return Said(OTHER_DAYS, " ".join(s for s, _ in weekly)) if weekly else Said(NOTHING)


def _names(mention: Mention, day: Day) -> bool:
    return day.on is not None and mention.covers(day.on)


def _clauses(sentence: str, found: Sequence[Mention], wanted: frozenset[int]) -> Iterator[str]:
    """The parts of a sentence that speak of certain weekdays."""
    groups = [mention for mention in found if mention.weekdays]
    if any(group.excluded and group.weekdays & wanted for group in groups):
        yield sentence
        return
    groups = [group for group in groups if not group.excluded]
    if len(groups) == 1:
        if groups[0].weekdays & wanted:
            yield sentence
        return
    starts = [_begin(sentence, group) for group in groups]
    hours_first = _HAS_DIGIT.search(sentence[: starts[0]]) and not _HAS_DIGIT.search(
        sentence[groups[-1].end :]
    )
    for at, group in enumerate(groups):
        if not group.weekdays & wanted:
            continue
        if hours_first:
            part = sentence[groups[at - 1].end if at else 0 : group.end]
        else:
            end = starts[at + 1] if at + 1 < len(groups) else len(sentence)
            part = sentence[starts[at] if at else 0 : end]
        part = _ENDS.sub("", _BEGINS.sub("", part)).strip()
        yield part if part.endswith((".", "!", "…")) else f"{part}."


def _begin(sentence: str, group: Mention) -> int:
    """Where a clause begins: with the article before its days."""
    leads = _LEADS_IN.search(sentence, max(0, group.start - 20), group.start)
    return leads.start() if leads else group.start

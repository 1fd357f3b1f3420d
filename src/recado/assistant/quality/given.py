"""What an answer may rest on: what the business says, and what the contact has said.

Two kinds, for they prove different things. What the business says (its knowledge, the character,
what its tools answered, what was said for it before) proves a price. What the contact says does
not: "¿me lo dejan en 5 €?" makes no offer of 5 €.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from functools import cached_property

from recado.assistant.hours import describe_holidays, describe_week
from recado.assistant.knowledge import Hit
from recado.assistant.models.days import today_in
from recado.assistant.port import Persona, Question
from recado.assistant.quality.figures import (
    Day,
    Figure,
    codes_in,
    days_in,
    figures_in,
    has_noon,
    prepared,
)
from recado.assistant.quality.orders import without_orders
from recado.language.dates import mentions
from recado.language.reading import fold_word, words
from recado.store import now

#: Lines about an order (turns/references.py): its prices are the catalogue's.
_ORDER = "Order line "
_NOON = 720.0
_LONGEST = 60_000


class Grounds:
    """The figures of some texts, to look others up in."""

    def __init__(self, texts: Sequence[str]) -> None:
        # A line between them: what ends one is said of nothing that begins the next.
        self.text = "\n\n".join(texts)[:_LONGEST]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        return figures_in(self.text)

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.text))

    @cached_property
    def codes(self) -> frozenset[str]:
        return frozenset(fold_word(it) for it in codes_in(self.text)) | self.words

    @cached_property
    def amounts(self) -> tuple[Figure, ...]:
        return tuple(it for it in self.figures if it.kind == "money")

    @cached_property
    def shares(self) -> frozenset[float]:
        return self._values("share") | self.plain

    @cached_property
    def offers(self) -> frozenset[float]:
        return self._values("offer")

    @cached_property
    def plain(self) -> frozenset[float]:
        """Numbers that are of no kind: a price in a table's column is one."""
        return self._values("plain")

    @cached_property
    def times(self) -> frozenset[float]:
        found = [it.values for it in self.figures if it.kind == "time"]
        if any(min(values) >= 780 for values in found):  # hours to 24: 9:00 is in the morning
            found = [frozenset({min(values)}) for values in found]
        noon = {_NOON} if has_noon(self.text) else set()
        hours = {value * 60 for value in self.plain if value <= 24}
        return frozenset[float]().union(*found, noon, hours)

    @cached_property
    def lengths(self) -> frozenset[tuple[float, str]]:
        return frozenset(
            (value, it.unit) for it in self.figures if it.kind == "length" for value in it.values
        )

    @cached_property
    def numbers(self) -> frozenset[float]:
        """Every number, whatever it is of; of times, the hours on both clocks."""
        found = [it.bare or it.values for it in self.figures if it.kind not in ("offer", "phone")]
        parts = [frozenset(map(float, divmod(int(v), 10))) for v in self.offers]
        hours = {float(hour) for at in self.times for hour in (at // 60, at // 60 - 12, at % 60)}
        days = {float(it.day) for it in self.days} | {float(it.year) for it in self.days}
        return frozenset[float]().union(*found, *parts, hours, days)

    @cached_property
    def phones(self) -> tuple[str, ...]:
        """Telephone numbers and other long ones, in digits."""
        found = {it for figure in self.figures for it in _long(figure)}
        return tuple(found)

    @cached_property
    def days(self) -> tuple[Day, ...]:
        return days_in(self.text)

    def _values(self, kind: str) -> frozenset[float]:
        return frozenset(value for it in self.figures if it.kind == kind for value in it.values)


class Given:
    """All that one answer may rest on. `changed`: something was done by a tool in this turn.
    `sends`: a file goes with the answer."""

    def __init__(self, question: Question, hits: Sequence[Hit], *, sends: bool = False) -> None:
        self.question = question
        self.sends = sends
        self.language = question.language
        tools = question.tools
        told = [it.told for it in tools.exchanges] if tools else []
        lines = [*question.about, *(line for it in question.history for line in it.about)]
        orders = [line for line in lines if line.startswith(_ORDER)]
        self.changed = bool(tools and tools.has_changed)
        #: What the business says, and what it has said and done in this conversation.
        self.here = Grounds(
            [
                *map(without_orders, told),
                *orders,
                *(it.content for it in question.history if it.role in ("assistant", "agent")),
            ]
        )
        theirs = [question.contact_name, *(value for _, value in question.facts)]
        passages = [f"{it.heading}\n{it.text}" for it in hits]
        self.sources = Grounds(
            [*map(without_orders, passages), *_character(question.persona), self.here.text]
        )
        self.said = Grounds(
            [
                question.text,
                *theirs,
                *lines,
                *(it.content for it in question.history if it.role in ("user", "system")),
            ]
        )
        #: What strangers write, and what stands in passages and in tools' answers.
        self.strangers = [question.text, *lines, *theirs]
        self.passages = [*told, *passages]
        self.has_grounds = bool(hits or told or question.history)

    @cached_property
    def today(self) -> date:
        return today_in(self.question.persona.time_zone, now())

    @cached_property
    def dates(self) -> frozenset[tuple[int, int]]:
        """Months and days that are spoken of, named or meant ("el sábado que viene")."""
        named = {(it.month, it.day) for g in (self.sources, self.said) for it in g.days}
        meant = {self.today + timedelta(days=ahead) for ahead in range(-1, 8)}
        for it in mentions(f"{self.said.text}\n{self.sources.text}"):
            on = it.on(self.today)
            if on is not None:
                meant.add(on)
            if it.until is not None:
                named.add(it.until)
            for ahead in range(15):
                day = self.today + timedelta(days=ahead)
                if day.weekday() in it.weekdays:
                    meant.add(day)
        return frozenset(named | {(it.month, it.day) for it in meant})

    def is_covered(self, day: Day) -> bool:
        """Whether the day lies in a row of days that is spoken of ("del 24 al 31 de diciembre")."""
        try:
            asked = date(day.year or self.today.year, day.month, day.day)
        except ValueError:
            return False
        texts = (self.sources.text, self.said.text)
        return any(it.until and it.covers(asked) for text in texts for it in mentions(text))


def _character(persona: Persona) -> list[str]:
    """What the character says of itself and the business."""
    texts = [persona.prompt, persona.tone, persona.greeting, persona.name, persona.business]
    if persona.hours:
        texts.append(describe_week(persona.hours))
    if persona.holidays:
        texts.append(describe_holidays(persona.holidays))
    return texts


def _long(figure: Figure) -> list[str]:
    digits = "".join(c for c in prepared(figure.written) if c.isdecimal())
    return [digits] if len(digits) >= 5 else []

"""Amounts that no source says and that follow from some that are: "2 × 28 € + 4 € = 60 €".

An amount passes where it computes, by one of these and nothing else:
- a sum of amounts that stand in the answer, or were said for the business in this conversation,
  each times a quantity that stands in the answer or in the contact's words;
- one amount of the sources times one such quantity;
- what is left of the difference of two ("te faltan 5 € para los 35 €"), or of an amount after a
  share ("10 % menos"), where both stand in the answer or in the contact's words.
"""

from __future__ import annotations

from collections.abc import Iterable

from recado.assistant.quality.figures import Figure, figures_in
from recado.assistant.quality.given import Given
from recado.assistant.quality.numbers import value_of_word
from recado.language.reading import words

_MOST_AMOUNTS, _MOST_QUANTITIES, _MOST_SUMS = 12, 8, 20_000
_LARGEST_QUANTITY = 1000


def computes(figure: Figure, answer: str, given: Given) -> bool:
    wanted = {_cents(value) for value in figure.values}
    mine = [it for it in figures_in(answer) if it.start != figure.start]
    known = _known_amounts(mine, given)
    quantities = _quantities([*mine, *given.said.figures], (answer, given.said.text))
    of_sources = {_cents(v) for it in given.sources.amounts for v in it.values}
    if wanted & {price * times for price in of_sources for times in quantities}:
        return True
    shares = {v for it in mine if it.kind == "share" for v in it.values} & given.sources.shares
    if wanted & _after_shares(known | _times(of_sources, quantities), shares):
        return True
    theirs = {_cents(v) for it in given.said.amounts for v in it.values}
    theirs |= {_cents(v) for v in given.said.plain}
    if known and wanted & {abs(one - other) for one in known for other in known | theirs}:
        return True
    said = {_cents(v) for it in given.here.amounts for v in it.values}
    standing = [_cents(v) for it in mine if it.kind == "money" for v in it.values]
    twice = [it for it in known if standing.count(it) > 1]  # two things of one price
    return bool(wanted & _sums(sorted([*(known | said), *twice])[:_MOST_AMOUNTS], quantities))


def _known_amounts(mine: Iterable[Figure], given: Given) -> set[int]:
    """The answer's other amounts that a source says."""
    known = {_cents(v) for it in given.sources.amounts for v in it.values}
    known |= {_cents(v) for v in given.sources.plain}
    return {_cents(v) for it in mine if it.kind == "money" for v in it.values} & known


def _quantities(figures: Iterable[Figure], texts: Iterable[str]) -> list[int]:
    """How many of a thing there may be, in figures and in words."""
    in_words = {value_of_word(word) or 0 for text in texts for word in words(text)}
    found = {
        int(value)
        for it in figures
        if it.kind in ("plain", "count", "length")
        for value in (it.bare or it.values)
        if value == int(value) and 1 < value <= _LARGEST_QUANTITY
    }
    found |= {value for value in in_words if 1 < value <= _LARGEST_QUANTITY}
    return sorted(found)[:_MOST_QUANTITIES]


def _times(amounts: set[int], quantities: list[int]) -> set[int]:
    return {amount * times for amount in amounts for times in (1, *quantities)}


def _after_shares(amounts: set[int], shares: set[float]) -> set[int]:
    found = set()
    for share in shares:
        for amount in amounts:
            found |= {round(amount * (100 - share) / 100), round(amount * share / 100)}
    return found


def _sums(amounts: list[int], quantities: list[int]) -> set[int]:
    """What amounts, each at most once and times one quantity, add up to: two of them or more."""
    reached: dict[int, int] = {0: 0}
    for amount in amounts:
        for total, used in list(reached.items()):
            for times in (1, *quantities):
                if len(reached) > _MOST_SUMS:
                    return set()
                after = total + amount * times
                reached[after] = max(reached.get(after, 0), used + 1 + (times > 1))
    return {total for total, used in reached.items() if used > 1}


def _cents(value: float) -> int:
    return round(value * 100)

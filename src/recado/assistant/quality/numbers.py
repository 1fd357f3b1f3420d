"""Numbers as people write them, as values: "1.200,00", "1,200", "1200" and "mil doscientos".

A number may be read in more than one way ("1.200" is 1200 or 1.2): all of them count.
"""

from __future__ import annotations

import re
from functools import lru_cache

from recado.language.numbers import NUMBER_WORDS
from recado.language.reading import fold_word

#: Articles that count as well, and what multiplies.
_ALSO = {"un": 1, "una": 1, "uma": 1, "hundred": 100, "mil": 1000, "thousand": 1000}
#: The values of number words, folded; none tells nothing of a price. "once" is an English word,
#: too, and "sesenta" is not.
WORDS: dict[str, int] = {word: value for word, value in NUMBER_WORDS.items() if value} | _ALSO
#: One number in figures: its groups by dots, commas, spaces or apostrophes.
FIGURES = r"\d{1,15}(?:[.,]\d{1,15}){0,5}"
_SPACED = re.compile(r"(?<=\d)[  '’](?=\d{3}(?!\d))")
_GROUPS = re.compile(r"\d{1,3}(?:([.,])\d{3})(?:\1\d{3})*")


def joined_groups(text: str) -> str:
    """`text` without the spaces and apostrophes that part thousands ("1 200" → "1200")."""
    return _SPACED.sub("", text)


@lru_cache(maxsize=4096)
def values_of(written: str) -> frozenset[float]:
    """What a number in figures may mean; empty where it is none."""
    digits = re.sub(r"[.,]", "", written)
    if not digits.isdecimal():
        return frozenset()
    signs = [sign for sign in written if sign in ".,"]
    if not signs:
        return frozenset({float(written)})
    found = set()
    if _GROUPS.fullmatch(written):
        found.add(float(digits))
    whole, _, rest = written[::-1].partition(signs[-1])
    if len(signs) == 1 or (len(set(signs)) > 1 and signs.count(signs[-1]) == 1):
        # the last sign is the decimal one; those before it part thousands
        found.add(float(f"{re.sub(r'[.,]', '', rest[::-1]) or '0'}.{whole[::-1]}"))
    return frozenset(found or {float(digits)})


def value_of_word(word: str) -> int | None:
    """The value of a number word in one of the three languages."""
    return WORDS.get(fold_word(word))

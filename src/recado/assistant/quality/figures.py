"""What a text says in figures: amounts, shares, times, days, lengths, telephone numbers, codes.

Each figure has all the values that it may mean, so that one notation is found in another:
"$1.200,00" in "1200", "9 am" in "9:00", "48 horas" in "dos días".
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Literal

import msgspec

from recado.assistant.quality.numbers import FIGURES, joined_groups, value_of_word, values_of
from recado.language.dates import mentions
from recado.language.reading import as_read

Kind = Literal["money", "share", "time", "length", "count", "offer", "phone", "plain"]
_BEFORE, _AFTER = 24, 32
_CURRENCY = {
    **dict.fromkeys(("€", "eur", "euro", "euros"), "eur"),
    **dict.fromkeys(("r$", "reais", "real", "brl"), "brl"),
    **dict.fromkeys(("£", "gbp", "pound", "pounds", "quid", "libras"), "gbp"),
    **dict.fromkeys(("us$", "u$s", "usd", "dollar", "dollars", "dolar", "dolares"), "usd"),
    **dict.fromkeys(("dólar", "dólares"), "usd"),
    **dict.fromkeys(("$", "peso", "pesos", "mxn", "ars", "clp", "cop", "s/", "soles"), "$"),
}
_SIGNS = r"R\$|US\$|U\$S|S/|[$€£]"
_CODES = r"EUR|USD|BRL|GBP|MXN|ARS|CLP|COP"
_NAMES = r"euros?|reais|real|pounds?|quid|libras|d[oó]lar(?:es)?|dollars?|pesos?|soles"
_MONEY_AFTER = re.compile(rf"\s?({_SIGNS}|(?:{_CODES}|{_NAMES})\b)", re.IGNORECASE)
_MONEY_BEFORE = re.compile(rf"({_SIGNS}|\b(?:{_CODES}))\s?$", re.IGNORECASE)
_SHARE_AFTER = re.compile(r"\s?(?:%|por\s?ciento\b|por\s?cento\b|per\s?cent\b)", re.IGNORECASE)
_MINUTES = re.compile(r"\s?(?::|h\s?)(\d{2})(?!\d)", re.IGNORECASE)
_MARK = r"a\.?\s?m\b|p\.?\s?m\b"
_HALF_DAY = re.compile(
    rf"\s?(?:hs?\b|horas?\b|o['’]?clock\b)?,?\s?(?:({_MARK})"
    r"|(?:de|da|por|pela|in) ?(?:la|the|a)? ?(ma[nñ]ana|madrugada|manh[aã]|morning"
    r"|tarde|noche|noite|afternoon|evening)\b|at (night)\b|(noon|mediod[ií]a)\b)",
    re.IGNORECASE,
)
_PAST = re.compile(r"\s(?:y|e|and a)\s(media|meia|half|cuarto|quarto|quarter)\b", re.IGNORECASE)
_PAST_BEFORE = re.compile(r"\b(half|quarter) past\s$", re.IGNORECASE)
_HOUR_AFTER = re.compile(r"\s?(?:h|hs|hrs|o['’]?clock)\b", re.IGNORECASE)
_HOUR_BEFORE = re.compile(
    r"(?:\b(?:a|hasta|desde|entre|para|sobre|de|y) las?|\bàs|\b(?:at[eé]|das|entre) as"
    r"|\b(?:at|until|till|from|by|das|até))\s$",
    re.IGNORECASE,
)
_HOUR_ENDS = re.compile(
    r"\s{0,2}(?:[.,;!?)\n–-]|$|(?:y|e|a|às|and|to|hasta|até|till|until|de|en|ou|o|or|el|los"
    r"|no|on)\b)",
    re.IGNORECASE,
)
_HOUR = 3600.0
_DAY = 24 * _HOUR
_LENGTHS: tuple[tuple[str, float, str], ...] = (
    (r"seg(?:undos?)?|seconds?|secs?", 1.0, "s"),
    (r"min(?:utos?|utes?|s)?", 60.0, "s"),
    (r"h|hs|hrs?|horas?|hours?", _HOUR, "s"),
    (r"d[ií]as?|days?|noches?|noites?|nights?", _DAY, "s"),
    (r"semanas?|weeks?", 7 * _DAY, "s"),
    (r"m[eê]s|mes(?:es)?|months?", 30 * _DAY, "s"),
    (r"a[nñ]os?|years?", 360 * _DAY, "s"),
    (r"mg", 0.001, "g"),
    (r"g|grs?|gramos?|gramas?|grams?", 1.0, "g"),
    (r"kg|kilos?|quilos?", 1000.0, "g"),
    (r"ml", 1.0, "ml"),
    (r"l|lts?|litros?|lit(?:er|re)s?", 1000.0, "ml"),
    (r"mm", 1.0, "mm"),
    (r"cm", 10.0, "mm"),
    (r"mts?|m|metros?|met(?:er|re)s?", 1000.0, "mm"),
    (r"km|kil[oóô]metros?|kilomet(?:er|re)s?", 1_000_000.0, "mm"),
)
_LENGTH_AFTER = re.compile(
    r"(?:\s|-)?(?:(?:working|business|calendar|full)\s)?(?:"
    + "|".join(f"({names})" for names, _, _ in _LENGTHS)
    + r")(?![\w²³])",
    re.IGNORECASE,
)
_COUNT_AFTER = re.compile(
    r"\s(?:personas?|pessoas?|people|persons?|guests|invitad[oa]s|comensales|puntos?|pontos?"
    r"|points?|plazas?|vagas|places|seats|unidades?|units?)\b",
    re.IGNORECASE,
)
_OFFER_AFTER = re.compile(
    r"\s?(?:x|×|por|for)\s?(\d|uno?|um|one|dos|dois|two)(?![\w.,]|\s?[€$£%])", re.IGNORECASE
)
_TOKEN = re.compile(rf"{FIGURES}|[^\W\d_]{{2,20}}")
# bounded: a run of so many signs
_PHONE = re.compile(r"(?<![\w.,+])\+?\(?\d[\d ()./–-]{5,24}\d(?![\d.,]\d|\w)")
_ISO = re.compile(r"(?<![\d-])(\d{4})-(\d{1,2})-(\d{1,2})(?![\d-])")
_CODE = re.compile(r"(?<![\w@./-])#?(?=[\w-]{0,30}\d)[A-Za-z][\w-]{3,30}(?![\w@-])")
_NUMBERED = re.compile(r"^[ \t]{0,8}\d{1,2}[.)](?=\s)", re.MULTILINE)
_NOON = re.compile(r"\b(?:mediod[ií]a|meio[- ]dia|noon|midday)\b", re.IGNORECASE)


class Figure(msgspec.Struct, frozen=True):
    """One figure in a text, from `start` to `end`. `values` are what it may mean: of a time,
    minutes from midnight; of a length, the unit's smallest; of an offer ("2x1"), 10 times the
    first plus the second. `unit` is a currency ("" where none is said) or a length's dimension."""

    kind: Kind
    values: frozenset[float]
    start: int
    end: int
    written: str
    unit: str = ""
    #: Of a time or length: the bare number.
    bare: frozenset[float] = frozenset()
    #: In words ("tres"), which count things more often than they tell.
    in_words: bool = False


class Day(msgspec.Struct, frozen=True):
    """A date in a text; `year` 0 where none is said, `month` 0 where it is the month's day."""

    month: int
    day: int
    year: int
    start: int
    end: int


@lru_cache(maxsize=256)
def figures_in(text: str) -> tuple[Figure, ...]:
    """The figures of a text, in order, but for dates (`days_in`) and codes (`codes_in`)."""
    text = prepared(text)
    phones = [it for it in _PHONE.finditer(text) if _is_phone(it[0])]
    days = days_in(text)
    taken = [(it.start(), it.end()) for it in phones]
    found = [
        Figure("phone", frozenset({float(_digits(it[0]))}), *it.span(), it[0]) for it in phones
    ]
    found += _read(text, taken, [(it.start, it.end) for it in days])
    return tuple(sorted(found, key=lambda it: it.start))


def prepared(text: str) -> str:
    """A text as its figures are read, of the same length or shorter: plain letters, thousands
    joined, without the numbers of a list."""
    return _NUMBERED.sub(" ", joined_groups(as_read(text)))


def days_in(text: str) -> tuple[Day, ...]:
    """The dates of a text with a day and a month."""
    found = [
        Day(it.month, it.day, it.year, it.start, it.end)
        for it in mentions(text)
        if it.day and it.month
    ]
    found += [Day(it[1], it[2], it[0], *span) for it, span in _isos(text)]
    return tuple(found)


def _isos(text: str) -> Iterator[tuple[tuple[int, int, int], tuple[int, int]]]:
    for it in _ISO.finditer(text):
        if 1 <= int(it[2]) <= 12 and 1 <= int(it[3]) <= 31:
            yield (int(it[1]), int(it[2]), int(it[3])), it.span()


def codes_in(text: str) -> tuple[str, ...]:
    """Words of letters and digits: a coupon, an order's number, a model ("PAN2024")."""
    return tuple(
        it[0]
        for it in _CODE.finditer(text)
        if sum(c.isalpha() for c in it[0]) > 1 and not re.fullmatch(r"[a-z]{2,}-?\d", it[0])
    )


def has_noon(text: str) -> bool:
    return bool(_NOON.search(text))


def _is_phone(written: str) -> bool:
    digits = _digits(written)
    if not 7 <= len(digits) <= 15 or _ISO.match(written):
        return False
    groups = re.findall(r"\d+", written)
    if re.search(r"\d[./]\d{1,2}(?:[./]|$)", written) and not written.startswith("+"):
        return False  # "12/10/2026", "34.90"
    plain = len(groups) == 1 or "-" in written or " " in written
    return plain and (len(groups) == 1 or max(map(len, groups)) >= 2) and len(groups) <= 6


def _digits(written: str) -> str:
    return "".join(c for c in written if c.isdecimal() and c.isascii()) or "0"


def _read(text: str, taken: list[tuple[int, int]], days: list[tuple[int, int]]) -> Iterator[Figure]:
    skip_to, places = (
        0,
        _Places(taken),
    )
    dated = _Places(days)
    for token in _TOKEN.finditer(text):
        if token.start() < skip_to or places.holds(token.start()):
            continue
        figure = _figure(text, token, is_day=dated.holds(token.start()))
        if figure is not None:
            skip_to = figure.end
            yield figure


class _Places:
    """Spans, asked for from left to right."""

    def __init__(self, spans: list[tuple[int, int]]) -> None:
        self._spans = sorted(spans, reverse=True)

    def holds(self, at: int) -> bool:
        while self._spans and self._spans[-1][1] <= at:
            self._spans.pop()
        return bool(self._spans) and self._spans[-1][0] <= at


def _figure(text: str, token: re.Match[str], *, is_day: bool) -> Figure | None:
    written, start, end = token[0], token.start(), token.end()
    in_words = not written[0].isdigit()
    if in_words:
        value = value_of_word(written)
        if value is None or (start and text[start - 1].isdigit()):
            return None
        values = frozenset({float(value)})
    else:
        values = values_of(written)
    before, after = text[max(0, start - _BEFORE) : start], text[end : end + _AFTER]
    found = _kind_of(written, values, before, after, start, end, in_words=in_words)
    if found is not None:
        return found
    if is_day or in_words or not values:
        return None
    if start and text[start - 1].isalpha() and text[start - 1] not in "xX$":
        return None  # a code: "T2"
    return Figure("plain", values, start, end, written)


def _kind_of(
    written: str,
    values: frozenset[float],
    before: str,
    after: str,
    start: int,
    end: int,
    *,
    in_words: bool,
) -> Figure | None:
    def figure(kind: Kind, values: frozenset[float], length: int, unit: str = "") -> Figure:
        stop = end + length
        shown = written + after[:length]
        return Figure(kind, values, start, stop, shown, unit, bare, in_words)

    bare = values
    sign = _MONEY_AFTER.match(after)
    before_sign = None if sign else _MONEY_BEFORE.search(before)
    found: Figure | None = None
    if sign or before_sign:
        shown = sign or before_sign
        assert shown is not None  # noqa: S101 - one of the two
        found = figure("money", values, sign.end() if sign else 0, _CURRENCY[shown[1].lower()])
    elif share := _SHARE_AFTER.match(after):
        found = figure("share", values, share.end())
    elif offer := _offer(values, after):
        found = figure("offer", frozenset({offer[0]}), offer[1])
    elif time := _time(values, before, after):
        found = figure("time", *time)
    elif unit := _LENGTH_AFTER.match(after):
        _, factor, dimension = _LENGTHS[(unit.lastindex or 1) - 1]
        scaled = frozenset(round(value * factor, 3) for value in values)
        found = figure("length", scaled, unit.end(), dimension)
    elif count := _COUNT_AFTER.match(after):
        found = figure("count", values, count.end())
    return found


def _offer(values: frozenset[float], after: str) -> tuple[float, int] | None:
    """ "2x1", "two for one": 21, and how much of what follows belongs to it."""
    found = _OFFER_AFTER.match(after)
    first = min(values, default=0)
    if found is None or not 1 < first <= 9:
        return None
    second = int(found[1]) if found[1].isdigit() else value_of_word(found[1])
    return None if second is None or second >= first else (first * 10 + second, found.end())


def _time(values: frozenset[float], before: str, after: str) -> tuple[frozenset[float], int] | None:
    """Minutes from midnight that a number with what is around it may mean, and how much of what
    follows belongs to it."""
    hour = next((value for value in values if value == int(value) and 0 <= value <= 24), None)
    if hour is None:
        half = next((v for v in values if 0 < v < 24 and 0 <= round(v % 1 * 100) < 60), None)
        if half is None or not (_HOUR_AFTER.match(after) or _HOUR_BEFORE.search(before)):
            return None
        return _clock(int(half), round(half % 1 * 100), ""), 0  # "13.30 h"
    minute, length, sure = 0, 0, False
    if exact := _MINUTES.match(after):
        if int(exact[1]) > 59:
            return None
        minute, length, sure = int(exact[1]), exact.end(), True
    elif past := _PAST.match(after) or _PAST_BEFORE.search(before):
        named = past[1].lower()
        minute = 30 if named in ("media", "meia", "half") else 15
        length, sure = (past.end() if past.string is after else 0), True
    part = ""
    if half_day := _HALF_DAY.match(after, length):
        part = next(filter(None, half_day.groups()), "").lower()
        length, sure = half_day.end(), True
    told = _HOUR_BEFORE.search(before) and (_HOUR_ENDS.match(after) or _HOUR_AFTER.match(after))
    if not (sure or told):
        return None
    return _clock(int(hour), minute, part), length


def _clock(hour: int, minute: int, part: str) -> frozenset[float]:
    at = hour % 24 * 60 + minute
    late = part[:1] == "p" or part in ("tarde", "noche", "noite", "afternoon", "evening", "night")
    if late:
        return frozenset({float(at + 720 if hour < 12 else at)})
    if part:  # "12 am" is midnight, "12 de la mañana" noon
        early = 0 if part[0] == "a" and hour == 12 else at
        return frozenset({float(early), *((720.0 + minute,) if hour == 12 else ())})
    return frozenset({float(at), *((float(at + 720),) if 0 < hour < 12 else ())})

"""Numbers and amounts as people write them, in Spanish, Portuguese and English: "1.500,50",
"veinticinco", "2 mil", "R$ 80", "20 euros".

Each is read with its place in the text, in one pass.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

import msgspec

from recado.language.detection import LanguageCode
from recado.language.reading import fold_word

_UNITS = (
    "cero zero", "uno um one", "dos dois duas two", "tres three", "cuatro quatro four",
    "cinco five", "seis six", "siete sete seven", "ocho oito eight", "nueve nove nine",
    "diez dez ten", "once onze eleven", "doce doze twelve", "trece treze thirteen",
    "catorce quatorze catorze fourteen", "quince quinze fifteen", "dieciseis dezesseis sixteen",
    "diecisiete dezessete seventeen", "dieciocho dezoito eighteen",
    "diecinueve dezenove nineteen", "veinte vinte twenty", "veintiuno veintiun",
    "veintidos", "veintitres", "veinticuatro", "veinticinco", "veintiseis", "veintisiete",
    "veintiocho", "veintinueve",
)  # fmt: skip
_TENS = (
    "treinta trinta thirty", "cuarenta quarenta forty", "cincuenta cinquenta fifty",
    "sesenta sessenta sixty", "setenta seventy", "ochenta oitenta eighty",
    "noventa ninety", "cien ciento cem cento",
)  # fmt: skip
#: What stands for a number, folded; articles do not.
NUMBER_WORDS = {word: value for value, words in enumerate(_UNITS) for word in words.split()} | {
    word: 10 * ten for ten, words in enumerate(_TENS, 3) for word in words.split()
}
_TIMES = {"hundred": 100, "mil": 1000, "thousand": 1000, "k": 1000}
_THOUSANDS = frozenset({"mil", "thousand"})
_AND = frozenset({"y", "e", "and"})
_FIGURES = re.compile(r"(?<![\w.,/:-])[-+]?\d{1,15}(?:[.,]\d{1,6}){0,4}(?![\d/:]|[.,]\d)")
_TOKEN = re.compile(r"[^\W\d_]{1,64}")
_SPACES = re.compile(r"[\s-]{0,3}")
_BEFORE = re.compile(r"(R\$|US\$|[$€£])\s?$", re.IGNORECASE)
_AFTER = re.compile(
    r"\s?(€|£|\$|euros?\b|eur\b|pesos?\b|reais\b|real\b|d[oó]lar(?:es|s)?\b|dollars?\b|usd\b"
    r"|mxn\b|cop\b|ars\b|clp\b|brl\b|soles\b|bucks\b|libras?\b|pounds?\b)",
    re.IGNORECASE,
)
#: A figure that says something else: an hour, a share, a unit.
_NO_COUNT = re.compile(r"\s?(?:%|:\d|h\b|hs\b|hrs?\b|am\b|pm\b|a\.m|p\.m)", re.IGNORECASE)
_MOST_WORDS = 8
_MOST_CHARS = 2000


class Number(msgspec.Struct, frozen=True):
    """A number from `start` to `end`. `money`: a currency stands beside it."""

    value: float
    start: int
    end: int
    money: bool = False


@lru_cache(maxsize=256)
def numbers_in(text: str, language: LanguageCode) -> tuple[Number, ...]:
    """The numbers in a text, in order. Hours and shares are none."""
    text = text[:_MOST_CHARS]
    tokens = list(_TOKEN.finditer(text))
    starts = {token.start(): at for at, token in enumerate(tokens)}
    found = [
        *_figures(_FIGURES.finditer(text), tokens, starts, text, language),
        *_words(tokens, text),
    ]
    found.sort(key=lambda number: number.start)
    ends = [0, *(number.end for number in found)]
    return tuple(
        _priced(number, text)
        for number, end in zip(found, ends, strict=False)
        if number.start >= end
    )


def _figures(
    figures: Iterable[re.Match[str]],
    tokens: Sequence[re.Match[str]],
    starts: dict[int, int],
    text: str,
    language: LanguageCode,
) -> Iterator[Number]:
    for figure in figures:
        end, value = figure.end(), _value(figure[0], language)
        if _NO_COUNT.match(text, end):
            continue
        after = _SPACES.match(text, end)
        at = starts.get(after.end() if after else end)
        if at is not None and (times := _TIMES.get(fold_word(tokens[at][0]))):
            value, end = value * times, tokens[at].end()
        elif end < len(text) and (text[end].isalpha() or text[end] == "_"):
            continue  # a part of a word: "3er", "15dias" is read elsewhere
        yield Number(value, figure.start(), end)


def _value(figure: str, language: LanguageCode) -> float:
    """ "1.500" is a thousand and more in Spanish, "1,500" in English; two signs tell it apart."""
    sign = -1.0 if figure.startswith("-") else 1.0
    plain = figure.lstrip("+-")
    separators = [char for char in plain if char in ".,"]
    if not separators:
        return sign * float(plain)
    decimal = separators[-1]
    last = plain.rpartition(decimal)[2]
    grouped = len(set(separators)) == 1 and len(last) == 3
    if grouped and (len(separators) > 1 or decimal == ("," if language == "en" else ".")):
        return sign * float(plain.replace(decimal, ""))
    other = "," if decimal == "." else "."
    whole, _, part = plain.rpartition(decimal)
    return sign * float(f"{whole.replace(other, '').replace(decimal, '')}.{part}")


def _words(tokens: Sequence[re.Match[str]], text: str) -> Iterator[Number]:
    at = 0
    while at < len(tokens):
        number, taken = _spelled(tokens, at, text)
        if number is not None:
            yield number
        at += taken


def _spelled(tokens: Sequence[re.Match[str]], at: int, text: str) -> tuple[Number | None, int]:
    """ "treinta y cinco", "dos mil", "twenty-five": the number that begins at a token."""
    first, total, part, end, taken = tokens[at], 0, 0, 0, 0
    for step in range(_MOST_WORDS):
        if at + step >= len(tokens):
            break
        token = tokens[at + step]
        if step and text[tokens[at + step - 1].end() : token.start()].strip(" -"):
            break
        word = fold_word(token[0])
        if word in NUMBER_WORDS and (step == 0 or _may_follow(part, NUMBER_WORDS[word])):
            part += NUMBER_WORDS[word]
        elif word == "hundred" and 0 < part < 10:
            part *= 100
        elif word in _THOUSANDS and total == 0 and (step or word == "mil"):
            total, part = (part or 1) * 1000, 0
        elif step and word in _AND:
            continue
        else:
            break
        end, taken = token.end(), step + 1
    if not taken:
        return None, 1
    return Number(float(total + part), first.start(), end), taken


def _may_follow(part: int, value: int) -> bool:
    """Whether a smaller number goes on a greater one: "treinta" "cinco", not "dos" "tres"."""
    return (
        part == 0 or (part >= 100 and value < 100) or (part >= 20 and part % 10 == 0 > value - 10)
    )


def _priced(number: Number, text: str) -> Number:
    before = _BEFORE.search(text, max(0, number.start - 5), number.start)
    after = _AFTER.match(text, number.end)
    if not before and not after:
        return number
    start = before.start() if before else number.start
    return Number(number.value, start, after.end() if after else number.end, money=True)

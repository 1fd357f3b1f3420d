"""Sizes that are asked for ("caño de 63", "talla 42", "1/2 pulgada"), and whether a text tells of
them: the row of another size is no answer."""

from __future__ import annotations

import re

#: More than anybody asks for in one message.
_MOST_CHARS = 2000
_NUMBER = r"\d{1,5}(?:[.,/]\d{1,3})?"
_NAMED = re.compile(
    r"\b(?:de|del|d|talla|talle|numero|número|nro|tama[nñ]h?o|size|tamanho|calibre|modelo)"
    rf"\s{{1,3}}({_NUMBER})(?![\w.,/]*\d)",
    re.IGNORECASE,
)
_WITH_UNIT = re.compile(
    rf"(?<![\w.,/])({_NUMBER})\s?(?:mm|cm|pulgadas?|polegadas?|inch(?:es)?|watts?|hp|volts?)\b"
    rf"|(?<![\w.,/])({_NUMBER})\s?[\"”″]",
    re.IGNORECASE,
)
#: "de 8 a 10", "de 5 am", "de 2 años", "de 6 personas": no size; "de 2026": a year.
_NO_SIZE = re.compile(
    r"\s{0,3}(?:[:-]|(?:a|as|às|to|h|hs|hrs?|am|pm|a[nñ]os?|years?|m[eê]s|mes(?:es)?|months?|d[ií]as?"
    r"|days?|semanas?|weeks?|horas?|hours?|minutos?|min|personas?|pessoas|people|pesos|reais|mil"
    r"|d[oó]lares|usd|cuotas|vezes|la)\b)",
    re.IGNORECASE,
)
_YEAR = re.compile(r"(?:19|20)\d\d")
_IN_TEXT = re.compile(r"(?<!\d)\d{1,6}(?:[.,/]\d{1,3})?")
_RANGE = re.compile(
    r"(?<!\d)(\d{1,5})\s{0,3}(?:mm|cm|kg|w|\"|['’])?\s{0,3}(?:a|al|hasta|y|até|ate|e|to|and|–|-)\s{1,3}"
    r"(\d{1,5})",
    re.IGNORECASE,
)


def sizes_in(text: str) -> frozenset[str]:
    """The sizes that are asked for, as numbers are written: "63", "1/2"."""
    text = text[:_MOST_CHARS]
    found = {
        it[1]
        for it in _NAMED.finditer(text)
        if not _NO_SIZE.match(text, it.end()) and not _YEAR.fullmatch(it[1])
    }
    found |= {it[1] or it[2] for it in _WITH_UNIT.finditer(text)}
    return frozenset(_plain(number) for number in found)


def tells_sizes(text: str, sizes: frozenset[str]) -> bool:
    """Whether a text may tell of one of the sizes: it names it, a range around it, or no number."""
    told = {_plain(it[0]) for it in _IN_TEXT.finditer(text)}
    if not told or not sizes or told & sizes:
        return True
    wanted = [float(it) for it in sizes if it.isdigit()]
    return any(
        float(low) <= number <= float(high)
        for low, high in _RANGE.findall(text)
        for number in wanted
    )


def _plain(number: str) -> str:
    number = number.replace(",", ".")
    return number.lstrip("0") or "0"

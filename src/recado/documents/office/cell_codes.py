"""Formats of a spreadsheet's cells, such as `#,##0.00 "€"`: ECMA-376, 18.8.30 and 18.8.31."""

from __future__ import annotations

import locale
import re
from functools import lru_cache

import msgspec

from recado.language.detection import LanguageCode

#: The formats that a workbook names by number only; 14 is the reader's short date.
BUILT_IN = {
    1: "0", 2: "0.00", 3: "#,##0", 4: "#,##0.00", 9: "0%", 10: "0.00%", 11: "0.00E+00",
    12: "# ?/?", 13: "# ??/??", 14: "short", 15: "d mmm yy", 16: "d mmm", 17: "mmm yy",
    18: "h:mm AM/PM", 19: "h:mm:ss AM/PM", 20: "h:mm", 21: "h:mm:ss", 22: "short h:mm",
    37: "#,##0;-#,##0", 38: "#,##0;-#,##0", 39: "#,##0.00;-#,##0.00", 40: "#,##0.00;-#,##0.00",
    41: "#,##0;-#,##0;-", 42: "#,##0;-#,##0;-", 43: "#,##0.00;-#,##0.00;-",
    44: "#,##0.00;-#,##0.00;-", 45: "mm:ss", 46: "[h]:mm:ss", 47: "mm:ss.0", 48: "##0.0E+0",
    49: "@",
}  # fmt: skip
_TOKEN = re.compile(
    r'"(?P<quoted>[^"]{0,400})"|\\(?P<escaped>.)|_.|\*(?P<fill>.)|\[(?P<bracket>[^\]]{0,400})\]'
    r"|(?P<half>AM/PM|A/P)|(?P<general>general|est[áa]ndar|geral)|(?P<short>short)"
    r"|(?P<power>E[+-]0+)|(?P<date>y+|m+|d+|h+|s+(?:\.0+)?|e+)"
    r"|(?P<digits>[0#?.,]+)|(?P<other>.)",
    re.IGNORECASE | re.DOTALL,
)
_CURRENCY = re.compile(r"\$([^-\]]*)(?:-([0-9a-f]+))?", re.IGNORECASE)
_CONDITION = re.compile(r"(<=|>=|<>|<|>|=)\s?(-?\d+(?:\.\d+)?)")
_TESTS = {
    "<": lambda value, bound: value < bound,
    ">": lambda value, bound: value > bound,
    "<=": lambda value, bound: value <= bound,
    ">=": lambda value, bound: value >= bound,
    "=": lambda value, bound: value == bound,
    "<>": lambda value, bound: value != bound,
}
#: 31 December 9999; what lies beyond is no date._LONGEST_FORMAT = 400

_LONGEST_FORMAT = 400


class Conventions(msgspec.Struct, frozen=True):
    """How the reader's country writes: the names of days in `language`, a comma before decimals,
    and the day from which dates are counted."""

    language: LanguageCode = "en"
    comma: bool = False
    since_1904: bool = False


class Token(msgspec.Struct, frozen=True):
    """`sort`: literal, digits, power, percent, slash, general, text (the cell's own), date (its
    letters; i for minutes), elapsed, half (AM/PM), short (the reader's short date)."""

    sort: str
    text: str


class Section(msgspec.Struct, frozen=True):
    """How the values that meet its `condition` are shown."""

    tokens: tuple[Token, ...]
    condition: tuple[str, float] | None = None

    @property
    def sorts(self) -> set[str]:
        return {token.sort for token in self.tokens}


def country_of(code: str) -> str:
    """The country's language that a currency in a format names ("es_MX"), "" for none."""
    for bracket in re.findall(r"\[(\$[^\]]{1,20})\]", code):
        found = _CURRENCY.match(bracket)
        if found and found[1] and found[2] and len(found[2]) <= 8:
            return locale.windows_locale.get(int(found[2], 16) & 0xFFFF, "")
    return ""


@lru_cache(maxsize=2000)
def sections_of(code: str) -> tuple[Section, ...]:
    """Up to four: for numbers, for negative ones, for zero, for texts."""
    parts: list[list[Token]] = [[]]
    conditions: list[tuple[str, float] | None] = [None]
    for found in _TOKEN.finditer(code[:_LONGEST_FORMAT]):
        sort, text = _token(found)
        if sort == "next" and len(parts) < 4:
            parts.append([])
            conditions.append(None)
        elif sort == "condition" and (test := _CONDITION.fullmatch(text)):
            conditions[-1] = (test[1], float(test[2]))
        elif sort:
            parts[-1].append(Token(sort, text))
    return tuple(
        Section(tuple(_with_minutes(tokens)), condition)
        for tokens, condition in zip(parts, conditions, strict=True)
    )


def _token(found: re.Match[str]) -> tuple[str, str]:
    sort, text = found.lastgroup or "", found[0]
    if sort == "bracket":
        return _bracket(found["bracket"])
    if sort in {"quoted", "escaped"}:
        return "literal", found[sort]
    if sort == "fill":
        return "literal", " " if found["fill"] == " " else ""
    if sort in {"date", "half"}:
        return sort, text.lower()
    if sort == "other":
        return {";": "next", "%": "percent", "@": "text", "/": "slash"}.get(text, "literal"), text
    return sort, text


def _bracket(inside: str) -> tuple[str, str]:
    if currency := _CURRENCY.match(inside):
        return "literal", currency[1]
    if _CONDITION.fullmatch(inside):
        return "condition", inside
    if inside and set(inside.lower()) in ({"h"}, {"m"}, {"s"}):
        return "elapsed", inside.lower()
    return "", ""  # a colour


def _with_minutes(tokens: list[Token]) -> list[Token]:
    """An m after hours or before seconds stands for minutes."""
    timed = [at for at, it in enumerate(tokens) if it.sort in {"date", "elapsed"}]
    for place, at in enumerate(timed):
        if tokens[at].sort != "date" or tokens[at].text not in {"m", "mm"}:
            continue
        before = tokens[timed[place - 1]].text if place else ""
        after = tokens[timed[place + 1]].text if place + 1 < len(timed) else ""
        if before.startswith("h") or after.startswith("s"):
            tokens[at] = Token("date", tokens[at].text.replace("m", "i"))
    return tokens


def section_for(sections: tuple[Section, ...], value: float) -> tuple[Section | None, bool]:
    """The section that shows a value, and whether a minus is to stand before it."""
    if any(section.condition for section in sections):
        for section in sections:
            test = section.condition
            if test is None or _TESTS[test[0]](value, test[1]):
                return section, value < 0
        return None, False
    if value < 0 and len(sections) > 1:
        return sections[1], False
    if value == 0 and len(sections) > 2:
        return sections[2], False
    return sections[0], value < 0

"""Numbers as a format shows them."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

from recado.documents.office.cell_codes import Conventions, Section

#: Above it nobody reads digits.
LARGEST = Decimal("1e20")


def exact(value: float) -> Decimal:
    """With the 15 digits that a spreadsheet keeps: 0.1 + 0.2 is 0.3."""
    return Decimal(f"{value:.15g}")


def general(value: float, conventions: Conventions) -> str:
    """A number without a format."""
    size = exact(abs(value))
    if size > LARGEST:
        return f"{value:g}"
    if size != size.to_integral_value() and size > Decimal("1e-9"):
        size = round(size, 10)
    text = f"{size.normalize():f}"
    if conventions.comma:
        text = text.replace(".", ",")
    return f"-{text}" if value < 0 and size else text


def shown_decimal(size: Decimal, section: Section, conventions: Conventions) -> str:
    """A number without its minus: in digits, percents, thousands, powers of ten."""
    digits = "".join(token.text for token in section.tokens if token.sort == "digits")
    before, _, after = digits.partition(".")
    thousands = len(before) - len(before.rstrip(",")) if not after else 0
    thousands += len(after) - len(after.rstrip(","))
    size *= Decimal(100) ** sum(token.sort == "percent" for token in section.tokens)
    size /= Decimal(1000) ** min(thousands, 5)
    after = after.replace(",", "").replace(".", "")
    power = next((token.text for token in section.tokens if token.sort == "power"), "")
    if power:
        exponent = size.adjusted() if size else 0
        size = size.scaleb(-exponent)
    size = size.quantize(Decimal(1).scaleb(-min(len(after), 20)), ROUND_HALF_UP)
    whole, _, decimals = f"{size:f}".partition(".")
    least = len(after.rstrip("#?"))
    decimals = decimals[:least] + decimals[least:].rstrip("0")
    grouped = "," in before.strip(",")
    signs = (",", ".") if conventions.comma else (".", ",")
    slots = before.replace(",", "")
    whole = whole.lstrip("0").rjust(slots.count("0"), "0")
    parts = _Digits(whole, len(slots), signs[1] if grouped else "", decimals, signs[0])
    shown = []
    for token in section.tokens:
        if token.sort == "digits":
            shown.append(parts.take(token.text))
        elif token.sort == "power":
            sign = "-" if exponent < 0 else "+" if "+" in power else ""
            shown.append(f"E{sign}{abs(exponent):0{power.count('0')}d}")
        else:
            shown.append(token.text)
    return tidy("".join(shown))


class _Digits:
    """Hands out a number's digits to the places that a format has for them, which may have other
    signs between them: `000-000-000`."""

    def __init__(self, whole: str, slots: int, group: str, decimals: str, point: str) -> None:
        self._whole = whole
        self._left = slots
        self._group = group
        self._decimals = decimals
        self._point = point
        self._begun = self._pointed = False

    def take(self, pattern: str) -> str:
        before, dot, _ = pattern.partition(".")
        text = "" if self._pointed else self._take_whole(len(before.replace(",", "")))
        if dot and not self._pointed:
            self._pointed = True
            text += f"{self._point}{self._decimals}" if self._decimals else ""
        return text

    def _take_whole(self, slots: int) -> str:
        if not slots:
            return ""
        rest = self._left - slots
        end = len(self._whole) - rest
        begin = max(end - slots, 0) if self._begun else 0
        self._left, self._begun = rest, True
        if not self._group:
            return self._whole[begin : max(end, 0)]
        return "".join(
            digit + (self._group if (left := len(self._whole) - at - 1) and left % 3 == 0 else "")
            for at, digit in enumerate(self._whole)
            if begin <= at < end
        )


def shown_fraction(size: Decimal, section: Section) -> str:
    """A number without its minus as `1 1/4`."""
    patterns = [token.text for token in section.tokens if token.sort == "digits"]
    mixed = len(patterns) > 2
    whole = int(size) if mixed else 0
    most = 10 ** min(len(patterns[-1]), 5) - 1
    part = Fraction(size - whole).limit_denominator(most)
    if mixed and part == 1:
        whole, part = whole + 1, Fraction(0)
    if mixed and part == 0:
        return str(whole)
    fraction = f"{part.numerator}/{part.denominator}"
    return f"{whole} {fraction}" if whole else fraction


def tidy(text: str) -> str:
    """Without the room that a format leaves for signs."""
    return " ".join(text.split())

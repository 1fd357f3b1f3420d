"""What a document is, in a line or two: its title, how it begins, its totals and dates.

Taken out of its own words, so nothing in it is made up; in Spanish, Portuguese and English.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from recado.language.reading import fold
from recado.media.reading.port import Piece

_TITLE_CHARS, _SENTENCE_CHARS, _LABEL_CHARS = 120, 220, 60
#: In pieces: totals stand at the end of a bill and at the front of a contract.
_LOOKED_AT = 60
_LINES = 2000
_JOINT = " · "

_AMOUNT = re.compile(
    r"(?:R\$|US\$|MX\$|\$|€|£|(?:EUR|USD|BRL|MXN|COP|ARS|CLP|PEN)\b)?\s?"
    r"\d[\d.,']{0,15}(?:\s?(?:€|£|\$|(?:EUR|USD|BRL|MXN|COP|ARS|CLP|PEN|euros|reais|pesos)\b))?"
)
_DATE = re.compile(
    r"\d{1,4}[/.-]\d{1,2}[/.-]\d{2,4}|\d{1,2}(?:º|\.)? (?:de )?[a-zç]{3,10}\.?,? (?:de )?\d{4}"
    r"|[A-Za-z]{3,9} \d{1,2}, \d{4}",
    re.IGNORECASE,
)
_TOTAL = re.compile(
    r"\b(?:total(?:es)?|importe|amount due|balance due|valor a pagar|saldo|liquido a receber)\b"
)
_SUBTOTAL = re.compile(r"\bsub ?-?total|\btotal (?:de )?(?:paginas|pages|itens|items|unidades)\b")
_DAY = re.compile(
    r"\b(?:fecha|data|date|dated|emision|emissao|emitida|vence|vencimiento|vencimento|due|"
    r"entrega|delivery|valido hasta|valida ate|valid until)\b"
)
_WORDS = re.compile(r"[^\W\d_]{2,}")


def summary_of(pieces: Sequence[Piece]) -> str:
    """`Factura 2026/113 · Gracias por su compra. · Total: 1.234,50 € · Fecha: 3/4/2026`; "" where
    there is nothing to tell."""
    lines = list(_lines(pieces))
    title = next((line for line in lines if _WORDS.search(line)), "")[:_TITLE_CHARS].strip()
    told = [title, _beginning(lines, title)]
    told += _totals(lines)
    told += _days(lines)
    kept = list(dict.fromkeys(it for it in told if it))
    return _JOINT.join(it for it in kept if not any(it != other and it in other for other in kept))


def _lines(pieces: Sequence[Piece]) -> Iterator[str]:
    """The lines that are told of: a table's rows as `Total | 1.234,50 €`."""
    half = _LOOKED_AT // 2
    looked_at = pieces if len(pieces) <= _LOOKED_AT else (*pieces[:half], *pieces[-half:])
    for piece in looked_at:
        for line in piece.text.split("\n")[:_LINES]:
            words = line.strip().strip("#*").strip()
            if words.startswith("|"):
                cells = (cell.strip() for cell in words.strip("|").split("|"))
                words = " | ".join(cell for cell in cells if cell and set(cell) != {"-"})
            words = words.removeprefix("- ")
            if words:
                yield words[:1000]


def _beginning(lines: Iterable[str], title: str) -> str:
    """The first line of running text, as far as it goes."""
    for line in lines:
        running = " | " not in line and ": " not in line[:30]
        if line.startswith(title) or not running or len(_WORDS.findall(line[:300])) < 6:
            continue
        sentence = re.split(r"(?<=[.!?])\s", line[: _SENTENCE_CHARS + 1], maxsplit=1)[0]
        return sentence if len(line) <= _SENTENCE_CHARS else f"{sentence[:_SENTENCE_CHARS]}…"
    return ""


def _totals(lines: Sequence[str]) -> list[str]:
    """The last two that are no subtotals: the one to pay stands below the others."""
    found = []
    for at, line in enumerate(lines):
        folded = fold(line)
        if not _TOTAL.search(folded) or _SUBTOTAL.search(folded):
            continue
        following = lines[at + 1] if at + 1 < len(lines) else ""
        if amount := _last_amount(line):
            found.append(f"{_label(line[: amount.start()], _TOTAL)}: {_tidy(amount[0])}")
        elif len(line) <= _LABEL_CHARS and (below := _AMOUNT.fullmatch(following.strip())):
            found.append(f"{line.rstrip(' :.')}: {_tidy(below[0])}")
    return list(dict.fromkeys(found))[-2:]


def _last_amount(line: str) -> re.Match[str] | None:
    found = (it for it in _AMOUNT.finditer(line) if not line[it.end() :].startswith(("%", " %")))
    return max(found, key=lambda it: it.start(), default=None)


def _tidy(amount: str) -> str:
    return amount.strip().rstrip(".,'")


def _days(lines: Iterable[str]) -> list[str]:
    found = []
    for line in lines:
        if (day := _DATE.search(line)) and _DAY.search(fold(line[: day.start()])):
            found.append(f"{_label(line[: day.start()], _DAY)}: {day[0]}")
    return list(dict.fromkeys(found))[:2]


def _label(line: str, word: re.Pattern[str]) -> str:
    """The words around `word` up to a sign that parts them: `Total a pagar`."""
    parts = re.split(r"[|:·]|\.{2,}|\s{2,}|\d", line)
    found = next((part for part in parts if word.search(fold(part))), "")
    return found.strip(" .,-–—€$")[:_LABEL_CHARS] or "Total"

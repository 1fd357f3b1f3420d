"""What costs nothing or less: an answer that gives something away says it of what the business
says it of. "El envío es gratis desde 35 €" gives no cake away."""

from __future__ import annotations

import re
from collections.abc import Iterator

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.quality.given import Given
from recado.language.detection import LanguageCode, known_language
from recado.language.reading import fold

_GIFTS: dict[str, re.Pattern[str]] = {
    "free": re.compile(
        r"\b(?:gratis|gratuit[oa]s?|sin (?:ningun )?(?:costo|coste|cargo)"
        r"|no (?:cuesta|cuestan|pagas|pagan|cobramos) nada"
        r"|(?:no|nao) (?:se cobra|es cobrad\w|e cobrad\w|ha custo|hay costo|tem custo|tiene costo)"
        r"|sem (?:nenhum )?custo|de graca|for free|(?:is|are|it ?s|totally"
        r"|completely)"
        r" free\b(?! (?:to|from|of (?!charge)))|free of charge|at no (?:extra )?cost|no charge"
        r"|complimentary|costs? nothing)\b"
    ),
    "given": re.compile(
        r"\b(?:(?:te|le|os|les|se lo|se la) regalo|regalamos|invita la casa|de cortesia"
        r"|on the house|por nossa conta|de presente)\b"
    ),
    "less": re.compile(
        r"\b(?:descuentos?|descontamos|rebajas?|rebajamos|mitad de precio|medio precio"
        r"|promocion(?:es)?"
        r"|ofertas? especial(?:es)?|descontos?|metade do preco|promoc(?:ao|oes)|discounts?"
        r"|discounted"
        r"|half price|special offers?|reduced price|cupon(?:es)?|cupom|cupons|coupons?|vouchers?)\b"
    ),
}
_NOT = re.compile(
    r"\b(?:no|ni|not|nao|nunca|never|ningun|ninguna|nenhum|nenhuma|any|sin|sem|without|tampoco"
    r"|aren ?t|don ?t|isn ?t|doesn ?t|can ?t|cannot|unfortunately|lamentablemente|infelizmente)\b"
)
# one clause: signs that end it, ends of lines
_CLAUSES = re.compile(r"[^.!?;\n]+[.!?;]?")
_NUMBER = re.compile(r"\d{1,15}")
#: Says nothing of what is given away.
_EMPTY = {
    "hoy",
    "hoje",
    "today",
    "siempre",
    "sempre",
    "always",
    "todo",
    "tudo",
    "everything",
    "all",
}


def given_away(answer: str, given: Given) -> str | None:
    """The first clause that gives away what the business does not; None: there is none."""
    for clause in _clauses(answer):
        folded = fold(clause)
        for pattern in _GIFTS.values():
            found = pattern.search(folded)
            if not found or clause.rstrip().endswith("?") or _is_refused(folded, found):
                continue
            if not _is_said(clause, pattern, given):
                return clause.strip()
    return None


def _clauses(text: str) -> Iterator[str]:
    yield from (it[0] for it in _CLAUSES.finditer(text) if it[0].strip())


def _is_refused(folded: str, found: re.Match[str]) -> bool:
    before = folded[: found.start()]
    return bool(_NOT.search(before[-50:]))


def _is_said(clause: str, pattern: re.Pattern[str], given: Given) -> bool:
    language = known_language(given.language)
    about = _about(clause, pattern, language)
    if not about:  # "Sí, es gratis": of what was asked
        about = _about(given.question.text, pattern, language)
    for line in _lines(given.sources.text):
        if pattern.search(fold(line)):
            for code in (language, *{"es", "pt", "en"} - {language}):
                if about & _about(line, pattern, code):  # type: ignore[arg-type]
                    return True
    return False


def _lines(text: str) -> Iterator[str]:
    """The paragraphs of the sources, each after its heading."""
    lines = text.split("\n")
    for at, line in enumerate(lines):
        if line.strip():
            yield f"{lines[at - 1]} {line}" if at else line


def _about(text: str, pattern: re.Pattern[str], language: LanguageCode) -> set[str]:
    """What a text is about, beside the gift."""
    bare = pattern.sub(" ", fold(text))
    words = {word.stem for word in analyse(bare, language).words}
    return (words - _EMPTY) | {f"#{number}" for number in _NUMBER.findall(bare)}

"""A summary without a model: what was asked first, the facts that were given, what is open."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.port import ContextMessage
from recado.language.detection import known_language
from recado.language.intent import classify_intent
from recado.language.reading import to_think_about

MAX_CHARS = 700
_QUOTED_CHARS = 120
#: What is read of one message: a summary may be of hundreds.
_READ_CHARS = 800
#: Of many facts the first (who it is) and the newest (what it is about) stay.
_FACTS_OF_EACH_END = 4
_LABELS = {
    "es": ("Antes", "Pidió", "Datos", "Lo último", "Respuesta"),
    "pt": ("Antes", "Pediu", "Dados", "Por último", "Resposta"),
    "en": ("Before", "Asked", "Facts", "Last", "Answer"),
}
#: A part of an earlier summary: its label, in whatever language it was.
_PART = re.compile(
    rf"(?:^|(?<=[.…»] ))({'|'.join(label for labels in _LABELS.values() for label in labels)}): "
)
_FACT_LABELS = {labels[2] for labels in _LABELS.values()}
_ANSWER_LABELS = {labels[4] for labels in _LABELS.values()}
_EARLIER_CHARS = 200
_MONTHS = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    "|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
)
_NAME = re.compile(
    r"(?:me llamo|mi nombre es|me chamo|meu nome é|my name is)\s+"
    r"([^\W\d_]+(?:\s[A-ZÁÉÍÓÚÑÃÕÇ][^\W\d_]+)?)",
    re.IGNORECASE,
)
#: All facts but names have one or the other.
_NUMBER_OR_ADDRESS = re.compile(r"[\d@]")
_FACTS = (
    _NAME,
    re.compile(r"([\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w)"),
    re.compile(
        r"((?:pedido|orden|factura|reserva|encomenda|nota|order|invoice|booking)s?"
        r"\s{0,3}(?:n[.º°o]{0,3}|número|numero|number|#)?\s{0,3}#?\s{0,3}[A-Z]{0,4}-?\d{3,30})",
        re.IGNORECASE,
    ),
    re.compile(
        r"((?:R\$|US\$|[$€£])\s?\d[\d.,]{0,20}|\d[\d.,]{0,20}\s?(?:€|euros|pesos|reais|dollars|usd))",
        re.IGNORECASE,
    ),
    re.compile(
        rf"(\d{{1,2}}[/-]\d{{1,2}}(?:[/-]\d{{2,4}})?|\d{{1,2}} (?:de |of )?(?:{_MONTHS})"
        rf"|(?:{_MONTHS}) \d{{1,2}})\b",
        re.IGNORECASE,
    ),
    re.compile(r"(\+?\d[\d ()-]{7,30}\d)"),
)
_SMALL_TALK = {"greeting", "thanks", "goodbye", "affirmation", "negation", "help"}


def summarise_by_extraction(messages: Sequence[ContextMessage], language: str) -> str:
    """A summary of at most 700 characters in the contact's own words, "" when nothing was said.

    An earlier summary among `messages` (role `system`) leads, shortened; its facts stay facts.
    """
    code = known_language(language)
    before, asked, facts, last, answer = _LABELS[code]
    texts = (to_think_about(m.content, _READ_CHARS).strip() for m in messages if m.role == "user")
    said = [text for text in texts if text]
    requests = [text for text in said if _says_something(text, code)] or said
    earlier, known = _read(" ".join(m.content for m in messages if m.role == "system"))
    replies = [m.content for m in messages if m.role in {"assistant", "agent"}]
    found = list(dict.fromkeys([*known, *_facts(said)]))
    if len(found) > 2 * _FACTS_OF_EACH_END:
        found = found[:_FACTS_OF_EACH_END] + found[-_FACTS_OF_EACH_END:]
    parts = [
        f"{before}: {_short(earlier, _EARLIER_CHARS)}" if earlier else "",
        f"{asked}: {'; '.join(_quoted(text) for text in requests[:2])}." if requests else "",
        f"{facts}: {', '.join(found)}." if found else "",
        f"{last}: {_quoted(requests[-1])}." if len(requests) > 2 else "",
        f"{answer}: {_quoted(replies[-1])}." if replies else "",
    ]
    return _short(" ".join(part for part in parts if part), MAX_CHARS)


def _read(summary: str) -> tuple[str, list[str]]:
    """What a summary says was asked, without its labels, and its facts."""
    start, *parts = _PART.split(summary)
    asked: list[str] = [start]
    facts: list[str] = []
    for label, told in zip(parts[::2], parts[1::2], strict=True):
        if label in _FACT_LABELS:
            facts += told.strip(" .").split(", ")
        elif label not in _ANSWER_LABELS:
            asked.append(told)
    return " ".join(part.strip() for part in asked if part.strip()), facts


def _says_something(text: str, language: str) -> bool:
    code = known_language(language)
    analysis = analyse(text, code)
    if not analysis.words and not analysis.strong:
        return False
    return classify_intent(text, code).name not in _SMALL_TALK


def _facts(texts: Sequence[str]) -> Iterator[str]:
    with_numbers = [text for text in texts if _NUMBER_OR_ADDRESS.search(text)]
    for pattern in _FACTS:
        for text in texts if pattern is _NAME else with_numbers:
            yield from (match.strip(" .,") for match in pattern.findall(text))


def _quoted(text: str) -> str:
    return f"«{_short(text, _QUOTED_CHARS)}»"


def _short(text: str, most: int) -> str:
    text = " ".join(text.split())
    return text if len(text) <= most else text[: most - 1].rsplit(" ", 1)[0] + "…"

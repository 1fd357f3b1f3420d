"""Figures in an answer that nothing given says: the invented price, hour, date, number."""

from __future__ import annotations

import re
from collections.abc import Callable

from recado.assistant.quality.figures import Day, Figure, codes_in, days_in, figures_in, prepared
from recado.assistant.quality.given import Given
from recado.assistant.quality.links import without_links
from recado.assistant.quality.sums import computes
from recado.language.reading import fold, fold_word

#: Small whole numbers count things; a model may count without being taught.
_COUNTING = 10
_PHONE_TAIL = 7
_LEFT = 60
_CLAUSE = re.compile(r"[.,;:!?¿¡\n()](?=\s|$|[¿¡(])|[¿¡(\n]")
#: Before an amount: the business asks for it or gives it.
_PRICED = re.compile(
    r"\b(?:cuesta|cuestan|costar\w{0,3}|vale|valen|precio|precios|sale|salen|saldria|queda|quedan"
    r"|dejo|dejamos|cobro|cobramos|cobran|pagas|pagan|paga|pagar\w{0,3}|tarifa|oferta"
    r"|descuento|rebaja"
    r"|regal\w{1,5}|devol\w{1,8}|reembols\w{1,6}|costo|coste|total|solo|apenas|por"
    r"|custa|custam|preco|precos|sai|fica|valor|desconto|cobramos|reembolso|so"
    r"|cost|costs|price|prices|priced|charge|charges|fee|discount|refund|only|just|pay|is"
    r"|are|for|off)\b"
)
#: Before an amount: it is the contact's own.
_OWN = re.compile(
    r"^(?:\W|si|sim|yes|claro|no|nao|sure|of course|entonces|entao|so|y|e|and|pues|bueno|ok){0,40}?"
    r"(?:con|com|with|si|se|if)\b[^.;:!?]*$"
    r"|\b(?:pedido|compra|compras|billete|presupuesto|orcamento|gasto|gastas|gastar|llevas|tienes"
    r"|order|budget|spend|spending|note|bill|nota|encomenda|dices|mencionas|carrito|carrinho|cart)"
    r" (?:(?:de|do|da|of|por|for|los|sus|tus|your) ){0,2}$"
)
_SHARE_OF = re.compile(
    r"(?:\s{0,2}(?:de|of))?\s{0,2}(?:descuento|desconto|discount|off|menos|less|rebaja|de rebaja)\b"
)
#: Before a time: the business tells its hours by it.
_OPENS = re.compile(
    r"\b(?:abrimos|abre|abren|abrira|cerramos|cierra|cierran|atendemos|servimos|horario|open|opens"
    r"|opening|close|closes|closing|fechamos|fecha|fecham|abertos?|abiertos?|funcionamos|entregamos"
    r"|repartimos|deliver)\b"
)
#: Before an amount that others add up to.
_TOTAL = re.compile(
    r"\b(?:total|totales|juntos|juntas|together|altogether|suma|suman|in all|serian|seriam|seria"
    r"|comes to|tudo junto)\b"
)
#: What a contact would like to pay.
_HAGGLES = re.compile(
    r"\b(?:dej\w{1,5} en|hac\w{1,5} por|das? por|dan por|vend\w{1,4} (?:por|a)|faz(?:em)? por"
    r"|deixa\w{0,2} por|make it|sell it for|let me have it for|give it to me for)\b(.{0,40})"
)
_NOT = re.compile(r"\b(?:no|not|nao|nunca|never|don ?t|aren ?t|isn ?t|sin|sem|without)\b")


def ungrounded(answer: str, given: Given) -> str | None:
    """The first figure that nothing given says; None: all are said."""
    text = prepared(without_links(answer))
    for figure in figures_in(text):
        if not _TESTS[figure.kind](figure, text, given):
            return figure.written
    for day in days_in(text):
        if not _is_day_known(day, given):
            return text[day.start : day.end]
    return next((code for code in codes_in(text) if not _is_code_known(code, given)), None)


def _money(figure: Figure, text: str, given: Given) -> bool:
    before = _clause_before(figure, text)
    others = [it for it in figures_in(text) if it.kind == "money" and it.start != figure.start]
    if len(others) > 1 and _TOTAL.search(before) and not _is_addend(figure, text):
        return computes(figure, text, given)
    if not _NOT.search(before) and figure.values & _haggled_for(given.question.text):
        return False
    if _is_amount(figure, given.sources.amounts) or _is_price(figure, given):
        return True
    theirs = _is_amount(figure, given.said.amounts) or bool(figure.values & given.said.plain)
    if theirs and _OWN.search(before) and not _PRICED.search(before):
        return True
    return computes(figure, text, given)


def _is_addend(figure: Figure, text: str) -> bool:
    """One of the amounts that are added up: "2 × 28 € + 4 €"."""
    before, after = text[: figure.start].rstrip(" €$£"), text[figure.end :].lstrip(" €$£")
    return before[-1:] in ("+", "×", "x", "*") or after[:1] in ("+", "×", "x", "*", "=")


def _haggled_for(asked: str) -> frozenset[float]:
    found = [figures_in(it[1]) for it in _HAGGLES.finditer(fold(asked))]
    return frozenset(value for figures in found for it in figures for value in it.values)


def _is_amount(figure: Figure, amounts: tuple[Figure, ...]) -> bool:
    return any(
        figure.values & it.values and _is_same_currency(figure.unit, it.unit) for it in amounts
    )


def _is_price(figure: Figure, given: Given) -> bool:
    """A number without a kind, in a table of prices; not a small one, which counts things."""
    return any(
        value in given.sources.plain and (value > _COUNTING or value != int(value))
        for value in figure.values
    )


def _is_same_currency(one: str, other: str) -> bool:
    return one == other or not one or not other or {one, other} == {"$", "usd"}


def _share(figure: Figure, text: str, given: Given) -> bool:
    if figure.values & given.sources.shares:
        return True
    if not figure.values & given.said.shares:
        return False
    before = _clause_before(figure, text)
    after = fold(text[figure.end : figure.end + 20])
    return not (_PRICED.search(before) or _SHARE_OF.match(after)) or bool(_NOT.search(before))


def _offer(figure: Figure, text: str, given: Given) -> bool:
    refused = _NOT.search(_clause_before(figure, text))
    return bool(figure.values & given.sources.offers or refused)


def _time(figure: Figure, text: str, given: Given) -> bool:
    if figure.values & given.sources.times:
        return True
    if figure.values & given.said.times or figure.bare & given.said.plain:
        before = _clause_before(figure, text)
        return not _OPENS.search(before) or bool(_NOT.search(before))
    # "14 h" and the like: a length of time, or a number of no kind
    return any((value * 3600, "s") in given.sources.lengths for value in figure.bare)


def _length(figure: Figure, _text: str, given: Given) -> bool:
    for grounds in (given.sources, given.said):
        known = grounds.lengths
        if any((value, figure.unit) in known for value in figure.values):
            return True
        if figure.bare & grounds.plain:
            return True
    # "a las 9 h"
    written = fold_word(figure.written[-1:])
    hours = {value * 60 for value in figure.bare}
    is_hour = written in ("h", "s") and figure.unit == "s" and max(figure.bare, default=99) <= 24
    return bool(is_hour and hours & (given.sources.times | given.said.times)) or figure.in_words


def _count(figure: Figure, text: str, given: Given) -> bool:
    return figure.in_words or _plain(figure, text, given)


def _plain(figure: Figure, _text: str, given: Given) -> bool:
    today = given.today
    for value in figure.values:
        if value in given.sources.numbers or value in given.said.numbers:
            return True
        if value == int(value) and (value <= _COUNTING or value in (today.year, today.year + 1)):
            return True
    digits = "".join(c for c in figure.written if c.isdecimal())
    return len(digits) >= 5 and _is_number_known(digits, given)


def _phone(figure: Figure, text: str, given: Given) -> bool:
    digits = "".join(c for c in figure.written if c.isdecimal())
    return _is_number_known(digits, given)


def _is_number_known(digits: str, given: Given) -> bool:
    known = (*given.sources.phones, *given.said.phones)
    return any(_is_same_number(digits, it) for it in known)


def _is_same_number(one: str, other: str) -> bool:
    """Equal, or one with the code of its country or area."""
    short, long = sorted((one.lstrip("0"), other.lstrip("0")), key=len)
    return short == long or (len(short) >= _PHONE_TAIL and long.endswith(short))


def _is_day_known(day: Day, given: Given) -> bool:
    if (day.month, day.day) not in given.dates and not given.is_covered(day):
        return False
    today = given.today.year
    years = {it.year for grounds in (given.sources, given.said) for it in grounds.days}
    return not day.year or day.year in years or day.year in (today, today + 1)


def _is_code_known(code: str, given: Given) -> bool:
    folded = fold_word(code)
    if folded in given.sources.codes or folded in given.said.codes:
        return True
    bare = re.sub(r"[\W_]", "", folded)
    texts = (given.sources.text, given.said.text)
    return any(bare in re.sub(r"[\W_]", "", fold(text)) for text in texts)


def _clause_before(figure: Figure, text: str) -> str:
    """What stands before a figure in its clause, folded."""
    before = text[max(0, figure.start - _LEFT) : figure.start]
    parts = _CLAUSE.split(before)
    return fold(parts[-1]) if parts else ""


_Test = Callable[[Figure, str, Given], bool]
_TESTS: dict[str, _Test] = {
    "money": _money,
    "share": _share,
    "offer": _offer,
    "time": _time,
    "length": _length,
    "count": _count,
    "phone": _phone,
    "plain": _plain,
}

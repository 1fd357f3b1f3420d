"""The details that somebody gives of an order or a reservation: when, for how many, under which
name. Each kind once, in one pass of a linear pattern over folded text."""

import re
from functools import lru_cache

from recado.language.tokens import fold

_MONTH = (
    "enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|setiembre|octubre|noviembre"
    "|diciembre|janeiro|fevereiro|marco|maio|junho|julho|setembro|outubro|novembro|dezembro"
    "|january|february|march|april|may|june|july|august|september|october|november|december"
)
_FEW = (
    "dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|doce|dois|duas|quatro|sete|oito|nove|dez"
    "|two|three|four|five|six|seven|eight|nine|ten|twelve"
)
_PEOPLE = "personas|persona|pessoas|pessoa|people|persons|guests|pax|comensales|invitados|adultos"
_UNITS = (
    "euros?|eur|pesos?|reais|dolares|dollars?|usd|km|kms|min|mins|minutos?|minutes?|horas?|hours?"
    "|hs|hrs?|dias?|days?|semanas?|weeks?|mes|meses|months?|anos|years?|am|pm|h|a|de|o|y|e|or|and"
    "|veces|vezes|times|por|per|cm|mm|gb|x|g|gr|grs|gramos|gramas|grams|kg|kilos?|ml|litros?|l|mil"
)
_KINDS: dict[str, str] = {
    "day": (
        r"lunes|martes|miercoles|jueves|viernes|sabado|domingo|segunda|terca|quarta|quinta|sexta"
        r"|monday|tuesday|wednesday|thursday|friday|saturday|sunday|hoy|hoje|today|tonight|manana"
        r"|amanha|tomorrow|pasado manana|depois de amanha"
        rf"|\d{{1,2}} ?(?:de |of |do )?(?:{_MONTH})|(?:{_MONTH}) \d{{1,2}}(?:st|nd|rd|th)?"
        r"|\d{1,2}/\d{1,2}(?:/\d{2,4})?|(?:el|dia|del|the) \d{1,2}(?:st|nd|rd|th)?(?! ?[:h\d])"
    ),
    "time": (
        r"\d{1,2}[:.h]\d{2}|\d{1,2} ?(?:hs?|hrs|am|pm|a\.m|p\.m|horas)"
        r"|(?:a la|a las|as|at|las|tipo) \d{1,2}(?![\d%])|mediodia|meio ?dia|noon"
        rf"|(?:a las|as|at|las) (?:{_FEW}|once|onze|eleven)"
    ),
    "people": (
        rf"(?:\d{{1,4}}|{_FEW}) (?:{_PEOPLE})|(?:somos|seremos|vamos a ser|vamos ser|we are"
        rf"|para|for|mesa de|table of|party of)"
        rf" (?:unos |unas |uns |about )?(?:\d{{1,4}}(?![\d:./%])|{_FEW})"
        rf"(?! ?(?:{_UNITS})\b)"
    ),
    "quantity": rf"\d{{1,5}} (?!(?:{_UNITS}|{_PEOPLE}|{_MONTH})\b)[a-z]{{3,30}}",
    "number": (
        r"(?:pedido|orden|order|encomenda|reserva|factura|nro|numero|number|n[.º°o]?) ?"
        r"(?:n[.º°o]? ?|es |el |e o |is |do |del )?#? ?[a-z]{0,3}-?\d{3,12}|#\d{2,12}|\d{4,12}"
    ),
    "name": (
        r"(?:a nombre de|em nome de|no nome de|under|me llamo|mi nombre es|me chamo|meu nome e"
        r"|my name is|soy|nombre:?|nome:?|name:?) [a-z]{2,30}"
    ),
    "contact": r"\+\d[\d -]{7,16}\d|[\w.+-]{1,64}@[\w-]{1,64}\.\w{2,10}",
    "address": r"(?:calle|avenida|av\.?|rua|carrera|cra|street|road|avenue) [\w .]{1,40}?\d{1,5}",
}
# bounded: the _MOST_CHARS of a text that are looked at
_DETAIL = {kind: re.compile(rf"(?<![\w]){'(?:' + one + ')'}(?!\w)") for kind, one in _KINDS.items()}
_NUMBER = re.compile(r"(?<![\w.,:/])\d{1,5}(?![\w:/%])")
_MOST_CHARS = 1000


@lru_cache(maxsize=512)
def details_in(text: str) -> frozenset[str]:
    """The kinds of detail in a text: day, time, people, quantity, number, name, contact,
    address."""
    folded = fold(text[:_MOST_CHARS])
    return frozenset(kind for kind, pattern in _DETAIL.items() if pattern.search(folded))


@lru_cache(maxsize=512)
def how_many(text: str) -> int:
    """The greatest number of people or things that a text names, 0 where there is none."""
    folded = fold(text[:_MOST_CHARS])
    found = [
        int(number[0])
        for kind in ("people", "quantity")
        for match in _DETAIL[kind].finditer(folded)
        for number in _NUMBER.finditer(match[0])
    ]
    return max(found, default=0)

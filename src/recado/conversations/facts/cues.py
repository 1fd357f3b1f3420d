"""What people say before a fact about themselves, in Spanish, Portuguese and English."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import NamedTuple

from recado.conversations.facts.values import address, as_it_is, capitalised_name, clause, name

_IS = (
    r"(?:\s{0,3}:\s{0,3}|\s{1,3}(?:es|é|is|sería|seria)(?:\s{1,2}(?:el|la|o|a)(?=[\s:]))?"
    r"\s{0,3}:?\s{0,3}|\s{1,3})"
)
MAIL = r"([\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,60}\w)"
_NUMBER = r"(\+?\d[\d ()-]{6,24}\d)"
_CODE = r"([A-Z]{0,4}-?\d{3,15})\b"
ORDER = r"(?:pedido|orden|encomenda|order|reserva|booking|compra|factura|invoice|fatura)"
_NO = r"(?:\s{0,2}(?:n[.º°o]{1,3}|número|numero|number|num\.?|#)\s{0,2}#?)"
_MY = r"\b(?:mi|meu|minha|my)\s"
_MONTH = (
    r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|septiembre|octubre|noviembre|diciembre"
    r"|janeiro|fevereiro|março|maio|junho|julho|setembro|outubro|novembro|dezembro"
    r"|january|february|march|april|may|june|july|august|september|october|november|december)"
)
_DATE = (
    rf"(\d{{1,2}}[/.-]\d{{1,2}}(?:[/.-]\d{{2,4}})?"
    rf"|\d{{1,2}}º? (?:de |of )?{_MONTH}(?: (?:de |del )?\d{{4}})?"
    rf"|{_MONTH} \d{{1,2}}(?:, \d{{4}})?)"
)


class Cue(NamedTuple):
    """`value` makes the fact of what follows (of the pattern's group, where it has one), "" where
    it is none; `confidence` is 0–1."""

    kind: str
    pattern: re.Pattern[str]
    value: Callable[[str], str]
    confidence: float


CUES = (
    Cue(
        "name",
        re.compile(
            r"\b(?:me llamo|mi nombre es|me chamo|(?:o )?meu nome é|my name(?: is|'s))\s{1,3}",
            re.IGNORECASE,
        ),
        name,
        0.95,
    ),
    Cue(
        "name",
        re.compile(
            r"(?:^|[\n.,!] ?)(?:soy|te escribe|les escribe|sou(?: o| a)?|aqui é(?: o| a)?"
            r"|this is|i am|i'm|it's)\s{1,3}",
            re.IGNORECASE,
        ),
        capitalised_name,
        0.7,
    ),
    Cue(
        "email",
        re.compile(
            _MY + rf"(?:correo(?: electr[oó]nico)?|e-?mail|mail)(?: address)?{_IS}{MAIL}",
            re.IGNORECASE,
        ),
        as_it_is,
        0.95,
    ),
    Cue(
        "phone",
        re.compile(
            _MY
            + r"(?:otro |outro |other )?(?:n[uú]mero|tel[eé]fono|telefone|celular|m[oó]vil|whatsapp"
            r"|zap|phone(?: number)?|number|cell|mobile)"
            rf"(?: de (?:tel[eé]fono|telefone|celular|contacto|contato))?{_IS}{_NUMBER}",
            re.IGNORECASE,
        ),
        as_it_is,
        0.9,
    ),
    Cue(
        "order",
        re.compile(_MY + rf"{ORDER}(?:{_NO}|{_IS}{_NO}?){_CODE}", re.IGNORECASE),
        as_it_is,
        0.95,
    ),
    Cue("order", re.compile(rf"\b{ORDER}{_NO}{_CODE}", re.IGNORECASE), as_it_is, 0.85),
    Cue(
        "address",
        re.compile(
            r"\b(?:mi (?:direcci[oó]n|domicilio) es|vivo en|meu endereço é|moro (?:na|no|em)"
            r"|my address is|i live (?:at|in|on))\s{0,3}:?\s{0,3}",
            re.IGNORECASE,
        ),
        address,
        0.85,
    ),
    Cue(
        "birthday",
        re.compile(
            r"\b(?:mi cumpleaños es(?: el)?|nac[ií](?: el)?"
            rf"|meu anivers[aá]rio é(?: no dia| dia| em)?"
            r"|nasci (?:em|no dia|dia)|my birthday is(?: on)?|i was born on)"
            rf"\s{{1,3}}{_DATE}",
            re.IGNORECASE,
        ),
        as_it_is,
        0.9,
    ),
    Cue(
        "company",
        re.compile(
            r"\b(?:mi (?:empresa|negocio) (?:es|se llama)|minha empresa (?:é a|é|se chama)"
            r"|my company is(?: called)?)\s{1,3}",
            re.IGNORECASE,
        ),
        clause,
        0.75,
    ),
    Cue(
        "diet",
        re.compile(
            r"\b(?:soy|sou|i'?m|i am)\s{1,3}(?=(?:muy |super |very |muito )?(?:al[eé]rgic[oa]"
            r"|cel[ií]ac[oa]|intolerante|vegan[oa]?\b|vegetarian[oa]?\b|diab[eé]tic[oa]?\b|allergic"
            r"|coeliac|celiac|lactose))",
            re.IGNORECASE,
        ),
        clause,
        0.9,
    ),
    Cue(
        "diet",
        re.compile(
            r"\b(?=(?:tengo|tenho) (?:alergia|intolerancia|intolerância) )(?:tengo|tenho)\s",
            re.IGNORECASE,
        ),
        clause,
        0.9,
    ),
    Cue(
        "preference",
        re.compile(r"\b(?=prefiero |prefiro |i prefer |i'd rather )", re.IGNORECASE),
        clause,
        0.7,
    ),
)
#: Without one of these there is none of the above: most messages end here.
WORTH = re.compile(
    r"\b(?:mi|meu|minha|my|me|soy|sou|i'?m|i am|this is|it's|aqui|escribe|vivo|moro|i live"
    rf"|nac[ií]|nasci|born|tengo|tenho|prefi\w{{1,4}}|prefer|rather|{ORDER})\b|@",
    re.IGNORECASE,
)

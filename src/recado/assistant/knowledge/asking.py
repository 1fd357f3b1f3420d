"""What a question asks for, who, when, how much, how, and whether a text tells that."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache

from recado.language.lexicon import PhraseMatcher

#: What is asked for, by the folded words of a question in any of the three languages.
_ASKED = {
    "price": (
        "cuanto {te|me|nos|le|se|} {cuesta|cuestan|vale|valen|sale|salen|es|son|cobra|cobran|pago|"
        "piden|esta|estan|seria|saldria}, cuanto {por|la|el|un|una}, a como, precio{|s}, costo{|s},"
        "coste, tarifa{|s}, valor, presupuesto,"
        "quanto {te|me|} {custa|custam|e|eh|sai|saem|fica|ficam|vale|cobra|cobram|ta|esta|pago},"
        "preco{|s}, taxa, orcamento, how much, price{|s}, cost{|s}, fee{|s}, charge{|s}, rate{|s}"
    ),
    "duration": (
        "cuanto {tarda|tardan|demora|demoran|dura|duran|tiempo|rato}, cuantos {dias|meses|anos},"
        "{hace|desde} cuanto, antelacion, anticipacion, plazo{|s},"
        "quanto tempo, {demora|dura|prazo}, quantos {dias|meses|anos}, antecedencia,"
        "how {long|soon|early|many days}, cuando {me|} {llega|llegan|llegara}, quando {chega|cai}"
    ),
    "clock": (
        "que {hora|horas}, {a|hasta|desde} que hora, horario{|s},"
        "cuando {abren|cierran|hay|es|son},"
        "que horas, quando {abre|abrem|fecha|fecham|tem|e}, what time, {opening|business|} hours,"
        "when {do|does|are|is|can}, until when, hasta cuando, ate quando, que dia{|s}, what day{|s}"
    ),
    "place": (
        "donde, adonde, en que {calle|lugar|zona|barrio}, direccion, ubicacion, onde, aonde,"
        "endereco, localizacao, where, address, location"
    ),
    "person": "quien, quienes, quem, who, whose",
    "count": "cuantos, cuantas, quantos, quantas, how many",
    "way": "como, how {do|can|does|to|should|could}, {pasos|requisitos|tramite}",
    "contents": (
        "que {trae|traen|incluye|incluyen|lleva|llevan|viene|vienen|tiene},"
        "{o|} que {vem|inclui|tem},"
        "what {is in|s in|comes with|does it include|is included}, whats in, que sabor{|es}"
    ),
    "which": (
        "cual, cuales, qual, quais, which, que {tipo|tipos|clase|clases|opciones},{what|which} kind"
    ),
    "whether": (
        "{tienen|tiene|tenes|hay|venden|hacen|dan|aceptan|puedo|se puede|puede|es posible},"
        "{tem|vendem|fazem|aceitam|posso|da pra|pode}, {do you|can i|is there|are there|may i|does}"
    ),
    "reason": "por que, porque motivo, why",
    "contact": (
        "telefono, correo, mail, email, whatsapp, instagram, redes sociales, telefone, contato,"
        "phone, contact, redes"
    ),
}
#: What tells it, in a text as it is written. The parts are bounded: a passage is.
_TOLD: dict[str, re.Pattern[str]] = {
    "contents": re.compile(
        r",|\by\b|\be\b|\band\b|^\s{0,3}[-*]",
        re.IGNORECASE,
    ),
    "price": re.compile(
        r"(?:R\$|US\$|B/\.|S/\.?|RS|[$€£])\s?\d|\d\s?(?:€|£|\$|euros?|pesos|reais|soles|bs\b)"
        r"|\b(?:gratis|gratuit[oa]s?|gr[aá]tis|free|sin (?:costo|coste|cargo)|sem custo"
        r"|incluid[oa]s?|inclu[ií]d[oa]s?|included)\b|%",
        re.IGNORECASE,
    ),
    "duration": re.compile(
        r"\d\s?(?:h\b|horas?|hours?|d[ií]as?|days?|semanas?|weeks?|mes(?:es)?|m[eê]s"
        r"|months?|a[nñ]os?|anos?|years?|min)|\b(?:un|dos|tres|cuatro|cinco|um|dois|duas|tr[eê]s"
        r"|one|two|three|five|ten)\s(?:horas?|d[ií]as?|semanas?|meses|a[nñ]os|hours?|days?|weeks?"
        r"|months?|years?)|\b(?:desde|since|abert[ao] en|en|em|in)\s(?:19|20)\d\d|media hora"
        r"|meia hora|siguiente|seguinte|next day",
        re.IGNORECASE,
    ),
    "clock": re.compile(
        r"\b\d{1,2}[:.h]\d{2}|\b\d{1,2}\s?(?:h|hs|am|pm|a\.m\.|p\.m\.)\b"
        r"|\b(?:lunes|martes|mi[eé]rcoles|jueves|viernes|s[aá]bados?|domingos?|segunda|ter[cç]a"
        r"|quarta|quinta|sexta|mondays?|tuesdays?|wednesdays?|thursdays?|fridays?|saturdays?|sundays?"
        r"|todos los d[ií]as|todo dia|every day|24 h)",
        re.IGNORECASE,
    ),
    "place": re.compile(
        r"\b(?:calle|avenida|av\.|plaza|rua|pra[cç]a|andar|street|avenue|square|road|floor"
        r"|planta|carrera|local|edificio|pr[eé]dio|frente|junto|ao lado|next to|across|metro|barrio"
        r"|bairro|ciudad|cidade|recepci[oó]n|recep[cç][aã]o|https?:)\b|[a-z]\.[a-z]{2,}/",
        re.IGNORECASE,
    ),
    "person": re.compile(
        r"\b(?:Dra?\.|Sra?\.|Mr\.|Mrs\.)|[a-zà-ú,] [A-ZÁÉÍÓÚ][a-zà-ú]+ [A-ZÁÉÍÓÚ][a-zà-ú]+"
        r"|\b(?:somos|fundador|fundad|due[nñ]|don[oa]s?\b|founde|owner|team|equipo|equipe)",
    ),
    "count": re.compile(
        r"\d|\b(?:dos|tres|cuatro|cinco|seis|diez|dois|duas|tr[eê]s|quatro|dez|two|three|four"
        r"|five|six|ten)\b",
        re.IGNORECASE,
    ),
    "contact": re.compile(
        r"@|\b(?:whatsapp|tel[eé]fono|telefone|phone|correo|e-?mail|instagram)\b|\d{3}[ -]\d{3}",
        re.IGNORECASE,
    ),
}


KINDS = tuple(_ASKED)


@cache
def _asked() -> PhraseMatcher[str]:
    return PhraseMatcher(
        (pattern.strip(), name)
        for name, patterns in _ASKED.items()
        for pattern in patterns.split(",")
    )


def asks_for(spelled: Sequence[str]) -> frozenset[str]:
    """The kinds of answer that a question's folded words ask for; often none."""
    return frozenset(match.value for match in _asked().find(list(spelled)))


def tells(text: str) -> frozenset[str]:
    """The kinds of answer that stand in a text."""
    return frozenset(name for name, pattern in _TOLD.items() if pattern.search(text))

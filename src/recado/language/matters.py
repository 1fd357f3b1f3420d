"""Matters that a person of the team has to settle, and what the business asks a contact for.

A request ("cancelen mi pedido") is told from a question about how things are done ("¿cómo puedo
cancelar mi pedido?"), which knowledge answers. The details of an order or a reservation (when, for
how many, under which name) make a wish a request: each kind counts once, in one pass of a linear
pattern over folded text.
"""

from __future__ import annotations

import re
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from recado.language.detection import LanguageCode
from recado.language.intent import classify_intent
from recado.language.lexicon import read_sections
from recado.language.reading import PhraseMatcher, fold, words
from recado.language.sentiment import analyze_sentiment
from recado.language.terms import concepts

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
        r"|(?:grupo de|grupo con|grupo com|group of) \d{1,4}"
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
# bounded: the _MOST_CHARS_OF_DETAILS of a text that are looked at
_DETAIL = {kind: re.compile(rf"(?<![\w]){'(?:' + one + ')'}(?!\w)") for kind, one in _KINDS.items()}
_NUMBER = re.compile(r"(?<![\w.,:/])\d{1,5}(?![\w:/%])")
_MOST_CHARS_OF_DETAILS = 1000


@lru_cache(maxsize=512)
def details_in(text: str) -> frozenset[str]:
    """The kinds of detail in a text: day, time, people, quantity, number, name, contact,
    address."""
    folded = fold(text[:_MOST_CHARS_OF_DETAILS])
    return frozenset(kind for kind, pattern in _DETAIL.items() if pattern.search(folded))


@lru_cache(maxsize=512)
def how_many(text: str) -> int:
    """The greatest number of people or things that a text names, 0 where there is none."""
    folded = fold(text[:_MOST_CHARS_OF_DETAILS])
    found = [
        int(number[0])
        for kind in ("people", "quantity")
        for match in _DETAIL[kind].finditer(folded)
        for number in _NUMBER.finditer(match[0])
    ]
    return max(found, default=0)


#: From here on it is more than a counter sells.
MANY = 15
#: So many are a big order whatever else is said of them.
_VERY_MANY = 50
#: So many kinds of detail make a wish a request.
_ENOUGH = 2
_DISPLEASED = 0.6
_SURE = 0.5
_PLEASED = 0.65
_MOST_CHARS = 2000
_NOT = frozenset({"no", "nao", "n", "not", "dont", "nunca", "never"})
#: "¿me devuelven el dinero si no me gusta?" asks about the rules.
_IF = frozenset({"si", "se", "if"})
_OF_FAULTS = frozenset({"returns", "warranty"})
_FOR_ME = frozenset({"me", "nos"})
#: "sí, quiero cancelar mi pedido" wants it: without its accent it would be an "if".
_YES = re.compile(r"\bsí\b|^[\s¡!]{0,9}si\s?[,!]", re.IGNORECASE)
_CLAUSES = re.compile(r"[,.;!?¡¿\n]+")
_SENTENCES = re.compile(r"(?<=[?!])|(?<!\d)\.(?=\s|$)|\n|(?=¿)|;")
_ELSEWHERE = re.compile(r"[\w.+-]{1,64}@[\w-]{1,64}\.\w|https?://|www\.")


class Matter(StrEnum):
    REFUND = "refund"
    CANCELLATION = "cancellation"
    RESERVATION = "reservation"
    BIG_ORDER = "big_order"


class Invitation(NamedTuple):
    """What a text of the business asks for."""

    details: bool
    picture: bool

    def __bool__(self) -> bool:
        return self.details or self.picture


@cache
def _lists() -> dict[str, PhraseMatcher[bool]]:
    entries: dict[str, list[str]] = {}
    for name, found in read_sections("matters"):
        entries.setdefault(name, []).extend(found)
    return {name: PhraseMatcher((it, True) for it in found) for name, found in entries.items()}


@lru_cache(maxsize=512)
def matter_of(text: str) -> Matter | None:
    """What in the text a person has to settle, None where there is nothing."""
    for sentence in _sentences(text):
        said = words(_YES.sub(" ", sentence))
        if _asks_for(said, "refund") and not ("?" in sentence and _IF & set(words(text))):
            return Matter.REFUND
        if _asks_for(said, "cancel") and not _depends(said, sentence):
            return Matter.CANCELLATION
        if _lists()["cancel number"].find(said) and "number" in details_in(text):
            return Matter.CANCELLATION
    return _wish(text)


def _wish(text: str) -> Matter | None:
    """A reservation or a big order, told with what is needed for it."""
    text = text[:_MOST_CHARS]
    said = words(text)
    lists = _lists()
    reserves, bulk = bool(lists["reserve"].find(said)), bool(lists["bulk"].find(said))
    wanted = bool(lists["want"].find(said))
    if not (reserves or bulk or wanted) or _asks_how(said):
        return None
    given = details_in(text)
    if reserves and len(given & {"day", "time", "people"}) >= _ENOUGH:
        return Matter.RESERVATION
    if wanted and {"day", "time"} <= given and not lists["learn"].find(said):
        return Matter.RESERVATION  # whatever it is: "I'd like two kayaks on Sunday at 10"
    if not given or how_many(text) < MANY:
        return None
    if wanted and how_many(text) >= _VERY_MANY and not lists["learn"].find(said):
        return Matter.BIG_ORDER
    dated = bool(given & {"day", "time"})
    return Matter.BIG_ORDER if (bulk and (wanted or dated)) or (wanted and dated) else None


def _asks_for(said: tuple[str, ...], name: str) -> bool:
    found = _lists()[name].find(said)
    if not found or (found[0].start and said[found[0].start - 1] in _NOT):
        return False
    vetoes = [*_lists()["how"].find(said), *_lists()["may"].find(said)]
    return not any(veto.start < found[0].start for veto in vetoes)


def _depends(said: tuple[str, ...], sentence: str) -> bool:
    """ "¿me cancelan la reserva si llego tarde?" asks about the rules."""
    found = _lists()["cancel"].find(said)[0]
    if _IF & set(said[: found.start]):
        return True  # "si cancelo, me devuelven el anticipo"
    asks = "?" in sentence or said[found.start] in _FOR_ME
    return asks and bool(_IF & set(said[found.end :]))


def asks_whether(text: str) -> bool:
    """Whether a wish is only asked about: "¿tienen mesas para 20?" may be answered by what is
    known of tables; an hour, or a wish in so many words, asks for one."""
    said = words(text[:_MOST_CHARS])
    wanted = _lists()["want"].find(said)
    return bool(_lists()["whether"].find(said)) and not wanted and "time" not in details_in(text)


def asks_to_know(text: str) -> bool:
    """Whether it says that something is to be known: "quiero saber si abren el lunes"."""
    return bool(_lists()["learn"].find(words(text[:_MOST_CHARS])))


def asks_how(text: str) -> bool:
    """Whether it asks how things are done, and not to do them."""
    return _asks_how(words(text[:_MOST_CHARS]))


def _asks_how(said: tuple[str, ...]) -> bool:
    return bool(_lists()["how"].find(said))


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCES.split(text[:_MOST_CHARS]) if part and part.strip()]


@lru_cache(maxsize=512)
def is_complaint(text: str, language: LanguageCode) -> bool:
    """Whether somebody is unhappy with what they got, and does not only ask what if."""
    if not text:
        return False
    if analyze_sentiment(text, language).scores["negative"] > _DISPLEASED:
        return True
    # "¿qué hago si algo llega roto?" asks; "llegó roto, ¿qué hago?" complains, too.
    told = [part for part in _sentences(text) if "?" not in part and not _asks_how(words(part))]
    return any(_tells_of_fault(part, language) for part in told)


@lru_cache(maxsize=512)
def is_praise(text: str, language: LanguageCode) -> bool:
    """Whether somebody is pleased ("llegó súper rápido, gracias") and wants nothing with it."""
    said = words(text[:_MOST_CHARS])
    if "?" in text or _asks_how(said) or _lists()["want"].find(said):
        return False
    if is_complaint(text, language):
        return False
    feelings = [analyze_sentiment(part, language).scores for part in _told(text)]
    if any(feeling["negative"] or feeling["mixed"] for feeling in feelings):
        return False
    return any(feeling["positive"] >= _PLEASED for feeling in feelings)


def _told(text: str) -> list[str]:
    """The clauses that are more than thanks."""
    parts = [part for part in _CLAUSES.split(text[:_MOST_CHARS]) if words(part)]
    return [part for part in parts if not _lists()["thanks"].find(words(part))]


def asks_for_sum(text: str) -> bool:
    """Whether it asks what several things come to, which no single price tells."""
    return bool(_lists()["sum"].find(words(text[:_MOST_CHARS])))


def compares(text: str) -> bool:
    """Whether it speaks of one among many by its price or its sales: "el más caro"."""
    return bool(_lists()["extreme"].find(words(text[:_MOST_CHARS])))


@lru_cache(maxsize=512)
def tells_of_faults(text: str, language: LanguageCode) -> bool:
    """Whether a text of the business speaks of what to do about something that is not right."""
    if any(concept.name in _OF_FAULTS for concept in concepts(text, language)):
        return True
    return any(_tells_of_fault(part, language) for part in _sentences(text))


#: "ha llegado rota" is said in Spain of what elsewhere "llegó rota".
_SIMPLE_PAST = {
    "llegado": "llego", "venido": "vino", "salido": "salio", "mandado": "mandaron",
    "enviado": "enviaron", "traido": "trajeron", "entregado": "entregaron", "dado": "dieron",
    "vendido": "vendieron", "cobrado": "cobraron", "roto": "rompio", "faltado": "falto",
    "olvidado": "olvidaron", "tardado": "tardaron", "quedado": "quedo", "puesto": "pusieron",
    "estropeado": "rompio", "caido": "cayo",
}  # fmt: skip
_HAVE = frozenset({"ha", "han", "habeis", "has"})


def _in_simple_past(said: tuple[str, ...]) -> tuple[str, ...]:
    simple: list[str] = []
    for word in said:
        if simple and simple[-1] in _HAVE and word in _SIMPLE_PAST:
            simple[-1] = _SIMPLE_PAST[word]
        else:
            simple.append(word)
    return tuple(simple)


def _tells_of_fault(text: str, language: LanguageCode) -> bool:
    said = _in_simple_past(words(text))
    lists = _lists()
    meant_otherwise = {at for it in lists["no complaint"].find(said) for at in range(*it[:2])}
    if any(meant_otherwise.isdisjoint(range(*it[:2])) for it in lists["complaint"].find(said)):
        return True
    if meant_otherwise:
        return False
    intent = classify_intent(text, language)
    return intent.name == "complaint" and intent.confidence >= _SURE


@lru_cache(maxsize=512)
def invitation_in(text: str) -> Invitation:
    """What a text of the business asks the contact to write or send to this very chat."""
    lists = _lists()
    details = picture = False
    for sentence in _sentences(text):
        said = words(sentence)
        if not lists["invite"].find(said):
            continue
        if _ELSEWHERE.search(sentence) and not lists["here"].find(said):
            continue
        details = details or bool(lists["asked"].find(said))
        picture = picture or bool(lists["photo"].find(said))
    return Invitation(details, picture)

"""Matters that a person of the team has to settle, and what the business asks a contact for.

A request ("cancelen mi pedido") is told from a question about how things are done ("¿cómo puedo
cancelar mi pedido?"), which knowledge answers. The details of an order or a reservation (when, for
how many, under which name; terms.py) make a wish a request.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from recado.language.affairs import affair_lists, said_in, supposes, tells_affair
from recado.language.detection import LanguageCode
from recado.language.intent import classify_intent
from recado.language.lexicon import Match, PhraseMatcher, read_sections
from recado.language.reading import fold
from recado.language.sentiment import analyze_sentiment
from recado.language.terms import concepts, details_in, how_many, only_details, spans_days

#: From here on it is more than a counter sells.
MANY = 15
#: So many are a big order whatever else is said of them.
_VERY_MANY = 50
#: So many kinds of detail make a wish a request.
_ENOUGH = 2
_FOR_WHOM_AND_WHEN = frozenset({"day", "time", "people", "name"})
_WHEN_AND_MANY = frozenset({"day", "time", "people"})
#: "we'd pick them up at 9" goes on with a wish.
_BESIDE_DETAILS, _BESIDE_MANY = 2, 8
#: So many messages back a wish may have begun.
_LOOKED_BACK = 6
_DISPLEASED, _STRONGLY = 0.6, 0.8
_SURE = 0.5
_PLEASED = 0.65
_MOST_CHARS = 2000
_NOT = frozenset({"no", "nao", "n", "not", "dont", "nunca", "never"})
#: "¿me devuelven el dinero si no me gusta?" asks about the rules.
_IF = frozenset({"si", "se", "if"})
_WANT = frozenset({"need", "want", "wanted"})
_OF_FAULTS = frozenset({"returns", "warranty"})
_OF_OPENING = frozenset({"hours", "location", "payment"})
_FOR_ME = frozenset({"me", "nos"})
#: After these an English verb follows.
_INFINITIVE = frozenset({"to", "wanna", "gotta"})
_VERB = re.compile(r"\w{1,20}[aeio]r(?:me|nos|lo|la|le|los|las|les|se)?")
_OF_WHAT = 4
_SAYS_IT = 3
#: "sí, quiero cancelar mi pedido" wants it: without its accent it would be an "if".
_YES = re.compile(r"\bsí\b|^[\s¡!]{0,9}si\s?[,!]", re.IGNORECASE)
_CLAUSES = re.compile(r"[,.;!?¡¿\n]+")
_SENTENCES = re.compile(r"(?<=[?!])|(?<!\d)\.(?=\s|$)|\n|(?=¿)|;")
#: A sum of money, in folded text.
_SUM = re.compile(
    r"(?:r\$|us\$|[$€£])\s?\d|\d\s?(?:[€£$]|euros?|eur|pesos?|reais|real|dolares|dollars?|bucks"
    r"|usd|soles|quid|pounds?|libras|lucas|mangos|conto|pavos|k)\b|\d[€£$]"
)
#: So many words stand between a sum and its way back.
_BEFORE_BACK, _AFTER_BACK = 4, 5
#: And so many between a wish and what it is for.
_FROM_WISH = 5
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
        said = said_in(_YES.sub(" ", sentence))
        if _wants_money_back(said, sentence) and not ("?" in sentence and _IF & set(said_in(text))):
            return Matter.REFUND
        if _asks_for(said, "cancel") and not _depends(said, sentence):
            return Matter.CANCELLATION
        if _gives_up(said, sentence):
            return Matter.CANCELLATION
        if _lists()["cancel number"].find(said) and "number" in details_in(text):
            return Matter.CANCELLATION
    wish = _wish(text)
    return Matter.CANCELLATION if wish and _lists()["cancel"].find(said_in(text)) else wish


def _wish(text: str) -> Matter | None:
    """A reservation or a big order, told with what is needed for it."""
    text = text[:_MOST_CHARS]
    said = said_in(text)
    if _asks_how(said):
        return None
    if _reserves(text, said):
        return Matter.RESERVATION
    if _is_big(text, said):
        return Matter.BIG_ORDER
    return Matter.RESERVATION if _wants_a_time(text, said) else None


def _reserves(text: str, said: tuple[str, ...]) -> bool:
    lists, given = _lists(), details_in(text)
    enough = len(given & _FOR_WHOM_AND_WHEN) >= _ENOUGH or spans_days(text)
    if lists["reserve"].find(said) and enough:
        return True
    told = bool(given - {"number", "contact"})
    return told and bool(lists["reserve me"].find(said)) and not _IF & set(said)


def _is_big(text: str, said: tuple[str, ...]) -> bool:
    lists, many = _lists(), how_many(text)
    if many < MANY:
        return False
    wanted, learns = _wants(text, said), bool(lists["learn"].find(said))
    if wanted and many >= _VERY_MANY and not learns:
        return True
    given = details_in(text)
    when = bool(given & {"day", "time"})
    asked = learns or bool(lists["there"].find(said))
    bulk = bool(lists["bulk"].find(said))
    things = "quantity" in given and "people" not in given and not asked
    return (bulk and (wanted or when)) or (when and (wanted or things))


def _wants_a_time(text: str, said: tuple[str, ...]) -> bool:
    """Whatever it is: "I'd like two kayaks on Sunday at 10", "can you see my car on Friday"."""
    lists, given = _lists(), details_in(text)
    if not given & {"day", "time"} or lists["learn"].find(said):
        return False
    if "address" in given and affair_lists()["ask"].find(said):
        return True  # "can you collect it on Thursday? 55 Wisard Street"
    if given.issuperset(_WHEN_AND_MANY) and "?" not in text and not lists["there"].find(said):
        return not tells_affair(text)  # for two on Saturday at four: nothing else is meant
    if _wants_done(said):
        return True
    asks = lists["there"].find(said) or ("name" not in given and lists["may"].find(said))
    mine = lists["mine"].find(said) and not asks and not tells_affair(text)
    return bool(_wants(text, said) or mine) and len(given & _FOR_WHOM_AND_WHEN) >= _ENOUGH


def _wants(text: str, said: tuple[str, ...]) -> bool:
    return bool(_lists()["want"].find(said)) or _begins_with_want(text)


def _wants_done(said: tuple[str, ...]) -> bool:
    """ "quiero bañar a mi perra el viernes", "I need to get my brakes done on Friday": what is done
    on a day wants a place in it. What is asked of opening or of what there is wants none."""
    lists = _lists()
    if any(
        not lists["reserve"].find(said[it.end : it.end + _OF_WHAT])
        for it in lists["there"].find(said)
    ):
        return False
    for it in lists["want doing"].find(said):
        if said[it.end - 1] not in _INFINITIVE and it.end - it.start >= _SAYS_IT:
            return True  # "necesito que me suban el ruedo", "I need my brakes looked at"
        rest = said[it.end :]
        if any(
            not found.start for name in ("no doing", "reserve") for found in lists[name].find(rest)
        ):
            continue
        english = said[it.end - 1] in _INFINITIVE
        if rest and (english or _VERB.fullmatch(rest[0])):
            return True
    return False


@lru_cache(maxsize=512)
def wants_done(text: str) -> bool:
    """Whether it says that something is wanted done ("I want to move out"), or for a day ("preciso
    desse terno pra amanhã"), and not only asks."""
    said = said_in(text[:_MOST_CHARS])
    if any(_lists()[name].find(said) for name in ("how", "learn", "there")):
        return False
    given = details_in(text)
    if {"day", "time"} & given and _wants(text, said):
        return True
    told = len(given & _WHEN_AND_MANY) >= _ENOUGH  # "dos masajes, el sábado a las 4"
    return "?" not in text and (told or _wants_done(said))


def _begins_with_want(text: str) -> bool:
    """ "need 12 bikes for saturday"."""
    begins = [said_in(line)[:1] for line in text.splitlines()]
    return any(_WANT & set(first) for first in begins)


def asked_matter(text: str) -> Matter | None:
    """The wish in a question that knowledge might have answered ("para vacunar a Toby el miércoles
    a las 4, ¿se puede?"), or without what else is needed ("queremos 35 altas")."""
    said = said_in(text[:_MOST_CHARS])
    if _asks_how(said) or _lists()["learn"].find(said):
        return None
    given = details_in(text) & _FOR_WHOM_AND_WHEN
    if len(given) >= _ENOUGH and not _lists()["there"].find(said):
        return Matter.RESERVATION
    wanted = _lists()["want"].find(said) or _begins_with_want(text)
    if given and _lists()["come"].find(said):
        return Matter.RESERVATION
    if _lists()["reserve me"].find(said) and not _IF & set(said):
        return Matter.RESERVATION
    if (wanted or given) and _lists()["reserve"].find(said) and not asks_whether(text):
        return Matter.RESERVATION
    return Matter.BIG_ORDER if wanted and (how_many(text) >= MANY or _wants_much(text)) else None


def answers_wish(asked: str, passage: str, language: LanguageCode) -> bool:
    """Whether a text of the business may answer a wish to reserve, if it is one: when it is open,
    or where it is, does not; and for a day, only what tells of reserving does."""
    if (
        not _lists()["reserve"].find(said_in(asked))
        or asked_matter(asked) is not Matter.RESERVATION
    ):
        return True
    of = concepts(passage, language)
    if {"day", "time"} & details_in(asked):
        changes = affair_lists()["told change"].find(said_in(passage.partition("\n")[0]))
        return not changes and any(it.name == "booking" for it in of)
    surely = {it.name for it in of if it.strength == "strong"}
    return not surely or not surely <= _OF_OPENING


def _wants_much(text: str) -> bool:
    said = said_in(text[:_MOST_CHARS])
    lists = _lists()
    return bool(lists["bulk"].find(said) and lists["want"].find(said))


def goes_on_with_wish(before: Sequence[str], text: str, language: LanguageCode) -> Matter | None:
    """The wish that a text completes by its details ("quiero reservar" · "para 6" · "el viernes"):
    what was said before it, without what asked how things are done."""
    given = details_in(text)
    many = len(given) >= _ENOUGH and "?" not in text
    beside = _BESIDE_MANY if many else _BESIDE_DETAILS
    if asks_how(text):
        return None
    told = [it for it in before[-_LOOKED_BACK:] if not (asks_how(it) or asks_to_know(it))]
    if "?" not in text and how_many(text) >= MANY and any(_wants_much(it) for it in told):
        return Matter.BIG_ORDER
    if not only_details(text, language, beside=beside):
        return None
    if any(_lists()["reserve"].find(said_in(it)) and not asks_whether(it) for it in told):
        return Matter.RESERVATION  # it has begun, and this is one more of its details
    return _wish("\n".join([*told, text])) if told else None


def _wants_money_back(said: tuple[str, ...], sentence: str) -> bool:
    """Money, or a sum, that is to come back: "quiero mis 30 euros de vuelta", "refund me"."""
    lists = _lists()
    for found in (*lists["refund"].find(said), *_brought_back(said, sentence)):
        before = said[max(found.start - _FROM_WISH, 0) : found.start]
        asked = any(lists[name].find(before) for name in ("how", "may", "learn", "no refund"))
        if asked or _NOT & set(before[-1:]):
            continue
        wanted = any(lists[name].find(before) for name in ("want", "demand"))
        if wanted or lists["commanded"].find(said[max(found.start - 1, 0) : found.end]):
            return True
    return False


def _brought_back(said: tuple[str, ...], sentence: str) -> list[Match[bool]]:
    """What brings something back, where money or a sum is near it."""
    found = _lists()["give back"].find(said)
    if not found:
        return []
    money = {at for it in _lists()["money"].find(said) for at in range(*it[:2])}
    if _SUM.search(fold(sentence)):
        money |= {at for at, word in enumerate(said) if any(char.isdigit() for char in word)}
    near = (range(it.start - _BEFORE_BACK, it.end + _AFTER_BACK) for it in found)
    return [it for it, places in zip(found, near, strict=True) if not money.isdisjoint(places)]


def _gives_up(said: tuple[str, ...], sentence: str) -> bool:
    """ "don't ship it", "no voy a poder ir": they cancel without the word."""
    if "?" in sentence or _IF & set(said) or _asks_how(said):
        return False
    return bool(_lists()["give up"].find(said))


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
    said = said_in(text[:_MOST_CHARS])
    wanted = _lists()["want"].find(said)
    return bool(_lists()["whether"].find(said)) and not wanted and "time" not in details_in(text)


def asks_to_know(text: str) -> bool:
    """Whether it says that something is to be known: "quiero saber si abren el lunes"."""
    return bool(_lists()["learn"].find(said_in(text[:_MOST_CHARS])))


def asks_how(text: str) -> bool:
    """Whether it asks how things are done, and not to do them."""
    return _asks_how(said_in(text[:_MOST_CHARS]))


def _asks_how(said: tuple[str, ...]) -> bool:
    return bool(_lists()["how"].find(said))


def _sentences(text: str) -> list[str]:
    return [part for part in _SENTENCES.split(text[:_MOST_CHARS]) if part and part.strip()]


@lru_cache(maxsize=512)
def is_complaint(text: str, language: LanguageCode) -> bool:
    """Whether somebody is unhappy with what they got, and does not only ask what if."""
    if not text:
        return False
    displeased = analyze_sentiment(text, language).scores["negative"]
    # "how do I report something broken", "what if I bring it back late" only ask.
    only_asks = (asks_how(text) or supposes(text)) and not tells_affair(text)
    if displeased > (_STRONGLY if only_asks else _DISPLEASED):
        return True
    # "¿qué hago si algo llega roto?" asks; "llegó roto, ¿qué hago?" complains, too.
    told = [part for part in _sentences(text) if "?" not in part and not _asks_how(said_in(part))]
    return any(_tells_of_fault(part, language) or _goes_on(part) for part in told)


def _goes_on(text: str) -> bool:
    """What happened to them and is not over: "me cambiaron el aceite y ahora pierde", "I had it
    serviced and the gears still slip"."""
    return bool(_lists()["goes on"].find(said_in(text))) and tells_affair(text)


@lru_cache(maxsize=512)
def is_praise(text: str, language: LanguageCode) -> bool:
    """Whether somebody is pleased ("llegó súper rápido, gracias") and wants nothing with it."""
    said = said_in(text[:_MOST_CHARS])
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
    parts = [part for part in _CLAUSES.split(text[:_MOST_CHARS]) if said_in(part)]
    return [part for part in parts if not _lists()["thanks"].find(said_in(part))]


def asks_for_sum(text: str) -> bool:
    """Whether it asks what several things come to, which no single price tells."""
    return bool(_lists()["sum"].find(said_in(text[:_MOST_CHARS])))


def compares(text: str) -> bool:
    """Whether it speaks of one among many by its price or its sales: "el más caro"."""
    return bool(_lists()["extreme"].find(said_in(text[:_MOST_CHARS])))


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
    "robado": "robaron",    "estropeado": "rompio", "caido": "cayo",
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
    said = _in_simple_past(said_in(text))
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
        said = said_in(sentence)
        if not lists["invite"].find(said):
            continue
        if _ELSEWHERE.search(sentence) and not lists["here"].find(said):
            continue
        details = details or bool(lists["asked"].find(said))
        picture = picture or bool(lists["photo"].find(said))
    return Invitation(details, picture)

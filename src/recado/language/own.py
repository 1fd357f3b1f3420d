"""What somebody says or asks of their own, and what may answer it.

Whether their car is ready, when their appointment is, that it is to be moved: only who looks it up
can tell, or do it. So a passage answers it only where it speaks of exactly that: how to follow an
order, how to move an appointment. That it has the same words ("cars that are ready may stay three
days") is not enough.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from enum import StrEnum
from functools import cache, lru_cache
from typing import NamedTuple

from recado.language.affairs import (
    ACT,
    YES,
    affair_lists,
    affair_sections,
    is_supposed,
    is_told,
    said_in,
    sentences_of,
    tells_apart,
    words_of,
)
from recado.language.detection import LanguageCode
from recado.language.lexicon import PhraseMatcher
from recado.language.terms import concepts

_MOST_CHARS = 2000
#: So far from a verb stands whose it is, and so long is one that has "me" behind it.
_BEFORE, _AFTER, _SHORT = 4, 7, 4
#: What stands between a request and its verb, at most: "can my mate collect my bike".
_BETWEEN = 3
#: What the business does with all orders alike.
_PROCESSES = frozenset({"returns", "order_status", "delivery", "warranty", "cancel"})
#: Who tells something and asks nothing wants none of these.
_OF_PRICES = frozenset({"price", "hours", "location", "payment", "availability"})
_INFINITIVE = re.compile(r"\w{1,20}[aei]r(?:me|nos|lo|la|le|los|las|les)?|to")
#: "cuántos puntos tengo que juntar" is no count of theirs.
_MUST = frozenset({"que", "q", "de", "need", "get", "earn", "can", "must", "to", "incluidas"})
_IF = frozenset({"si", "se", "if"})
_CAN = frozenset({"i", "we", "puedo", "podemos", "posso"})
_ASK_HOW = frozenset({"how", "como", "cuando", "quando", "when", "hasta", "ate"})
#: With these a question begins that has no sign.
_WHAT = frozenset({"que", "o", "oq", "si", "se", "if", "para", "pra", "for", "any"})
_HAPPENED = frozenset({"happened"})
_CHANGE = frozenset({"change"})


class Affair(StrEnum):
    """From what the business can tell least of."""

    #: Whether something of theirs is ready, has come or is noted.
    STATE = "state"
    #: When their appointment is, and whether there is one.
    APPOINTMENT = "appointment"
    #: When or where something is that goes the same way for all.
    DUE = "due"
    CHARGED = "charged"
    #: The business is to do something with what is theirs.
    ACT = "act"
    #: Something is asked of a thing that they name by what they did with it.
    THEIRS = "theirs"
    LOST = "lost"
    TOLD = "told"
    #: They have a reservation or an order, beside which something may be asked.
    HAS = "has"
    #: Anything else that the business is to do with what is theirs.
    ASKED = "asked"


#: The sections of data/affairs.txt that alone tell one.
_BY_LIST = {
    "state": Affair.STATE,
    "due appointment": Affair.APPOINTMENT,
    "charged": Affair.CHARGED,
    "lost": Affair.LOST,
    "ask you": Affair.ASKED,
    "by deed": Affair.THEIRS,
}


class Own(NamedTuple):
    """An affair, and the kinds of doing, or the words for their things, that it names."""

    affair: Affair
    names: frozenset[str] = frozenset()


@cache
def _acts() -> PhraseMatcher[str]:
    """What may be done with what is theirs, each word with its kind of doing."""
    return PhraseMatcher(
        (entry, name.removeprefix(ACT))
        for name, found in affair_sections().items()
        if name.startswith(ACT)
        for entry in found
    )


def acts_in(said: Sequence[str]) -> frozenset[str]:
    """The kinds of doing that words name, whoever is to do it: change, add, hold …"""
    return frozenset(it.value for it in _acts().find(said))


@lru_cache(maxsize=512)
def affair_in(text: str) -> Own | None:
    """What is said of somebody's own in a text, None: nothing. Of several, what the business can
    tell least of."""
    asks = "?" in text
    found = [own for part in sentences_of(text[:_MOST_CHARS]) for own in _affairs(part, asks=asks)]
    order = list(Affair)
    return min(found, key=lambda own: order.index(own.affair), default=None)


def _affairs(sentence: str, *, asks: bool) -> Iterator[Own]:
    said, lists = said_in(YES.sub(" ", sentence)), affair_lists()
    if is_supposed(said) and not _asks_if_noted(said):
        return
    yield from (Own(affair) for name, affair in _BY_LIST.items() if lists[name].find(said))
    if any(_MUST.isdisjoint(said[it.end : it.end + 2]) for it in lists["how many"].find(said)):
        yield Own(Affair.STATE)
    yield from _due(said)
    if acts := _asked_to_do(said) | (_CHANGE if lists["mistake"].find(said) else frozenset()):
        yield Own(Affair.ACT, acts)
    if asks:
        return
    if tells_apart(sentence):
        yield Own(Affair.TOLD, _HAPPENED if is_told(sentence) else frozenset())
    mine = lists["has mine"].find(said) and not lists["asks"].find(said) and said[0] not in _WHAT
    if mine or lists["late"].find(said) or lists["has"].find(said):
        yield Own(Affair.HAS)


def _asks_if_noted(said: tuple[str, ...]) -> bool:
    """ "si les cayó?": whether, and not in which case."""
    found = affair_lists()["state"].find(said)
    return any(said[it.start - 1] in _IF and "no" not in said for it in found if it.start)


def _due(said: tuple[str, ...]) -> Iterator[Own]:
    lists = affair_lists()
    for it in lists["due"].find(said):
        theirs = said[it.start : it.end]
        if _is_for_all(theirs):
            continue
        if lists["class in hands"].find(theirs):
            yield Own(Affair.STATE)  # only who has it knows
        things = lists["class in process"].find(theirs)
        named = [word for thing in things for word in theirs[thing.start : thing.end]]
        yield Own(Affair.DUE, frozenset(_singular(word) for word in named))


def _is_for_all(asked: Sequence[str]) -> bool:
    """ "¿a qué hora puedo traer mi auto?", "how long does it take to fix my phone": when, or how
    long, it is with everybody's."""
    if affair_lists()["bring"].find(asked):
        return True
    takes = affair_lists()["takes"].find(asked)
    return bool(takes) and any(_INFINITIVE.fullmatch(it) for it in asked[takes[0].end :])


def _singular(word: str) -> str:
    return word.removesuffix("s").removesuffix("e")


def _asked_to_do(said: tuple[str, ...]) -> frozenset[str]:
    """The kinds of doing that the business is asked for, with what is theirs."""
    lists = affair_lists()
    asked = {at for it in lists["ask"].find(said) for at in range(it.start, it.end + _BETWEEN)}
    kinds = set()
    for it in _acts().find(said):
        for_me = _for_me(said[it.start])
        if it.start not in asked and not for_me:
            continue
        near = said[max(it.start - _BEFORE, 0) : it.end + _AFTER]
        if it.value == "send":  # what is to be sent is named
            theirs = bool(lists["sent"].find(near))
        else:
            theirs = for_me or bool(lists["theirs"].find(near))
        if theirs:
            kinds.add(it.value)
    return frozenset(kinds)


def _for_me(verb: str) -> bool:
    """ "muéveme", "guardarnos"."""
    return len(verb) > _SHORT and verb.endswith(("me", "nos"))


def answers_affair(asked: str, passage: str, language: LanguageCode) -> bool:
    """Whether a text of the business may answer what is said of somebody's own; it may where
    nothing is."""
    own = affair_in(asked)
    if own is None or own.affair is Affair.ASKED:
        return True
    told = said_in(YES.sub(" ", passage[:_MOST_CHARS]))
    lists = _that_answer(own)
    if lists is not None:
        return any(affair_lists()[name].find(told) for name in lists)
    if own.affair is not Affair.TOLD:
        named = any(_singular(word) in own.names for word in told)
        return named or bool(_strong(asked, language) & _strong(passage, language) & _PROCESSES)
    of = _strong(passage, language)
    about = {it.name for it in concepts(asked, language)}
    return not of or not of <= _OF_PRICES or bool(of & about)


@lru_cache(maxsize=512)
def asks_in_general(text: str) -> bool:
    """Whether it only asks how something goes with everybody: "¿hacen reembolsos?", "is the deposit
    refundable?". Who speaks of themselves ("can I get a refund?") may well want it done."""
    said = said_in(text[:_MOST_CHARS])
    asks = "?" in text or bool(affair_lists()["asks"].find(said))
    if not asks or affair_in(text) is not None:
        return False
    themselves = _themselves()
    if not _ASK_HOW.isdisjoint(said):
        themselves -= _CAN  # "how far ahead can I cancel" is asked of the rules, too
    return is_supposed(said) or themselves.isdisjoint(said)


@cache
def _themselves() -> frozenset[str]:
    return frozenset({*words_of("me"), *_CAN, "quiero", "quero"})


def _that_answer(own: Own) -> tuple[str, ...] | None:
    """The sections of data/affairs.txt one of which a passage needs; None: none of them tells."""
    if own.affair is Affair.STATE:
        return ("told follow",)
    if own.affair in (Affair.APPOINTMENT, Affair.HAS):
        return ()
    if own.affair is Affair.ACT:
        return tuple(f"told {act}" for act in own.names)
    if own.affair in (Affair.LOST, Affair.CHARGED):
        return (f"told {own.affair}",)
    return ("told case",) if own.affair is Affair.TOLD and own.names else None


def _strong(text: str, language: LanguageCode) -> set[str]:
    return {it.name for it in concepts(text, language) if it.strength == "strong"}

"""What a tool does, by the words of its examples: "cancelar mi pedido {number}" cancels.

An order to look up and an order to cancel are asked for with the same words but one. So what
changes something is only asked for where its doing is named: by a word of its examples that is no
thing, by one of the same matter ("anular" as "cancelar") or of the same kind ("mover", "cambiar");
and not where that was done already ("cancelaron mi pedido"), or is not to be done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.slots.examples import without_places
from recado.language.affairs import affair_lists, is_past, said_in, words_of
from recado.language.detection import LanguageCode
from recado.language.own import acts_in

_THINGS = ("class in process", "class in hands", "class appointment")
#: "quiero cancelar", "please cancel": they ask for anything.
_ASKING = frozenset(
    {
        *("quiero", "quisiera", "queria", "necesito", "podrias", "puedes", "pueden", "favor"),
        *("quero", "gostaria", "preciso", "pode", "podem", "want", "need", "please", "would"),
        *("like", "could", "hola", "gracias", "porfa", "oi", "hello", "numero", "number"),
    }
)
_NOT = frozenset({"no", "nao", "not", "dont", "nunca", "never", "sin", "sem", "without"})
#: So far before a word stands what takes it back: "no me la vayan a cancelar".
_BEFORE = 5
#: "se cancelo", "ya cancelo": right before it, it is told.
_DONE = frozenset({"se", "ya", "esta", "estan", "fue", "foi", "sido", "they", "you", "u", "who"})
#: "was my order cancelled?"
_WAS = frozenset({"is", "are", "was", "were", "been"})
_OTHERWISE = frozenset({"matter cancel", "act change"})
_CLAUSES = re.compile(r"[,.;:!?¡¿\n]+")


def names_doing(text: str, examples: Sequence[str], language: LanguageCode) -> bool:
    """Whether a text asks for what the examples do. Where one of them names only a thing ("quiero
    una cita"), whoever names it does, but to give it up or to have it changed."""
    doings = [_doing(without_places(it), language) for it in examples]
    meant = frozenset[str]().union(*doings)
    if not all(doings):
        return (_doing(text, language) & _OTHERWISE) <= meant
    return any(not meant.isdisjoint(_doing(asked, language)) for asked in _asked(text))


def _asked(text: str) -> Iterator[str]:
    """The clauses of a text, without the words that are told or taken back."""
    for clause in _CLAUSES.split(text):
        said = said_in(clause)
        yield " ".join(
            word
            for at, word in enumerate(said)
            if not _is_told(said, at) and _NOT.isdisjoint(said[max(at - _BEFORE, 0) : at])
        )


def _is_told(said: Sequence[str], at: int) -> bool:
    if is_past(said[at]):
        return True
    before = said[max(at - _BEFORE, 0) : at]
    if said[at].endswith("ed") and not _WAS.isdisjoint(before):
        return True
    return said[at].endswith(("o", "ed")) and not _DONE.isdisjoint(before[-1:])


@lru_cache(maxsize=1024)
def _doing(text: str, language: LanguageCode) -> frozenset[str]:
    said = said_in(text)
    things = set(_things(said))
    found = {f"act {kind}" for kind in acts_in(tuple(it for it in said if it not in things))}
    for word in analyse(text, language).words:
        if word.plain in things or word.plain in _ASKING or word.plain[:1].isdigit():
            continue
        found.add(word.stem)
        if word.strong:
            found.add(f"matter {word.concept}")
    return frozenset(found)


def _things(said: Sequence[str]) -> Iterator[str]:
    """What is named as a thing: by what it is, or by the word before it ("mi plan")."""
    lists = affair_lists()
    for name in _THINGS:
        for it in lists[name].find(said):
            yield from said[it.start : it.end]
    before = words_of("class my") | words_of("class the")
    for first, word in pairwise(said):
        if first in before:
            yield from (first, word)

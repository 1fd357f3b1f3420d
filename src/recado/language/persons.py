"""Whether somebody asks for a person: explicitly, and for themselves, now.

"Quiero hablar con alguien", "atendente!!", "is anyone there?" do; "mesa para 4 personas", "no
quiero hablar con nadie", "ayer hablé con un asesor", "soy agente inmobiliario", a quotation, and
whether this is a bot ("are you human?") do not. Sentence by sentence, a linear classifier decides
by the patterns of concepts.txt, by the frames that words of certain kinds make (frames.py), and by
words and letters. `python -m bench.persons` learns and measures it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache
from itertools import pairwise
from typing import NamedTuple

from recado.language.frames import PAUSES, TELLING, frames, kind_of
from recado.language.lexicon import PhraseMatcher, read_sections
from recado.language.linear import model
from recado.language.ngrams import ngrams, telling_words, tokens
from recado.language.reading import as_read, to_think_about
from recado.language.terms import concept_patterns

#: What is read of one message, in characters; and of one sentence at once, in words.
READ_CHARS, WINDOW = 2_000, 20
_STEP = WINDOW // 2
_QUOTED = re.compile(
    r'"[^"\n]{1,200}"|«[^»\n]{1,200}»|“[^”\n]{1,200}”|(?<!\w)\'[^\'\n]{4,200}\'(?!\w)'
)
_QUOTE = " quotedtext "
_ENDS = frozenset(".!?\n")
#: How far apart two kinds of words still belong together.
_REACH = 5
_KINDS, _FRAMES, _PATTERN = 0.7, 2.5, 1.0
_FEW, _MANY = 4, 9
#: Of what is longer, the clauses are looked at for themselves, too.
_SHORT = 9


class PersonRequest(NamedTuple):
    """How likely a message asks for a person, 0 to 1, whether that is enough, and the folded words
    of its most telling sentence."""

    probability: float
    asks: bool
    said: tuple[str, ...] = ()


def asks_for_person(text: str) -> bool:
    """Whether ``text`` demands a human being."""
    return person_request(text).asks


@lru_cache(maxsize=512)
def person_request(text: str) -> PersonRequest:
    learnt = model("persons_weights")
    best, said = learnt.likeliest(_candidates(text))
    return PersonRequest(round(best, 4), best >= learnt.threshold, tuple(said))


def person_words(text: str) -> tuple[str, ...]:
    """The words that ask for a person, as they stand in ``text``; none where it asks for none."""
    found = person_request(text)
    if not found.asks:
        return ()
    learnt = model("persons_weights")
    return telling_words(found.said, lambda said: learnt.points(_features(said, alone=False)), text)


def sentences(text: str) -> Iterator[dict[str, float]]:
    """The features of each sentence that may be a request, of a long one those of its parts."""
    for _, features in _candidates(text):
        yield features


def _candidates(text: str) -> Iterator[tuple[list[str], dict[str, float]]]:
    said = tokens(_without_quotations(to_think_about(text, READ_CHARS)))
    parts = list(_parts(said))
    if len(said) > _SHORT:
        parts += _clauses(said)
    parts = [part for part in parts if any(word not in PAUSES for word in part)]
    for part in parts:
        if not TELLING.isdisjoint(map(kind_of, part)):
            yield part, _features(part, alone=len(parts) == 1)


def _features(said: Sequence[str], *, alone: bool) -> dict[str, float]:
    kinds = [kind_of(word) for word in said]
    return {**ngrams(said), **_shape(said, kinds, alone=alone)}


def _without_quotations(text: str) -> str:
    """What others said, or what stands somewhere, asks for nothing; a text that is one whole
    quotation is the writer's own."""
    left = _QUOTED.sub(_QUOTE, as_read(text))
    return left if left.replace(_QUOTE.strip(), "").strip(" .,!?\n") else text


def _parts(said: Sequence[str]) -> Iterator[list[str]]:
    sentence: list[str] = []
    for word in said:
        sentence.append(word)
        if word in _ENDS:
            yield from _windows(sentence)
            sentence = []
    yield from _windows(sentence)


def _clauses(sentence: Sequence[str]) -> Iterator[list[str]]:
    """What follows a comma, each for itself: "my parcel is stuck at customs, get me someone"."""
    starts = [at for at, word in enumerate(sentence) if word == ","]
    for start, end in pairwise([*starts, len(sentence)]):
        yield from _windows(list(sentence[start + 1 : end]))


def _windows(sentence: list[str]) -> Iterator[list[str]]:
    for at in range(0, max(len(sentence) - _STEP, 1), _STEP):
        if part := sentence[at : at + WINDOW]:
            yield part


def _shape(said: Sequence[str], kinds: Sequence[str], *, alone: bool) -> dict[str, float]:
    """How the kinds of words follow each other, what the patterns find, and how much else is
    said."""
    found = dict.fromkeys(frames(kinds), _FRAMES)
    kinds = ["^", *kinds, "$"]
    for at, kind in enumerate(kinds):
        found[f"k {kind}"] = _KINDS
        for further in range(at + 1, min(at + 1 + _REACH, len(kinds))):
            found[f"k {kind}>{kinds[further]}"] = _KINDS
            if further == at + 1:
                found[f"k {kind}+{kinds[further]}"] = _KINDS
            elif further == at + 2:
                found[f"k {kind}+{kinds[at + 1]}+{kinds[further]}"] = _KINDS
    only = [word for word in said if word not in PAUSES]
    other = sum(kind == "_" for kind in kinds)
    size = "1" if len(only) == 1 else "few" if len(only) <= _FEW else "some"
    found[f"n {size if len(only) <= _MANY else 'many'} {min(other, 3)}"] = _KINDS
    found[f"alone {alone}"] = _KINDS
    for asked in _asked().find(only):
        found[f"p {asked.value}"] = _PATTERN
    return found


@cache
def _asked() -> PhraseMatcher[str]:
    patterns = [(it, "asked") for it, of in concept_patterns() if of == ("human", "strong")]
    taken_back = [
        it for name, list_ in read_sections("triggers") if name == "declined" for it in list_
    ]
    return PhraseMatcher([*patterns, *((it, "declined") for it in taken_back)])

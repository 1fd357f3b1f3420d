"""Text as the tokens that knowledge is indexed with and looked for by.

A token is a stem ("envi"), a thing that some words name (`csparking`, see language/terms.py) or a
concept: `cxdelivery` where the text surely speaks of it, `cwdelivery` where a word suggests it.
Concepts are words here because the full-text engines drop
signs. The concept that a word is part of is kept beside its stem, so that a question's word which
no passage has ("atienden") is not held against a passage about the same matter.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache, lru_cache

import msgspec

from recado.language.detection import LanguageCode, known_language
from recado.language.lexicon import PhraseMatcher
from recado.language.terms import Concept, Things, concept_patterns, spelled_out, terms, things_in

STRONG, WEAK, ASKS, THING = "cx", "cw", "cq", "cs"
HEADING_SEPARATOR = " › "

#: Phrases that a shorter pattern would take for a concept that they are not ("card" is payment).
_NO_CONCEPT = (
    "{tarjeta|tarjetas} {de|} {regalo|regalos}",
    "{cartao|cartoes|vale|vales} {de|} {presente|presentes}",
    "gift {card|cards|voucher|vouchers}",
)
#: What is asked about a matter: "how much is delivery" and "how long does it take" share theirs.
_ASKED = {
    "amount": (
        "{cuanto|cuanta} {cuesta|cuestan|vale|valen|sale|salen|es}, precio*, costo*, tarifa*,"
        "quanto {custa|custam|e|sai|fica}, valor, preco*, taxa, how much, price*, cost*, fee*"
    ),
    "duration": (
        "cuanto {tarda|tardan|demora|demoran}, cuanto tiempo, plazo*, quanto tempo, demora*,"
        "prazo*, quando {chega|cai}, how long, cuando {llega|llegan}"
    ),
    "place": "donde, adonde, onde, where, zona*, barrio*, bairro*, area*",
    "way": "como, how {do|can|does|to}",
}
_AMOUNT = re.compile(r"(?:R\$|US\$|[$€£])\s?\d|\d\s?(?:€|£|\$)")
#: What some write as two words, and what two words say that neither does: "sin cita", like "con
#: cita previa", tells whether one is needed, and not how it is made or moved.
_SPLIT_WORDS = (
    (re.compile(r"\bwi[- ]fi\b", re.IGNORECASE), "wifi"),
    (
        re.compile(
            r"\b(?:(?:sin|con|sem|com|without|with|by)(?: an?)?|previa) (?:cita|turno|agendamento"
            r"|appointment)s?(?: previa)?\b|\bwalk[- ]ins?\b",
            re.IGNORECASE,
        ),
        "walkin",
    ),
)


@cache
def _asked() -> PhraseMatcher[str]:
    return PhraseMatcher(
        (pattern.strip(), name)
        for name, patterns in _ASKED.items()
        for pattern in patterns.split(",")
    )


class Word(msgspec.Struct, frozen=True):
    """A content word: its stem, and the concept and the things (if any) that it is part of.
    `goes_on`: the word before named the same thing."""

    stem: str
    plain: str
    concept: str = ""
    strong: bool = False
    things: Things = ()
    goes_on: bool = False


class Analysis(msgspec.Struct, frozen=True):
    """`words` in their order, without stop words; `strong` and `weak` are concept names, `asks`
    what is asked about them."""

    words: tuple[Word, ...]
    strong: tuple[str, ...]
    weak: tuple[str, ...]
    asks: tuple[str, ...] = ()

    def tokens(self) -> list[str]:
        """All tokens, stems in their order first."""
        return [
            *(word.stem for word in self.words),
            *dict.fromkeys(THING + thing for word in self.words for thing in word.things),
            *(STRONG + name for name in self.strong),
            *(WEAK + name for name in self.weak),
            *(ASKS + name for name in self.asks),
        ]


@cache
def _concepts() -> PhraseMatcher[Concept]:
    return PhraseMatcher(_patterns())


def _patterns() -> Iterator[tuple[str, Concept]]:
    yield from ((pattern, Concept("", "hint")) for pattern in _NO_CONCEPT)
    yield from concept_patterns()


@lru_cache(maxsize=16384)
def stem_of(word: str, language: LanguageCode) -> str:
    """The stem of a word, "" for one without content."""
    return next(iter(terms(word, language, with_concepts=False)), "")


@lru_cache(maxsize=1024)
def analyse(text: str, language: LanguageCode) -> Analysis:
    """What `text` speaks of, word by word."""
    for split, joined in _SPLIT_WORDS:
        text = split.sub(joined, text)
    spelled = spelled_out(text, language)
    part_of: dict[int, Concept] = {}
    strong: dict[str, None] = {}
    weak: dict[str, None] = {}
    for match in _concepts().find(spelled):
        concept = match.value
        if concept.strength == "hint":
            continue
        (strong if concept.strength == "strong" else weak)[concept.name] = None
        part_of.update(dict.fromkeys(range(match.start, match.end), concept))
    named = {at: it for it in things_in(spelled, language) for at in range(it.start, it.end)}
    words: list[Word] = []
    for at, plain in enumerate(spelled):
        if stem := stem_of(plain, language):
            concept_here = part_of.get(at)
            name = concept_here.name if concept_here else ""
            sure = concept_here is not None and concept_here.strength == "strong"
            thing = named.get(at)
            goes_on = thing is not None and any(
                stem_of(word, language) for word in spelled[thing.start : at]
            )
            words.append(Word(stem, plain, name, sure, thing.value if thing else (), goes_on))
    asks = dict.fromkeys(match.value for match in _asked().find(spelled))
    if _AMOUNT.search(text):
        weak["price"] = None
    suggested = tuple(name for name in weak if name not in strong)
    return Analysis(tuple(words), tuple(strong), suggested, tuple(asks))


def is_stem(token: str) -> bool:
    """Whether a token is a stem (and not a thing, a concept or what is asked)."""
    return not token.startswith((STRONG, WEAK, ASKS, THING))


def index_text(heading: str, text: str, language: str) -> str:
    """What `passage.search_text` holds, in three lines: the tokens of the heading's last part, of
    the parts above it, and of the text."""
    code = known_language(language)
    above, _, own = heading.rpartition(HEADING_SEPARATOR)
    # Line by line: no concept spans the end of one item and the start of the next.
    parts = (own.split("\n"), above.split(HEADING_SEPARATOR), text.split("\n"))
    return "\n".join(
        " ".join(token for line in lines for token in analyse(line, code).tokens())
        for lines in parts
    )

"""The frames that a request for a person is said in: who, what of them, and what takes it back.

Words have kinds (data/persons.txt). A frame is somebody ("una persona", "the manager", also
nobody, or a bot), the nearest verb before or after within a clause (to talk to, to be put through
to, to want …), and what changes its meaning: a "no" before the verb, something past, somebody of
one's own, a count, a trade.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from recado.language.detection import vocabulary
from recado.language.lexicon import read_sections
from recado.language.reading import fold_word

PAUSES = frozenset(".,!?\n¿")
#: Who may be asked for, and what is not wanted in their place.
_SOMEBODY = frozenset({
    "someone", "person", "people", "agent", "boss", "guy", "desk", "nobody", "bot", "family",
    "real",
    "trade",
})  # fmt: skip
#: The more telling ones first.
_VERBS = ("talk", "connect", "attend", "call", "want", "is", "past", "be")
#: Of which each request for a person has one.
TELLING = _SOMEBODY | {"talk", "connect", "attend", "call"}
#: What may stand beside somebody and change nothing.
_BARE = _SOMEBODY | {"a", "please", "with", "real", "there", "me", "other greeting", "^", "$"}
_BEFORE, _AFTER, _NEAR = 6, 5, 2
#: Words of so many letters are known with one slip, too, of these kinds.
_LEAST_SLIPPED, _LONGEST_SLIPPED = 6, 16
_SLIPPERY = frozenset({"person", "agent", "boss", "connect", "someone", "talk"})


def frames(kinds: Sequence[str]) -> Iterator[str]:
    """The frames in a sentence, each with and without its details."""
    start = 0
    for end, kind in enumerate([*kinds, "."]):
        if kind in PAUSES:
            yield from _in_clause(kinds[start:end], asked=kind == "?")
            start = end + 1


def _in_clause(clause: Sequence[str], *, asked: bool) -> Iterator[str]:
    who = [at for at, kind in enumerate(clause) if kind in _SOMEBODY]
    if who and all(kind in _BARE for kind in clause):
        yield f"f bare {clause[who[0]]}"
    for at in who:
        before, after = clause[max(at - _BEFORE, 0) : at], clause[at + 1 : at + 1 + _AFTER]
        verb = next((it for it in _VERBS if it in before), "")
        then = next((it for it in _VERBS if it in after), "")
        changes = _changes(clause, at, before, verb)
        somebody = clause[at]
        yield f"f {verb}>{somebody}>{then} {changes} {asked}"
        yield f"f {verb}>{somebody} {changes}"
        yield f"f {somebody}>{then} {changes}"
        yield f"f {verb} {changes}"
        yield f"f {verb}>{somebody}"


def _changes(clause: Sequence[str], at: int, before: Sequence[str], verb: str) -> str:
    """What changes the meaning, as letters in one order."""
    near, next_to = clause[max(at - _NEAR, 0) : at], clause[at + 1 : at + 1 + _NEAR]
    upto = list(before)
    if verb:
        upto = upto[: len(upto) - upto[::-1].index(verb)]
    found = {
        "no": "no" in upto[-4:],
        "past": "past" in clause and verb != "past",
        "own": "own" in near,
        "another": "another" in near,
        "count": "count" in near,
        "trade": "kind" in next_to or "work" in clause,
        "when": "when" in clause,
        "how": "how" in before,
        "for": "for" in near and not verb,
    }
    return "+".join(name for name, there in found.items() if there)


def kind_of(word: str) -> str:
    """The kind of a folded word; "_" is none."""
    if word in PAUSES:
        return word
    kinds = _kinds()
    if word in kinds:
        return kinds[word]
    if word[0].isdecimal():
        return "count"
    if not word[0].isalpha():
        return "sign"
    if len(word) >= _LEAST_SLIPPED - 1 and word not in vocabulary():
        return _slipped(word)
    return "_"


@cache
def _kinds() -> dict[str, str]:
    """Each word's kind. A word of [other] is of none, and none is taken for it by a slip."""
    found: dict[str, str] = {"quotedtext": "quote"}
    for name, entries in read_sections("persons"):
        for entry in entries:
            found.setdefault(fold_word(entry), "_" if name == "other" else name)
    return found


@cache
def _with_a_letter_less() -> dict[str, str]:
    """The kinds of words that one slip may stand for, by what they are without one letter."""
    found: dict[str, str] = {}
    for word, kind in _kinds().items():
        if len(word) >= _LEAST_SLIPPED and kind in _SLIPPERY:
            for shorter in (word, *_letter_less(word)):
                found.setdefault(shorter, kind)
    return found


def _slipped(word: str) -> str:
    """The kind of the word of which this one has a letter more, less, or another."""
    known = _with_a_letter_less()
    return next((known[it] for it in (word, *_letter_less(word)) if it in known), "_")


def _letter_less(word: str) -> list[str]:
    word = word[:_LONGEST_SLIPPED]
    return [word[:at] + word[at + 1 :] for at in range(len(word))]

"""The values of facts, made of what is said after a cue: "" where it is none."""

from __future__ import annotations

import re

#: No fact is longer.
LONGEST = 200
_CLAUSE = 80
_ADDRESS_ENDS = re.compile(r"[\n!?;]|(?<=\w{4})\.(?:\s|$)")
_CLAUSE_ENDS = re.compile(
    r"[\n!?;,()]|\.(?:\s|$)|\s(?:y|e|and|pero|mas|but|así que|então|so|que|porque)\s", re.IGNORECASE
)
_WORD = re.compile(r"[^\W\d_][^\W\d_'-]{0,29}(?:['-][^\W\d_]{1,20})?")
_MOST_NAMES = 7
_PARTICLES = frozenset({"de", "del", "la", "las", "los", "da", "do", "dos", "das", "van", "von"})
_NO_NAMES_WORDS = (
    "yo un una uno el la los las de del muy su tu mi no si sí cliente alergico alérgico alergica"
    " alérgica celiaco celíaco celiaca celíaca vegano vegana vegetariano vegetariana nuevo nueva"
    " o a um uma os as da do eu novo nova mais the an not just so very from here glad"
    " sorry sure fine good interested looking trying new your his her their this that mexicano"
    " mexicana colombiano colombiana español española brasileiro brasileira dueño dueña dono dona"
    " doctor doctora madre padre mamá papá mãe pai otra otro vez qué que quien quién como cómo"
)
#: After "soy" and the like these are no names, whatever their case.
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split())


def name(rest: str) -> str:
    """The name that `rest` begins with: all its capitalised words, or one without a capital."""
    found: list[str] = []
    at = 0
    while len(found) < _MOST_NAMES:
        while rest[at : at + 1] == " ":
            at += 1
        word = _WORD.match(rest, at)
        if word is None or not _goes_on(found, word[0]):
            break
        found.append(word[0])
        at = word.end()
        if rest[at : at + 1] != " " or not found[0][0].isupper():
            break
    while found and found[-1] in _PARTICLES:
        found.pop()
    if not found or len(found[0]) < 2:
        return ""
    return " ".join(it if it in _PARTICLES else it[0].upper() + it[1:] for it in found)


def _goes_on(found: list[str], word: str) -> bool:
    if not found:
        return word.casefold() not in _NO_NAMES
    return word[0].isupper() or word in _PARTICLES


def capitalised_name(rest: str) -> str:
    return name(rest) if rest[:1].isupper() else ""


def clause(rest: str) -> str:
    """What is said in the same breath."""
    end = _CLAUSE_ENDS.search(rest)
    value = rest[: end.start() if end else None][:_CLAUSE].strip(" .,:")
    return value if len(value) >= 3 else ""


def address(rest: str) -> str:
    """It has a number, and points after short words: "Av. Reforma 120"."""
    end = _ADDRESS_ENDS.search(rest)
    value = rest[: end.start() if end else None].strip(" .,:")
    return value if any(sign.isdigit() for sign in value) and len(value) >= 6 else ""


def as_it_is(rest: str) -> str:
    return rest

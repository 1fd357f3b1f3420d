"""Streets in an answer that nothing given names."""

from __future__ import annotations

import re

from recado.assistant.quality.given import Given
from recado.language.reading import words

_KINDS = (
    r"calle|avenida|avda?\.?|av\.|paseo|plaza|carrera|cra\.?|camino|ronda|travesía|callejón"
    r"|autopista"
    r"|carretera|rua|r\.|alameda|praça|travessa|rodovia|estrada|largo|bulevar|boulevard|c/"
)
_STREET = re.compile(
    rf"(?<!\w)(?i:{_KINDS})\s?(?P<name>(?:(?i:de|del|de la|da|do|das|dos|la|el|los|las)\s){{0,3}}"
    r"[A-ZÁÉÍÓÚÑÂÊÔÃÕÇ][\w'’.-]{1,30}(?:\s(?:(?:de|del|da|do|la|y"
    r"|e)\s){0,2}[A-ZÁÉÍÓÚÑÂÊÔÃÕÇ][\w'’.-]{1,30}){0,3})"
)
_ENGLISH = re.compile(
    r"\b\d{1,5}\s(?P<name>[A-Z][\w'’-]{1,30}(?:\s[A-Z][\w'’-]{1,30}){0,2})\s"
    r"(?:Street|St\.?|Road|Rd\.?|Avenue|Ave\.?|Lane|Square|Boulevard|Blvd\.?|Drive)\b"
)


def unknown_street(answer: str, given: Given) -> str | None:
    """The first street that nothing given names; None: all are known."""
    known = given.sources.words | given.said.words
    for pattern in (_STREET, _ENGLISH):
        for found in pattern.finditer(answer):
            if any(word not in known for word in words(found["name"])):
                return found[0]
    return None

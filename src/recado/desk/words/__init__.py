"""The desk's words in English, Spanish and Portuguese, by page. The English text is the key.

A text that a language lacks is shown in English; a test keeps the catalogue whole.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from string import Formatter
from typing import Any

from starlette.requests import Request

from recado.desk.words import (
    character,
    inbox,
    knowledge,
    lines,
    messages,
    reasons,
    shell,
    simulator,
    templates,
    tending,
)

LANGUAGES = {"en": "English", "es": "Español", "pt": "Português"}
DEFAULT = "en"
Translator = Callable[..., str]
_PAGES = (
    *(shell, inbox, messages, simulator, lines, templates, knowledge, character, tending),
    reasons,
)
#: Texts that are not of one page: three lines each, English, Spanish and Portuguese.
_FILES = ("errors", "refusals", "checks", "kinds")


def _read(name: str) -> dict[str, tuple[str, str]]:
    text = (Path(__file__).parent / f"{name}.txt").read_text(encoding="utf-8")
    blocks = (block.splitlines() for block in text.split("\n\n"))
    entries = ([line for line in block if line and not line.startswith("#")] for block in blocks)
    return {english: (es, pt) for english, es, pt in filter(None, entries)}


_WORDS = {english: said for name in _FILES for english, said in _read(name).items()} | {
    english: said for page in _PAGES for english, said in page.WORDS.items()
}
CATALOGUE: dict[str, dict[str, str]] = {
    language: {english: said[at] for english, said in _WORDS.items()}
    for at, language in enumerate(("es", "pt"))
}


def choose_language(request: Request) -> str:
    """The user's choice (a cookie), else the browser's first that we speak, else English."""
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return _accepted(request.headers.get("accept-language", ""))


@cache
def translator(language: str) -> Translator:
    """`_("{name} took over", name="Ana")` for templates."""
    words = CATALOGUE.get(language, {})
    shapes = _Shapes(words)

    def translate(text: str, **values: object) -> str:
        said = words.get(text)
        if said is None and not values:
            return shapes.find(text) or text
        said = text if said is None else said
        return said.format(**values) if values else said

    return translate


class _Shapes:
    """Texts with places for values, to be known again when their values are filled in.

    What an error says is made where it happens, in English; here it is looked up by its shape.
    """

    def __init__(self, words: dict[str, str]) -> None:
        self._words = words
        self._known = [
            (list(Formatter().parse(english)), said)
            for english, said in sorted(words.items(), key=lambda it: -len(it[0]))
            if "{" in english
        ]

    def find(self, text: str) -> str | None:
        for shape, said in self._known:
            values = _values(shape, text)
            if values is not None:
                known = {name: self._words.get(value, value) for name, value in values.items()}
                return said.format(**known)
        return None


def _values(shape: list[Any], text: str) -> dict[str, str] | None:
    """What stands in the places of a shape, each as short as can be; None: it is another text."""
    values: dict[str, str] = {}
    at, waits = 0, None
    for literal, name, _, _ in shape:
        found = text.find(literal, at + 1) if waits else _here(literal, text, at)
        if found < 0:
            return None
        if waits:
            values[waits] = text[at:found] if literal else text[at:]
            found = found if literal else len(text)
        at, waits = found + len(literal), name
    if waits:
        values[waits] = text[at:]
        return values if values[waits] else None
    if at == len(text):
        return values
    return _values_to_the_end(shape, text, values)


def _here(literal: str, text: str, at: int) -> int:
    return at if text.startswith(literal, at) else -1


def _values_to_the_end(
    shape: list[Any], text: str, values: dict[str, str]
) -> dict[str, str] | None:
    """As _values, where the last literal also stands within the last value."""
    last, before = shape[-1][0], shape[-2][1] if len(shape) > 1 else None
    if not before or not last or not text.endswith(last):
        return None
    start = sum(len(part[0]) for part in shape[:-1]) + sum(
        len(value) for name, value in values.items() if name != before
    )
    return {**values, before: text[start : len(text) - len(last)]}


def _accepted(header: str) -> str:
    """Accept-Language as RFC 9110, 12.5.4 has it; what cannot be read is skipped."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        name, _, quality = part.strip().partition(";q=")
        code = name.partition("-")[0].strip().lower()
        try:
            weight = float(quality) if quality else 1.0
        except ValueError:
            continue
        if code in LANGUAGES and weight > 0:
            wanted.append((-weight, code))
    return min(wanted, key=lambda pair: pair[0])[1] if wanted else DEFAULT

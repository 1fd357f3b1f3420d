"""The desk's words in English, Spanish and Portuguese, by page. The English text is the key.

A text that a language lacks is shown in English; a test keeps the catalogue whole.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache

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
_WORDS = {english: said for page in _PAGES for english, said in page.WORDS.items()}
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

    def translate(text: str, **values: object) -> str:
        text = words.get(text, text)
        return text.format(**values) if values else text

    return translate


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

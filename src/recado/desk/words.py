"""The desk's texts in the reader's language: gettext catalogues below `locale/`.

The English text is the key; one without a translation is shown in English. `make words` brings the
catalogues to what the code says, and a test keeps them whole.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING

from starlette.requests import Request

from recado.desk.shapes import Shapes

if TYPE_CHECKING:
    from babel.messages import Catalog

LANGUAGES = {"en": "English", "es": "Español", "pt": "Português"}
DEFAULT = "en"
#: Languages that have a catalogue.
TRANSLATED = tuple(language for language in LANGUAGES if language != DEFAULT)
LOCALE = Path(__file__).parent / "locale"
Translator = Callable[..., str]


def catalogue_path(language: str) -> Path:
    return LOCALE / language / "LC_MESSAGES" / "recado.po"


def read_catalogue(language: str) -> Catalog:
    """The catalogue as translators have it. `language` is one of TRANSLATED."""
    from babel.messages.pofile import read_po  # on demand: start-up stays fast

    with catalogue_path(language).open("rb") as file:
        return read_po(file, locale=language)


def choose_language(request: Request) -> str:
    """The user's choice (a cookie), else the browser's first that we speak, else English."""
    chosen = request.cookies.get("language", "")
    if chosen in LANGUAGES:
        return chosen
    return _accepted(request.headers.get("accept-language", ""))


@cache
def translator(language: str) -> Translator:
    """`_("{name} took over", name="Ana")` for templates."""
    gettext = _translations(language).gettext

    def translate(text: str, **values: object) -> str:
        said = gettext(text) if text else text  # gettext keeps a catalogue's header at ""
        return said.format(**values) if values else said

    return translate


@cache
def plural_translator(language: str) -> Translator:
    """`ngettext("{count} page", "{count} pages", 3)`: the form that this many need."""
    ngettext = _translations(language).ngettext

    def translate(one: str, many: str, count: int, **values: object) -> str:
        return ngettext(one, many, count).format(count=count, **values)

    return translate


def counted(one: str, many: str) -> tuple[str, str]:
    """Marks both forms of a text for the catalogues where it is kept to be said later."""
    return one, many


@cache
def _translations(language: str) -> NullTranslations:
    """Compiled in memory when a language is first asked for: a clone needs no build step."""
    if language not in TRANSLATED:
        return NullTranslations()
    from babel.messages.mofile import write_mo

    catalogue, compiled = read_catalogue(language), BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = GNUTranslations(compiled)
    plain = {str(it.id): str(it.string) for it in catalogue if it.id and not it.pluralizable}
    translations.add_fallback(_FilledTexts(plain))
    return translations


class _FilledTexts(NullTranslations):
    """Translates texts whose values are filled in already, such as an error's."""

    def __init__(self, words: dict[str, str]) -> None:
        super().__init__()
        self._words = words
        self._shapes = Shapes(words)

    def gettext(self, message: str) -> str:
        filled = self._shapes.find(message)
        if filled is None:
            return message
        values = {name: self._words.get(it, it) for name, it in filled.values.items()}
        return self._words[filled.shape].format(**values)


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

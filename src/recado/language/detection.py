"""Which of Spanish, Portuguese and English a chat message is written in.

Own word lists instead of a library, because the libraries were tried: n-gram detectors
guess on texts of one or two words ("oi", "q tal" and "thx" come back as Finnish or
Vietnamese), leave out how people chat, and the accurate ones are models of many megabytes.
Telling three known languages apart by their most frequent words, their letters and their
word endings is small, fast and right where it matters: on the first short message.
"""

import re
from functools import cache, lru_cache
from typing import Literal, NamedTuple, cast, get_args

from recado.language.insult_lists import words_of
from recado.language.lexicon import read_sections
from recado.language.reading import NOT_PROSE, WORD_CHARS, as_read, fold_word, fold_words

LanguageCode = Literal["es", "pt", "en"]
LANGUAGES: tuple[LanguageCode, ...] = get_args(LanguageCode)

_WORD = re.compile(r"[^\W\d_]+(?:['’´`][^\W\d_]+)*")
_NOT_PROSE = re.compile(NOT_PROSE)

# (language, evidence, pattern) over the lower-case text, accents and all.
_LETTERS: tuple[tuple[LanguageCode, float, re.Pattern[str]], ...] = (
    ("es", 3.0, re.compile(r"[¿¡]|ñ(?=\w)|\w[íú]a[ns]?\b|ción\b|sión\b")),
    ("es", 2.0, re.compile(r"\b(?:está|qué|cuánto|cuándo|dónde|cómo|sí|más|aquí|él|tú|mí)\b")),
    ("pt", 3.0, re.compile(r"[ãõç]|\bé\b|ê|ô|\bàs?\b|â|[áéó]ri[oa]s?\b")),
    ("pt", 1.0, re.compile(r"\b(?:está|já|só|aí|há|olá)\b")),
    ("en", 2.0, re.compile(r"\w['’](?:s|t|re|ve|ll|m|d)\b")),
)
# Endings and beginnings of unknown words, folded.
_SHAPES: tuple[tuple[LanguageCode, float, re.Pattern[str]], ...] = (
    # "-ais", "-eis": "haceis" as well as "animais", "hoteis".
    ("es", 1.5, re.compile(r"(?:[aei]is|cion|ciones|siones|dad|dades|illo|illa|ito|ita|aron|ieron|"
                           r"iendo|amos|emos|uestra|ueve|iente|ble)$|^h?ue|ll|ie[nrst]|ue[nrst]")),
    ("pt", 1.5, re.compile(r"(?:cao|coes|sao|soes|dade|dades|agem|agens|inho|inha|ei|ou|eiro|eira|"
                           r"ais|eis|aram|eram|endo|amento|oes|aes|vel|veis|m)$|lh|nh|ss|[^aeioust]ao$")),
    ("en", 1.5, re.compile(r"(?:ing|tion|tions|ness|ment|ed|ly|ght|ck|ss|er|able|ful|less|y)$|"
                           r"^(?:wh|th|sh|kn|wr)|th|sh|ee|oo|ck|w|k")),
)  # fmt: skip
_OWN = 3.0  # letters that only one of the languages has
_FULL_EVIDENCE = 2.0  # one word that belongs to one language
_LEAST_EVIDENCE = 1.0  # one known word; the shape of one unknown word ("qwerty") is less


class Language(NamedTuple):
    """A language and how sure that is, from 0 (a guess) to 1."""

    code: LanguageCode
    confidence: float


@cache
def vocabulary() -> dict[str, tuple[tuple[LanguageCode, float], ...]]:
    """What each known word, folded, says for which languages."""
    evidence: dict[str, dict[LanguageCode, float]] = {}
    for section, entries in read_sections("language"):
        code, weight = section.split()
        language, strength = cast(LanguageCode, code), float(weight)
        # Phrases are there for the reader; their words count alone.
        for word in fold_words(entry for entry in entries if " " not in entry):
            known = evidence.setdefault(word, {})
            known[language] = max(known.get(language, 0.0), strength)
    for language in LANGUAGES:  # people swear in their own language
        for section in ("words", "short"):
            for word in fold_words(word for word, _ in words_of(section, (language,))):
                evidence.setdefault(word, {language: 1.0})
    return {word: tuple(found.items()) for word, found in evidence.items()}


@lru_cache(maxsize=8192)
def _evidence_of(word: str) -> tuple[tuple[LanguageCode, float], ...]:
    known = vocabulary().get(word)
    if known is not None:
        return known
    if len(word) < 4:
        return ()
    return tuple((code, weight / 2) for code, weight, shape in _SHAPES if shape.search(word))


def words_in(text: str) -> list[str]:
    """The words of a text as they are looked up: folded, without links and numbers."""
    prose = _NOT_PROSE.sub(" ", as_read(text))
    return [fold_word(word[:WORD_CHARS]) for word in _WORD.findall(prose)]


def shapes_of(word: str) -> list[LanguageCode]:
    """The languages that an unknown word, folded, looks like."""
    if len(word) < 4:
        return []
    return list(dict.fromkeys(code for code, _, shape in _SHAPES if shape.search(word)))


def letters_of(text: str) -> list[LanguageCode]:
    """The languages whose own letters and signs are in the text."""
    lowered = as_read(text).lower()
    return [
        code for code, weight, letters in _LETTERS if weight >= _OWN and letters.search(lowered)
    ]


@lru_cache(maxsize=512)
def evidence_in(text: str) -> dict[LanguageCode, float]:
    """How much of each language is in the text. It is shared: not to be changed."""
    prose = _NOT_PROSE.sub(" ", as_read(text))
    total: dict[LanguageCode, float] = dict.fromkeys(LANGUAGES, 0.0)
    for word in _WORD.findall(prose):
        for code, weight in _evidence_of(fold_word(word[:WORD_CHARS])):
            total[code] += weight
    lowered = prose.lower()
    for code, weight, letters in _LETTERS:
        total[code] += weight * min(len(letters.findall(lowered)), 3)
    return total


def detect_language(text: str, *, default: str = "es") -> Language:
    """The language of ``text``, right on very short messages and without accents.

    ``default`` is the answer when the text says nothing (emoji, numbers, a link, a word that
    no language knows; then the confidence is 0) and wins when two languages are equally likely
    ("ok", "no"). In a text that mixes languages the one with more evidence wins, with a lower
    confidence.
    """
    if default not in LANGUAGES:
        raise ValueError(f"no such language: {default!r}; known are {', '.join(LANGUAGES)}")
    fallback: LanguageCode = default
    evidence = evidence_in(text)
    best = fallback
    for code in LANGUAGES:
        if evidence[code] > evidence[best]:
            best = code
    strength = evidence[best]
    if strength < _LEAST_EVIDENCE:
        return Language(fallback, 0.0)
    rival = sorted(evidence.values())[-2]
    margin = (strength - rival) / strength
    return Language(best, round(margin * strength / (strength + _FULL_EVIDENCE / 4), 3))


def known_language(language: str) -> LanguageCode:
    """`language` where there are word lists for it, else Spanish."""
    return language if language in LANGUAGES else "es"

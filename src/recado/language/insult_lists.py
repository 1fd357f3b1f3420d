"""Reads the lists of insults in ``data/insults_*.txt``; what their sections mean stands there."""

import re
from collections.abc import Iterator
from functools import cache

from recado.language.lexicon import read_sections, spellings
from recado.language.reading import fold_words

LANGUAGES = ("es", "pt", "en")
#: Of gender and number; the last are of those who leave the gender open.
_ENDINGS = ("o", "a", "os", "as", "e", "es", "x", "xs")
#: Lists of words that phrases name ("§people").
_CLASSES = ("people", "beasts", "things", "curses", "business", "are")
_GROUP = re.compile(r"\{[^{}]*\}")
_PART = re.compile(r"\{[^{}]*\}|§\w+")
_STEM = re.compile(r"(?<!\w)(\w+)~")


def _ended(pattern: str) -> str:
    """A pattern with each "~" as the endings that it stands for."""
    if "~" not in pattern:
        return pattern
    spelled = _GROUP.sub(lambda group: _STEM.sub(_alternatives_of, group[0]), pattern)
    return _STEM.sub(lambda stem: "{" + _alternatives_of(stem) + "}", spelled)


def _alternatives_of(stem: re.Match[str]) -> str:
    return "|".join(stem[1] + ending for ending in _ENDINGS)


@cache
def _list(language: str) -> dict[str, list[str]]:
    sections: dict[str, list[str]] = {}
    for name, entries in read_sections(f"insults_{language}"):
        sections.setdefault(name, []).extend(entries)
    return sections


@cache
def _section(language: str, name: str) -> tuple[str, ...]:
    return tuple(_ended(entry) for entry in _list(language).get(name, ()))


@cache
def words_of(name: str, languages: tuple[str, ...] = LANGUAGES) -> tuple[tuple[str, str], ...]:
    """Each word of a section in each of its forms, and what it is read as."""
    found: list[tuple[str, str]] = []
    for language in languages:
        for entry in _section(language, name):
            pattern, _, reading = entry.partition("=")
            found += [(word, reading or word) for word in spellings(pattern)]
    return tuple(found)


def _classes_of(language: str) -> Iterator[tuple[str, str]]:
    for name in _CLASSES:
        for word, _ in words_of(name, (language,)):
            yield word, f"§{language}.{name}"


@cache
def classes() -> dict[str, tuple[str, ...]]:
    """Of each folded word that phrases know by its lists, which lists it is in."""
    found: dict[str, dict[str, None]] = {}
    listed = [entry for code in LANGUAGES for entry in _classes_of(code) if " " not in entry[0]]
    folded = fold_words(word for word, _ in listed)
    for word, (_, name) in zip(folded, listed, strict=True):
        found.setdefault(word, {})[name] = None
    return {word: tuple(names) for word, names in found.items()}


@cache
def phrases(name: str) -> tuple[str, ...]:
    """The patterns of a section, for a PhraseMatcher that knows the classes."""
    return tuple(_phrases(name))


def _phrases(name: str) -> Iterator[str]:
    for language in LANGUAGES:
        longer: dict[str, list[str]] = {}
        for word, of in _classes_of(language):
            if " " in word:  # several words are in no class: they are spelled beside it
                longer.setdefault(of, []).append(word)
        for pattern in _section(language, name):
            yield _PART.sub(lambda part: _named(part[0], language, longer), pattern)  # noqa: B023


def _named(part: str, language: str, longer: dict[str, list[str]]) -> str:
    """A group, or a class by itself, with the classes of the language."""
    if "§" not in part:
        return part
    spelled: list[str] = []
    for alternative in part.strip("{}").replace("§", f"§{language}.").split("|"):
        spelled += [alternative, *longer.get(alternative, ())]
    return "{" + "|".join(spelled) + "}"


@cache
def innocent_words() -> frozenset[str]:
    """Words that are no insults, however much they look like a misspelled one."""
    return frozenset(
        fold_words(
            word
            for language in LANGUAGES
            for entry in _section(language, "innocent")
            if not set(" §_*") & set(entry)
            for word in spellings(entry)
        )
    )


@cache
def words_of_phrases() -> frozenset[str]:
    """The words that insulting phrases have beside the lists, but for the shortest."""
    said = set(re.findall(r"[^\W_]{4,}", "\n".join(phrases("phrases"))))
    return frozenset(fold_words(said)) - frozenset(_CLASSES)

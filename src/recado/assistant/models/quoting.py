"""Passages as answers: the sentences that answer, lists whole."""

from __future__ import annotations

import re

from recado.assistant.knowledge.analysis import analyse
from recado.assistant.knowledge.passages import is_list, sentences_in
from recado.assistant.knowledge.scoring import is_filler
from recado.language.detection import LanguageCode, known_language

#: A text up to here is quoted whole: a shorter one would leave out what belongs to it.
WHOLE_CHARS = 320
LONGEST_CHARS = 700
_LIST_LINE = re.compile(r"^(\s*(?:[-*+•]|\d{1,3}[.)])\s+)(\S.*)$")

_OF_ROW = re.compile(r"[^.:]{1,40}: ")


def quote(text: str, question: str, asked_in: LanguageCode, language: str) -> str:
    """The part of a passage that answers the question, as Markdown.

    A list stays whole, with the items that were asked for in bold. Of a long text, the sentences
    from the first to the last that share a term with the question are kept.
    """
    listed = is_list(text)
    if not listed and len(text) <= WHOLE_CHARS:
        return text
    asked = _terms(question, asked_in) | _terms(question, known_language(language))
    if listed:
        return _emphasise(text, asked, known_language(language))
    return _relevant(text, asked, known_language(language))


def narrowed(text: str, question: str, asked_in: LanguageCode, language: str) -> str:
    """Of a passage that was quoted before, only the lines and sentences that say most of what is
    asked now; "" where that is all of it, or none."""
    code = known_language(language)
    asked = _asked(question, asked_in) | _asked(question, code)
    parts = sentences_in(text)
    shared = [len(asked & _terms(part, code)) for part in parts]
    most = max(shared, default=0)
    kept = [part for part, count in zip(parts, shared, strict=True) if most and count == most]
    if all(_OF_ROW.match(part) for part in parts):
        return ""  # of a row, each part without the others says nothing
    return "\n".join(kept) if 0 < len(kept) < len(parts) else ""


def asks_more(question: str, before: str, language: LanguageCode) -> bool:
    """Whether a question says something that the one before did not."""
    return bool(_asked(question, language) - _asked(before, language))


def _asked(question: str, language: LanguageCode) -> set[str]:
    return {term for term in _terms(question, language) if not is_filler(term, language)}


def _terms(text: str, language: LanguageCode) -> set[str]:
    return set(analyse(text, language).tokens())


def _emphasise(text: str, asked: set[str], language: LanguageCode) -> str:
    lines = text.split("\n")
    stems = [
        {word.stem for word in analyse(line, language).words} & asked
        if _LIST_LINE.match(line)
        else set[str]()
        for line in lines
    ]
    items = sum(1 for line in lines if _LIST_LINE.match(line))
    most = max((len(shared) for shared in stems), default=0)
    chosen = [bool(most) and len(shared) == most for shared in stems]
    # Everything in bold is nothing in bold.
    if not 0 < sum(chosen) <= max(1, items // 3):
        return text
    return "\n".join(
        _LIST_LINE.sub(r"\1**\2**", line) if emphasised and "**" not in line else line
        for line, emphasised in zip(lines, chosen, strict=True)
    )


def _relevant(text: str, asked: set[str], language: LanguageCode) -> str:
    sentences = sentences_in(text)
    matching = [at for at, s in enumerate(sentences) if asked & _terms(s, language)]
    if not matching:
        return _cut(sentences)
    return _cut(sentences[matching[0] : matching[-1] + 1])


def _cut(sentences: list[str]) -> str:
    kept: list[str] = []
    for sentence in sentences:
        if kept and sum(map(len, kept)) + len(kept) + len(sentence) > LONGEST_CHARS:
            break
        kept.append(sentence)
    return " ".join(kept)

"""Lines that ask a question as a heading does, and the marks of their answers."""

from __future__ import annotations

import re

import msgspec

_MARK = r"\s{0,2}\d{0,4}\s?(?:[:.)]|\.-|[-–](?=\s))\**+"
_QUESTION_MARK = re.compile(
    rf"^(?:[-*•]\s+)?[*_]{{0,3}}(?:P|Q|Preg|Pregunta|Pergunta|Perg|Question|Duda|FAQ){_MARK}\s*+(\S.*)$",
    re.IGNORECASE,
)
_ANSWER_MARK = re.compile(
    rf"^(?:[-*•]\s+)?[*_]{{0,3}}(?:R|A|Resp|Rta|Respuesta|Resposta|Answer|Ans){_MARK}\s*+(.*)$",
    re.IGNORECASE,
)
_NUMBERED = re.compile(r"^\d{1,3}\s?(?:[.)]|[.]?-)\s*")
_SIGNS = re.compile(r"^[❓❔🙋💬🔹🔸👉▶►•–—\ufe0f\s]+|^[-*]\s+(?=\*\*|¿)")
_INLINE_BOLD = re.compile(r"^(\*{1,2}|_{1,2})([^*_?]{3,200}\?)\s*\1[:\s]*+(\S.*)$")
_INLINE = re.compile(r"^(¿[^?¿]{3,200}\?)[\s:–—-]++(\S.*)$")
_LONGEST_QUESTION = 200


class Asked(msgspec.Struct, frozen=True):
    """A question, and the part of its answer that stands in the same line."""

    question: str
    answer: str = ""


def question_in(line: str, previous: str) -> Asked | None:
    """The question that a line asks as a heading does."""
    stripped = line.strip()
    if len(stripped) > 5000:
        return None
    # "P. Gómez" is a name: a mark without a colon needs its question mark.
    if (marked := _QUESTION_MARK.match(stripped)) and (":" in stripped or "?" in stripped):
        return _parted(marked[1].strip("*_ "))
    if stripped.startswith((">", "|")):
        return None
    bare = _SIGNS.sub("", stripped)
    numbered = _NUMBERED.sub("", bare)
    if inline := _INLINE_BOLD.match(numbered) or _INLINE_BOLD.match(bare):
        return Asked(inline[2].strip(), inline[3].strip())
    return _alone(stripped, bare, numbered, previous)


def _alone(stripped: str, bare: str, numbered: str, previous: str) -> Asked | None:
    """A line that is a question, or begins with one in its own signs."""
    listed = stripped.startswith(("- ", "* "))
    plain = _NUMBERED.sub("", numbered.strip("*_").strip()).strip("*_ ")
    if plain.endswith("?") and len(plain) <= _LONGEST_QUESTION:
        # In running text a question is only one sentence of many; as a heading it stands alone.
        alone = plain.startswith("¿") or stripped != plain or not previous.strip()
        return Asked(plain) if alone and (not listed or bare != stripped) else None
    if not listed and (inline := _INLINE.match(numbered)):
        return Asked(inline[1], inline[2])
    return None


def _parted(text: str) -> Asked:
    """A question after its mark; "P: ¿Abren? R: Sí" has its answer in the same line."""
    question, mark, rest = text.partition("?")
    if not mark or not rest.strip(" *_"):
        return Asked(text)
    rest = rest.strip("*_ ")
    answer = _ANSWER_MARK.match(rest)
    if answer:
        return Asked(f"{question}?", answer[1])
    return Asked(text)


def answer_in(line: str) -> str | None:
    """What follows the mark of an answer, None for a line without one."""
    stripped = line.strip()
    answer = _ANSWER_MARK.match(stripped)
    if answer:
        return answer[1].strip()
    signed = stripped.lstrip("✅✔️➡👉💡").strip()
    return signed if signed != stripped else None

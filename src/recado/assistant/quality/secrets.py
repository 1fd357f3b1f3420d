"""What is nobody's outside: keys and tokens, parts of the instructions, names of settings and
tools."""

from __future__ import annotations

import codecs
import math
import re
from collections import Counter
from functools import lru_cache

from recado.assistant.models.prompting import RULES, TOOLS
from recado.assistant.quality.given import Given
from recado.language.reading import fold

#: As much of the instructions, letters and digits only, as no chance brings together.
_PIECE = 42
# bounded: an answer, whose words are shorter than 64
_TOKEN = re.compile(
    r"(?<![\w-])(?:sk|pk|rk)[-_](?:[a-z]{2,8}[-_])?[A-Za-z0-9]{12,64}|\b(?:AKIA|ASIA)[A-Z0-9]{12,}"
    r"|\bgh[pousr]_[A-Za-z0-9]{16,}|\bxox[abprs]-[A-Za-z0-9-]{8,}|\bEAA[A-Za-z0-9]{20,}"
    r"|\bAIza[\w-]{20,}|\beyJ[\w-]{8,}\.[\w-]{8,}|-----BEGIN [A-Z ]{3,40}-----"
    r"|\bBearer [\w.~+/-]{8,}|\brcd_[A-Za-z0-9_]{8,}"
)
_SETTING = re.compile(
    r"\b(?:RECADO|WHATSAPP|OPENAI|ANTHROPIC|AWS|TWILIO|EVOLUTION|GOOGLE|DATABASE"
    r"|META)_[A-Z][A-Z_]{2,60}\b"
    r"|\b(?:api[_ -]?key|access[_ -]?token|app[_ -]?secret|secret[_ -]?key)\b\s{0,3}(?:is|es"
    r"|é|e|:|=)",
    re.IGNORECASE,
)
_SERVER = re.compile(
    r"\b(?:postgres(?:ql)?|mysql|redis|amqps?|nats|mongodb|sqlite)(?:\+\w{1,20})?://"
)
_NAME = re.compile(r"\w+")
_LONG = re.compile(r"[A-Za-z0-9+/_=-]{28,}")
_LETTERS = re.compile(r"[^a-z0-9]")
#: How a prompt introduces who speaks: that may be said.
_INTRODUCES = re.compile(
    r"^\W*(?:eres|tu eres|sos|vos sos|usted es|you are|you're|voce e|você é"
    r"|tu es)\b[^.!?\n]*[.!?\n]?",
    re.IGNORECASE,
)
_RANDOM_BITS = 3.3


def secret_told(answer: str, given: Given) -> str | None:
    """What kind of secret is in the answer; None: there is none. The secret itself is not told."""
    if _TOKEN.search(answer) or _SETTING.search(answer) or _SERVER.search(answer):
        return "key"
    if any(_is_random(it[0], given) for it in _LONG.finditer(answer)):
        return "key"
    tools = given.question.tools
    names = [it.name for it in tools.specs if "_" in it.name] if tools else []
    if set(names) & set(_NAME.findall(answer)):
        return "tool"
    persona = given.question.persona
    pieces = _pieces(_told(persona.prompt), persona.tone, RULES, TOOLS)
    return "instructions" if _has_piece(answer, pieces) else None


def _told(prompt: str) -> str:
    return _INTRODUCES.sub("", prompt.strip(), count=1)


@lru_cache(maxsize=64)
def _pieces(*texts: str) -> frozenset[str]:
    """Every run of letters of the instructions; in a prompt of 8,000 characters, as many."""
    found: set[str] = set()
    for text in texts:
        bare = _bare(text)
        found.update(bare[at : at + _PIECE] for at in range(len(bare) - _PIECE + 1))
    return frozenset(found)


def _has_piece(answer: str, pieces: frozenset[str]) -> bool:
    """As it stands, backwards, or with its letters turned by 13."""
    bare = _bare(answer)
    for text in (bare, bare[::-1], codecs.encode(bare, "rot13")):
        if any(text[at : at + _PIECE] in pieces for at in range(len(text) - _PIECE + 1)):
            return True
    return False


def _bare(text: str) -> str:
    return _LETTERS.sub("", fold(text))


def _is_random(word: str, given: Given) -> bool:
    """Whether a long word is a key, or something encoded, and stands in no source."""
    if word in given.sources.text or word in given.said.text:
        return False
    if len(set(word)) < 8 or re.fullmatch(r"[A-Za-z]+(?:[-_/][A-Za-z]+)+|[-_=]+", word):
        return False
    counts = Counter(word)
    bits = -sum(n / len(word) * math.log2(n / len(word)) for n in counts.values())
    return bits > _RANDOM_BITS and (any(c.isdigit() for c in word) or word.lower() != word)

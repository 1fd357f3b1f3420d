"""Orders to the assistant that stand in a passage, a page or a tool's answer.

Whoever can write there may tell it anything; what they say after it proves nothing: no price, no
link, no promise.
"""

from __future__ import annotations

import re

_ALL = (
    r"tod[oa]s?|tus|las|sus|reglas?|instruc\w{3,8}|anterior\w{0,3}|tudo|suas|as|regras?|acima"
    r"|all|any|the|your|rules?|previous|prior|above|everything|prompt"
)
_ORDER = re.compile(
    rf"\b(?:ignor[ae]\w{{0,2}}|olvid[ae]\w{{0,2}}|esque[cç]\w{{1,3}}|forget|disregard|override)\s(?:{_ALL})\b"
    r"|(?:^|[\n\"⟦>:.])\s{0,3}(?:system|sistema|developer|assistant|asistente|assistente|admin)\s?:"
    r"|\b(?:from now on|a partir de ahora|desde ahora|a partir de agora|de ahora en adelante)\b,?\s"
    r"(?:\w{1,14}\s){0,3}(?:respon\w{1,6}|contest\w{1,4}|answer|say|reply|speak|habla\w?|fal[ae]|eres"
    r"|act[uú]a|you|voc[eê]|s[oó]lo|only|s[oó])\b"
    r"|\b(?:you are now|ahora eres|agora voc[eê] [eé])\b"
    r"|\b(?:di|diles?|diga\w?|say|tell (?:them|him|her|everyone"
    r"|(?:the |your )?(?:customers?|clients?|users?|contacts?)))\b,?\s(?:que|that|:|\")"
    r"|\b(?:repite|muestra|imprime|revela|print|show|reveal|repeat|mostre|repita|revele)\s"
    r"(?:me\s)?(?:tus|your|suas|sus|tu|seu|su)\s(?:instru[cç]\w{3,8}|(?:system )?prompt)\b"
    r"|\bsystem prompt\b"
    r"|\b(?:clave de api|api key|chave de api)\b",
    re.IGNORECASE,
)
_SENTENCE_ENDS = re.compile(r"[.!?]\s|\n")


def without_orders(text: str) -> str:
    """`text` without what stands, in each of its paragraphs, from a sentence on that is an order to
    the assistant."""
    return "\n\n".join(_before_order(paragraph) for paragraph in text.split("\n\n"))


def _before_order(paragraph: str) -> str:
    found = _ORDER.search(paragraph)
    if found is None:
        return paragraph
    begins = found.end() - len(found[0].lstrip(' \n\t.:>"⟦'))
    ends = [it.end() for it in _SENTENCE_ENDS.finditer(paragraph, 0, begins)]
    return paragraph[: ends[-1] if ends else 0]

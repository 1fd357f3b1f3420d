"""How far a provider's answer can be trusted (AI-4): what the hand-over score goes by.

A model's own confidence says little. What can be checked is: an answer that refuses, says nothing,
claims much without any grounds, or has faults (checks.py).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recado.assistant.knowledge import Hit
from recado.assistant.port import Fault, Question
from recado.assistant.quality.checks import is_held_back
from recado.language.reading import fold, words

_GOOD = 0.95
_REFUSED, _AGAIN, _HELD_BACK, _UNGROUNDED = 0.3, 0.4, 0.1, 0.7
_CLAIMS_FROM_WORDS = 15

_REFUSAL = re.compile(
    r"\b(?:as an ai|language model|i (?:cannot|can't|am unable to|'m unable to|am not able to)"
    r"|i (?:do not|don't) (?:know|have (?:that|this|any) information)"
    r"|como (?:una? )?(?:ia|modelo de lenguaje|inteligencia artificial)|modelo de linguagem"
    r"|no (?:puedo|me es posible) (?:ayudar|responder|proporcionar|acceder)\w*"
    r"|no (?:tengo|dispongo de) (?:esa |la |)?informacion|no lo se"
    r"|nao (?:posso|consigo) (?:ajudar|responder|fornecer|acessar)\w*"
    r"|nao (?:tenho|disponho de) (?:essa |a |)?informacao|nao sei)\b"
)


def is_refusal(text: str) -> bool:
    """Whether a text says, in one of the usual ways, that it will not or cannot answer."""
    return bool(_REFUSAL.search(fold(text)))


def assess(
    question: Question, text: str, hits: Sequence[Hit], faults: Sequence[Fault] = ()
) -> float:
    """The confidence, 0–1, that `text` may be sent as the answer. `hits` is the knowledge that
    the model was given; what tools told it, the question knows."""
    if not words(text):
        return 0.0
    confidence = _GOOD
    if is_refusal(text):
        confidence = min(confidence, _REFUSED)
    if faults:
        confidence = min(confidence, _HELD_BACK if is_held_back(faults) else _AGAIN)
    told = question.tools.exchanges if question.tools else ()
    claims = len(words(text)) > _CLAIMS_FROM_WORDS and "?" not in text
    if claims and not (hits or told or question.history):
        confidence *= _UNGROUNDED
    return round(confidence, 3)

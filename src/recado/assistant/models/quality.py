"""How far a provider's answer can be trusted, before it is sent (AI-4).

A model's own confidence says little. These checks look at what can be checked: language,
refusals, repetition, a leaked prompt, and facts (numbers, prices, addresses) that neither the
knowledge nor the conversation holds.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache

from recado.assistant.knowledge import Hit
from recado.assistant.port import Question
from recado.language.detection import detect_language
from recado.language.reading import fold, words

_GOOD = 0.95
_REFUSED, _FOREIGN, _REPEATED, _LEAKED = 0.3, 0.4, 0.4, 0.1
_UNSUPPORTED_LINK, _UNSUPPORTED_PRICE, _EACH_UNSUPPORTED_NUMBER = 0.35, 0.4, 0.75
_UNGROUNDED = 0.7
_SURE_OF_LANGUAGE = 0.7
_SAME = 0.92
_LEAK_WORDS = 9
#: An answer with more links than this was not asked for.
_MOST_LINKS = 20
#: Enough to tell an answer from another; comparing takes the square of it.
_COMPARED_WORDS = 200

_REFUSAL = re.compile(
    r"\b(?:as an ai|language model|i (?:cannot|can't|am unable to|'m unable to|am not able to)"
    r"|i (?:do not|don't) (?:know|have (?:that|this|any) information)"
    r"|como (?:una? )?(?:ia|modelo de lenguaje|inteligencia artificial)|modelo de linguagem"
    r"|no (?:puedo|me es posible) (?:ayudar|responder|proporcionar|acceder)\w*"
    r"|no (?:tengo|dispongo de) (?:esa |la |)?informacion|no lo se"
    r"|nao (?:posso|consigo) (?:ajudar|responder|fornecer|acessar)\w*"
    r"|nao (?:tenho|disponho de) (?:essa |a |)?informacao|nao sei)\b"
)
_LINK = re.compile(
    r"https?://[^\s)>\]]+|www\.[^\s)>\]]+|[\w.+-]{1,64}@[\w-]{1,63}\.[\w.-]{0,190}\w"
    r"|\b[\w-]{1,63}\.(?:com|net|org|io|es|br|mx|ar|example)\b[^\s)>\]]*",
    re.IGNORECASE,
)
_PRICE = re.compile(
    r"(?:R\$|US\$|[$€£])\s?\d|\d\s?(?:€|\$|£|euros?|pesos?|reais|d[oó]lar|usd|eur)",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"\d+(?:[.,:h]\d+)*")
#: Small whole numbers count things; a model may count without being taught.
_COUNTING = {str(n) for n in range(11)}


def is_refusal(text: str) -> bool:
    """Whether a text says, in one of the usual ways, that it will not or cannot answer."""
    return bool(_REFUSAL.search(fold(text)))


def assess(question: Question, text: str, hits: Sequence[Hit]) -> float:
    """The confidence, 0–1, that `text` may be sent as the answer. `hits` is the knowledge that
    the model was given; what tools told it, the question knows."""
    if not words(text):
        return 0.0
    confidence = _GOOD
    if is_refusal(text):
        confidence = min(confidence, _REFUSED)
    if _in_other_language(question, text):
        confidence = min(confidence, _FOREIGN)
    if _repeats(question, text):
        confidence = min(confidence, _REPEATED)
    if _leaks(question.persona.prompt, text):
        confidence = min(confidence, _LEAKED)
    confidence *= _support(question, text, hits)
    return round(confidence, 3)


def _in_other_language(question: Question, text: str) -> bool:
    detected = detect_language(text, default=question.language)
    sure = detected.confidence >= _SURE_OF_LANGUAGE and len(words(text)) >= 5
    return sure and detected.code != question.language


def _repeats(question: Question, text: str) -> bool:
    """The last answer once more, to another question."""
    said = [message for message in question.history if message.role in {"assistant", "user"}]
    last = next((m.content for m in reversed(said) if m.role == "assistant"), "")
    asked = next((m.content for m in reversed(said) if m.role == "user"), "")
    if len(words(text)) < 5 or not last or fold(asked) == fold(question.text):
        return False
    told, now = words(last)[:_COMPARED_WORDS], words(text)[:_COMPARED_WORDS]
    return SequenceMatcher(None, told, now).ratio() >= _SAME


@lru_cache(maxsize=64)
def _runs(prompt: str) -> frozenset[tuple[str, ...]]:
    spoken = words(prompt)
    return frozenset(spoken[at : at + _LEAK_WORDS] for at in range(len(spoken) - _LEAK_WORDS + 1))


def _leaks(prompt: str, text: str) -> bool:
    spoken = words(text)
    runs = _runs(prompt)
    return any(spoken[at : at + _LEAK_WORDS] in runs for at in range(len(spoken) - _LEAK_WORDS + 1))


def _support(question: Question, text: str, hits: Sequence[Hit]) -> float:
    """1 when every fact is in what the model was given; less for each that is not."""
    told = [it.told for it in question.tools.exchanges] if question.tools else []
    given = "\n".join(
        [
            *told,
            *(f"{hit.heading}\n{hit.text}" for hit in hits),
            *(message.content for message in question.history),
            *(line for message in question.history for line in message.about),
            *question.about,
            question.text,
            question.persona.prompt,
        ]
    )
    links = {link.lower().rstrip("./") for link in _LINK.findall(text)}
    lowered = given.lower() if links else ""
    if len(links) > _MOST_LINKS or any(_bare(link) not in lowered for link in links):
        return _UNSUPPORTED_LINK
    known = set(_numbers(given))
    new = [number for number in _numbers(_LINK.sub(" ", text)) if not _known(number, known)]
    if new:
        worst = _UNSUPPORTED_PRICE if _PRICE.search(text) else 1.0
        return max(0.2, min(worst, _EACH_UNSUPPORTED_NUMBER ** len(new)))
    claims = len(words(text)) > 15 and "?" not in text
    grounds = hits or told or question.history
    return _UNGROUNDED if claims and not grounds else 1.0


def _bare(link: str) -> str:
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", link)


def _numbers(text: str) -> Iterator[str]:
    """Numbers in one notation: "2,60" and "2.6", "8:00" and "8h" are the same."""
    for match in _NUMBER.findall(text):
        parts = re.split(r"[.,:h]", match)
        if len(parts) == 2 and len(parts[1]) <= 2:
            whole, rest = parts[0].lstrip("0") or "0", parts[1].rstrip("0")
            yield f"{whole}.{rest}" if rest else whole
        else:
            yield "".join(parts).lstrip("0") or "0"


def _known(number: str, known: set[str]) -> bool:
    if number in known or number in _COUNTING:
        return True
    whole, _, rest = number.partition(".")
    # "8 pm" for 20:00.
    if len(whole) > 2:
        return False
    later = f"{int(whole) + 12}.{rest}" if rest else str(int(whole) + 12)
    return int(whole) <= 12 and later in known

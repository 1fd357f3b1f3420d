"""A burst taken apart: what in it is small talk, and what asks for an answer."""

from __future__ import annotations

import re
from functools import lru_cache

import msgspec

from recado.assistant.knowledge.analysis import analyse
from recado.language.affairs import supposes, tells_affair
from recado.language.detection import LanguageCode
from recado.language.intent import classify_intent
from recado.language.matters import asks_how, is_complaint, is_praise
from recado.language.own import affair_in
from recado.language.reading import as_read, words
from recado.language.terms import details_in

SMALL_TALK = {"greeting", "thanks", "goodbye", "affirmation", "negation", "help", "identity"}
_COURTESIES = SMALL_TALK - {"help"}
_SURE = 0.5
_SURE_OF_SMALL_TALK = 0.35
_QUESTION_WORDS = (
    r"qu[eé]|c[oó]mo|cu[aá]l(?:es)?|cu[aá]ndo|cu[aá]nt[oa]s?|d[oó]nde|qui[eé]n|si|hay|tienen|hacen"
    r"|aceptan|venden|puedo|se puede|quiero|quisiera|necesito"
    r"|qual|quais|quando|quant[oa]s?|onde|quem|tem|têm|fazem|aceitam|vendem|posso|preciso|gostaria"
    r"|what|how|which|when|where|who|do you|does|is there|are there|can i|could|i need|i want"
)
#: "¿A qué hora …?", "de quién", "at what time".
_TO = r"(?:(?:a|de|desde|hasta|en|con|por|para|at[eé]|em|com|at|by|from|until)\s{1,3})?"
#: Where one thing said ends and the next begins: sentences, lines, "and" before a question.
_PARTS = re.compile(
    r"(?<=[?!])\s*|(?<!\d)\.(?:\s+|$)|\n+|(?=¿)|;\s"
    rf"|,?\s{{1,9}}(?:y|e|and)\s{{1,9}}(?={_TO}(?:{_QUESTION_WORDS})\b)",
    re.IGNORECASE,
)
#: Where a long sentence may be cut when nothing answers the whole of it.
_CLAUSES = re.compile(r"[,:;()—–]|\b(?:pero|porque|mas|but|because)\b", re.IGNORECASE)
#: Between two things that are asked of in one sentence.
_BESIDE = re.compile(
    r",|\b(?:y|e|and|o|u|ou|or|than|vs|contra)\b|(?<=\s)(?:que|q|k)\b", re.IGNORECASE
)
_ASKS = re.compile(rf"\?|^\W*{_TO}(?:{_QUESTION_WORDS})\b", re.IGNORECASE)
_FOLLOWS_UP = re.compile(
    r"^\W*(?:y|e|and|or|o|ou|pero|mas|but|tambi[eé]n|tamb[eé]m|also|what about|how about)\b",
    re.IGNORECASE,
)
#: A line that ends like this goes on in the next message.
_GOES_ON = re.compile(
    r"\b(?:sin|de|del|al|con|el|la|los|las|un|una|para|por|en|sem|do|da|com|os|as|um|uma|no|na|em"
    r"|pra|with|without|of|the|a|for|to|in|at)\s*\n+",
    re.IGNORECASE,
)
_LAUGHTER = re.compile(
    r"^\W*(?:(?:j[aeio]){2,}j?|(?:h[ae]){2,}h?|k{3,}|(?:rs){2,}|lo+l|xd+)\W*$", re.IGNORECASE
)
_GREETING = re.compile(
    r"\W{0,3}(?:hola|holi|ola|buenas (?:tardes|noches)|buenas|buenos d[ií]as|buen d[ií]a|oi|ol[áa]"
    r"|bom dia|boa (?:tarde|noite)|e a[ií]|opa|hi|hiya|hey|heya|howdy|hello"
    r"|good (?:morning|afternoon|evening))\b[\s,!.]{1,3}",
    re.IGNORECASE,
)
#: "great, can I bring it on Wednesday": it wants more than to be thanked.
_COURTESY = re.compile(
    r"\W{0,3}(?:ok|okay|vale|dale|listo|bueno|perfecto|genial|gracias|buen[ií]simo|[oó]timo|beleza"
    r"|perfeito|obrigad[oa]|valeu|great|cool|perfect|nice|thanks|thank you|awesome|lovely)\b"
    r"[\s,!.]{1,3}",
    re.IGNORECASE,
)
#: "hola soy Marta" only greets.
_TELLING_WORDS = 2
_LONGEST_FOLLOW_UP = 7
#: Of more than these many things said in one breath, the first and the last are looked into.
_FIRST, _LAST = 16, 8
_MOST_CLAUSES = 8


class Utterance(msgspec.Struct, frozen=True):
    """One thing said. `intent` is "" where none is sure. `asks`: it wants an answer.
    `follows_up`: it leans on what was said before. `pleased`: it praises, and wants nothing."""

    text: str
    intent: str
    asks: bool
    follows_up: bool
    has_content: bool
    pleased: bool = False


@lru_cache(maxsize=512)
def utterances(text: str, language: LanguageCode) -> tuple[Utterance, ...]:
    """What a burst says, in order; what has no word in it, and laughter, is left out."""
    whole = _GOES_ON.sub(lambda end: end[0].rstrip() + " ", as_read(text))
    parts = (part.strip(" ,.-") for part in _PARTS.split(whole) if part)
    parts = (piece for part in parts for piece in _after_greeting(part, language))
    said = [part for part in parts if words(part) and not _LAUGHTER.match(part)]
    if len(said) > _FIRST + _LAST:
        said = said[:_FIRST] + said[-_LAST:]
    return tuple(_utterance(part, language) for part in said)


def _after_greeting(part: str, language: LanguageCode) -> tuple[str, ...]:
    """ "hola la torta llegó cruda" greets, and then tells something."""
    for opening in (_GREETING.match(part), _COURTESY.match(part)):
        rest = part[opening.end() :] if opening else ""
        if opening is None or len(analyse(rest, language).words) < _TELLING_WORDS:
            continue
        if opening.re is _GREETING or _ASKS.search(rest) or details_in(rest):
            return opening[0], rest
    return (part,)


def clauses(text: str) -> list[str]:
    """The parts of a long sentence, [] when it has only one."""
    parts = [part.strip() for part in _CLAUSES.split(text)]
    parts = [part for part in parts if words(part)]
    return parts[:_MOST_CLAUSES] if len(parts) > 1 else []


def alternatives(text: str) -> list[str]:
    """What a question names side by side ("¿venden martillos y sierras?", "¿cuánto más cuesta el
    taladro que la sierra?"), each for itself; [] when it names one thing."""
    parts = [part.strip() for part in _BESIDE.split(text)]
    parts = [part for part in parts if words(part)]
    return parts[:_MOST_CLAUSES] if len(parts) > 1 else []


def _utterance(text: str, language: LanguageCode) -> Utterance:
    intent = classify_intent(text, language)
    sure = _SURE_OF_SMALL_TALK if intent.name in SMALL_TALK else _SURE
    analysis = analyse(text, language)
    name = intent.name if intent.confidence >= sure and intent.name != "other" else ""
    asks_of_it = supposes(text) or (asks_how(text) and not tells_affair(text))
    if name == "complaint" and asks_of_it and not is_complaint(text, language):
        name = ""  # what is only supposed, or asked how to tell of, is not complained of
    if name in _COURTESIES and affair_in(text):
        name = ""  # their affairs are no small talk
    asks = bool(_ASKS.search(text))
    pleased = not asks and name in ("", "thanks") and is_praise(text, language)
    return Utterance(
        text=text,
        intent="thanks" if pleased else name,
        asks=asks,
        pleased=pleased,
        follows_up=bool(_FOLLOWS_UP.search(text)) and len(words(text)) <= _LONGEST_FOLLOW_UP,
        has_content=bool(analysis.words or analysis.strong),
    )

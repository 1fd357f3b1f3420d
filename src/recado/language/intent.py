"""What a message wants: its intent, how hard it is to answer, and a wish about marketing.

The intent serves small talk and structured conversations; complexity and domain choose the model.

Who wants no marketing messages any more, and who wants them again, says so in a message. A keyword
("STOP", "baja") counts when it is all that was said; a sentence ("no quiero más mensajes") when it
is a whole part of it, and nothing is asked beside it. So "¿cómo cancelo mi pedido?" and "stop by
tomorrow?" are not taken for it.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache
from itertools import groupby
from typing import Literal, NamedTuple

from recado.language.detection import LANGUAGES, LanguageCode, detect_language
from recado.language.lexicon import PhraseMatcher, read_sections
from recado.language.persons import asks_for_person
from recado.language.reading import fold_word, words
from recado.language.sentiment import analyze_sentiment
from recado.language.terms import concept_patterns, concepts, spelled_out

IntentName = Literal[
    "greeting", "thanks", "goodbye", "affirmation", "negation", "help", "human", "complaint",
    "hours", "price", "location", "delivery", "payment", "returns", "availability", "booking",
    "order_status", "cancel", "identity", "contact", "warranty", "invoice", "other",
]  # fmt: skip

# How much one sighting says. A message that greets and asks is a question, one that asks
# and demands a person is a demand.
_WEIGHTS = {
    "human": 2.0, "complaint": 1.6, "identity": 1.4, "cancel": 1.3, "order_status": 1.2,
    "greeting": 0.3, "thanks": 0.4, "goodbye": 0.45, "affirmation": 0.0, "negation": 0.0,
    "help": 0.5,
}  # fmt: skip
_STRENGTHS = {"strong": 1.0, "weak": 0.3, "hint": 0.25}
_OPENING = 2  # "tienen …?" asks for something near the beginning; later it only tells
_PER_FURTHER_WORD = 0.15  # a longer phrase is a surer sign
_SMALL_TALK = frozenset({"greeting", "thanks", "goodbye", "affirmation", "negation"})
_ALL_THAT_WAS_SAID = 0.75
_NEARLY_ALL = 0.6
_STRONG_DISPLEASURE, _DISPLEASED = 0.8, 0.8
_HALF_SURE = 0.35
_SURELY_ASKED = 0.5
_COURTESY = frozenset(
    {"por", "favor", "please", "porfavor", "entonces", "entao", "well", "then", "mas", "pues"}
)


class Intent(NamedTuple):
    """What the text is for, and how sure that is, from 0 (nothing recognised) to 1."""

    name: IntentName
    confidence: float


class _Sign(NamedTuple):
    intent: str
    weight: float


@cache
def _signs() -> PhraseMatcher[_Sign]:
    patterns = [
        (pattern, _Sign(name, _WEIGHTS[name]))
        for name, entries in read_sections("intents")
        for pattern in entries
    ]
    patterns += [
        (pattern, _Sign(name, _WEIGHTS.get(name, 1.0) * _STRENGTHS[strength]))
        for pattern, (name, strength) in concept_patterns()
    ]
    return PhraseMatcher(patterns)


def _evidence(words: list[str]) -> dict[str, float]:
    evidence: dict[str, float] = {}
    covered: dict[str, int] = {}
    for match in _signs().find(words):
        intent, weight = match.value
        if weight == _STRENGTHS["hint"] and match.start > _OPENING:
            continue
        length = match.end - match.start
        if weight >= _STRENGTHS["weak"]:
            weight += _PER_FURTHER_WORD * (length - 1)
        # The first sighting counts in full, each further one half of the one before.
        evidence[intent] = evidence.get(intent, 0.0) / 2 + weight
        covered[intent] = covered.get(intent, 0) + length
    said = sum(word not in _COURTESY for word in words) or 1
    talk = sum(covered.get(name, 0) for name in _SMALL_TALK)
    for name in _SMALL_TALK & covered.keys():
        if talk / said >= _NEARLY_ALL:
            evidence[name] += _ALL_THAT_WAS_SAID * covered[name] / talk
    return evidence


@lru_cache(maxsize=512)
def _classify(text: str, language: LanguageCode) -> Intent:
    evidence = _evidence(spelled_out(text, language))
    evidence.pop("human", None)
    if asks_for_person(text):
        evidence["human"] = _WEIGHTS["human"] + _SURELY_ASKED
    if analyze_sentiment(text, language).scores["negative"] > _STRONG_DISPLEASURE:
        evidence["complaint"] = evidence.get("complaint", 0.0) + _DISPLEASED
    ranked = sorted(evidence.items(), key=lambda item: -item[1])
    if not ranked or ranked[0][1] == 0:
        return Intent("other", 0.0)
    name, best = ranked[0]
    rival = ranked[1][1] if len(ranked) > 1 else 0.0
    confidence = best / (best + _HALF_SURE) * best / (best + rival / 2)
    return Intent(name, round(confidence, 3))  # type: ignore[arg-type]  # names of the lists


def classify_intent(text: str, language: LanguageCode | None = None) -> Intent:
    """What ``text`` is for; the language is detected when it is not given.

    Of several intents the one that needs an answer wins: "hola, ¿cuánto cuesta?" is
    ``price``. ``other`` with confidence 0 says that nothing was recognised.
    """
    return _classify(text, language or detect_language(text).code)


Domain = Literal["technical", "customer_service", "general"]

COMPLEX = 0.5
"""Above this a query is complex: it asks several things, sets conditions or goes deep."""

# What a sign adds for each sighting, and at most. The sum is cut at 1.
_LENGTH_PER_WORD, _LENGTH_MOST = 0.30 / 50, 0.30
_FURTHER_QUESTION, _QUESTIONS_MOST = 0.12, 0.24
_SIGNS: dict[str, tuple[float, float]] = {
    "condition": (0.12, 0.24),
    "comparison": (0.12, 0.24),
    "clause": (0.04, 0.20),
    "technical": (0.10, 0.30),
}
_CLEARLY_TECHNICAL = 2


@cache
def _signs_of_difficulty() -> PhraseMatcher[str]:
    return PhraseMatcher(
        (pattern, name) for name, entries in read_sections("complexity") for pattern in entries
    )


@lru_cache(maxsize=512)
def _sightings(text: str, language: LanguageCode) -> dict[str, int]:
    found: dict[str, int] = {"words": 0}
    spelled = spelled_out(text, language)
    found["words"] = len(spelled)
    for match in _signs_of_difficulty().find(spelled):
        found[match.value] = found.get(match.value, 0) + 1
    return found


def complexity(text: str, language: LanguageCode | None = None) -> float:
    """How hard ``text`` is to answer, from 0 (a word) to 1 (a long, conditional, technical case).

    Adds up length, further questions, conditions, comparisons, clauses and technical words.
    """
    found = _sightings(text, language or detect_language(text).code)
    score = min(found["words"] * _LENGTH_PER_WORD, _LENGTH_MOST)
    further_questions = max(len([part for part in text.split("?")[:-1] if part.strip()]) - 1, 0)
    score += min(further_questions * _FURTHER_QUESTION, _QUESTIONS_MOST)
    for name, (each, most) in _SIGNS.items():
        score += min(found.get(name, 0) * each, most)
    return round(min(score, 1.0), 3)


def is_complex_query(text: str, language: LanguageCode | None = None) -> bool:
    """Whether ``text`` is harder than ``COMPLEX``."""
    return complexity(text, language) > COMPLEX


def classify_domain(text: str, language: LanguageCode | None = None) -> Domain:
    """Whether ``text`` is about technology, about buying and being served, or neither.

    One technical word in a question about an order is still customer service; two, or one
    with no matter of business beside it, are technical.
    """
    code = language or detect_language(text).code
    technical = _sightings(text, code).get("technical", 0)
    business = sum(1 for concept in concepts(text, code) if concept.strength != "hint")
    if technical and (technical >= _CLEARLY_TECHNICAL or not business) and technical >= business:
        return "technical"
    return "customer_service" if business else "general"


Wish = Literal["stopped", "resumed"]
#: Nobody takes more characters to say it.
LONGEST = 200
_WISHES: dict[str, Wish] = {"stop": "stopped", "resume": "resumed"}
_IN_BRACES = re.compile(r"\{[^{}]*\}")
_GROUP = re.compile(r"<([a-z ]+)>")
#: An answer to something else.
# bounded: it is matched at one place
_AND_NO = re.compile(r"\s*(?:no|não|nao|nope)\s{0,9}[,;.!]", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[.!?\n])\s*")
_PARTS = re.compile(r"[.,;:!\n]+")


class MarketingWish(NamedTuple):
    """`language` is the one that it was said in, "" for a word that all languages use."""

    wish: Wish
    language: str


class _WishSign(NamedTuple):
    kind: Literal["keyword", "sentence", "courtesy"]
    said: MarketingWish | None


@cache
def _signs_of_wishes() -> PhraseMatcher[_WishSign]:
    patterns: list[tuple[str, _WishSign]] = []
    groups: dict[str, list[str]] = {}
    for name, entries in read_sections("marketing"):
        what, _, rest = name.partition(" ")
        kind, _, language = rest.partition(" ")
        if what == "group":
            groups[rest] = entries
            continue
        if what == "courtesy":
            sign = _WishSign("courtesy", None)
        else:
            said = MarketingWish(_WISHES[what], "" if language == "any" else language)
            sign = _WishSign("keyword" if kind == "keyword" else "sentence", said)
        patterns += [(_spelled(entry, groups), sign) for entry in entries]
    return PhraseMatcher(patterns)


def _spelled(pattern: str, groups: dict[str, list[str]]) -> str:
    """The pattern with the words of the groups that it names: alone, or among other
    alternatives."""
    inside = _IN_BRACES.sub(lambda found: _filled(found[0], groups), pattern)
    return _GROUP.sub(lambda found: "{" + "|".join(groups[found[1]]) + "}", inside)


def _filled(braced: str, groups: dict[str, list[str]]) -> str:
    """`{de <lists es>|}` → `{de la lista|de su lista|}`."""
    choices: list[str] = []
    for choice in braced[1:-1].split("|"):
        named = _GROUP.search(choice)
        words_of = groups[named[1]] if named else [""]
        choices += [_GROUP.sub(word, choice) if named else choice for word in words_of]
    return "{" + "|".join(choices) + "}"


def marketing_wish(text: str) -> MarketingWish | None:
    """What a message wishes about marketing; None: nothing, as nearly always."""
    if not text or len(text) > LONGEST:
        return None
    if "?" in text or "¿" in text:
        return _in_other_words(text)
    whole = _wish_of(tuple(word for word, _ in groupby(words(text))))
    if whole is not None:
        return whole.said
    parts = [_wish_of(words(part)) for part in _PARTS.split(text)]
    sentences = [it.said for it in parts if it is not None and it.kind == "sentence"]
    return sentences[0] if sentences else _in_other_words(text)


def _wish_of(said: tuple[str, ...]) -> _WishSign | None:
    """The sign that is all of these words, but for courtesy."""
    found = _signs_of_wishes().find(said)
    if sum(match.end - match.start for match in found) != len(said):
        return None
    wishes = [match.value for match in found if match.value.said is not None]
    return wishes[0] if len(wishes) == 1 else None


def _in_other_words(text: str) -> MarketingWish | None:
    """A wish in other words than the usual ones: a text, or a sentence of it, that has none but the
    words of which such wishes are made ("no quiero recibir el pedido" has), and says one."""
    no = _AND_NO.match(text)
    text = text[no.end() :] if no else text
    for part in (text, *_SENTENCES.split(text)):
        for language in LANGUAGES:
            said = spelled_out(part.replace("+", " mas "), language)
            kinds = _wishing_words(language)
            if len(said) > 1 and all(word in kinds for word in said):
                wish = _wish_in({kind for word in said for kind in kinds[word]}, asks="?" in part)
                if wish is not None:
                    return MarketingWish(wish, language)
    return None


@cache
def _wishing_words(language: LanguageCode) -> dict[str, frozenset[str]]:
    kinds: dict[str, set[str]] = {}
    for name, entries in read_sections("marketing_words"):
        of, _, kind = name.partition(" ")
        for entry in entries if of == language else ():
            # "enviarme", "bórrenme"
            to_me = {"self"} if of == "es" and len(entry) > 5 and entry.endswith("me") else set()
            kinds.setdefault(fold_word(entry), set()).update({kind} | to_me)
    return {word: frozenset(found) for word, found in kinds.items()}


def _wish_in(has: set[str], *, asks: bool) -> Wish | None:
    """The wish that words of these kinds make."""
    has = has | {"things"} if "thing" in has else has
    again = {"again", "thing"} <= has and bool(has & {"want", "send", "receive", "ask"})
    has = has | {"thing"} if "single" in has else has
    removed = {"remove", "self"} <= has and bool(has & {"list", "thing", "number", "vague"})
    if asks and "how" not in has:  # "can you take me off the list?", "how do I leave it?"
        taken = removed or {"take", "self", "list"} <= has
        return "stopped" if "ask" in has and (taken or _halts(has)) else None
    if again:
        return None if has & {"no", "halt", "remove", "exit"} else "resumed"
    left = (
        {"exit", "list"} <= has
        or {"take", "self", "list"} <= has
        or {"remove", "broadcast"} <= has
        or "unsubscribe" in has
    )
    given_up = {"off", "leave"} <= has and bool(has & {"self", "list", "thing"})
    ended = "cancel" in has and bool(has & {"thing", "subscription"})
    stopped = removed or left or given_up or ended or _halts(has) or ("no" in has and _refuses(has))
    return "stopped" if stopped else None


def _halts(has: set[str]) -> bool:
    """ "Stop sending me things": what somebody leaves ("dejar un mensaje") is none."""
    sending = bool(has & {"send", "receive", "write"})
    return ("halt" in has and ("thing" in has or sending)) or ("quit" in has and sending)


def _refuses(has: set[str]) -> bool:
    """What a "no" makes the wish: "I never get your messages" has one too, and is none."""
    given = bool(has & {"receive", "send", "sending"})
    unwanted = "want" in has and given and bool(has & {"thing", "vague"})
    unwritten = {"want", "write", "self"} <= has or (
        {"want", "stay"} <= has and bool(has & {"list", "subscription"})
    )
    forbidden = {"send", "self"} <= has and bool(has & {"thing", "vague", "more"})
    more = "more" in has and bool(has & {"thing", "receive"})
    alone = "reach" in has or ("write" in has and bool(has & {"more", "thing"}))
    unasked = alone or {"want", "things"} <= has or {"send", "thing"} <= has
    return unwanted or unwritten or forbidden or more or unasked

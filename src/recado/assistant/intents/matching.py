"""Which intent a contact asks for, by examples; never by a plain question about it.

The measure is the one by which tools are found (slots/examples.py), taken without the values that
the utterance brings ("para el martes a las 5"). Where it counts as asked for was calibrated on the
bundled cases (tests/data/intents.yaml).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple

from recado.assistant.intents.definition import Intent
from recado.assistant.models.utterances import clauses, utterances
from recado.assistant.slots import Slot
from recado.assistant.slots.definition import PLACE, wrong_with
from recado.assistant.slots.examples import likeness, weights, without_places
from recado.assistant.slots.reading import Found, When, values_in, without
from recado.language.detection import LanguageCode
from recado.language.matters import asks_how, asks_to_know
from recado.language.reading import words

#: From here on an utterance asks for the intent; with its values in it, a little less is enough,
#: and a question without them needs more: it has to be nearly an example.
LIKE, LIKE_WITH_VALUES, LIKE_ASKED = 0.62, 0.5, 0.78
#: So much better than the next intent's, or it is not clear which is meant.
APART = 0.04
#: The weight of words that say nothing by themselves.
_THIN = 1.3
_MOST_CHARS = 1000
_MOST_UTTERANCES = 6
_NOT = frozenset({"no", "nao", "not", "dont", "ya", "ja", "already", "nunca", "sin", "sem"})
#: Whoever has one tells of it: "tengo una cita mañana".
_HAS = frozenset(
    {
        *("tengo", "tenemos", "tenia", "teniamos", "tuve", "hice", "hicimos", "reserve", "pedi"),
        *("tenho", "temos", "tinha", "fiz", "fizemos", "reservei", "marquei", "agendei"),
        *("have", "had", "made", "booked", "got", "did"),
    }
)
#: Asks about the thing, not for it.
_ABOUT = frozenset(
    {
        *("cuanto", "cuanta", "cuantos", "cuantas", "cuando", "donde", "porque", "cual", "cuales"),
        *("que", "quien", "quanto", "quanta", "quantos", "quando", "onde", "qual", "quais", "quem"),
        *("what", "when", "where", "who", "which", "why", "much", "many", "long"),
    }
)
#: Asks whether it has to be.
_WHETHER = frozenset(
    {
        *("hay", "falta", "obligatorio", "necesario", "necesaria", "precisa", "necessario"),
        *("obrigatorio", "need", "needed", "necessary", "required", "must"),
    }
)
_MINE = frozenset({("i", "have"), ("we", "have"), ("i", "had"), ("we", "had"), ("ive", "got")})
_UNWANTED = frozenset({("no", "quiero"), ("no", "necesito"), ("nao", "quero"), ("dont", "want")})
_COURTESY = frozenset(
    {
        *("hola", "buenas", "gracias", "favor", "por", "porfa", "porfavor", "oi", "ola"),
        *("obrigado", "obrigada", "hi", "hello", "hey", "please", "thanks", "thank"),
    }
)
_GREETING = re.compile(
    r"\b(?:buen[oa]s?|bom|boa|good)\s{1,3}(?:d[ií]as?|tardes?|noches?|noites?|morning|afternoon"
    r"|evening)\b",
    re.IGNORECASE,
)


class Match(NamedTuple):
    """The intent that is asked for, with the values that were said with it. `rest` is what else
    was asked."""

    intent: Intent
    values: dict[str, Any]
    score: float
    rest: str = ""


def find_intent(
    text: str, language: LanguageCode, intents: Sequence[Intent], when: When
) -> Match | None:
    """The intent that a text asks for; None: it asks for none, or it is not clear for which."""
    said = utterances(text[:_MOST_CHARS], language)[:_MOST_UTTERANCES]
    for at, utterance in enumerate(said):
        parts = [utterance.text, *clauses(utterance.text)]
        for part in parts:
            found = _best(part, language, intents, when)
            if found is None:
                continue
            whole = found_values(text, found.intent.slots, language, when)
            others = [it.text for place, it in enumerate(said) if place != at and it.asks]
            if part != utterance.text:
                others += [it for it in parts[1:] if it != part and set(words(it)) & _ABOUT]
            values = {name: it.value for name, it in whole.items()}
            return found._replace(values=values, rest="\n".join(others))
    return None


def _best(text: str, language: LanguageCode, intents: Sequence[Intent], when: When) -> Match | None:
    if asks_how(text) or asks_to_know(text):
        return None
    found = [(score_of(text, language, intent, when), intent) for intent in intents]
    found = sorted((it for it in found if it[0] > 0), key=lambda it: -it[0])
    if not found or (len(found) > 1 and found[0][0] - found[1][0] < APART):
        return None
    return Match(found[0][1], {}, found[0][0])


def score_of(text: str, language: LanguageCode, intent: Intent, when: When) -> float:
    """How surely an utterance asks for an intent: its likeness to the nearest example, 0 where that
    is not enough."""
    values = found_values(text, intent.slots, language, when)
    rest = without(text, list(values.values()))
    said = set(words(text))
    plain = _GREETING.sub(" ", rest)
    plain = " ".join(word for word in words(plain) if word not in _COURTESY)
    examples = [without_places(it) for it in intent.said(language) if _is_met(it, values, language)]
    known = {word for example in examples for word in words(example)}
    vetoes = _NOT | _HAS | _ABOUT | (_WHETHER if "?" in text else frozenset())
    if (said & vetoes) - known or (_MINE | _UNWANTED) & set(pairwise(words(text))):
        return 0.0
    best = max((likeness(plain, example, language) for example in examples), default=0.0)
    asked = "?" in text and not values
    enough = LIKE_WITH_VALUES if values else LIKE_ASKED if asked else LIKE
    return best if best >= enough else 0.0


def _is_met(example: str, values: Mapping[str, Found], language: LanguageCode) -> bool:
    """An example that is little more than places of values ("quiero {service}") is one only of
    what brings them."""
    places = PLACE.findall(example)
    says = sum(weights(without_places(example), language).values())
    return not places or says > _THIN or set(places) <= values.keys()


def found_values(
    text: str, slots: Sequence[Slot], language: LanguageCode, when: When
) -> dict[str, Found]:
    """The values of slots that a text brings by itself and that are accepted."""
    today = when.today.isoformat()

    def accept(slot: Slot, value: Any) -> Any:
        return None if wrong_with(slot, value, today) else value

    return values_in(text, [it for it in slots if _tells_itself(it)], language, when, accept)


def _tells_itself(slot: Slot) -> bool:
    """Whether a value can be seen to be one without having been asked for."""
    return slot.kind not in ("yes_no", "code") and (slot.kind != "text" or bool(slot.leads))

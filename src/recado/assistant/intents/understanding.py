"""What a contact's words are within a talk: values, a question beside it, or a wish to leave."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import cache
from typing import Any, NamedTuple

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.matching import found_values
from recado.assistant.intents.port import Said
from recado.assistant.knowledge.analysis import analyse
from recado.assistant.models.utterances import Utterance, utterances
from recado.assistant.slots import Slot
from recado.assistant.slots.definition import wrong_with
from recado.assistant.slots.reading import Found, found_in, without
from recado.assistant.strangers import as_data
from recado.assistant.tools.yes_or_no import yes_or_no
from recado.language.clock_times import time_alone
from recado.language.dates import mentions
from recado.language.intent import classify_intent
from recado.language.lexicon import PhraseMatcher
from recado.language.numbers import numbers_in
from recado.language.reading import words

_MOST_CHARS = 2000
_LEAVING = (
    "{dejalo|dejala|dejemoslo|olvidalo|olvidala|olvidate|olvidelo|dejelo} {asi|estar|ya|}",
    "ya no {lo|la|} {quiero|necesito|}, ya no {hace falta}, mejor no, {cancela|cancelalo|cancelar}",
    "no quiero {nada|seguir|continuar|mas|}, salir, basta, otro dia, ahora no, no gracias",
    "no {lo|la} {quiero|necesito}",
    "deixa {pra la|para la|quieto|}, {esquece|esqueca} {isso|}, nao quero mais, melhor nao, sair",
    "nao {obrigado|obrigada}, agora nao, nao preciso mais",
    "{nevermind|never mind}, {forget|leave|drop|cancel|stop} {it|this|that|}, quit, exit",
    "no thanks, no thank you, not now, i dont want {it|this|} {anymore|}, i changed my mind",
)
_BESIDE_LEAVING = frozenset(
    {
        *("no", "nao", "gracias", "por", "favor", "ya", "pero", "mejor", "entonces", "bueno", "ok"),
        *("obrigado", "obrigada", "thanks", "sorry", "perdon", "desculpa", "please", "pues", "eh"),
    }
)
_CORRECTING = re.compile(
    r"^\W{0,5}(?:no|n[aã]o|mejor|perd[oó]n|disculpa|me equivoqu[eé]|cambi[oaé]|en realidad|quise"
    r"|desculpa|melhor|na verdade|errei|mudei|actually|sorry|i meant|wait|change|espera)\b",
    re.IGNORECASE,
)
#: Frames of an answer that is asked like a question: "¿puede ser el martes?".
_FRAMES = frozenset(
    {
        *("puede", "podria", "puedo", "pueden", "ser", "seria", "vale", "bien", "tal", "parece"),
        *("tienen", "tienes", "hay", "hueco", "libre", "quiero", "quisiera", "gustaria", "mejor"),
        *("pode", "podia", "posso", "que", "tem", "vaga", "quero", "queria", "melhor", "da", "va"),
        *("can", "could", "be", "how", "what", "about", "would", "works", "work", "ok", "okay"),
        *("want", "like", "prefer", "prefiero", "prefiro", "para", "queda", "fica", "good", "slot"),
    }
)
#: Beside the value in a question that is one: "¿a qué hora abren el martes?".
_ASKING = re.compile(
    r"^\W{0,5}(?:(?:a|de|en|com|at|por|para)\s{1,3})?(?:qu[eé]|cu[aá]l(?:es)?|cu[aá]nd?t?o[as]?s?"
    r"|d[oó]nde|qui[eé]n|c[oó]mo|quanto[as]?|quantos|onde|quem|como|qual|quais|quando|what|which"
    r"|when|where|who|how|why|is|are|does|do)\b",
    re.IGNORECASE,
)
_LEAD_IN = re.compile(
    r"^\W{0,5}(?:(?:me\s{1,3}llamo|mi\s{1,3}nombre\s{1,3}es|soy|a\s{1,3}nombre\s{1,3}de|es|ser[ií]a"
    r"|me\s{1,3}chamo|meu\s{1,3}nome\s{1,3}[eé]|sou|em\s{1,3}nome\s{1,3}de|[eé]"
    r"|my\s{1,3}name\s{1,3}is|i\s?am|i['’]m|it['’]?s|it\s{1,3}is|under)\s{1,3})",
    re.IGNORECASE,
)
_PAUSES = frozenset(
    {"momento", "espera", "segundo", "wait", "moment", "second", "minuto", "minute", "rato"}
)
#: Whoever says these wants something else than to answer.
_OTHER_MATTERS = frozenset({"human", "complaint"})
_NOTHING = frozenset(
    {"no", "nada", "ninguno", "ninguna", "nao", "nenhum", "nenhuma", "none", "nothing", "nope"}
)
_MOST_LEAVING, _MOST_NOTHING = 8, 4
_SURE, _SURE_OF_OTHER = 0.5, 0.7


class Heard(NamedTuple):
    """The values that were said, by slot; why the one that was asked for is none; what was asked
    beside them; and whether it is nothing of the talk at all (`aside`)."""

    values: dict[str, Any]
    wrong: str = ""
    rest: str = ""
    aside: bool = False


@cache
def _leaving() -> PhraseMatcher[bool]:
    patterns = (it.strip() for line in _LEAVING for it in line.split(","))
    return PhraseMatcher((it, True) for it in patterns if it)


def leaves(text: str) -> bool:
    """Whether all that was said is that the contact wants to leave it."""
    said = words(text[:_MOST_CHARS])
    if not said or len(said) > _MOST_LEAVING or "?" in text:
        return False
    found = _leaving().find(said)
    covered = {at for match in found for at in range(match.start, match.end)}
    return bool(found) and all(
        word in _BESIDE_LEAVING for at, word in enumerate(said) if at not in covered
    )


def says_nothing(text: str) -> bool:
    """Whether it is a "no" or "nada" to the question for something that need not be."""
    said = [word for word in words(text[:_MOST_CHARS]) if word not in _BESIDE_LEAVING - _NOTHING]
    return bool(said) and len(said) <= _MOST_NOTHING and set(said) <= _NOTHING | {"mas", "mais"}


def corrects(text: str) -> bool:
    """Whether it begins like a correction ("no, el martes")."""
    return bool(_CORRECTING.match(text))


def names_slot(text: str, intent: Intent, said: Said) -> Slot | None:
    """The one slot that is named ("la hora está mal"); None: none, or several."""
    spoken = {word.stem for word in analyse(text[:_MOST_CHARS], said.language).words}
    spoken |= set(words(text[:_MOST_CHARS]))
    named = []
    for slot in intent.slots:
        title = slot.titled(said.language)
        own = {word.stem for word in analyse(title, said.language).words} | set(words(title))
        if own & spoken:
            named.append(slot)
    return named[0] if len(named) == 1 else None


def hear(said: Said, intent: Intent, values: dict[str, Any], asked: Slot | None) -> Heard:
    """What the contact's words tell. `values` are those so far; `asked` is the slot that was asked
    for, None where a yes was."""
    text = said.text[:_MOST_CHARS]
    given = utterances(text, said.language)
    if not given or any(it.intent in _OTHER_MATTERS for it in given):
        return Heard({}, aside=True)
    if asked is not None and asked.kind == "text" and _means_other(text, said, _SURE_OF_OTHER):
        return Heard({}, aside=True)
    slots = _in_order(intent, values, asked, correcting=corrects(text))
    found, beside = _told(given, slots, intent, said, asked)
    if asked is not None and asked.name not in found and not beside:
        alone = _alone(text, asked, said)
        if alone is not None and not wrong_with(asked, alone, _today(said)):
            found = {asked.name: alone} if asked.kind == "text" else {**found, asked.name: alone}
    if found:
        return Heard(found, rest="\n".join(beside))
    if beside or _means_other(text, said):
        return Heard({}, aside=True)
    return Heard({}, wrong=_why_wrong(text, asked, said))


def _told(
    given: Sequence[Utterance],
    slots: Sequence[Slot],
    intent: Intent,
    said: Said,
    asked: Slot | None,
) -> tuple[dict[str, Any], list[str]]:
    """The values in what was said, and the questions beside them."""
    found: dict[str, Any] = {}
    beside = []
    for it in given:
        here = found_values(it.text, slots, said.language, said.when)
        answers = asked is not None and asked.name in here
        if _asks(it, here, intent, said) or (
            here and not answers and _means_other(it.text, said, _SURE_OF_OTHER)
        ):
            beside.append(it.text)
        else:
            found |= {name: one.value for name, one in here.items() if name not in found}
    return found, beside


def _in_order(
    intent: Intent, values: dict[str, Any], asked: Slot | None, *, correcting: bool
) -> list[Slot]:
    """The slots as they are looked for: what was asked for, what is missing, then what is known
    and may be corrected, which comes first where the contact corrects. A text that was asked for
    is not searched for values of others."""
    known = [it for it in reversed(intent.slots) if it.name in values]
    missing = [it for it in intent.slots if it.name not in values and it is not asked]
    if correcting:
        return [*known, *([asked] if asked else []), *missing]
    if asked is not None and asked.kind == "text":
        return [asked]
    return [*([asked] if asked else []), *missing, *(it for it in known if it is not asked)]


def _asks(utterance: Utterance, here: dict[str, Found], intent: Intent, said: Said) -> bool:
    """Whether it is a question, and not an answer that is asked like one."""
    text = utterance.text
    questioning = "?" in text or "¿" in text or bool(_ASKING.match(text))
    if not questioning:
        return False
    if not here:
        return True
    rest = without(text, list(here.values()))
    own = f"{intent.titled(said.language)} " + " ".join(
        f"{slot.titled(said.language)} {slot.question.get(said.language, '')}"
        for slot in intent.slots
    )
    known = {word.stem for word in analyse(own, said.language).words}
    left = [it for it in analyse(rest, said.language).words if it.plain not in _FRAMES]
    return bool(_ASKING.match(rest)) or any(it.stem not in known for it in left)


def _means_other(text: str, said: Said, sure: float = _SURE) -> bool:
    """Words that ask for something without being a question ("precio del tinte")."""
    if len(words(text)) > _MOST_LEAVING:
        return False
    intent = classify_intent(text, said.language)
    small = intent.name in ("greeting", "thanks", "affirmation", "negation", "goodbye", "booking")
    return intent.confidence >= sure and intent.name != "other" and not small


def pauses(text: str) -> bool:
    """Whether the contact asks for a moment."""
    said = words(text)
    return len(said) <= _MOST_LEAVING and bool(_PAUSES & set(said))


def _alone(text: str, slot: Slot, said: Said) -> Any:
    """The value that the whole text is, where it was asked for. None: it is none."""
    if slot.kind == "text":
        plain = _LEAD_IN.sub("", " ".join(text.split())).strip(" .,!")
        return as_data(plain, 600) or None
    if slot.kind == "yes_no":
        return yes_or_no(text, said.language, slot.question.get(said.language, ""))
    if slot.kind == "time":
        time = time_alone(text)
        return time.value if time else None
    if slot.kind == "code":
        return next((it.value for it in found_in(text, slot, said.language, said.when)), None)
    if slot.kind == "choice":
        return _numbered(text, slot, said)
    return None


def _numbered(text: str, slot: Slot, said: Said) -> str | None:
    """ "la 2": the second choice."""
    numbers = numbers_in(text, said.language)
    if len(words(text)) > 3 or len(numbers) != 1:
        return None
    at = int(numbers[0].value)
    return slot.choices[at - 1].value if 1 <= at <= len(slot.choices) else None


def _why_wrong(text: str, asked: Slot | None, said: Said) -> str:
    """Why there is no value in the answer to a question."""
    if asked is None:
        return "kind"
    found: Sequence[Found] = found_in(text, asked, said.language, said.when)
    if asked.kind == "text":
        return wrong_with(asked, as_data(text, 600), _today(said)) or "kind"
    if found:
        return wrong_with(asked, found[0].value, _today(said)) or "kind"
    return "which" if asked.kind == "date" and mentions(text) else "kind"


def _today(said: Said) -> str:
    return said.when.today.isoformat()

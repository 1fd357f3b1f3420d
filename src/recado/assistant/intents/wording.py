"""What a contact is asked and told in a structured talk, in their language."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.port import Step, TalkState
from recado.assistant.slots import Slot
from recado.assistant.slots.definition import in_language
from recado.assistant.slots.showing import in_words
from recado.assistant.strangers import as_data
from recado.assistant.tools.filling import fill
from recado.assistant.tools.filling import in_words as in_one_line

#: WhatsApp's longest titles, and how many: of buttons, and of a list's rows.
MOST_BUTTONS, LONGEST_BUTTON, MOST_ROWS, LONGEST_ROW = 3, 20, 10, 24
_TEXTS: dict[str, dict[str, str]] = {
    "ask": {
        "es": "¿Me dices este dato, por favor? {what}",
        "pt": "Pode me dizer este dado, por favor? {what}",
        "en": "Could you tell me this, please? {what}",
    },
    "confirm": {
        "es": "{what}\n¿Está bien así?",
        "pt": "{what}\nEstá certo?",
        "en": "{what}\nIs that right?",
    },
    "change": {
        "es": "De acuerdo, ¿qué cambio? Dime el dato correcto, o escribe «déjalo».",
        "pt": "Tudo bem, o que mudo? Diga o dado certo, ou escreva «deixa pra lá».",
        "en": "All right, what shall I change? Tell me the right one, or write “never mind”.",
    },
    "left": {
        "es": "De acuerdo, lo dejamos. ¿Algo más?",
        "pt": "Tudo bem, deixamos assim. Mais alguma coisa?",
        "en": "All right, let's leave it. Anything else?",
    },
    "done": {"es": "Listo, anotado: {what}", "pt": "Pronto, anotado: {what}"}
    | {"en": "Done, I have noted it: {what}"},
    "lapsed": {
        "es": "Eso ya no está pendiente. Si todavía lo quieres, dímelo otra vez.",
        "pt": "Isso não está mais pendente. Se ainda quiser, me diga de novo.",
        "en": "That is no longer pending. If you still want it, tell me again.",
    },
    "past": {"es": "Ese día ya pasó.", "pt": "Esse dia já passou.", "en": "That day is over."},
    "far": {
        "es": "Es demasiado lejos: como mucho dentro de {days} días.",
        "pt": "É longe demais: no máximo daqui a {days} dias.",
        "en": "That is too far ahead: {days} days at most.",
    },
    "least": {
        "es": "Es poco: al menos {least}.",
        "pt": "É pouco: pelo menos {least}.",
        "en": "That is too little: at least {least}.",
    },
    "most": {
        "es": "Es demasiado: como mucho {most}.",
        "pt": "É demais: no máximo {most}.",
        "en": "That is too much: {most} at most.",
    },
    "long": {
        "es": "Es demasiado largo.",
        "pt": "É longo demais.",
        "en": "That is too long.",
    },
    "which": {
        "es": "¿Cuál exactamente?",
        "pt": "Qual exatamente?",
        "en": "Which one exactly?",
    },
    "kind": {
        "es": "Perdona, no lo he entendido.",
        "pt": "Desculpe, não entendi.",
        "en": "Sorry, I did not get that.",
    },
    "choose": {"es": "Elegir", "pt": "Escolher", "en": "Choose"},
    "yes": {"es": "Sí", "pt": "Sim", "en": "Yes"},
    "no": {"es": "No", "pt": "Não", "en": "No"},
}


class Asking(NamedTuple):
    """A question, and what may be tapped to answer it: titles by their ids' last part."""

    text: str
    taps: tuple[tuple[str, str], ...] = ()


def say(name: str, language: str, **values: str) -> str:
    """The text `name` in `language` (es, pt, en; anything else gets English)."""
    text = _TEXTS[name].get(language, _TEXTS[name]["en"])
    for key, value in values.items():
        text = text.replace("{" + key + "}", value)
    return text


def asking(intent: Intent, state: TalkState, language: str) -> Asking:
    """The question that the talk is at."""
    yes_no = (("yes", say("yes", language)), ("no", say("no", language)))
    if state.stage == "changing":
        return Asking(say("change", language))
    if state.stage == "confirming":
        template = in_language(intent.confirmations, language)
        if template:
            return Asking(filled(template, intent, state, language), yes_no)
        return Asking(say("confirm", language, what=summary(intent, state, language)), yes_no)
    slot = intent.slot(state.asking)
    if slot is None:
        return Asking("")
    question = in_language(slot.question, language) or say(
        "ask", language, what=slot.titled(language)
    )
    if slot.kind == "yes_no":
        return Asking(question, yes_no)
    return Asking(question, _choices(slot))


def _choices(slot: Slot) -> tuple[tuple[str, str], ...]:
    return tuple((str(at), choice.value) for at, choice in enumerate(slot.choices, 1))


def why_wrong(step: Step, intent: Intent, language: str) -> str:
    """What was wrong with the last value, "" where nothing was."""
    slot = intent.slot(step.state.asking)
    if not step.wrong:
        return ""
    if slot is None:
        return say("kind", language)
    if slot.kind == "text" and step.wrong in ("least", "most"):
        return say("long" if step.wrong == "most" else "kind", language)
    least, most = ("" if it is None else in_words(slot, it, language) for it in _bounds(slot))
    days = str(slot.days_ahead or 0)
    return say(step.wrong, language, least=least, most=most, days=days)


def _bounds(slot: Slot) -> tuple[float | None, float | None]:
    return slot.least, slot.most


def filled(
    template: str, intent: Intent, state: TalkState, language: str, *, result: Any = None
) -> str:
    """A text of the intent's with the talk's values in it, as the contact reads them, and what the
    tool of its ending has answered."""
    answered = result if isinstance(result, Mapping) else {}
    values = {**answered, **shown(intent, state, language), "result": result}
    return fill(template, values, lambda it: as_data(in_one_line(it), 500)).strip()


def shown(intent: Intent, state: TalkState, language: str) -> dict[str, str]:
    """The values so far in words, by slot."""
    return {
        slot.name: in_words(slot, state.values[slot.name], language)
        for slot in intent.slots
        if slot.name in state.values
    }


def titled(intent: Intent, state: TalkState, language: str) -> dict[str, str]:
    """The values so far in words, by the slots' titles."""
    told = shown(intent, state, language)
    return {it.titled(language): told[it.name] for it in intent.slots if it.name in told}


def summary(intent: Intent, state: TalkState, language: str) -> str:
    """What is known so far, in one line: "Cita — Servicio: Corte; Día: martes 2 de diciembre"."""
    told = titled(intent, state, language)
    given = "; ".join(f"{title}: {words}" for title, words in told.items())
    title = intent.titled(language)
    return f"{title} — {given}" if given else title

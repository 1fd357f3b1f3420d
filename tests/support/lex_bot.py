"""A bot of Amazon Lex V2 that books appointments, in the shapes that RecognizeText was recorded in.

Like the real one it goes by the session's state that a request gives, and knows a few sentences.
"""

from __future__ import annotations

from typing import Any

from tests.support.aws import Asked, Json, Says

SLOTS = ("Service", "Day", "Time", "Client")
PROMPTS = {
    "Service": "¿Qué servicio quieres?",
    "Day": "¿Qué día te viene bien?",
    "Time": "¿A qué hora te viene bien?",
    "Client": "¿A nombre de quién la apunto?",
}
#: What it has learnt: a sentence, and the values in it.
KNOWS: dict[str, dict[str, str]] = {
    "necesito una cita": {},
    "preciso de um horário": {},
    "corte": {"Service": "Corte"},
    "el día de nochebuena": {"Day": "2099-12-24"},
    "el 24 de diciembre": {"Day": "2026-12-24"},
    "ayer": {"Day": "2020-01-01"},
    "a las 5 y media": {"Time": "17:30"},
    "a media tarde": {"Time": "AF"},
    "me llamo Ana": {"Client": "Ana"},
}


class LexBot:
    """`last` is how it ends once all is said: `confirms`, it asks for a yes first."""

    def __init__(self, *, confirms: bool = True, ends: str = "ReadyForFulfillment") -> None:
        self._confirms = confirms
        self._ends = ends

    def answer(self, asked: Asked) -> Says:
        state = asked.body["sessionState"]
        action, intent = state["dialogAction"]["type"], state.get("intent")
        text = asked.body["text"]
        if action == "ConfirmIntent" and intent and text.lower() in ("sí", "no"):
            return self._confirmed(intent["slots"], text.lower() == "sí")
        if text not in KNOWS or (action == "ElicitIntent" and KNOWS[text]):
            if intent is None:
                return _fallback()
            return self._asking(intent["slots"])  # asks the same once more
        told = {
            name: {
                "value": {"originalValue": text, "interpretedValue": it, "resolvedValues": [it]},
                "shape": "Scalar",
            }
            for name, it in KNOWS[text].items()
        }
        return self._asking({**(intent["slots"] if intent else {}), **told})

    def _asking(self, slots: Json) -> Says:
        missing = next((it for it in SLOTS if not slots.get(it)), None)
        if missing is not None:
            action = {"type": "ElicitSlot", "slotToElicit": missing}
            return session(action, slots, "InProgress", PROMPTS[missing])
        if self._confirms:
            return session({"type": "ConfirmIntent"}, slots, "InProgress", "¿La apunto así?")
        return session({"type": "Close"}, slots, self._ends)

    def _confirmed(self, slots: Json, yes: bool) -> Says:
        if yes:
            return session({"type": "Close"}, slots, self._ends, "Apuntada.", "Confirmed")
        return session({"type": "Close"}, slots, "Failed", "De acuerdo, no la apunto.", "Denied")


def session(
    action: Json, slots: Json, state: str, said: str = "", confirmation: str = "None"
) -> Says:
    intent: dict[str, Any] = {
        "name": "Book",
        "slots": {name: slots.get(name) for name in SLOTS},
        "state": state,
        "confirmationState": confirmation,
    }
    messages = [{"content": said, "contentType": "PlainText"}] if said else []
    return Says(
        {
            "messages": messages,
            "sessionState": {
                "dialogAction": action,
                "intent": intent,
                "sessionAttributes": {},
                "originatingRequestId": "4f1a7c2e-0000-4000-8000-000000000001",
            },
            "interpretations": [
                {"intent": intent, "nluConfidence": {"score": 0.93}, "interpretationSource": "Lex"},
                {"intent": {"name": "FallbackIntent", "slots": {}}},
            ],
            "requestAttributes": {},
            "sessionId": "any",
        }
    )


def _fallback() -> Says:
    intent = {"name": "FallbackIntent", "slots": {}, "state": "Failed", "confirmationState": "None"}
    return Says(
        {
            "sessionState": {"dialogAction": {"type": "Close"}, "intent": intent},
            "interpretations": [{"intent": intent, "interpretationSource": "Lex"}],
            "sessionId": "any",
        }
    )

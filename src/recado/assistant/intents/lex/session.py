"""Where a talk is, as Lex has it: what it is told with each message, and what it tells back.

Lex keeps sessions of its own. None is relied on: each request says where the talk is, so that a
turn that is tried again takes the same step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.lex.bot import same_name
from recado.assistant.intents.lex.values import value_of
from recado.assistant.intents.port import Said, TalkState
from recado.assistant.slots import Slot
from recado.assistant.slots.definition import wrong_with

_MOST_SLOTS, _LONGEST_NAME, _LONGEST_TEXT, _MOST_TEXTS = 60, 100, 1000, 5
#: Lex's own intents that mean to leave.
_LEAVING = ("cancelintent", "stopintent")

#: Asks for a value · asks for a yes · it is over, with all that is needed or without · declined.
Stands = Literal["asking", "confirming", "done", "failed", "declined", "elsewhere"]


class Told(NamedTuple):
    """What Lex made of a message. `intent` is ours, None where it found none of ours; `asked` is
    the slot that it asks for, and `asks` the same as ours; `confirmed`: it has asked for a yes and
    got it; `raw` are the slots as it has them; `leaves`: one of its own intents to leave."""

    intent: Intent | None
    named: str
    stands: Stands
    asked: str
    asks: Slot | None
    values: dict[str, Any]
    wrong: dict[str, str]
    confirmed: bool
    text: str
    raw: dict[str, Any]
    leaves: bool = False


def fresh() -> dict[str, Any]:
    """Nothing has been said, whatever Lex remembers of an earlier talk."""
    return {"dialogAction": {"type": "ElicitIntent"}}


def resumed(state: TalkState) -> dict[str, Any]:
    """The talk as it was after the last message."""
    kept = state.engine_state
    intent = {
        "name": kept.get("intent", ""),
        "slots": kept.get("slots", {}),
        "state": "InProgress",
        "confirmationState": "None",
    }
    if state.stage == "confirming":
        return {"intent": intent, "dialogAction": {"type": "ConfirmIntent"}}
    asking = kept.get("asking", "")
    if not asking:
        return {"intent": intent, "dialogAction": {"type": "Delegate"}}
    return {"intent": intent, "dialogAction": {"type": "ElicitSlot", "slotToElicit": asking}}


def kept(told: Told, asking: str) -> dict[str, Any]:
    """What is kept of it with the talk. `asking` is a slot of Lex's."""
    slots = {name: it for name, it in told.raw.items() if it and name != asking}
    return {"intent": told.named, "slots": slots, "asking": asking}


def read(answer: Mapping[str, Any], intents: Sequence[Intent], said: Said) -> Told:
    """What Lex has answered. Raises ValueError, TypeError and the like: it is malformed."""
    session = answer.get("sessionState") or {}
    action = session.get("dialogAction") or {}
    found = session.get("intent") or {}
    named = str(found.get("name") or "")[:_LONGEST_NAME]
    intent = next((it for it in intents if same_name(named, it.name)), None)
    raw = {str(name): it for name, it in list((found.get("slots") or {}).items())[:_MOST_SLOTS]}
    values, wrong = _values(raw, intent, said) if intent else ({}, {})
    asked = str(action.get("slotToElicit") or "")[:_LONGEST_NAME]
    return Told(
        intent=intent,
        named=named,
        stands=_stands(str(action.get("type") or ""), found),
        asked=asked,
        asks=slot_named(intent, asked) if intent else None,
        values=values,
        wrong=wrong,
        confirmed=found.get("confirmationState") == "Confirmed",
        text=_words(answer.get("messages") or ()),
        raw=raw,
        leaves=any(same_name(named, f"AMAZON.{it}") for it in _LEAVING),
    )


def slot_named(intent: Intent, theirs: str) -> Slot | None:
    return next((it for it in intent.slots if same_name(theirs, it.name)), None)


def their_name(raw: Mapping[str, Any], slot: str) -> str:
    """A slot of ours by the bot's name; "" where the bot has none."""
    return next((name for name in raw if same_name(name, slot)), "")


def _values(
    raw: Mapping[str, Any], intent: Intent, said: Said
) -> tuple[dict[str, Any], dict[str, str]]:
    """The values that ours accept, by slot; and why the others are none."""
    values: dict[str, Any] = {}
    wrong: dict[str, str] = {}
    today = said.when.today.isoformat()
    for name, told in raw.items():
        slot = slot_named(intent, name)
        if slot is None or not told:
            continue
        value = value_of(told, slot, said)
        why = "kind" if value is None else wrong_with(slot, value, today)
        if why:
            wrong[slot.name] = why
        else:
            values[slot.name] = value
    return values, wrong


def _stands(action: str, found: Mapping[str, Any]) -> Stands:
    if action == "ElicitSlot":
        return "asking"
    if action == "ConfirmIntent":
        return "confirming"
    if found.get("confirmationState") == "Denied":
        return "declined"
    if found.get("state") in ("Fulfilled", "ReadyForFulfillment", "FulfillmentInProgress"):
        return "done"
    return "failed" if found.get("state") == "Failed" and action == "Close" else "elsewhere"


def _words(messages: Sequence[Mapping[str, Any]]) -> str:
    """What the bot says itself, in plain text; its cards and its speech are for other channels."""
    plain = (it for it in messages if it.get("contentType") == "PlainText")
    texts = [str(it.get("content") or "").strip()[:_LONGEST_TEXT] for it in plain]
    return "\n".join(filter(None, texts[:_MOST_TEXTS]))

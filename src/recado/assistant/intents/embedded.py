"""The embedded dialogue: a few rules over examples and readers of values, without a model.

asking ─ a value ─▶ asking the next ─ … ─▶ confirming ─ yes ─▶ completed
   ├── something else: the model answers, the question waits
   ├── "déjalo" ─▶ left          not understood three times ─▶ stuck
   └── "no, el martes" corrects what was said before; a "no" to all asks what is to be changed
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.matching import Match, find_intent
from recado.assistant.intents.port import Outcome, Said, Stage, Step, TalkState
from recado.assistant.intents.understanding import (
    Heard,
    hear,
    leaves,
    names_slot,
    pauses,
    says_nothing,
)
from recado.assistant.slots import Slot
from recado.assistant.slots.showing import in_words
from recado.assistant.tools.yes_or_no import yes_or_no

NAME = "embedded"
#: So often in a row it asks for the same thing before a person does.
MOST_TRIES = 3


class EmbeddedDialogue:
    """A Dialogue (port.py)."""

    name = NAME

    async def step(
        self, said: Said, intents: Sequence[Intent], state: TalkState | None
    ) -> Step | None:
        return step(said, intents, state)

    async def close(self) -> None:
        """It holds nothing open."""


def step(said: Said, intents: Sequence[Intent], state: TalkState | None) -> Step | None:
    """As the port says."""
    intent = next((it for it in intents if state and it.name == state.intent), None)
    match = find_intent(said.text, said.language, intents, said.when)
    if state is None or intent is None:
        return _begin(match) if match else None
    if not said.text.strip():
        return None
    return _ended(said, intent, state, match) or _on(said, intent, state)


def _ended(said: Said, intent: Intent, state: TalkState, match: Match | None) -> Step | None:
    """The step where the question that waits is no more: skipped, left, or another intent."""
    if _skips(said, intent, state):
        return following(intent, replace(state, skipped=(*state.skipped, state.asking)))
    if leaves(said.text) and not (state.stage == "asking" and _takes_no(intent, state)):
        return Step(outcome="left", state=state)
    return _begin(match) if match and match.intent.name != state.intent else None


def _on(said: Said, intent: Intent, state: TalkState) -> Step | None:
    if state.stage == "asking":
        return _asked(said, intent, state)
    yes = yes_or_no(said.text, said.language, _about(intent, state.values, said))
    if yes and state.stage == "confirming":
        return Step(outcome="completed", state=state)
    if yes is False and state.stage == "changing":
        return Step(outcome="left", state=state)
    return _corrected(said, intent, state, yes)


def _begin(match: Match) -> Step:
    state = TalkState(intent=match.intent.name, values=match.values)
    return replace(following(match.intent, state), rest=match.rest)


def following(intent: Intent, state: TalkState) -> Step:
    """What comes after what is known: the question for what is missing, for a yes, or the end."""
    state = replace(state, tries=0, asking="", stage="asking")
    slot = next((it for it in intent.slots if _is_missing(it, state)), None)
    if slot is not None:
        return Step(outcome="goes_on", state=replace(state, asking=slot.name))
    if intent.confirms:
        return Step(outcome="goes_on", state=replace(state, stage="confirming"))
    return Step(outcome="completed", state=state)


def _is_missing(slot: Slot, state: TalkState) -> bool:
    """What need not be is asked for once, and only where there is a question for it."""
    if slot.name in state.values or slot.name in state.skipped:
        return False
    return slot.required or bool(slot.question)


def _skips(said: Said, intent: Intent, state: TalkState) -> bool:
    slot = intent.slot(state.asking) if state.stage == "asking" else None
    return slot is not None and not slot.required and says_nothing(said.text)


def _takes_no(intent: Intent, state: TalkState) -> bool:
    """Whether a "no" answers what was asked."""
    slot = intent.slot(state.asking)
    return slot is not None and slot.kind == "yes_no"


def _asked(said: Said, intent: Intent, state: TalkState) -> Step | None:
    asked = intent.slot(state.asking)
    heard = hear(said, intent, state.values, asked)
    if heard.values:
        return _filled(intent, state, heard)
    if heard.aside:
        return None
    return _again(said, state, heard.wrong)


def _filled(intent: Intent, state: TalkState, heard: Heard) -> Step:
    step = following(intent, replace(state, values={**state.values, **heard.values}))
    return replace(step, rest=heard.rest)


def _again(said: Said, state: TalkState, wrong: str) -> Step:
    """The same question once more; or nobody understands it."""
    if pauses(said.text):
        return Step(outcome="goes_on", state=state)
    state = replace(state, tries=state.tries + 1)
    outcome: Outcome = "stuck" if state.tries >= MOST_TRIES else "goes_on"
    return Step(outcome=outcome, state=state, wrong=wrong)


def _corrected(said: Said, intent: Intent, state: TalkState, yes: bool | None) -> Step | None:
    """What is said to the question for a yes, or for what is to be changed."""
    heard = hear(said, intent, state.values, None)
    changed = {name: it for name, it in heard.values.items() if state.values.get(name) != it}
    if changed:
        return _filled(intent, state, heard._replace(values=changed))
    if heard.aside:
        return None
    if not heard.values and (slot := names_slot(said.text, intent, said)):
        return Step(outcome="goes_on", state=_asking_again(slot, state))
    if yes is False:
        return Step(outcome="goes_on", state=_at(state, "changing"))
    if yes or heard.values:
        return Step(outcome="goes_on", state=_at(state, "confirming"), rest=heard.rest)
    return _again(said, state, heard.wrong)


def _asking_again(slot: Slot, state: TalkState) -> TalkState:
    values = {name: it for name, it in state.values.items() if name != slot.name}
    skipped = tuple(it for it in state.skipped if it != slot.name)
    return replace(_at(state, "asking"), asking=slot.name, values=values, skipped=skipped)


def _at(state: TalkState, stage: Stage) -> TalkState:
    return replace(state, stage=stage, asking="", tries=0)


def _about(intent: Intent, values: dict[str, Any], said: Said) -> str:
    """What a yes is said to, in words: saying it again is still a yes."""
    told = " ".join(
        in_words(slot, values[slot.name], said.language)
        for slot in intent.slots
        if slot.name in values
    )
    return f"{intent.titled(said.language)} {told} {' '.join(intent.said(said.language))}"

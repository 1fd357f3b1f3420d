"""A structured talk in memory: what would be asked and told, line by line; nothing is stored, sent
or done."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from recado.assistant.intents.definition import Intent
from recado.assistant.intents.embedded import step
from recado.assistant.intents.port import Said, Step, TalkState
from recado.assistant.intents.wording import asking, filled, say, summary, why_wrong
from recado.assistant.slots.definition import in_language
from recado.assistant.slots.reading import When
from recado.language.detection import LanguageCode

MOST_LINES = 30


class Line(NamedTuple):
    """What was said and what is told. `outcome`: that of the step, or "aside": it is no part of a
    talk, and answered from the knowledge. `known` is what was filled so far."""

    said: str
    told: str
    outcome: str
    taps: tuple[str, ...] = ()
    known: str = ""


def rehearse(
    intents: Sequence[Intent], lines: Sequence[str], language: LanguageCode, when: When
) -> list[Line]:
    """The talk that these messages of a contact make, by the embedded dialogue."""
    state: TalkState | None = None
    seen = []
    for said in lines[:MOST_LINES]:
        taken = step(Said(text=said, language=language, when=when), intents, state)
        if taken is None:
            seen.append(Line(said, "", "aside"))
            continue
        seen.append(_line(said, taken, intents, language))
        state = taken.state if taken.outcome == "goes_on" else None
    return seen


def _line(said: str, taken: Step, intents: Sequence[Intent], language: str) -> Line:
    intent = next(it for it in intents if it.name == taken.state.intent)
    known = summary(intent, taken.state, language)
    if taken.outcome == "left":
        return Line(said, say("left", language), "left", known=known)
    if taken.outcome == "stuck":
        return Line(said, "", "stuck", known=known)
    if taken.outcome == "completed":
        template = "" if intent.ending.tool else in_language(intent.ending.answers, language)
        told = filled(template, intent, taken.state, language) if template else ""
        return Line(said, told or say("done", language, what=known), "completed", known=known)
    asked = asking(intent, taken.state, language)
    told = " ".join(filter(None, (why_wrong(taken, intent, language), asked.text)))
    return Line(said, told, "goes_on", tuple(title for _, title in asked.taps), known)

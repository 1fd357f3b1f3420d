"""The port of structured talk: what was said goes in, the next step comes out.

Nothing is kept behind it: the talk so far comes in and goes out as a TalkState, so that a turn that
is tried again takes the same step.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, Protocol

import msgspec

from recado.assistant.intents.definition import Intent
from recado.assistant.slots.reading import When
from recado.language.detection import LanguageCode

#: Waiting for a value · for a yes · for what is to be changed.
Stage = Literal["asking", "confirming", "changing"]
#: The next question · all is known and confirmed · the contact leaves it · nobody understands it.
Outcome = Literal["goes_on", "completed", "left", "stuck"]


class Said(msgspec.Struct, frozen=True):
    """All that the contact said since the last answer. `session` names the conversation for engines
    that want a name: an id that tells nothing of the contact."""

    text: str
    language: LanguageCode
    when: When
    session: str = ""


class TalkState(msgspec.Struct, frozen=True, kw_only=True):
    """How far a talk is. `asking` is the slot that was asked for; `tries` counts what was not
    understood since; `skipped` are slots that need no value. `engine` is who leads it, and
    `engine_state` what that keeps of it."""

    intent: str
    stage: Stage = "asking"
    asking: str = ""
    values: dict[str, Any] = {}
    tries: int = 0
    skipped: tuple[str, ...] = ()
    engine: str = "embedded"
    engine_state: dict[str, Any] = {}


class Step(msgspec.Struct, frozen=True, kw_only=True):
    """What comes next. `wrong` is why the last value was not taken (slots/definition.py; "kind":
    it is none; "which": several are meant). `text` is what the engine says itself, "" for our own
    words. `rest` is what else was asked, for the model."""

    outcome: Outcome
    state: TalkState
    wrong: str = ""
    text: str = ""
    rest: str = ""


class Dialogue(Protocol):
    name: str

    async def step(
        self, said: Said, intents: Sequence[Intent], state: TalkState | None
    ) -> Step | None:
        """The next step of the talk, or the first of a new one where `state` is None.

        None: what was said asks for no intent, or it is something beside the talk, which waits.
        Raises ModelUnavailable and the like where the engine is away.
        """

    async def close(self) -> None:
        """Release connections."""

"""The port through which a turn is decided: who answers says what, and what else follows.

    decision = await answerer.answer(turn)

Nothing is written yet: outcome.py writes the decision, where the assistant still has the word.
Which answerer a conversation has is looked up in a dict (turn.py).
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import msgspec
from sqlalchemy import Row

from recado.assistant.models.ledger import TurnCalls
from recado.assistant.port import SourceQuote
from recado.conversations.messages import Part
from recado.escalation.handover import Grounds, hand_over
from recado.escalation.reasons import EscalationScore
from recado.jobs import summary_job
from recado.store import Tx, new_id, now
from recado.turns.burst import Burst
from recado.turns.files import TurnFile
from recado.turns.sessions import Session


@dataclass(frozen=True, slots=True)
class Turn:
    """What is to be answered: the conversation as read_turn has it, all that was said since the
    last answer, and what is kept of the time before. `read_at` is of the process's own clock
    (perf_counter), when the reading of it began."""

    conversation: Row[Any]
    burst: Burst
    session: Session
    trace_id: str = ""
    read_at: float = field(default_factory=time.perf_counter)
    started: float = field(default_factory=now)
    id: str = field(default_factory=new_id)
    #: What providers' models are asked while it is decided.
    calls: TurnCalls = field(default_factory=TurnCalls)
    #: What the contact sent lately, before the burst.
    earlier_files: tuple[TurnFile, ...] = ()


class Effect(Protocol):
    """What a decision changes beside what it says."""

    def apply(self, tx: Tx, conversation: Row[Any], turn: Turn) -> None:
        """Write it. The assistant has the word until the end of `tx`; `conversation` is its row
        as CLAIM_WORD returns it, with the places of the parts taken."""


@dataclass(frozen=True, slots=True)
class HandOver:
    """An effect: the conversation waits for a person."""

    grounds: Grounds

    def apply(self, tx: Tx, conversation: Row[Any], turn: Turn) -> None:
        hand_over(
            tx,
            conversation,
            self.grounds,
            turn_id=turn.id,
            in_reply_to=turn.burst.message_ids,
            trace_id=turn.trace_id,
        )


@dataclass(frozen=True, slots=True)
class ExtendSummary:
    """An effect: the conversation's summary is extended up to the position `to`, behind the
    turn."""

    to: int

    def apply(self, tx: Tx, conversation: Row[Any], turn: Turn) -> None:
        tx.publish(summary_job(conversation.id, to=self.to))


class DecisionFacts(msgspec.Struct, frozen=True):
    """How a decision came about, kept in the turn's row under these names, and shown on the desk.
    `confidence` is 0–1; `model_ms` is what asking took; `cost` is in US dollars. `character_id` and
    `character_version` say who decided, None where no character did."""

    language: str
    character_id: str | None = None
    character_version: int | None = None
    model: str = "none"
    confidence: float | None = None
    sources: Sequence[SourceQuote] = ()
    sentiment: str = ""
    intent: str = ""
    tokens_in: int = 0
    tokens_out: int = 0
    cost: float | None = None
    model_ms: float = 0.0

    def columns(self) -> dict[str, Any]:
        sources = [msgspec.structs.asdict(source) for source in self.sources]
        return {**msgspec.structs.asdict(self), "sources": sources}


#: Of a decision that nothing was counted for.
UNSCORED = EscalationScore(0, [], escalates=False)


@dataclass(frozen=True, slots=True)
class Decision:
    """What becomes of a turn: `parts` are the messages to send, in order, of any outbound type;
    `effects` take place after them, in the same transaction. `draft` is what would have been
    said, shown where a person took over meanwhile."""

    parts: tuple[Part, ...]
    facts: DecisionFacts
    effects: tuple[Effect, ...] = ()
    score: EscalationScore = UNSCORED
    draft: str = ""

    @property
    def handover(self) -> HandOver | None:
        return next((it for it in self.effects if isinstance(it, HandOver)), None)


class Answerer(Protocol):
    async def answer(self, turn: Turn) -> Decision:
        """Decide what becomes of the turn; it may be asked again for the same one.

        Raises ModelUnavailable, ModelBusy and the like: it is tried again, and handed over to a
        person when no try gives a decision.
        """

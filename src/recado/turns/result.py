"""A turn that ends: what came of asking the model, and what is written of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
from sqlalchemy import Row

from recado.assistant.port import Answer, SourceQuote
from recado.conversations.messages import preview, reply_row
from recado.escalation.reasons import ASKED_FOR_PERSON, Reason
from recado.escalation.score import EscalationScore
from recado.events import ResponseReady
from recado.language.analysis import LanguageCode, classify_intent
from recado.runtime import Runtime
from recado.store import new_id, now
from recado.turns.burst import Burst
from recado.turns.formatting import TEXT_LIMIT, format_for_whatsapp, split_text


@dataclass(frozen=True, slots=True)
class ModelResult:
    """What came of asking the model: the answer, its score, and what it took."""

    answer: Answer
    score: EscalationScore
    language: LanguageCode
    sentiment: str
    summary: str
    model_ms: float


@dataclass(frozen=True, slots=True)
class TurnResult:
    """A turn that ends: what is written of it whatever becomes of it."""

    conversation: Row[Any]
    burst: Burst
    model_result: ModelResult
    started: float
    trace_id: str
    id: str = field(default_factory=new_id)

    def claim(self, parts: Sequence[str]) -> dict[str, Any]:
        return claim_of(self.conversation, self.burst, self.model_result.language, parts)

    def parts(self, runtime: Runtime) -> list[str]:
        """The answer as messages that its line's channel can carry; none: a person is called."""
        if self.model_result.score.escalates or self.model_result.answer.asked_for_person:
            return []
        line = runtime.lines.known(self.conversation.line_id)
        limit = runtime.channel(line.channel).text_limit if line else TEXT_LIMIT
        return split_text(format_for_whatsapp(self.model_result.answer.text), limit)

    def reply(self, words: str, moment: float) -> dict[str, Any]:
        """Its one message, but for its place."""
        return reply_row(words, moment, **self.about)

    def ready(self, sent: Sequence[dict[str, Any]]) -> ResponseReady:
        return ResponseReady(
            conversation_id=self.conversation.id,
            user_id=self.conversation.contact_id,
            message_ids=tuple(message["id"] for message in sent),
            confidence=self.model_result.answer.confidence,
        )

    @property
    def about(self) -> dict[str, Any]:
        """The columns of its messages that are about the turn."""
        return {
            "in_reply_to": self.burst.message_ids,
            "turn_id": self.id,
            "confidence": self.model_result.answer.confidence,
            "cost": self.model_result.answer.cost,
        }

    def row(self, outcome: str) -> dict[str, Any]:
        """The turn's own row: what the desk shows beside the reply."""
        model_result, answer = self.model_result, self.model_result.answer
        told = outcome == "escalated" or model_result.score.score
        return {
            "id": self.id,
            "conversation_id": self.conversation.id,
            "character_id": self.conversation.character_id,
            "from_position": self.burst.first_position,
            "to_position": self.burst.last_position,
            "outcome": outcome,
            "model": answer.model,
            "language": model_result.language,
            "confidence": answer.confidence,
            "sources": [_shown(source) for source in answer.sources],
            "score": model_result.score.score,
            "reasons": reasons(model_result.score) if told else [],
            "sentiment": model_result.sentiment,
            "intent": answer.intent or classify_intent(self.burst.text, model_result.language).name,
            "tokens_in": answer.tokens_in,
            "tokens_out": answer.tokens_out,
            "cost": answer.cost,
            "error": None,
            "started_at": self.started,
            "duration_ms": (now() - self.started) * 1000,
            "model_ms": model_result.model_ms,
        }


def _shown(source: SourceQuote) -> dict[str, Any]:
    return {
        "source_id": source.source_id,
        "source_name": source.source_name,
        "heading": source.heading,
        "quote": source.quote,
        "score": source.score,
    }


def claim_of(
    conversation: Row[Any], burst: Burst, language: str, parts: Sequence[str] = ()
) -> dict[str, Any]:
    """The parameters of CLAIM_WORD (plain.py)."""
    return {
        "conversation": conversation.id,
        "ownership": conversation.ownership,
        "to": burst.last_position,
        "language": language,
        "parts": len(parts),
        "at": now(),
        "preview": preview(parts[-1]) if parts else "",
    }


def reasons(score: EscalationScore) -> list[dict[str, Any]]:
    """As they are kept; where the score has none, the model has said that a person is wanted."""
    found = score.reasons or [Reason(ASKED_FOR_PERSON.code, 0, ASKED_FOR_PERSON.text)]
    return [msgspec.structs.asdict(reason) for reason in found]

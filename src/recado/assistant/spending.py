"""What it costs to read the files that people send: in the ledger of the conversation that they
came in, and within its character's budgets, as all that a model is asked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from recado.assistant.characters import Characters
from recado.assistant.models.calls import ModelCall, Purpose, count_in
from recado.assistant.models.choosing import models_left, needs_spent
from recado.assistant.models.ledger import Caller, TurnCalls, keep_calls, read_spent
from recado.assistant.models.prices import Prices
from recado.assistant.neutral import persona_among
from recado.assistant.port import Persona
from recado.conversations.model import Conversation, Message
from recado.lines.registry import Lines
from recado.media.model import Media
from recado.media.reading.spending import Spending, Unit, Use
from recado.observability.metrics import Metrics
from recado.store import Store

_PURPOSES: dict[Unit, Purpose] = {"minute": "listening", "picture": "looking", "page": "reading"}


@dataclass(frozen=True, slots=True)
class FileSpending(Spending):
    store: Store
    lines: Lines
    characters: Characters
    metrics: Metrics
    prices: Prices

    async def allows(self, media_id: str, model: str) -> bool:
        """False: a budget is spent, and what the character does then is not to ask that one."""
        found = await self._whose(media_id)
        if found is None:
            return True  # the job finds out by itself that the file is gone
        persona, caller = found
        if not needs_spent(persona):
            return True
        left = models_left(persona, await self.store.read(lambda tx: read_spent(tx, caller)))
        return left is None or model in left

    async def keep(self, media_id: str, uses: Sequence[Use]) -> None:
        await self.keep_calls(media_id, [self._call(it) for it in uses])

    async def keep_calls(self, media_id: str, made: Sequence[ModelCall]) -> None:
        """The same, of requests to a model that counts tokens."""
        count_in(self.metrics, made)
        found = await self._whose(media_id)
        if found is None or not made:
            return
        calls = TurnCalls(made=list(made), caller=found[1])
        await self.store.write(lambda tx: keep_calls(tx, calls))

    def _call(self, use: Use) -> ModelCall:
        answered = use.outcome == "answered"
        return ModelCall(
            model=use.model,
            outcome=use.outcome,
            milliseconds=use.milliseconds,
            cost=self.prices.of_use(use.model, use.unit, use.amount) if answered else None,
            purpose=_PURPOSES[use.unit],
        )

    async def _whose(self, media_id: str) -> tuple[Persona, Caller] | None:
        """Who answers the conversation that the file came in."""
        sent_in = (
            select(Conversation.id, Conversation.line_id, Conversation.character_id)
            .join(Message, Message.conversation_id == Conversation.id)
            .join(Media, Media.message_id == Message.id)
            .where(Media.id == media_id)
        )
        row = await self.store.read(lambda tx: tx.first(sent_in))
        if row is None:
            return None
        persona = await persona_among(self.lines, self.characters, row.line_id, row.character_id)
        return persona, Caller(
            conversation_id=row.id,
            turn_id="",
            line_id=row.line_id,
            character_id=persona.id,
            time_zone=persona.time_zone,
        )

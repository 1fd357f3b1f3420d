"""What was said in a conversation, for whoever helps its reader."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from sqlalchemy import select

from recado.assistant.models.calls import count_in, noting
from recado.assistant.models.ledger import Caller, TurnCalls, keep_calls
from recado.assistant.neutral import persona_of_line
from recado.assistant.port import ContextMessage, Persona
from recado.assistant.strangers import heard
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Contact, Conversation, Message
from recado.conversations.summaries.keeping import read_summary
from recado.errors import NotFound
from recado.runtime import Runtime
from recado.store import Tx

#: The messages that are read.
MOST_MESSAGES = 200


class Talk(msgspec.Struct, frozen=True):
    """`said` are the newest messages, oldest first; `summary` speaks for older ones, too ("": there
    is none)."""

    conversation_id: str
    line_id: str
    character_id: str | None
    language: str
    contact_name: str
    summary: str
    said: tuple[tuple[int, ContextMessage], ...]

    @property
    def messages(self) -> list[ContextMessage]:
        return [message for _, message in self.said]


def read_talk(tx: Tx, conversation_id: str) -> Talk:
    """Raises NotFound."""
    row = tx.first(
        select(Conversation.__table__, Contact.name.label("contact_name"))
        .join(Contact, Contact.id == Conversation.contact_id)
        .where(Conversation.id == conversation_id)
    )
    if row is None:
        raise NotFound(f"There is no conversation {conversation_id!r}.")
    newest = tx.all(
        select(Message.position, Message.author, Message.type, Message.text, Message.created_at)
        .where(
            Message.conversation_id == conversation_id,
            Message.type.not_in(SILENT_TYPES),
            Message.status != "failed",
            Message.revoked_at.is_(None),
        )
        .order_by(Message.position.desc())
        .limit(MOST_MESSAGES)
    )
    summary = read_summary(tx, row.id)
    return Talk(
        conversation_id=row.id,
        line_id=row.line_id,
        character_id=row.character_id,
        language=row.language,
        contact_name=row.contact_name,
        summary=summary.text if summary else "",
        said=tuple((it.position, heard(it)) for it in reversed(newest)),
    )


async def speaker_of(runtime: Runtime, talk: Talk) -> Persona:
    """The character that answers in this conversation. Raises NotFound."""
    return await persona_of_line(runtime, talk.line_id, talk.character_id)


@asynccontextmanager
async def keeping_calls(runtime: Runtime, talk: Talk) -> AsyncIterator[Persona]:
    """The character of the conversation. What models are asked inside is kept in their ledger as
    asked for it, whatever comes of it."""
    persona = await speaker_of(runtime, talk)
    caller = Caller(
        conversation_id=talk.conversation_id,
        turn_id="",
        line_id=talk.line_id,
        character_id=persona.id,
        time_zone=persona.time_zone,
    )
    calls = TurnCalls(caller=caller)
    try:
        with noting(calls.made):
            yield persona
    finally:
        count_in(runtime.metrics, calls.made)
        if calls.made:
            await runtime.store.write(lambda tx: keep_calls(tx, calls))

"""What the admin API does with a conversation's messages: page through them, and say one once."""

from __future__ import annotations

import hashlib
from typing import Annotated, Literal, Self

import msgspec
from fastapi import Header
from pydantic import Field, model_validator
from sqlalchemy import select, update

from recado.api.fields import Body, JsonObject, Text
from recado.api.keys import Caller
from recado.api.pages import Page, decode_cursor, encode_cursor
from recado.channels.port import Line
from recado.conversations import queries
from recado.conversations.begin import begin_conversation, identity_of
from recado.conversations.speak import MAX_TEXT, say
from recado.conversations.views import MessageView
from recado.errors import Conflict
from recado.runtime import Runtime
from recado.security.model import AuditEntry
from recado.store import Tx, new_id, now

IdempotencyKey = Annotated[
    Text | None,
    Header(
        min_length=1,
        max_length=255,
        description="Names this request: sent again with the same key, it is not said again",
        examples=["order-4711-shipped"],
    ),
]
Sendable = Literal[
    "text", "image", "video", "audio", "document", "sticker", "location", "contacts",
    "interactive", "template", "reaction",
]  # fmt: skip


class NewMessage(Body):
    """A text, or another type with its `content` (its form: the guide to channels)."""

    text: Annotated[
        Text,
        Field(max_length=MAX_TEXT, examples=["¡Hola! Su pedido ya salió."]),
    ] = ""
    type: Sendable = "text"
    content: JsonObject = Field(default_factory=dict, examples=[{}], description="Empty for a text")
    reply_to: Annotated[Text, Field(max_length=256)] | None = Field(
        None, description="The `provider_message_id` of the message that this one quotes"
    )
    author: Literal["agent", "system"] = Field(
        "agent", description="agent takes the conversation over; system leaves its owner alone"
    )

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.type == "text" and not self.text.strip():
            raise ValueError("a text message needs a text")
        if self.type != "text" and not self.content:
            raise ValueError(f"a message of type {self.type} needs its content")
        return self


class NewMessageTo(NewMessage):
    """The same to somebody by their address, who may not have written yet."""

    to: Annotated[
        Text,
        Field(
            min_length=1,
            max_length=256,
            description="A phone number with its country code, or the channel's own id",
            examples=["+573001234567"],
        ),
    ]
    author: Literal["agent", "system"] = "system"


def list_transcript(
    tx: Tx,
    conversation_id: str,
    *,
    order: Literal["asc", "desc"],
    limit: int,
    cursor: str | None,
    raw: bool,
) -> Page[MessageView]:
    """A page of the conversation's messages by position. Raises NotFound, BadRequest."""
    count = queries.get_conversation(tx, conversation_id).message_count
    scope = ("transcript", conversation_id, order)
    position = decode_cursor(cursor, scope, int)[0] if cursor else None
    if order == "asc":
        after = position or 0
        found = queries.list_messages(tx, conversation_id, after=after, limit=limit, raw=raw)
        more = bool(found) and found[-1].position < count
    else:
        found = queries.list_messages(tx, conversation_id, before=position, limit=limit, raw=raw)
        found.reverse()
        more = bool(found) and found[-1].position > 1
    return Page(found, encode_cursor(scope, (found[-1].position,)) if more else None)


def say_once(
    tx: Tx,
    runtime: Runtime,
    conversation_id: str,
    new: NewMessage,
    caller: Caller,
    idempotency_key: str | None,
) -> MessageView:
    """Say it, unless the same request has said it: then that message.

    The audit entry of the saying carries an id that follows from the key, so that of two equal
    requests at once only one writes it. Keys are forgotten when the audit log is trimmed.
    Raises NotFound, Unprocessable, Conflict (the key was used for something else).
    """
    entry_id = new_id() if idempotency_key is None else _entry_id(conversation_id, idempotency_key)
    request = _digest(new.model_dump_json().encode())
    entry = {
        "id": entry_id,
        "at": now(),
        "actor": caller.actor,
        "action": "message.say",
        "subject": conversation_id,
        "detail": {"request": request},
    }
    claimed = tx.execute(tx.insert(AuditEntry).values(entry).on_conflict_do_nothing())
    if not claimed.rowcount:
        return _said_before(tx, entry_id, request)
    message = say(
        tx,
        runtime,
        conversation_id,
        text=new.text,
        actor=caller.actor,
        user_id=caller.user_id,
        author=new.author,
        type=new.type,
        content=new.content,
        reply_to=new.reply_to,
        trace_id=caller.trace_id,
    )
    detail = {"request": request, "message": message["id"]}
    tx.execute(update(AuditEntry).where(AuditEntry.id == entry_id).values(detail=detail))
    return queries.get_message(tx, message["id"])


def say_to_once(
    tx: Tx,
    runtime: Runtime,
    line: Line,
    new: NewMessageTo,
    caller: Caller,
    idempotency_key: str | None,
) -> MessageView:
    """Say it in the person's conversation on the line, opened where there is none.

    Raises BadRequest (no address of the channel), and what `say_once` raises.
    """
    identity = identity_of(line, new.to)
    language = runtime.settings.default_language
    conversation_id = begin_conversation(tx, line, identity, language=language)
    return say_once(tx, runtime, conversation_id, new, caller, idempotency_key)


def _said_before(tx: Tx, entry_id: str, request: str) -> MessageView:
    detail = tx.scalar(select(AuditEntry.detail).where(AuditEntry.id == entry_id))
    if detail["request"] != request:
        raise Conflict(
            "This Idempotency-Key was used for another message in this conversation."
            " Use a new key for each message."
        )
    return queries.get_message(tx, detail["message"])


def _entry_id(conversation_id: str, key: str) -> str:
    return _digest(msgspec.json.encode((conversation_id, key)))


def _digest(data: bytes) -> str:
    """32 hexadecimal digits."""
    return hashlib.blake2b(data, digest_size=16, person=b"recado/say").hexdigest()

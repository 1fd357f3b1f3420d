"""What the admin API does with a conversation's messages: page through them, and say one once."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from fastapi import Header
from pydantic import Field, model_validator

from recado.channels.port import Line
from recado.conversations import queries
from recado.conversations.ownership import SOMEBODY, ask_before_taking, require_conversation
from recado.conversations.views import MessageView
from recado.http.fields import Body, JsonObject, Text
from recado.http.keys import Caller
from recado.media.convert.fitted import find_stored, fitted
from recado.runtime import Runtime
from recado.sending.begin import begin_conversation, identity_of
from recado.sending.once import claim, fulfil
from recado.sending.speak import MAX_TEXT, say
from recado.store import Tx
from recado.store.paging import Page, decode_cursor, encode_cursor

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
    takeover: Annotated[
        bool,
        Field(
            description="With a user's token: say it also in a colleague's conversation, which is"
            " taken over; left out, that is a 409",
        ),
    ] = False

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.type == "text" and not self.text.strip():
            raise ValueError("a text message needs a text")
        if self.type != "text" and not self.content:
            raise ValueError(f"a message of type {self.type} needs its content")
        return self


class Knowing(Body):
    """What a user knows of whose conversation it is."""

    takeover: Annotated[
        bool,
        Field(
            description="With a user's token: do it also to a colleague's conversation; left out,"
            " that is a 409",
        ),
    ] = False


def ask_first(tx: Tx, caller: Caller, conversation_id: str, knowing: Knowing | None) -> None:
    """Raises HeldByColleague where a user ends what a colleague has, unless they say that they
    know; NotFound."""
    if caller.user_id is not None and not (knowing and knowing.takeover):
        conversation = require_conversation(tx, conversation_id, to_change=True)
        ask_before_taking(tx, conversation, caller.user_id, {SOMEBODY})


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
    *,
    content: JsonObject | None = None,
) -> MessageView:
    """Say it, unless the same request has said it: then that message. `content`: with this instead
    (`shown_content`).

    A user's message into a colleague's conversation is said only with `takeover`.
    Raises NotFound, Unprocessable, Conflict (the key was used for something else), and
    HeldByColleague.
    """
    scope = None if idempotency_key is None else (conversation_id, idempotency_key)
    # What may be done to say it is not a part of what is said.
    request = new.model_dump_json(exclude={"takeover"}).encode()
    claimed = claim(tx, conversation_id, scope, request, actor=caller.actor)
    if claimed.before is not None:
        return queries.get_message(tx, claimed.before["message"])
    asks = caller.user_id is not None and not new.takeover
    message = say(
        tx,
        runtime,
        conversation_id,
        text=new.text,
        actor=caller.actor,
        user_id=caller.user_id,
        author=new.author,
        type=new.type,
        content=new.content if content is None else content,
        reply_to=new.reply_to,
        takes_from={SOMEBODY} if asks else None,
        trace_id=caller.trace_id,
    )
    fulfil(tx, claimed, message=message["id"])
    return queries.get_message(tx, message["id"])


def say_to_once(
    tx: Tx,
    runtime: Runtime,
    line: Line,
    new: NewMessageTo,
    caller: Caller,
    idempotency_key: str | None,
    *,
    content: JsonObject | None = None,
) -> MessageView:
    """Say it in the person's conversation on the line, opened where there is none.

    Raises BadRequest (no address of the channel), and what `say_once` raises.
    """
    identity = identity_of(line, new.to)
    language = runtime.settings.default_language
    conversation_id = begin_conversation(tx, line, identity, language=language)
    return say_once(tx, runtime, conversation_id, new, caller, idempotency_key, content=content)


async def shown_content(runtime: Runtime, channel: str, new: NewMessage) -> JsonObject:
    """Its content, where it names a stored file that the channel does not show as this type, with
    the form that it does: a WebP as a photo, an MP3 as a voice note. Whoever wants a file to go as
    it is sends it as a document.

    Raises StorageFailed, ServiceUnavailable."""
    media = new.content.get("media")
    if new.type not in ("image", "audio") or not isinstance(media, dict):
        return new.content
    media_id = media.get("media_id")
    file = await find_stored(runtime, media_id) if isinstance(media_id, str) else None
    if file is None:
        return new.content  # `say` tells it
    adapter = runtime.channels[channel]
    form = await fitted(runtime, adapter, file)
    if form is file or adapter.type_of_file(form.mime_type, form.size_bytes) != new.type:
        return new.content
    return {**new.content, "media": {**media, **form.content()["media"]}}

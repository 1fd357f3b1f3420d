"""A person or a program speaks in a conversation."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from sqlalchemy import update

from recado.conversations.asked import refuse_marketing
from recado.conversations.changes import apply_change
from recado.conversations.messages import queue_message
from recado.conversations.model import Conversation
from recado.conversations.ownership import ask_before_taking, require_conversation, take_over
from recado.errors import Unprocessable
from recado.events import MessageQueued
from recado.runtime import Runtime
from recado.sending.outgoing import check_answered, check_outgoing, check_shape, check_words
from recado.store import Tx
from recado.templates.catalogue import compose

#: Meta's limit for a text message's body.
#: https://developers.facebook.com/docs/whatsapp/cloud-api/messages/text-messages
MAX_TEXT = 4096


def say(
    tx: Tx,
    runtime: Runtime,
    conversation_id: str,
    *,
    text: str,
    actor: str,
    user_id: str | None,
    author: str = "agent",
    type: str = "text",
    content: dict[str, Any] | None = None,
    reply_to: str | None = None,
    takes_from: Collection[str] | None = None,
    **values: Any,
) -> dict[str, Any]:
    """Queue a message and return its columns.

    An agent who does not own the conversation yet takes it over by speaking, and all that the
    contact said before counts as answered. A `system` message leaves the ownership alone.
    `takes_from`: from which people (conversations/ownership.py, `holder_of`) the word may be taken
    without asking; None: from everybody.
    A template's content is filled in here: {"template": {"name", "language"?, "parameters"?}}.
    Raises NotFound, HeldByColleague, Unprocessable (nothing to say, a template that cannot be
    sent, or what the line's channel would never take: outgoing.py), and Conflict (marketing to
    whom has stopped it).
    """
    if type == "text" and not text.strip():
        raise Unprocessable("The message is empty: give it a text.")
    check_shape(type, content or {})
    check_words(text, content or {})
    conversation = require_conversation(tx, conversation_id, to_change=True)
    if author == "agent" and takes_from is not None:
        ask_before_taking(tx, conversation, user_id, takes_from)
    if author == "agent" and (conversation.state != "human" or conversation.assignee_id != user_id):
        take_over(tx, conversation_id, actor=actor, user_id=user_id)
    if type == "template":
        given = (content or {}).get("template")
        text, content = compose(tx, conversation.line_id, given, language=conversation.language)
        refuse_marketing(tx, conversation.contact_id, content)
    check_outgoing(
        tx,
        runtime,
        conversation.line_id,
        type=type,
        text=text,
        content=content or {},
        reply_to=reply_to,
    )
    check_answered(tx, conversation_id, reply_to, "reply_to")
    if type == "reaction":
        check_answered(tx, conversation_id, _target_of(content), "reaction.message_id")
    message = queue_message(
        tx,
        conversation_id,
        author=author,
        author_user_id=user_id,
        type=type,
        text=text,
        content=content or {},
        reply_to=reply_to,
        **values,
    )
    if type == "reaction":
        apply_change(tx, conversation.line_id, _as_reaction(message))
    if author == "agent":
        tx.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id)
            .values(answered_to=message["position"], unread_count=0)
        )
    queued = MessageQueued(conversation_id=conversation_id, message_id=message["id"], author=author)
    tx.announce(queued)
    return message


def _target_of(content: dict[str, Any] | None) -> str | None:
    given = (content or {}).get("reaction")
    return given.get("message_id") if isinstance(given, dict) else None


def _as_reaction(message: dict[str, Any]) -> dict[str, Any]:
    """The message with its emoji and its target where a received reaction has them."""
    given = (message["content"] or {}).get("reaction")
    given = given if isinstance(given, dict) else {}
    emoji, target = given.get("emoji"), given.get("message_id")
    return {
        **message,
        "text": emoji if isinstance(emoji, str) else message["text"],
        "reply_to": target if isinstance(target, str) else message["reply_to"],
    }


def mark_read(tx: Tx, conversation_id: str) -> None:
    """Somebody of the team has seen the conversation."""
    tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id, Conversation.unread_count > 0)
        .values(unread_count=0)
    )

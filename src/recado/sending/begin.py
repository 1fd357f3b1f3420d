"""Write to somebody first: find or open the conversation with a person who is named by hand."""

from __future__ import annotations

import re
from typing import Any

from sqlalchemy import select

from recado.channels.messages import Identity, Sender
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact
from recado.conversations.model import Conversation
from recado.conversations.ownership import new_conversation
from recado.errors import BadRequest
from recado.language.reading import as_read
from recado.runtime import Runtime
from recado.sending.speak import say
from recado.store import Tx

_BSUID = re.compile(r"[A-Z]{2}\.[0-9A-Za-z]+")
_PHONE = re.compile(r"[1-9][0-9]{6,14}")


def identity_of(line: Line, to: str) -> Identity:
    """A phone number in any of its usual forms, or the channel's own id.

    Raises BadRequest.
    """
    to = as_read(to).strip()  # numbers that are copied come with marks of direction
    if line.channel == "web" and to:
        return Identity("provider", to)
    if _BSUID.fullmatch(to):
        return Identity("bsuid", to)
    digits = re.sub(r"[\s().+-]", "", to)
    if not _PHONE.fullmatch(digits):
        raise BadRequest(f"{to} is no phone number with its country code, such as +34600111222.")
    return Identity("phone", digits)


def begin_conversation(tx: Tx, line: Line, identity: Identity, *, language: str) -> str:
    """The id of the person's conversation on the line, opened when there is none."""
    contact_id = find_or_add_contact(tx, line, Sender((identity,)), language=language)
    opened = select(Conversation.id).where(
        Conversation.line_id == line.id,
        Conversation.contact_id == contact_id,
        Conversation.thread == "",
    )
    if tx.first(opened) is None:
        fresh = new_conversation(line.id, contact_id, language=language)
        tx.execute(tx.insert(Conversation).on_conflict_do_nothing(), fresh)
    return str(tx.scalar(opened))


def say_to(
    tx: Tx, runtime: Runtime, line: Line, identity: Identity, text: str, *, actor: str
) -> dict[str, Any]:
    """Queue a notice to the person; it takes the word from nobody. Returns its columns.

    Raises Unprocessable (nothing to say, or too long).
    """
    language = runtime.settings.default_language
    conversation_id = begin_conversation(tx, line, identity, language=language)
    return say(
        tx,
        runtime,
        conversation_id,
        text=text,
        actor=actor,
        user_id=None,
        author="system",
    )

"""A reaction of the business that never went out does not stay where the team saw it."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select

from recado.conversations.messages import update_message
from recado.conversations.model import Message
from recado.store import Tx


def withdraw_reaction(tx: Tx, message_id: str) -> None:
    """Take the reaction that this message carries off its target again, if it is still there.

    Nothing happens for a message of another type.
    """
    columns = (Message.line_id, Message.type, Message.text, Message.content)
    message = tx.first(select(*columns).where(Message.id == message_id))
    if message is None or message.type != "reaction":
        return
    given: Any = (message.content or {}).get("reaction")
    given = given if isinstance(given, dict) else {}
    emoji = given.get("emoji") or message.text
    target = tx.first(
        select(Message.id, Message.reactions)
        .where(Message.line_id == message.line_id)
        .where(Message.provider_message_id == str(given.get("message_id") or ""))
    )
    if target is None or (target.reactions or {}).get("business") != emoji:
        return
    others = {who: what for who, what in target.reactions.items() if who != "business"}
    update_message(tx, target.id, reactions=others)

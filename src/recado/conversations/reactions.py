"""A reaction of the business that never went out does not stay where the team saw it, and is back
when it arrived after all."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, select

from recado.conversations.messages import update_message
from recado.conversations.model import Message
from recado.store import Tx


def withdraw_reaction(tx: Tx, message_id: str) -> None:
    """Take the reaction that this message carries off its target again, if it is still there.

    Nothing happens for a message of another type.
    """
    emoji, target = _carried(tx, message_id)
    if target is None or (target.reactions or {}).get("business") != emoji:
        return
    others = {who: what for who, what in target.reactions.items() if who != "business"}
    update_message(tx, target.id, reactions=others)


def restore_reaction(tx: Tx, message_id: str) -> None:
    """Put it back, unless the business has reacted otherwise since. Nothing happens for a message
    of another type."""
    emoji, target = _carried(tx, message_id)
    if target is None or not emoji or (target.reactions or {}).get("business"):
        return
    update_message(tx, target.id, reactions={**(target.reactions or {}), "business": emoji})


def _carried(tx: Tx, message_id: str) -> tuple[str, Row[Any] | None]:
    """The emoji, and the message that it is for."""
    columns = (Message.line_id, Message.type, Message.text, Message.content)
    message = tx.first(select(*columns).where(Message.id == message_id))
    if message is None or message.type != "reaction":
        return "", None
    given: Any = (message.content or {}).get("reaction")
    given = given if isinstance(given, dict) else {}
    target = tx.first(
        select(Message.id, Message.reactions)
        .where(Message.line_id == message.line_id)
        .where(Message.provider_message_id == str(given.get("message_id") or ""))
    )
    return str(given.get("emoji") or message.text), target

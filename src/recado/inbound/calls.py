"""A call is one message: its webhooks (ringing, connect, terminate) complete each other, in
whichever order they come."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, bindparam, select, update

from recado.channels.messages import InboundMessage
from recado.conversations.model import Message
from recado.events import MessageChanged
from recado.store import Tx

#: What is known later counts for more.
_RANK = {"connect": 0, "status": 1, "terminate": 2}

_CALL = (
    select(Message.id, Message.conversation_id, Message.content)
    .where(Message.line_id == bindparam("line"), Message.type == "call")
    .where(Message.provider_message_id == bindparam("provider_id"))
    .with_for_update()
)


def complete_call(tx: Tx, line_id: str, item: InboundMessage) -> None:
    """Add to a call that is here what another webhook says of it."""
    row = tx.first(_CALL, {"line": line_id, "provider_id": item.provider_message_id})
    if row is None:
        return
    merged = _merged(row, item)
    if merged == (row.content or {}).get("call"):
        return
    content = {**(row.content or {}), "call": merged}
    tx.execute(update(Message).where(Message.id == row.id).values(content=content))
    event = MessageChanged(conversation_id=row.conversation_id, message_id=row.id, change="call")
    tx.announce(event)


def _merged(row: Row[Any], item: InboundMessage) -> dict[str, Any]:
    known: dict[str, Any] = (row.content or {}).get("call") or {}
    news: dict[str, Any] = item.content.get("call") or {}
    later = _RANK.get(str(news.get("event")), 0) >= _RANK.get(str(known.get("event")), 0)
    return {**known, **news} if later else {**news, **known}

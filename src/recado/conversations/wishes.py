"""A contact's wish about marketing, said in a message: kept on the contact, marked on the message.

`contact.attributes["marketing"]` is "stopped" or "resumed", as by Meta's own reports of it
(inbound/reports.py); templates of the category marketing do not go to whom it is "stopped".
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from recado.channels.messages import InboundMessage
from recado.conversations.model import Contact
from recado.errors import Conflict
from recado.language.intent import marketing_wish
from recado.store import Tx, now

ATTRIBUTE = "marketing"
#: In a message's content: {"wish": "stopped" or "resumed", "language": …}.
MARK = "marketing"
STOPPED = "The person has stopped marketing messages of this business."
_SAID_IN = frozenset({"text", "button", "interactive"})


def says_a_wish(item: InboundMessage) -> bool:
    """May the message be about marketing? Whether it is, `take_wish` says."""
    return item.type in _SAID_IN and not item.echo and marketing_wish(item.text) is not None


def take_wish(tx: Tx, contact_id: str, item: InboundMessage) -> dict[str, Any]:
    """Keep the contact's wish. Returns what to add to the message's content.

    Who has not stopped it cannot resume it: then the word means something else ("volver").
    """
    found = marketing_wish(item.text) if says_a_wish(item) and not _is_group(item) else None
    if found is None or "flow" in item.content:
        return {}
    stopped = has_stopped_marketing(tx, contact_id)
    if found.wish == "resumed" and not stopped:
        return {}
    set_attribute(tx, contact_id, ATTRIBUTE, found.wish)
    return {MARK: {"wish": found.wish, "language": found.language}}


def wish_in(content: dict[str, Any] | None) -> dict[str, str] | None:
    """The mark of a message."""
    mark = (content or {}).get(MARK)
    return mark if isinstance(mark, dict) and mark.get("wish") else None


def has_stopped_marketing(tx: Tx, contact_id: str) -> bool:
    attributes = tx.scalar(select(Contact.attributes).where(Contact.id == contact_id))
    return (attributes or {}).get(ATTRIBUTE) == "stopped"


def refuse_marketing(tx: Tx, contact_id: str, content: dict[str, Any]) -> None:
    """Raises Conflict for a template of the category marketing to whom has stopped that."""
    if is_marketing(content) and has_stopped_marketing(tx, contact_id):
        raise Conflict(STOPPED)


def is_marketing(content: dict[str, Any] | None) -> bool:
    template = (content or {}).get("template")
    return isinstance(template, dict) and str(template.get("category")).lower() == "marketing"


def set_attribute(tx: Tx, contact_id: str, name: str, value: str) -> None:
    known = tx.scalar(select(Contact.attributes).where(Contact.id == contact_id).with_for_update())
    tx.execute(
        update(Contact)
        .where(Contact.id == contact_id)
        .values(attributes={**(known or {}), name: value}, updated_at=now())
    )


def _is_group(item: InboundMessage) -> bool:
    return "group_id" in item.content or "participant" in item.content

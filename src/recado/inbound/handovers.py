"""The vendor says that another app has a conversation now, or that Recado has it."""

from __future__ import annotations

from sqlalchemy import select

from recado.channels.messages import InboundEvent, InboundHandover
from recado.channels.port import Channel, Line
from recado.conversations.contacts import find_contact, find_or_add_contact
from recado.conversations.guards import HELD
from recado.conversations.ownership import (
    find_conversation,
    hand_back,
    open_conversation,
    take_over,
)
from recado.inbound.reports import keep_event
from recado.lines.model import LineEvent
from recado.store import Tx, now

OTHER_APP = "other app"
_NAMES = {"other": "handover: other", "recado": "handover: recado"}
#: Vendors deliver again for a week at most.
_REMEMBERED_SECONDS = 7 * 86_400.0
_MOST_REMEMBERED = 500


def pass_on(tx: Tx, channel: Channel, line: Line, item: InboundHandover, *, language: str) -> None:
    """Change the conversation's owner, unless the hand-over is old news. The log has it anyway."""
    is_news = not _is_overtaken(tx, channel, item)
    event = InboundEvent(item.channel, item.line_address, _NAMES[item.owner], item.raw)
    keep_event(tx, [line], event)
    if not is_news:
        return
    if item.owner == "other":
        contact_id = find_or_add_contact(tx, line, item.person, language=language)
        conversation = open_conversation(
            tx, line.id, contact_id, said="", default_language=language
        )
        if conversation.state not in HELD:
            take_over(tx, conversation.id, actor=OTHER_APP)
        return
    known = find_contact(tx, line, item.person.identities)
    found = find_conversation(tx, line.id, known) if known else None
    # A person of the team who has it keeps it.
    if found is not None and found.state in HELD and found.assignee_id is None:
        hand_back(tx, found.id, actor=OTHER_APP)


def _is_overtaken(tx: Tx, channel: Channel, item: InboundHandover) -> bool:
    """Did this very hand-over, or a later one of the same person, come before it?"""
    person, at = channel.date_handover(item.raw)
    if not at:
        return False
    earlier = tx.all(
        select(LineEvent.raw)
        .where(LineEvent.channel == item.channel, LineEvent.line_address == item.line_address)
        .where(LineEvent.name.in_(_NAMES.values()))
        .where(LineEvent.created_at > now() - _REMEMBERED_SECONDS)
        .order_by(LineEvent.id.desc())
        .limit(_MOST_REMEMBERED)
    )
    for row in earlier:
        whose, told_at = channel.date_handover(row.raw)
        if whose == person and (told_at > at or row.raw == item.raw):
            return True
    return False

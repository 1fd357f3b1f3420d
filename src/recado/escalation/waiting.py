"""One honest word to somebody who writes while they wait for a person.

Once a wait, and again after a long while; in the transaction that takes the message in, so that
neither a retry nor a crash says it twice. When a person takes over before it has gone out, it is
taken back with the assistant's replies (conversations/messages.py).
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Row, text

from recado.assistant.characters import character_of
from recado.assistant.hours import describe_closed
from recado.conversations.asked import wish_in
from recado.conversations.messages import WAIT_TOLD, queue_message
from recado.conversations.ownership import HANDED_OVER, log_event
from recado.errors import NotFound
from recado.escalation.departments.registry import find_department
from recado.escalation.routing.telling import closed_words
from recado.escalation.routing.waits import open_ticket
from recado.language.notices import notice
from recado.store import Tx, now
from recado.store.prepared import prepare

#: Whoever waits that long without an answer is told again how things stand.
AGAIN_SECONDS = 4 * 3600.0

_LAST = prepare(
    text(
        "SELECT name, created_at FROM conversation_event WHERE conversation_id = :conversation"
        " AND name IN (:begun, :told) ORDER BY created_at DESC, id DESC LIMIT 1"
    )
)
_BEFORE = prepare(
    text(
        "SELECT count(*) FROM escalation AS before WHERE before.state = 'open' AND before.due_at <"
        " (SELECT min(due_at) FROM escalation"
        " WHERE conversation_id = :conversation AND state = 'open')"
        " AND (:department = '' OR before.department = :department)"
    )
)


def tell_waiting(
    tx: Tx,
    conversation: Row[Any],
    message: dict[str, Any],
    *,
    language: str,
    trace_id: str = "",
) -> None:
    """Say how many wait before them (for the same department), unless they were told; to a wish
    about marketing, that it is done. The caller holds the conversation's lock, and has seen that
    it waits."""
    if wish := wish_in(message.get("content")):
        words = notice(f"marketing_{wish['wish']}", wish["language"] or language)
        _tell(tx, conversation.id, words, message, trace_id)
        return
    events = {"conversation": conversation.id, "begun": HANDED_OVER, "told": WAIT_TOLD}
    last = tx.first(_LAST, events)
    if last is not None and last.name == WAIT_TOLD and now() - last.created_at < AGAIN_SECONDS:
        return
    ticket = open_ticket(tx, conversation.id)
    department = find_department(tx, ticket.department) if ticket is not None else None
    key = department.key if department is not None else ""
    before = int(tx.scalar(_BEFORE, {"conversation": conversation.id, "department": key}) or 0)
    name = "waiting_next" if before == 0 else "waiting_one" if before == 1 else "waiting"
    closed = (
        _closed(tx, conversation.id, language)
        if department is None or not department.hours
        else closed_words(tx, department.key, language)
    )
    said = " ".join(filter(None, (closed, notice(name, language, before=str(before)))))
    told = _tell(tx, conversation.id, said, message, trace_id)
    log_event(
        tx,
        conversation.id,
        WAIT_TOLD,
        actor="assistant",
        after=told["position"],
        detail={"before": before, "message": told["id"]},
    )


def _tell(
    tx: Tx, conversation_id: str, words: str, message: dict[str, Any], trace_id: str
) -> dict[str, Any]:
    return queue_message(
        tx,
        conversation_id,
        author="system",
        text=words,
        in_reply_to=[message["id"]],
        trace_id=trace_id,
    )


def _closed(tx: Tx, conversation_id: str, language: str) -> str:
    """When somebody will be there again, by the hours that the business wrote."""
    try:
        character = character_of(tx, conversation_id)
    except NotFound:
        return ""
    return describe_closed(
        character.hours, character.time_zone, now(), language, character.holidays
    )

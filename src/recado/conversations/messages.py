"""Appending messages: one place gives positions, so that order is the same for everyone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, bindparam, delete, func, insert, select, text, update

from recado.assistant.model import Turn
from recado.channels.messages import EMPTY, UNASKED
from recado.conversations.guards import UNTRIED
from recado.conversations.model import Conversation, ConversationEvent, Message
from recado.errors import NotFound
from recado.jobs import SEND, SendJob
from recado.queue.port import NewJob
from recado.store import Tx, new_id, now
from recado.store.base import InsertFrom
from recado.store.prepared import Prepared, prepare

#: What nobody expects an answer to.
SILENT_TYPES = frozenset({"reaction", "system", "edit", "revoke", "call"})
PREVIEW_LENGTH = 120
CLOCKS_DIFFER_SECONDS = 300.0
#: The error of a reply that was taken back because a person took over.
DROPPED = "dropped"
TAKEN_OVER = "A person took over before it was sent."
#: The event that a contact who waits for a person was told how things stand; its detail names the
#: message that said so.
WAIT_TOLD = "wait_told"

ADVANCE = (
    "UPDATE conversation SET message_count = message_count + 1, last_activity_at = :at,"
    " last_preview = :preview, unread_count = unread_count + :unread,"
    " last_inbound_at = CASE WHEN :inbound_at > COALESCE(last_inbound_at, 0.0)"
    " THEN :inbound_at ELSE last_inbound_at END"
)
ADVANCED = "RETURNING id, message_count, contact_id, line_id"
_ADVANCE_SQL = f"{ADVANCE} WHERE id = :conversation {ADVANCED}"
_ADVANCE = prepare(text(_ADVANCE_SQL))
_INSERT = prepare(insert(Message), [column.name for column in Message.__table__.columns])
#: Every column of a message, so that one prepared statement serves all inserts.
_EMPTY: dict[str, Any] = {column.name: None for column in Message.__table__.columns}


def append_message(
    tx: Tx, conversation_id: str, *, direction: str, author: str, type: str, **values: Any
) -> dict[str, Any]:
    """Write a message at the next position and return it as a dict of its columns.

    The conversation's row is updated first: on PostgreSQL its lock puts concurrent writers in
    line. Raises NotFound when there is no such conversation.
    """
    values |= {"direction": direction, "author": author, "type": type}
    return _append(tx, conversation_id, values)[0]


def append_inbound(
    tx: Tx, conversation_id: str, *, type: str, **values: Any
) -> tuple[dict[str, Any], bool]:
    """As append_message, of what the contact says; the caller has locked the conversation. False:
    surely no change to it (changes.py) has come before it."""
    values |= {"direction": "inbound", "author": "contact", "type": type}
    return _append(tx, conversation_id, values)


def _append(tx: Tx, conversation_id: str, values: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    row = message_row(now(), values)
    about = advancing(conversation_id, row)
    at_once = tx.dialect == "postgresql"
    if at_once:
        statement, part = _appending(tuple(row))
        taken = tx.first(statement, {**about, **part.values(row)})
    else:
        taken = tx.first(_ADVANCE, about)
    if taken is None:
        raise NotFound(f"There is no conversation {conversation_id}.")
    message = {**_EMPTY, **row, **MessagePlace.of(taken)._asdict()}
    if not at_once:
        tx.execute(_INSERT, message)
    return message, taken.awaited if at_once else True


def advancing(conversation_id: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The parameters of ADVANCE, by which a message takes its place."""
    inbound, moment = row["direction"] == "inbound", row["created_at"]
    return {
        "conversation": conversation_id,
        "at": moment,
        "preview": preview(row["text"], row["type"]),
        "unread": int(inbound),
        # A notice of the vendor's opens no window: the contact has not written.
        "inbound_at": _said_at(moment, row) if inbound and row["type"] != "system" else 0.0,
    }


def preview(words: str, type: str) -> str:
    """How a list of conversations shows the last message."""
    return (words or f"[{type}]")[:PREVIEW_LENGTH]


class Part(NamedTuple):
    """One of the messages that an answer consists of, of any outbound type."""

    text: str
    type: str = "text"
    content: Mapping[str, Any] = {}


class MessagePlace(NamedTuple):
    """Where a message stands: taken by counting its conversation's `message_count` up."""

    conversation_id: str
    contact_id: str
    line_id: str
    position: int

    @classmethod
    def of(cls, conversation: Row[Any]) -> MessagePlace:
        """The last place in it."""
        return cls(
            conversation.id,
            conversation.contact_id,
            conversation.line_id,
            conversation.message_count,
        )


#: Where each column of a place comes from, in a row of the conversation's table.
FROM_CONVERSATION = {
    "conversation_id": "id",
    "contact_id": "contact_id",
    "line_id": "line_id",
    "position": "message_count",
}


def message_row(moment: float, values: Mapping[str, Any]) -> dict[str, Any]:
    """A message but for its place; what is not in it is null."""
    return {
        "id": new_id(),
        "text": "",
        "content": {},
        "in_reply_to": [],
        "status": "received" if values["direction"] == "inbound" else "queued",
        "created_at": moment,
        **values,
    }


def changed_before(line: str) -> str:
    """The SQL that tells whether a change to the message that is being written (changes.py) came
    before it; `line` is the SQL of its line."""
    return (
        f"EXISTS (SELECT 1 FROM message WHERE message.line_id = {line}"  # noqa: S608
        " AND reply_to = :message_provider_message_id"
        " AND message.type IN ('reaction', 'edit', 'revoke'))"
    )


@cache
def _appending(columns: tuple[str, ...]) -> tuple[Prepared, InsertFrom]:
    """Takes a place and writes the message, for PostgreSQL; `awaited`: a change has come before."""
    part = InsertFrom(Message, "place", taken=FROM_CONVERSATION, given=columns)
    awaited = changed_before("place.line_id") if "provider_message_id" in columns else "false"
    sql = (
        f"WITH place AS ({_ADVANCE_SQL}), written AS ({part.sql})"  # noqa: S608
        f" SELECT place.*, {awaited} AS awaited FROM place"
    )
    return prepare(text(sql).bindparams(*part.binds)), part


def _said_at(moment: float, values: Mapping[str, Any]) -> float:
    """When the contact wrote: a message that was long on its way opened its window back then.
    Up to a few minutes, it is two clocks that differ."""
    sent_at = values.get("sent_at") or moment
    return float(sent_at) if moment - sent_at > CLOCKS_DIFFER_SECONDS else moment


@cache
def _update(columns: tuple[str, ...]) -> Prepared:
    values: dict[str, Any] = {name: bindparam(f"new_{name}") for name in columns}
    return prepare(update(Message).where(Message.id == bindparam("message")).values(values))


def update_message(tx: Tx, message_id: str, **values: Any) -> None:
    """Change columns of a message, by a statement that is built once for these columns."""
    new = {f"new_{name}": value for name, value in values.items()}
    tx.execute(_update(tuple(sorted(values))), {"message": message_id, **new})


def drop_empty(tx: Tx, line_id: str, provider_id: str) -> bool:
    """A message came without what it says (`UNASKED`), and now comes whole: it takes its place
    anew, where nothing that was said meanwhile has answered it. Returns False if it was whole
    already."""
    query = select(Message.id, Message.conversation_id, Message.content).where(
        Message.line_id == line_id, Message.provider_message_id == provider_id
    )
    row = tx.first(query)
    if row is None or (row.content or {}).get(UNASKED) != EMPTY:
        return False
    tx.execute(delete(Message).where(Message.id == row.id))
    own = (Conversation.id == row.conversation_id, Conversation.unread_count > 0)
    less = update(Conversation).where(*own).values(unread_count=Conversation.unread_count - 1)
    tx.execute(less)
    return True


def queue_message(
    tx: Tx,
    conversation_id: str,
    *,
    author: str,
    type: str = "text",
    trace_id: str = "",
    **values: Any,
) -> dict[str, Any]:
    """Append an outbound message and the job that sends it, both with the transaction."""
    message = append_message(
        tx, conversation_id, direction="outbound", author=author, type=type, **values
    )
    tx.publish(send_job(message, trace_id))
    return message


def queue_reply(
    tx: Tx,
    first: MessagePlace,
    moment: float,
    parts: Sequence[Part],
    *,
    trace_id: str = "",
    in_reply_to: Sequence[str],
    turn_id: str | None,
    confidence: float | None,
    cost: float | None,
) -> list[dict[str, Any]]:
    """The parts of the assistant's reply and the jobs that send them, from `first` on: places
    that the caller has taken. The first carries the `cost` of all."""
    messages = [
        {
            **_EMPTY,
            **reply_row(
                part,
                moment,
                in_reply_to=in_reply_to,
                turn_id=turn_id,
                confidence=confidence,
                cost=cost if number == 0 else None,
            ),
            **first._replace(position=first.position + number)._asdict(),
        }
        for number, part in enumerate(parts)
    ]
    for message in messages:
        tx.execute(_INSERT, message)
    tx.publish(*(send_job(message, trace_id) for message in messages))
    return messages


def reply_row(
    part: Part,
    moment: float,
    *,
    in_reply_to: Sequence[str],
    turn_id: str | None,
    confidence: float | None,
    cost: float | None,
) -> dict[str, Any]:
    """A part of the assistant's reply, but for its place."""
    values = {
        "direction": "outbound",
        "author": "assistant",
        **part._asdict(),
        "in_reply_to": in_reply_to,
        "turn_id": turn_id,
        "confidence": confidence,
        "cost": cost,
    }
    return message_row(moment, values)


#: The columns of a reply's row but for its place; the others are null.
REPLY_COLUMNS = tuple(
    reply_row(Part(""), 0.0, in_reply_to=[], turn_id=None, confidence=None, cost=None)
)


def send_job(message: dict[str, Any], trace_id: str) -> NewJob:
    job = SendJob(message["id"], message["line_id"], message["contact_id"])
    return SEND.job(message["conversation_id"], job, trace_id=trace_id)


def drop_queued_replies(tx: Tx, conversation_id: str) -> int:
    """Take back the assistant's replies, and its words about waiting, that have not gone out.
    Returns how many replies.

    What they answered counts as unanswered again, unless a part of the answer has gone out.
    """
    unsent = (Message.conversation_id == conversation_id, *UNTRIED)
    told = select(ConversationEvent.detail).where(
        ConversationEvent.conversation_id == conversation_id, ConversationEvent.name == WAIT_TOLD
    )
    notices = [row.detail["message"] for row in tx.all(told)]
    error = {"code": DROPPED, "title": TAKEN_OVER}
    taken_back: dict[str, Any] = {"status": "failed", "held": None, "error": error}
    if notices:
        tx.execute(update(Message).where(*unsent, Message.id.in_(notices)).values(taken_back))
    dropped = tx.all(
        update(Message)
        .where(*unsent, Message.author == "assistant")
        .values(taken_back)
        .returning(Message.turn_id)
    )
    if dropped or notices:
        recount_held(tx, conversation_id)
    turns = {row.turn_id for row in dropped if row.turn_id is not None}
    spoken = select(Message.turn_id).where(
        Message.conversation_id == conversation_id,
        Message.turn_id.in_(turns),
        Message.status != "failed",
    )
    if turns and (silent := turns - {row.turn_id for row in tx.all(spoken)}):
        first = tx.scalar(select(func.min(Turn.from_position)).where(Turn.id.in_(silent)))
        tx.execute(
            update(Conversation)
            .where(Conversation.id == conversation_id, Conversation.answered_to >= first)
            .values(answered_to=first - 1)
        )
    return len(dropped)


def recount_held(tx: Tx, conversation_id: str) -> None:
    """Bring `held_count` up to date after a held message was added or taken back."""
    held = select(func.count()).where(
        Message.conversation_id == conversation_id, Message.held.is_not(None)
    )
    tx.execute(
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(held_count=held.scalar_subquery())
    )


def unanswered(tx: Tx, conversation_id: str, after_position: int) -> Sequence[Any]:
    """The contact's messages after `after_position`, in order; not what was taken back."""
    return tx.all(_UNANSWERED, {"id": conversation_id, "after": after_position})


_UNANSWERED = prepare(
    text(
        "SELECT id, position, type, text, content, provider_message_id, created_at FROM message"
        " WHERE conversation_id = :id AND position > :after AND direction = 'inbound'"
        " AND revoked_at IS NULL"
        " ORDER BY position"
    ).columns(content=Message.__table__.c.content.type)
)

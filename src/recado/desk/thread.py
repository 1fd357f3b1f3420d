"""A conversation as the page shows it: messages, the team's notes and the log, in one order."""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import select

from recado.assistant.intents.talks import TalkView, talks_between
from recado.assistant.tools.views import ToolCallView, calls_between
from recado.conversations.model import Message
from recado.conversations.queries import list_events, list_messages
from recado.conversations.views import EventView, MessageView
from recado.desk.queries import NoteView, list_notes, names_of_users
from recado.store import Tx

PAGE = 40
MOST_AT_ONCE = 300


class Item(msgspec.Struct, frozen=True):
    """A line of the thread. `key` sorts as text; `id` is the element's."""

    kind: str
    id: str
    key: str
    at: float
    message: MessageView | None = None
    note: NoteView | None = None
    event: EventView | None = None
    call: ToolCallView | None = None
    talk: TalkView | None = None
    actor: str = ""
    whom: str = ""
    quoted: Quoted | None = None


class Quoted(msgspec.Struct, frozen=True):
    """The message that another one answers, without its words when it was deleted."""

    id: str
    type: str
    text: str
    direction: str


class Thread(msgspec.Struct, frozen=True):
    """A stretch of a conversation. `before` is where the older ones end, None at the start;
    `newer`: there are newer ones that are not in it."""

    items: list[Item]
    before: int | None
    newer: bool = False


def read_thread(
    tx: Tx, conversation_id: str, *, before: int | None = None, size: int = PAGE
) -> Thread:
    """The newest stretch of `size` messages, or the one right before the position `before`."""
    messages = list_messages(tx, conversation_id, before=before, limit=size)
    first = messages[0].position if messages else 1
    more = first > 1
    since = messages[0].created_at if more else 0.0
    notes = list_notes(tx, conversation_id, since=since)
    events = list_events(tx, conversation_id, from_position=first if more else 0)
    calls = calls_between(tx, conversation_id, since=since)
    talks = talks_between(tx, conversation_id, since=since)
    if before is not None:
        newer = list_messages(tx, conversation_id, after=before - 1, limit=1)
        end = newer[0].created_at if newer else float("inf")
        notes = [note for note in notes if note.created_at < end]
        calls = [call for call in calls if call.created_at < end]
        talks = [talk for talk in talks if talk.updated_at < end]
        events = [event for event in events if event.after_position < before]
    names = names_of_users(tx)
    here = {m.provider_message_id: m for m in messages if m.provider_message_id}
    shown = [message for message in messages if not _stands_on_another(message, here)]
    quoted = _quoted(tx, conversation_id, {m.reply_to for m in shown if m.reply_to})
    items = [
        *(_message_item(message, quoted) for message in shown),
        *(_note_item(note, _follows(note, messages)) for note in notes),
        *(_event_item(event, names) for event in events),
        *map(_call_item, calls),
        *map(_talk_item, talks),
    ]
    return Thread(sorted(items, key=lambda item: item.key), first if more else None)


def read_thread_at(tx: Tx, conversation_id: str, position: int, count: int) -> Thread:
    """The thread of `count` messages with the one at a position in it: down to the newest where
    that is not too far, else the stretch around it, whose `newer` is then true."""
    size = count - position + PAGE // 2
    if size <= MOST_AT_ONCE:
        return read_thread(tx, conversation_id, size=max(PAGE, size))
    thread = read_thread(tx, conversation_id, before=position + PAGE // 2)
    return msgspec.structs.replace(thread, newer=True)


def key_of(position: int) -> str:
    """What the keys of what stands at a position begin with."""
    return f"{position:010d}."


def _stands_on_another(message: MessageView, here: dict[str, MessageView]) -> bool:
    """A reaction, an edit or a deletion is shown on the message that it is about."""
    if message.type not in _ABOUT:
        return False
    named = message.content.get(_ABOUT[message.type])
    target_id = (named.get("message_id") if isinstance(named, dict) else None) or message.reply_to
    target = here.get(target_id or "")
    if target is None:
        return False
    if message.type == "reaction":
        return message.status not in {"failed", "unknown"} and not message.held
    return bool(target.edited_at if message.type == "edit" else target.revoked_at)


_ABOUT = {"reaction": "reaction", "edit": "edited", "revoke": "revoked"}


def _quoted(tx: Tx, conversation_id: str, provider_ids: set[str]) -> dict[str, Quoted]:
    """The quoted messages by their provider's ids, however old they are."""
    if not provider_ids:
        return {}
    columns = (Message.id, Message.type, Message.text, Message.direction, Message.revoked_at)
    rows = tx.all(
        select(Message.provider_message_id, *columns)
        .where(Message.conversation_id == conversation_id)
        .where(Message.provider_message_id.in_(provider_ids))
    )
    return {
        row.provider_message_id: Quoted(
            id=row.id,
            type="revoke" if row.revoked_at else row.type,
            text="" if row.revoked_at else row.text,
            direction=row.direction,
        )
        for row in rows
    }


def _message_item(message: MessageView, quoted: dict[str, Quoted]) -> Item:
    return Item(
        kind="message",
        id=f"m-{message.id}",
        key=_key(message.position, 0, message.created_at),
        at=message.created_at,
        message=message,
        quoted=quoted.get(message.reply_to or ""),
    )


def _note_item(note: NoteView, position: int) -> Item:
    key = _key(position, 1, note.created_at)
    return Item(kind="note", id=f"n-{note.id}", key=key, at=note.created_at, note=note)


def _event_item(event: EventView, names: dict[str, str]) -> Item:
    return Item(
        kind="event",
        id=f"e-{event.id}",
        key=_key(event.after_position, 1, event.created_at),
        at=event.created_at,
        event=event,
        actor=actor_name(event.actor, names),
        whom=names.get(str(event.detail.get("user")), ""),
    )


def _call_item(call: ToolCallView) -> Item:
    """Below the message that asked for it, or that said yes."""
    position = call.confirmed_position or call.position
    key = _key(position, 1, call.created_at)
    at = call.updated_at or call.created_at
    return Item(kind="call", id=f"t-{call.id}", key=key, at=at, call=call)


def _talk_item(talk: TalkView) -> Item:
    """Below the last message of it."""
    key = _key(talk.last_position, 1, talk.updated_at)
    return Item(kind="talk", id=f"k-{talk.id}", key=key, at=talk.updated_at, talk=talk)


def _key(position: int, rank: int, at: float) -> str:
    return f"{key_of(position)}{rank}.{at:017.6f}"


def _follows(note: NoteView, messages: list[MessageView]) -> int:
    """The position of the last message before the note."""
    earlier = [m.position for m in messages if m.created_at <= note.created_at]
    return max(earlier, default=0)


def actor_name(actor: str, names: dict[str, str]) -> str:
    """ "user:<id>" as the user's name; "" for the assistant and the contact."""
    kind, _, user_id = actor.partition(":")
    if kind == "user":
        return names.get(user_id, "")
    return "API" if kind == "api" else ""


def reasons_of(value: Any) -> list[dict[str, Any]]:
    """Reasons as the store keeps them (`code`, `weight`, `text`), whatever the version."""
    found = value if isinstance(value, list | tuple) else []
    return [r if isinstance(r, dict) else {"code": "", "text": str(r), "weight": 0} for r in found]

"""A conversation as the page shows it: messages, the team's notes and the log, in one order."""

from __future__ import annotations

from typing import Any

import msgspec

from recado.conversations.queries import list_events, list_messages
from recado.conversations.views import EventView, MessageView
from recado.desk.queries import NoteView, list_notes, names_of_users
from recado.store import Tx

PAGE = 40


class Item(msgspec.Struct, frozen=True):
    """A line of the thread. `key` sorts as text; `id` is the element's."""

    kind: str
    id: str
    key: str
    at: float
    message: MessageView | None = None
    note: NoteView | None = None
    event: EventView | None = None
    actor: str = ""
    quoted: MessageView | None = None


class Thread(msgspec.Struct, frozen=True):
    """A stretch of a conversation. `before` is where the older ones end, None at the start."""

    items: list[Item]
    before: int | None


def read_thread(tx: Tx, conversation_id: str, *, before: int | None = None) -> Thread:
    """The newest stretch, or the one right before the position `before`."""
    messages = list_messages(tx, conversation_id, before=before, limit=PAGE)
    first = messages[0].position if messages else 1
    more = first > 1
    since = messages[0].created_at if more else 0.0
    notes = list_notes(tx, conversation_id, since=since)
    events = list_events(tx, conversation_id, from_position=first if more else 0)
    if before is not None:
        newer = list_messages(tx, conversation_id, after=before - 1, limit=1)
        end = newer[0].created_at if newer else float("inf")
        notes = [note for note in notes if note.created_at < end]
        events = [event for event in events if event.after_position < before]
    names = names_of_users(tx)
    by_provider_id = {m.provider_message_id: m for m in messages if m.provider_message_id}
    items = [
        *(_message_item(message, by_provider_id) for message in messages),
        *(_note_item(note, _follows(note, messages)) for note in notes),
        *(_event_item(event, names) for event in events),
    ]
    return Thread(sorted(items, key=lambda item: item.key), first if more else None)


def _message_item(message: MessageView, others: dict[str, MessageView]) -> Item:
    quoted = others.get(message.reply_to) if message.reply_to else None
    return Item(
        kind="message",
        id=f"m-{message.id}",
        key=_key(message.position, 0, message.created_at),
        at=message.created_at,
        message=message,
        quoted=quoted,
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
    )


def _key(position: int, rank: int, at: float) -> str:
    return f"{position:010d}.{rank}.{at:017.6f}"


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

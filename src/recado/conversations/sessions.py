"""A conversation's sessions (CTX-1, CTX-4): what was said without a pause of half an hour.

Nothing is kept for it. They are made of the messages, turns and hand-overs that are there, and so
they end with them: by RECADO_RETENTION_DAYS, and with the contact.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Literal

import msgspec
from sqlalchemy import Row, select

from recado.assistant.model import Turn
from recado.conversations.messages import SILENT_TYPES
from recado.conversations.model import Message
from recado.escalation.model import Escalation
from recado.store import Tx, now
from recado.store.paging import Page, check_limit, decode_cursor, make_page

#: A longer silence ends a session; one that is going on is remembered as long (turns/sessions.py).
PAUSE_SECONDS = 30 * 60.0
#: Of one conversation, so many messages are looked through for one page.
MOST_MESSAGES = 5000


class SessionView(msgspec.Struct, frozen=True, kw_only=True):
    """The messages from `from_position` to `to_position`; `state` is active while the last of them
    is younger than half an hour.

    `answered_by` counts what was said to the contact by author (assistant, agent, system);
    `first_answer_seconds` is how long the contact waited for the assistant's or a person's first
    word, null where none came. `intents` are the topics that the assistant saw, the most frequent
    first, `sentiments` how the contact sounded, turn by turn."""

    conversation_id: str
    state: Literal["active", "ended"]
    from_position: int
    to_position: int
    started_at: float
    ended_at: float
    messages: int
    received: int
    answered_by: dict[str, int]
    first_answer_seconds: float | None
    handed_over: bool
    intents: tuple[str, ...]
    sentiments: tuple[str, ...]


def list_sessions(
    tx: Tx, conversation_id: str, *, limit: int = 50, cursor: str | None = None
) -> Page[SessionView]:
    """The newest first. Raises BadRequest: a limit out of range, a cursor that is not of this
    list."""
    scope = ("sessions", conversation_id)
    before = decode_cursor(cursor, scope, int)[0] if cursor else None
    check_limit(limit)
    newest = _messages(tx, conversation_id, before)
    parts = list(_parts(newest))[: limit + 1]
    if not parts:
        return Page([], None)
    if len(newest) == MOST_MESSAGES and len(parts) > 1:  # the last may have begun before
        limit = min(limit, len(parts) - 1)
    since, until = parts[-1][0].created_at, parts[0][-1].created_at
    turns, handed = _beside(tx, conversation_id, since, until + PAUSE_SECONDS)
    sessions = [_session(conversation_id, part, turns, handed) for part in parts]
    return make_page(sessions, limit, scope, key=lambda it: (it.from_position,), view=lambda it: it)


def _messages(tx: Tx, conversation_id: str, before: int | None) -> Sequence[Row[Any]]:
    """The newest first."""
    query = select(Message.position, Message.direction, Message.author, Message.created_at).where(
        Message.conversation_id == conversation_id, Message.type.not_in(SILENT_TYPES)
    )
    if before is not None:
        query = query.where(Message.position < before)
    return tx.all(query.order_by(Message.position.desc()).limit(MOST_MESSAGES))


def _parts(newest: Sequence[Row[Any]]) -> Iterator[list[Row[Any]]]:
    """The sessions, the newest first, each with its messages in order."""
    part: list[Row[Any]] = []
    for row in newest:
        if part and part[-1].created_at - row.created_at > PAUSE_SECONDS:
            yield part[::-1]
            part = []
        part.append(row)
    if part:
        yield part[::-1]


def _beside(
    tx: Tx, conversation_id: str, since: float, until: float
) -> tuple[Sequence[Row[Any]], Sequence[float]]:
    turns = tx.all(
        select(Turn.to_position, Turn.intent, Turn.sentiment)
        .where(Turn.conversation_id == conversation_id, Turn.started_at >= since)
        .where(Turn.started_at <= until)
        .order_by(Turn.started_at, Turn.id)
    )
    own = (Escalation.conversation_id == conversation_id, Escalation.created_at >= since)
    return turns, [row.created_at for row in tx.all(select(Escalation.created_at).where(*own))]


def _session(
    conversation_id: str,
    said: Sequence[Row[Any]],
    turns: Sequence[Row[Any]],
    handed: Sequence[float],
) -> SessionView:
    first, last = said[0], said[-1]
    inbound = [row for row in said if row.direction == "inbound"]
    answers = [row for row in said if row.direction == "outbound"]
    asked_at = inbound[0].created_at if inbound else None
    answered_at = next(
        (
            row.created_at
            for row in answers
            if row.author in {"assistant", "agent"}
            and asked_at is not None
            and row.created_at >= asked_at
        ),
        None,
    )
    own = [it for it in turns if first.position <= it.to_position <= last.position]
    return SessionView(
        conversation_id=conversation_id,
        state="active" if now() - last.created_at < PAUSE_SECONDS else "ended",
        from_position=first.position,
        to_position=last.position,
        started_at=first.created_at,
        ended_at=last.created_at,
        messages=len(said),
        received=len(inbound),
        answered_by=dict(Counter(row.author for row in answers)),
        first_answer_seconds=(
            None if answered_at is None or asked_at is None else answered_at - asked_at
        ),
        handed_over=any(first.created_at <= at <= last.created_at + PAUSE_SECONDS for at in handed),
        intents=tuple(
            it for it, _ in Counter(row.intent for row in own if row.intent).most_common()
        ),
        sentiments=tuple(it.sentiment for it in own if it.sentiment),
    )

"""Those who wait for a person: how many, and in which order. No look costs more with more of them.

Nothing is kept beside the conversations that could differ from them: what is counted ends at a
bound, and what is listed is walked in the order of an index.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import Row, Select, exists, func, select, text, tuple_
from sqlalchemy.orm import aliased

from recado.conversations.model import Conversation
from recado.escalation.model import Escalation
from recado.store import Tx
from recado.store.paging import Page, check_limit, decode_cursor, make_page

#: More than these are "999+": a person has enough to do, and counting more would take its time.
MOST_COUNTED = 999
_SCOPE = ("waiting",)
_DUE, _REST = "due", "rest"
# The states stand here as in the partial indices, or they would not be used.
_WAITING, _HUMAN = text("conversation.state = 'waiting'"), text("conversation.state = 'human'")
_LISTED = (Conversation.deleted_at.is_(None), Conversation.archived_at.is_(None))


class Counts(msgspec.Struct, frozen=True):
    """How many conversations wait for a person, and how many are the user's own; one more than
    MOST_COUNTED stands for any number above it."""

    waiting: int
    mine: int


def count_pending(tx: Tx, user_id: str) -> Counts:
    waiting = select(Conversation.id).where(_WAITING, *_LISTED)
    mine = select(Conversation.id).where(_HUMAN, Conversation.assignee_id == user_id, *_LISTED)
    return Counts(_count(tx, waiting), _count(tx, mine))


def _count(tx: Tx, ids: Select[Any]) -> int:
    some = ids.limit(MOST_COUNTED + 1).subquery()
    return tx.scalar(select(func.count()).select_from(some)) or 0


def list_waiting(tx: Tx, *, limit: int, cursor: str | None = None) -> Page[str]:
    """Ids of the conversations that wait for a person: by the moment that a person is promised
    for, then those that nobody was promised to, the newest first. Raises BadRequest."""
    check_limit(limit)
    kind, at, id = decode_cursor(cursor, _SCOPE, str, float, str) if cursor else (_DUE, None, "")
    found: list[Row[Any]] = []
    if kind == _DUE:
        found += _promised(tx, limit + 1, None if at is None else (at, id))
        at = None
    if len(found) <= limit:
        found += _not_promised(tx, limit + 1 - len(found), None if at is None else (at, id))
    return make_page(
        found, limit, _SCOPE, key=lambda row: (row.kind, row.at, row.key), view=lambda row: row.id
    )


def _promised(tx: Tx, most: int, after: tuple[float, str] | None) -> Sequence[Row[Any]]:
    earlier = aliased(Escalation)
    twice = exists().where(
        earlier.conversation_id == Escalation.conversation_id,
        earlier.state == "open",
        tuple_(earlier.due_at, earlier.id) < tuple_(Escalation.due_at, Escalation.id),
    )
    statement = (
        select(
            text(f"'{_DUE}' AS kind"),
            Escalation.due_at.label("at"),
            Escalation.id.label("key"),
            Conversation.id,
        )
        .join(Conversation, Conversation.id == Escalation.conversation_id)
        .where(Escalation.state == "open", Conversation.state == "waiting", *_LISTED, ~twice)
        .order_by(Escalation.due_at, Escalation.id)
    )
    if after is not None:
        statement = statement.where(tuple_(Escalation.due_at, Escalation.id) > after)
    return tx.all(statement.limit(most))


def _not_promised(tx: Tx, most: int, after: tuple[float, str] | None) -> Sequence[Row[Any]]:
    promised = exists().where(
        Escalation.conversation_id == Conversation.id, Escalation.state == "open"
    )
    at = Conversation.last_activity_at
    statement = (
        select(
            text(f"'{_REST}' AS kind"),
            at.label("at"),
            Conversation.id.label("key"),
            Conversation.id,
        )
        .where(_WAITING, *_LISTED, ~promised)
        .order_by(at.desc(), Conversation.id.desc())
    )
    if after is not None:
        statement = statement.where(tuple_(at, Conversation.id) < after)
    return tx.all(statement.limit(most))

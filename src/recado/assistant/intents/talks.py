"""The talks of conversations: written with the reply of a turn, read by the next, and shown.

Everything happens in the turn's own transaction, so that a turn that died and is tried again finds
the talk as it was, and asks what it asked.
"""

from __future__ import annotations

from typing import Any

import msgspec
from sqlalchemy import Row, bindparam, insert, select, update

from recado.assistant.intents.model import Talk
from recado.assistant.intents.port import TalkState
from recado.conversations.model import Conversation
from recado.store import Tx, now
from recado.store.paging import Page, newest_page
from recado.store.prepared import prepare

#: Those that wait for the contact.
OPEN = ("asking", "confirming", "changing")


class TalkView(msgspec.Struct, frozen=True, kw_only=True):
    """A talk. `state`: asking, confirming, changing, completed, left, handed_over, expired (the
    contact was silent), ended (a person took over). `values` are by slot, `told` the same in
    words, by the slots' titles; `position` is the message that began it. Times are Unix seconds."""

    id: str
    conversation_id: str
    turn_id: str
    character_id: str
    character_version: int
    intent: str
    title: str
    language: str
    state: str
    asking: str
    values: dict[str, Any]
    told: dict[str, str]
    engine: str
    position: int
    last_position: int
    created_at: float
    updated_at: float
    expires_at: float

    @property
    def waits(self) -> bool:
        return self.state in OPEN


def open_talk(tx: Tx, conversation_id: str, ownership: int) -> Row[Any] | None:
    """The talk that waits for the contact, if one does: its time is not over, and nobody else has
    had the conversation since."""
    row = tx.first(_NEWEST, {"conversation": conversation_id})
    if row is None or row.state not in OPEN:
        return None
    return row if row.expires_at > now() and row.ownership == ownership else None


def state_of(row: Row[Any]) -> TalkState:
    """A talk as a dialogue goes on with it."""
    return TalkState(
        intent=row.intent,
        stage=row.state,
        asking=row.asking,
        values=row.values or {},
        tries=row.tries,
        skipped=tuple(row.skipped or ()),
        engine=row.engine,
        engine_state=row.engine_state or {},
    )


def write_talk(tx: Tx, values: dict[str, Any]) -> None:
    """A talk as it is after a turn. One that waited beside it is left."""
    conversation, talk_id = values["conversation_id"], values["id"]
    others = update(Talk).where(Talk.conversation_id == conversation, Talk.id != talk_id)
    tx.execute(others.where(Talk.state.in_(OPEN)).values(state="left", updated_at=now()))
    if tx.first(select(Talk.id).where(Talk.id == talk_id)) is None:
        tx.execute(insert(Talk).values(values))
    else:
        begun = ("id", "conversation_id", "position", "created_at")
        changed = {name: it for name, it in values.items() if name not in begun}
        tx.execute(update(Talk).where(Talk.id == talk_id).values(changed))


def list_talks(
    tx: Tx,
    *,
    conversation_id: str = "",
    intent: str = "",
    state: str = "",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[TalkView]:
    """Talks, the newest first. `state` is one that is stored. Raises BadRequest."""
    scope = ("talks", conversation_id, intent, state)
    equal = ((Talk.conversation_id, conversation_id), (Talk.intent, intent), (Talk.state, state))
    return newest_page(
        tx, _all(), Talk.id, scope, equal=equal, limit=limit, cursor=cursor, view=_view
    )


def talks_between(tx: Tx, conversation_id: str, *, since: float = 0.0) -> list[TalkView]:
    """A conversation's talks from a moment on, oldest first."""
    statement = _all().where(Talk.conversation_id == conversation_id, Talk.updated_at >= since)
    rows = tx.all(statement.order_by(Talk.id.desc()).limit(100))
    return [_view(row) for row in reversed(rows)]


def _all() -> Any:
    return select(Talk.__table__, Conversation.ownership.label("now_owned")).join(
        Conversation, Conversation.id == Talk.conversation_id
    )


def _view(row: Row[Any]) -> TalkView:
    fields = {name: getattr(row, name) for name in TalkView.__struct_fields__}
    fields |= {"values": row.values or {}, "told": row.told or {}}
    if row.state in OPEN:
        if row.ownership != row.now_owned:
            fields["state"] = "ended"
        elif row.expires_at <= now():
            fields["state"] = "expired"
    return TalkView(**fields)


_NEWEST = prepare(
    select(Talk.__table__)
    .where(Talk.conversation_id == bindparam("conversation"))
    .order_by(Talk.created_at.desc(), Talk.id.desc())
    .limit(1)
)

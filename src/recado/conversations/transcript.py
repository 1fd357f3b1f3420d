"""What was said in a conversation: its messages, the turns behind them, its log. Read only."""

from __future__ import annotations

from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, Select, func, select

from recado.assistant.model import Character, Turn
from recado.conversations.model import ConversationEvent, Message
from recado.conversations.setbacks import history_of
from recado.conversations.views import EventView, MediaView, MessageView, TurnView, view_of
from recado.errors import BadRequest, NotFound
from recado.media.model import Media
from recado.security.model import User
from recado.store import Tx, first_id
from recado.store.paging import Page, check_limit, decode_cursor, make_page


def list_messages(
    tx: Tx,
    conversation_id: str,
    *,
    before: int | None = None,
    after: int | None = None,
    limit: int = 50,
    raw: bool = False,
) -> list[MessageView]:
    """Messages of a conversation in their order, oldest first.

    With `after` the first ones past that position; otherwise the newest, or those right before
    the position `before`. Raises BadRequest: limit out of range.
    """
    position = Message.position
    statement = _message(raw).where(Message.conversation_id == conversation_id)
    if before is not None:
        statement = statement.where(position < before)
    if after is not None:
        statement = statement.where(position > after).order_by(position)
        return [_message_view(row) for row in tx.all(statement.limit(check_limit(limit)))]
    newest = tx.all(statement.order_by(position.desc()).limit(check_limit(limit)))
    return [_message_view(row) for row in reversed(newest)]


def list_all_messages(
    tx: Tx,
    *,
    direction: str | None = None,
    line_id: str | None = None,
    since: float | None = None,
    order: Literal["asc", "desc"] = "desc",
    limit: int = 50,
    cursor: str | None = None,
    raw: bool = False,
) -> Page[MessageView]:
    """Messages of all conversations by age, newest first (`order` "asc": oldest first).

    `since` is Unix seconds: those created then or later. Raises BadRequest.
    """
    scope = ("messages", direction, line_id, since, order)
    statement = _message(raw)
    if direction is not None:
        if direction not in ("inbound", "outbound"):
            raise BadRequest(f"There is no direction {direction!r}: inbound or outbound.")
        statement = statement.where(Message.direction == direction)
    if line_id is not None:
        statement = statement.where(Message.line_id == line_id)
    if since is not None:
        # Ids are made right after `created_at` was taken: a range of the primary key, then the
        # exact time.
        statement = statement.where(Message.id >= first_id(since), Message.created_at >= since)
    if cursor:
        (last_id,) = decode_cursor(cursor, scope, str)
        statement = statement.where(
            Message.id > last_id if order == "asc" else Message.id < last_id
        )
    statement = statement.order_by(Message.id if order == "asc" else Message.id.desc())
    rows = tx.all(statement.limit(check_limit(limit) + 1))
    return make_page(rows, limit, scope, key=lambda row: (row.id,), view=_message_view)


def get_message(tx: Tx, message_id: str, *, raw: bool = False) -> MessageView:
    """Raises NotFound."""
    row = tx.first(_message(raw).where(Message.id == message_id))
    if row is None:
        raise NotFound(f"There is no message {message_id!r}.")
    return _message_view(row)


def _message(raw: bool) -> Select[Any]:
    return _MESSAGE.add_columns(Message.raw) if raw else _MESSAGE


_MEDIA_FIELDS = MediaView.__struct_fields__
#: A document of a hundred pages is not carried along with each look at its message.
_MOST_READ = 8_000


def _media_column(name: str) -> ColumnElement[Any]:
    column = Media.__table__.c[name]
    return func.substr(column, 1, _MOST_READ) if name == "text" else column


_MESSAGE = (
    select(
        *(column for column in Message.__table__.c if column.name != "raw"),
        User.name.label("author_name"),
        *(_media_column(name).label(f"media__{name}") for name in _MEDIA_FIELDS),
    )
    .select_from(Message)
    .outerjoin(User, User.id == Message.author_user_id)
    .outerjoin(Media, Media.id == Message.media_id)
)


def _message_view(row: Row[Any]) -> MessageView:
    media = None
    if row.media__id is not None:
        media = MediaView(*(getattr(row, f"media__{name}") for name in _MEDIA_FIELDS))
    return view_of(
        MessageView,
        row,
        media=media,
        content=row.content or {},
        error=row.error or None,
        in_reply_to=tuple(row.in_reply_to or ()),
        history=history_of(row),
    )


# What happened around them


def get_turn(tx: Tx, turn_id: str) -> TurnView:
    """Raises NotFound."""
    name = Character.name.label("character_name")
    joined = select(Turn.__table__, name).select_from(Turn)
    statement = joined.outerjoin(Character, Character.id == Turn.character_id)
    row = tx.first(statement.where(Turn.id == turn_id))
    if row is None:
        raise NotFound(f"There is no turn {turn_id!r}.")
    reasons = tuple(row.reasons or ())
    return view_of(TurnView, row, sources=tuple(row.sources or ()), reasons=reasons)


def list_events(
    tx: Tx, conversation_id: str, *, from_position: int = 0, limit: int = 200
) -> list[EventView]:
    """The newest lines of the conversation's log, oldest first: those that stand after the
    message at `from_position` or a later one. Raises BadRequest: limit out of range."""
    event = ConversationEvent
    statement = select(event.__table__).where(
        event.conversation_id == conversation_id, event.after_position >= from_position
    )
    newest = statement.order_by(event.created_at.desc(), event.id.desc()).limit(check_limit(limit))
    return [view_of(EventView, row, detail=row.detail or {}) for row in reversed(tx.all(newest))]

"""The read side of conversations (CTX-5): functions on a transaction that return frozen views.

Lists page by the sort key of an index, so that the last page costs what the first one does.
Nothing here writes. What was said in a conversation is read in transcript.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, TextClause, select, text, tuple_

from recado.conversations.model import STATES, Contact, ContactIdentity, Conversation, Message
from recado.conversations.numbers import variants
from recado.conversations.search.find import find_conversations
from recado.conversations.search.words import asked_words, excerpt, says
from recado.conversations.transcript import (
    get_message,
    get_turn,
    list_all_messages,
    list_events,
    list_messages,
)
from recado.conversations.views import (
    ContactView,
    ConversationView,
    EscalationView,
    FoundView,
    IdentityView,
    view_of,
)
from recado.errors import BadRequest, NotFound
from recado.escalation.model import Escalation
from recado.lines.model import LineRow
from recado.media.model import Media
from recado.security.model import User
from recado.store import Tx
from recado.store.paging import Page, check_limit, decode_cursor, make_page, newest_page

__all__ = [
    "contact_by_identity",
    "contact_view",
    "conversations_by_id",
    "get_conversation",
    "get_message",
    "get_turn",
    "list_all_messages",
    "list_conversations",
    "list_escalations",
    "list_events",
    "list_messages",
]

WINDOW_SECONDS = 24 * 3600.0
#: From the name that a person would look for to the one that only a machine uses.
_IDENTITY_ORDER = {"phone": 0, "username": 1, "bsuid": 2, "provider": 3}


# Conversations


def list_conversations(
    tx: Tx,
    *,
    state: str | None = None,
    contact_id: str | None = None,
    line_id: str | None = None,
    assignee_id: str | None = None,
    search: str | None = None,
    archived: bool = False,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[ConversationView]:
    """Conversations by last activity, newest first.

    `search` looks for words in messages, for the contact's name, phone or other identity, and for
    the title: search/find.py. What was found by a message has it as `found`. `archived` lists the
    archived ones instead of the others.
    Raises BadRequest: unknown state, limit out of range, a cursor that is not of this list.
    """
    filters = (state, contact_id, line_id, assignee_id)
    scope = ("conversations", *filters, search, archived)
    statement = _CONVERSATION.where(*_conversation_filters(*filters, archived))
    found = find_conversations(tx, search) if search is not None and search.strip() else None
    if found is not None:
        statement = statement.where(Conversation.id.in_(found.conversation_ids))
    if cursor:
        key = decode_cursor(cursor, scope, float, str)
        statement = statement.where(tuple_(Conversation.last_activity_at, Conversation.id) < key)
    statement = statement.order_by(Conversation.last_activity_at.desc(), Conversation.id.desc())
    statement = statement.limit(check_limit(limit) + 1)
    if found is not None:
        # Which ones, before all about them is read: there may be many to choose from.
        ids = statement.with_only_columns(Conversation.id, maintain_column_froms=False)
        statement = _CONVERSATION.where(Conversation.id.in_([row.id for row in tx.all(ids)]))
        statement = statement.order_by(Conversation.last_activity_at.desc(), Conversation.id.desc())
    rows = tx.all(statement)
    views = {view.id: view for view in _conversation_views(tx, rows[:limit])}
    if found is not None and search is not None:
        views |= _with_words(tx, views, found.messages, search)
    return make_page(
        rows,
        limit,
        scope,
        key=lambda row: (row.last_activity_at, row.id),
        view=lambda row: views[row.id],
    )


def get_conversation(tx: Tx, conversation_id: str) -> ConversationView:
    """Raises NotFound, also when it was deleted."""
    row = tx.first(_CONVERSATION.where(Conversation.id == conversation_id))
    if row is None:
        raise NotFound(f"There is no conversation {conversation_id!r}.")
    return _conversation_views(tx, [row])[0]


def conversations_by_id(tx: Tx, ids: Sequence[str]) -> list[ConversationView]:
    """Those of the conversations that are there, in the order of `ids`."""
    if not ids:
        return []
    rows = tx.all(_CONVERSATION.where(Conversation.id.in_(ids)))
    found = {view.id: view for view in _conversation_views(tx, rows)}
    return [found[id] for id in ids if id in found]


_CONVERSATION = (
    select(
        Conversation.__table__,
        Contact.name.label("contact_name"),
        LineRow.name.label("line_name"),
        LineRow.channel,
        User.name.label("assignee_name"),
    )
    .select_from(Conversation)
    .outerjoin(Contact, Contact.id == Conversation.contact_id)
    .outerjoin(LineRow, LineRow.id == Conversation.line_id)
    .outerjoin(User, User.id == Conversation.assignee_id)
    .where(Conversation.deleted_at.is_(None))
)


def _conversation_filters(
    state: str | None,
    contact_id: str | None,
    line_id: str | None,
    assignee_id: str | None,
    archived: bool,
) -> list[ColumnElement[bool] | TextClause]:
    column = Conversation.archived_at
    found: list[ColumnElement[bool] | TextClause] = [
        column.is_not(None) if archived else column.is_(None)
    ]
    if state is not None:
        if state not in STATES:
            raise BadRequest(f"There is no state {state!r}; there are {', '.join(STATES)}.")
        found.append(Conversation.state == state)
    if contact_id is not None:
        found.append(Conversation.contact_id == contact_id)
    if line_id is not None:
        # Added to "", so that no engine prefers the index on (line, contact): it holds nearly
        # all conversations, and they would have to be sorted.
        found.append(("" + Conversation.line_id) == line_id)
    if assignee_id is not None:
        found += [_OF_A_PERSON, Conversation.assignee_id == assignee_id]
    return found


#: Only what a person owns is assigned. The words of the partial index, or it would not be used.
_OF_A_PERSON = text("conversation.state = 'human'")


def _with_words(
    tx: Tx, views: dict[str, ConversationView], messages: dict[str, str], search: str
) -> dict[str, ConversationView]:
    """The conversations that were found by a message, with its words."""
    ids = [messages[id] for id in views if id in messages]
    rows = tx.all(
        select(
            *(Message.id, Message.conversation_id, Message.position, Message.text),
            *(Media.text.label("read"), Media.description),
        )
        .outerjoin(Media, Media.message_id == Message.id)
        .where(Message.id.in_(ids))
    )
    asked = asked_words(search)
    return {
        row.conversation_id: msgspec.structs.replace(
            views[row.conversation_id],
            found=FoundView(row.id, row.position, tuple(excerpt(_found_in(row, asked), asked))),
        )
        for row in rows
    }


def _found_in(row: Row[Any], asked: Sequence[str]) -> str:
    """The words of a message, or those of its file where it was found by them."""
    read = f"{row.read or ''} {row.description or ''}".strip()
    return str(row.text) if not read or says(row.text, asked) else read


def _conversation_views(tx: Tx, rows: Sequence[Row[Any]]) -> list[ConversationView]:
    identities = _identities(tx, {row.contact_id for row in rows})
    escalations = _open_escalations(tx, [row.id for row in rows])
    return [
        view_of(
            ConversationView,
            row,
            contact_name=row.contact_name or "",
            line_name=row.line_name or "",
            channel=row.channel or "",
            tags=tuple(row.tags or ()),
            identities=identities.get(row.contact_id, ()),
            window_ends_at=row.last_inbound_at and row.last_inbound_at + WINDOW_SECONDS,
            escalation=escalations.get(row.id),
        )
        for row in rows
    ]


def _open_escalations(tx: Tx, conversation_ids: Sequence[str]) -> dict[str, EscalationView]:
    if not conversation_ids:
        return {}
    of_these = Escalation.conversation_id.in_(conversation_ids)
    statement = _ESCALATION.where(of_these, Escalation.state != "closed")
    found = tx.all(statement.order_by(Escalation.id))
    return {row.conversation_id: _escalation_view(row) for row in found}  # the newest one stays


# Hand-overs


def list_escalations(
    tx: Tx,
    *,
    state: str | None = None,
    conversation_id: str | None = None,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[EscalationView]:
    """Hand-overs, newest first. Raises BadRequest: unknown state, bad limit or cursor."""
    scope = ("escalations", state, conversation_id)
    statement = _ESCALATION
    if state is not None:
        if state not in ("open", "taken", "closed"):
            raise BadRequest(f"There is no state {state!r}; there are open, taken, closed.")
        statement = statement.where(Escalation.state == state)
    if conversation_id is not None:
        statement = statement.where(Escalation.conversation_id == conversation_id)
    return newest_page(
        tx, statement, Escalation.id, scope, limit=limit, cursor=cursor, view=_escalation_view
    )


_ESCALATION = select(Escalation.__table__)


def _escalation_view(row: Row[Any]) -> EscalationView:
    return view_of(EscalationView, row, reasons=tuple(row.reasons or ()))


# Contacts


def contact_by_identity(tx: Tx, value: str) -> ContactView | None:
    """The contact whose phone (in any usual spelling and form), BSUID, username or provider id this
    is.

    Where one value names several contacts, the strongest kind of identity decides, then the
    newest contact.
    """
    value = value.strip()
    spellings = {value, value.removeprefix("@"), *variants(_phone_digits(value))} - {""}
    known = tx.all(select(ContactIdentity.__table__).where(ContactIdentity.value.in_(spellings)))
    if not known:
        return None
    first = min(known, key=lambda row: (_IDENTITY_ORDER.get(row.kind, 9), -row.created_at))
    return contact_view(tx, first.contact_id)


def contact_view(tx: Tx, contact_id: str) -> ContactView:
    """Raises NotFound."""
    row = tx.first(select(Contact.__table__).where(Contact.id == contact_id))
    if row is None:
        raise NotFound(f"There is no contact {contact_id!r}.")
    identities = _identities(tx, {contact_id}).get(contact_id, ())
    attributes = row.attributes or {}
    return view_of(
        ContactView,
        row,
        attributes=attributes,
        marketing_opt_out=attributes.get("marketing") == "stopped",
        identities=identities,
    )


def _identities(tx: Tx, contact_ids: set[str]) -> dict[str, tuple[IdentityView, ...]]:
    if not contact_ids:
        return {}
    rows = tx.all(
        select(ContactIdentity.__table__)
        .where(ContactIdentity.contact_id.in_(contact_ids))
        .order_by(ContactIdentity.id)
    )
    found: dict[str, tuple[IdentityView, ...]] = {}
    for row in sorted(rows, key=lambda row: _IDENTITY_ORDER.get(row.kind, 9)):
        known = found.get(row.contact_id, ())
        found[row.contact_id] = (*known, IdentityView(row.kind, row.value))
    return found


def _phone_digits(text: str) -> str:
    """The digits of what is written like a phone number; "" for anything else."""
    digits = "".join(c for c in text if c.isascii() and c.isdigit())
    return digits if digits and not set(text) - set("+()-. 0123456789") else ""

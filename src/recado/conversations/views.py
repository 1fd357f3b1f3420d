"""What the read side returns: frozen views, made for pages and the API, apart from the tables.

Points in time (`…_at`) are Unix seconds here; the API shows them in ISO 8601.
"""

from __future__ import annotations

from typing import Any, Literal, TypeVar

import msgspec
from sqlalchemy import Row

from recado.conversations.search.words import Piece

_View = TypeVar("_View", bound=msgspec.Struct)


class IdentityView(msgspec.Struct, frozen=True):
    """A name that a channel has for a contact (channels/port.py, `Identity`)."""

    kind: str
    value: str


class ContactView(msgspec.Struct, frozen=True):
    id: str
    name: str
    language: str
    attributes: dict[str, Any]
    marketing_opt_out: bool
    blocked: bool
    identities: tuple[IdentityView, ...]
    created_at: float
    updated_at: float


class EscalationView(msgspec.Struct, frozen=True):
    """A hand-over. `state` is open while nobody has it; `timed_out_at` is when nobody had come
    within the department's limit; `asked_role` supervisor: only they are given it. `told` is what
    of the `summary` is not the conversation's own: data of a guided talk, orders, the contact's
    last words.

    Each of `reasons` has a `code`, a `weight` (their sum is the score) and a `text` for people.
    """

    id: str
    conversation_id: str
    turn_id: str | None
    score: int
    reasons: tuple[dict[str, Any], ...]
    priority: str
    department: str
    summary: str
    told: str
    language: str
    state: Literal["open", "taken", "closed"]
    due_at: float
    taken_by: str | None
    taken_at: float | None
    closed_at: float | None
    created_at: float
    timed_out_at: float | None = None
    asked_role: str = ""


class FoundView(msgspec.Struct, frozen=True):
    """The newest message by which a search found its conversation, and the words around the find
    in pieces: a text, and whether it is what was looked for."""

    message_id: str
    position: int
    pieces: tuple[Piece, ...]


class ConversationView(msgspec.Struct, frozen=True, kw_only=True):
    """A conversation as lists and pages show it.

    `window_ends_at` is when the 24 hours end in which WhatsApp lets a business write freely
    (https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-messages); null when the
    contact has not written yet; `held_count` is how many messages wait for that. `escalation` is
    the newest hand-over that is not closed; `found` what a search found it by, null without one.
    """

    id: str
    state: Literal["bot", "waiting", "human", "snoozed", "resolved"]
    line_id: str
    line_name: str
    channel: str
    contact_id: str
    contact_name: str
    identities: tuple[IdentityView, ...]
    thread: str
    title: str
    tags: tuple[str, ...]
    language: str
    character_id: str | None
    assignee_id: str | None
    assignee_name: str | None
    snoozed_until: float | None
    message_count: int
    unread_count: int
    held_count: int
    answered_to: int
    last_preview: str
    last_inbound_at: float | None
    last_activity_at: float
    window_ends_at: float | None
    archived_at: float | None
    created_at: float
    escalation: EscalationView | None
    found: FoundView | None = None


class MediaView(msgspec.Struct, frozen=True):
    """The file of a message. `text` is the beginning of what was read or heard in it,
    `description` what it shows; `reading` tells how far that is: "" (nobody reads it) · pending ·
    done · failed; `analysis` is as in the event media_processed."""

    id: str
    mime_type: str
    filename: str
    size_bytes: int
    state: Literal["pending", "stored", "failed"]
    text: str
    description: str
    error: str | None
    reading: str = ""
    analysis: dict[str, Any] | None = None


class StepView(msgspec.Struct, frozen=True):
    """A status that a message has had; `error` says why it was `failed` or `unknown`."""

    status: str
    reached_at: float
    error: dict[str, Any] | None = None


class MessageView(msgspec.Struct, frozen=True, kw_only=True):
    """A message. `raw` is the vendor's item, null unless it was asked for.

    `reply_to` is the provider's id of the message that this one quotes; `in_reply_to` the ids of
    the messages that this one answers. `error` is null or has `code` and `title`.

    `reactions` are emojis by who reacted (`contact`, `business`). `held` says why a queued message
    waits (`window`: until the contact writes again), `route` how it went and why, `pricing` what
    the provider says about its price. `history` is every status that an outbound message has had.
    """

    id: str
    conversation_id: str
    contact_id: str
    line_id: str
    position: int
    direction: Literal["inbound", "outbound"]
    author: Literal["contact", "assistant", "agent", "system"]
    author_user_id: str | None
    author_name: str | None
    type: str
    text: str
    content: dict[str, Any]
    provider_message_id: str | None
    reply_to: str | None
    in_reply_to: tuple[str, ...]
    status: Literal["received", "queued", "sent", "delivered", "read", "failed", "unknown"]
    error: dict[str, Any] | None
    turn_id: str | None
    confidence: float | None
    media: MediaView | None
    cost: float | None
    sent_at: float | None
    delivered_at: float | None
    read_at: float | None
    created_at: float
    reactions: dict[str, str] | None = None
    edited_at: float | None = None
    revoked_at: float | None = None
    held: str | None = None
    route: dict[str, Any] | None = None
    pricing: dict[str, Any] | None = None
    history: tuple[StepView, ...] = ()
    raw: Any = None


class TurnView(msgspec.Struct, frozen=True, kw_only=True):
    """One answer of the assistant: from what, by which model, how sure, how long, at what cost.

    `sources` are the quotes it answered from (assistant/port.py, `SourceQuote`).
    """

    id: str
    conversation_id: str
    character_id: str | None
    character_name: str | None
    character_version: int | None
    from_position: int
    to_position: int
    outcome: str
    model: str
    language: str
    confidence: float | None
    sources: tuple[dict[str, Any], ...]
    score: int
    reasons: tuple[dict[str, Any], ...]
    sentiment: str
    intent: str
    tokens_in: int
    tokens_out: int
    cost: float | None
    error: str | None
    started_at: float
    duration_ms: float
    model_ms: float


class EventView(msgspec.Struct, frozen=True):
    """A line of the conversation's own log, to be shown after the message at `after_position`."""

    id: str
    conversation_id: str
    name: str
    actor: str
    detail: dict[str, Any]
    after_position: int
    created_at: float


def view_of(view: type[_View], row: Row[Any], **computed: Any) -> _View:
    """A view from the columns of the same names, and what is given."""
    columns = row._mapping
    names = (name for name in view.__struct_fields__ if name not in computed)
    return view(**{name: columns[name] for name in names if name in columns}, **computed)

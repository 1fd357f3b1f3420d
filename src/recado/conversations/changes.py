"""Reactions, edits and take-backs: each changes the message that it refers to.

The change has a row of its own (once by its provider id), with the target's provider id in
`reply_to`. When it comes before its target, it is applied once that comes. A contact changes what
the contact has said, the business what the business has said; both may react to anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy import Row, bindparam, select, text

from recado.conversations.guards import MAY_SPEAK
from recado.conversations.messages import update_message
from recado.conversations.model import Message
from recado.conversations.summaries.keeping import drop_summaries
from recado.events import MessageChanged
from recado.store import Tx
from recado.store.prepared import prepare

CHANGES = frozenset({"reaction", "edit", "revoke"})
#: How many former wordings a message keeps.
KEPT_WORDINGS = 10

_COLUMNS = (
    Message.id,
    Message.line_id,
    Message.conversation_id,
    Message.position,
    Message.direction,
    Message.type,
    Message.text,
    Message.content,
    Message.reply_to,
    Message.sent_at,
    Message.reactions,
    Message.edited_at,
    Message.revoked_at,
)
# Built once: building a statement takes longer than running it.
_TARGET = prepare(
    select(*_COLUMNS).where(
        Message.line_id == bindparam("line"),
        Message.provider_message_id == bindparam("provider_id"),
    )
)
# The types stand here as in the partial index ix_message_change, or it would not be used.
_WAITING = prepare(
    select(*_COLUMNS)
    .where(Message.line_id == bindparam("line"), Message.reply_to == bindparam("provider_id"))
    .where(text("message.type IN ('reaction', 'edit', 'revoke')"))
    .order_by(Message.position)
)
#: Under another count of `ownership`, an answer in the making is dropped and made anew.
_START_OVER = prepare(
    text(
        "UPDATE conversation SET ownership = ownership + 1"  # noqa: S608
        f" WHERE id = :id AND {MAY_SPEAK} AND answered_to < :position RETURNING id"
    )
)


def apply_change(tx: Tx, line_id: str, change: dict[str, Any]) -> bool:
    """Apply a change that was just written to its target, when that is here.

    Returns True if what the assistant has not answered yet is another now, so that it has to look
    again.
    """
    if not change["reply_to"]:
        return False
    target = tx.first(_TARGET, {"line": line_id, "provider_id": change["reply_to"]})
    if target is None or not _apply(tx, target, change):
        return False
    _announce(tx, target, change["type"])
    if change["type"] == "reaction" or target.direction != "inbound":
        return False
    about = {"id": target.conversation_id, "position": target.position}
    return tx.first(_START_OVER, about) is not None


def apply_waiting_changes(tx: Tx, line_id: str, provider_id: str) -> bool:
    """Apply what came before its target, which was just written. Returns whether there
    was anything."""
    waiting = tx.all(_WAITING, {"line": line_id, "provider_id": provider_id})
    for change in waiting:
        target = tx.first(_TARGET, {"line": line_id, "provider_id": provider_id})
        if target is not None:
            _apply(tx, target, change._asdict())
    return bool(waiting)


def _apply(tx: Tx, target: Row[Any], change: dict[str, Any]) -> bool:
    if target.conversation_id != change["conversation_id"] or target.type in CHANGES:
        return False
    values: dict[str, Any] | None
    if change["type"] == "reaction":
        overtaken = _is_overtaken(tx, change)
        values = None if overtaken else {"reactions": _reactions(target, change)}
    elif change["direction"] != target.direction:
        return False
    elif change["type"] == "revoke":
        values = {"revoked_at": change["sent_at"]} if target.revoked_at is None else None
    else:
        values = _edited(target, change)
    if values is None:
        return False
    update_message(tx, target.id, **values)
    if change["type"] != "reaction":  # what was said there stands in no summary any more
        drop_summaries(tx, [target.conversation_id], told_of=target.position)
    return True


def _who(change: Mapping[str, Any]) -> str:
    """Who reacts: in a group everybody does for themselves."""
    participant = (change["content"] or {}).get("participant") or {}
    if participant.get("identities"):
        return str(participant["identities"][0]["value"])
    return "contact" if change["direction"] == "inbound" else "business"


def _is_overtaken(tx: Tx, change: dict[str, Any]) -> bool:
    """Has the same person reacted to the same message since, and was that here first?"""
    about = {"line": change["line_id"], "provider_id": change["reply_to"]}
    said_at, who = change["sent_at"] or 0.0, _who(change)
    return any(
        it.type == "reaction" and (it.sent_at or 0.0) > said_at and _who(it._asdict()) == who
        for it in tx.all(_WAITING, about)
    )


def _reactions(target: Row[Any], change: dict[str, Any]) -> dict[str, str]:
    who = _who(change)
    others = {key: emoji for key, emoji in (target.reactions or {}).items() if key != who}
    return {**others, who: change["text"]} if change["text"] else others


def _edited(target: Row[Any], change: dict[str, Any]) -> dict[str, Any] | None:
    if target.edited_at is not None and (change["sent_at"] or 0.0) < target.edited_at:
        return None  # a newer wording came first
    before = dict(target.content or {})
    wordings = before.pop("edited_from", [])
    said = {"text": target.text, "until": change["sent_at"]}
    new = {key: kept for key, kept in (change["content"] or {}).items() if key in _REPLACED}
    if "media" in new:
        new["media"] = {**before.get("media", {}), **new["media"]}
    content = {**before, **new, "edited_from": [*wordings, said][-KEPT_WORDINGS:]}
    return {"text": change["text"], "content": content, "edited_at": change["sent_at"]}


#: What of an edit's content is the message's own; the rest is about the edit.
_REPLACED = frozenset({"media", "location", "contacts", "order", "reply"})


def _announce(tx: Tx, target: Row[Any], change: str) -> None:
    event = MessageChanged(
        conversation_id=target.conversation_id, message_id=target.id, change=change
    )
    tx.announce(event)

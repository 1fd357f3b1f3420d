"""Two contacts claim one identity, or a line says of somebody what is not for it to say: nobody
is touched, and a person sees it.

It stands on both contacts (`attributes["conflicts"]`: the other one, "" where nobody has the
identity yet, and the identity) and as an event in their conversations.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Set
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from recado.channels.messages import Identity
from recado.conversations.model import Contact, Conversation, ConversationEvent
from recado.conversations.ownership import log_event
from recado.store import Tx

log = structlog.get_logger(__name__)

ATTRIBUTE = "conflicts"
#: What a person has said is not so: claims, as they stood in ATTRIBUTE.
SETTLED = "not_the_same"
EVENT = "identity_conflict"
_MOST_KEPT = 5
_MOST_SETTLED = 50

Claim = dict[str, Any]
Claims = dict[str, list[Claim]]


def show_conflict(tx: Tx, contact_ids: Set[str], identity: Identity) -> None:
    """Say so on each of the contacts, once for the same others and identity."""
    for contact_id in sorted(contact_ids):
        row = tx.first(select(Contact.attributes).where(Contact.id == contact_id).with_for_update())
        if row is None:
            continue
        attributes = dict(row.attributes or {})
        known = claims_in(attributes)
        settled = claims_in(attributes, SETTLED)
        claims = [
            {"contact_id": other, "kind": identity.kind, "value": identity.value}
            for other in sorted(contact_ids - {contact_id}) or [""]
        ]
        fresh = [claim for claim in claims if claim not in known and claim not in settled]
        if not fresh:
            continue
        log.warning("two contacts claim one identity", contact=contact_id)
        attributes[ATTRIBUTE] = [*known, *fresh][-_MOST_KEPT:]
        tx.execute(update(Contact).where(Contact.id == contact_id).values(attributes=attributes))
        _tell(tx, contact_id, fresh)


def claims_in(attributes: Mapping[str, Any] | None, name: str = ATTRIBUTE) -> list[Claim]:
    found = (attributes or {}).get(name)
    return found if isinstance(found, list) else []


def set_apart(tx: Tx, contact_id: str, claim: Claim, other: str) -> None:
    """A person says that `other` ("": nobody yet) and the contact are two: the claim goes from
    both, and does not come back."""
    for own, them in ((contact_id, other), (other, contact_id)):
        row = tx.first(select(Contact.attributes).where(Contact.id == own).with_for_update())
        if row is None:
            continue
        about = [{**claim, "contact_id": id} for id in sorted({them, claim["contact_id"], ""})]
        attributes = dict(row.attributes or {})
        attributes[ATTRIBUTE] = [it for it in claims_in(attributes) if it not in about]
        settled = [it for it in claims_in(attributes, SETTLED) if it not in about]
        attributes[SETTLED] = [*settled, *about][-_MOST_SETTLED:]
        tx.execute(update(Contact).where(Contact.id == own).values(attributes=attributes))


def claims_together(kept: Mapping[str, Any], joined: Mapping[str, Any], ids: Set[str]) -> Claims:
    """What stands on a contact once two are one, `ids`: the claims of both on others."""
    return {
        name: [it for it in both if it["contact_id"] not in ids]
        for name in (ATTRIBUTE, SETTLED)
        if (both := [*claims_in(kept, name), *claims_in(joined, name)])
    }


def forget_claims(tx: Tx, contact_id: str) -> int:
    """Who is erased stands on no other contact any more. Returns how many events that were."""
    others = {claim["contact_id"] for _, claim in _told(tx, {contact_id})} - {""}
    for other in sorted(others):
        row = tx.first(select(Contact.attributes).where(Contact.id == other).with_for_update())
        attributes = dict(row.attributes or {}) if row is not None else {}
        kept = {
            name: [it for it in known if it.get("contact_id") != contact_id]
            for name in (ATTRIBUTE, SETTLED)
            if (known := claims_in(attributes, name))
        }
        if kept:
            attributes |= kept
            tx.execute(update(Contact).where(Contact.id == other).values(attributes=attributes))
    about = [id for id, claim in _told(tx, others) if claim["contact_id"] == contact_id]
    for id in about:
        tx.execute(delete(ConversationEvent).where(ConversationEvent.id == id))
    return len(about)


def _told(tx: Tx, contact_ids: Collection[str]) -> list[tuple[str, dict[str, Any]]]:
    """The events that told these contacts' conversations of a conflict, with what each told."""
    query = (
        select(ConversationEvent.id, ConversationEvent.detail)
        .join(Conversation, Conversation.id == ConversationEvent.conversation_id)
        .where(ConversationEvent.name == EVENT, Conversation.contact_id.in_(contact_ids))
    )
    return [(row.id, row.detail) for row in tx.all(query) if "contact_id" in (row.detail or {})]


def _tell(tx: Tx, contact_id: str, claims: list[dict[str, Any]]) -> None:
    query = select(Conversation.id, Conversation.message_count)
    for conversation in tx.all(query.where(Conversation.contact_id == contact_id)):
        for claim in claims:
            log_event(
                tx,
                conversation.id,
                EVENT,
                actor="recado",
                after=conversation.message_count,
                detail=claim,
            )

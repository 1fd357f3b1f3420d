"""A person settles a conflict: the two are the same person, or they are not.

What a conflict says (conflicts.py) is that an identity is claimed for a contact. Where another
contact has it, that one is meant, whoever had it then.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from sqlalchemy import delete, insert, select

from recado.channels.messages import Identity
from recado.conversations.conflicts import Claim, claims_in, set_apart
from recado.conversations.contacts import lock_identities
from recado.conversations.joining import identities_of, join, older_first
from recado.conversations.model import Contact, ContactIdentity, Conversation
from recado.conversations.ownership import log_event, turn_job
from recado.conversations.strength import is_personal
from recado.errors import NotFound
from recado.events import ContactSettled
from recado.runtime import Runtime
from recado.security.audit import record
from recado.store import Tx, new_id, now

JOINED, APART = "person_joined", "person_apart"


class Open(NamedTuple):
    """A conflict that is to be settled; `other` is the contact that has the identity now, "":
    nobody."""

    claim: Claim
    other: str


class Settled(NamedTuple):
    """`contact_id` is whom they are from now on; something waits in `waiting` for an answer of the
    assistant's."""

    contact_id: str
    same: bool
    conversation_ids: Sequence[str]
    waiting: Sequence[str] = ()


def open_conflicts(tx: Tx, contact_id: str) -> list[Open]:
    """Those of the contact, each identity once; not those that have passed by themselves."""
    attributes = tx.scalar(select(Contact.attributes).where(Contact.id == contact_id))
    found: dict[tuple[str, str], Open] = {}
    for claim in claims_in(attributes):
        owner = tx.scalar(
            select(ContactIdentity.contact_id).where(
                ContactIdentity.kind == claim["kind"], ContactIdentity.value == claim["value"]
            )
        )
        named = claim["contact_id"]
        if named and tx.first(select(Contact.id).where(Contact.id == named)) is None:
            named = ""  # erased, or one with another since
        # The other one may be told of an identity that is this contact's own.
        other = named or (owner if owner != contact_id else "") or ""
        if other or (owner is None and not claim["contact_id"]):
            found.setdefault((claim["kind"], claim["value"]), Open(claim, other))
    return list(found.values())


def join_by_hand(tx: Tx, contact_id: str, identity: Identity, *, actor: str) -> Settled:
    """They are the same person. Raises NotFound: that conflict is none of the contact's."""
    _, other = _open(tx, contact_id, identity)
    detail = {"kind": identity.kind, "other": other}
    if not other:
        _go_on_under(tx, contact_id, identity)
        return _tell(tx, contact_id, JOINED, "contact.join", actor, detail)
    keeper, newcomer = older_first(tx, {contact_id, other})
    waiting = join(tx, keeper, newcomer)
    return _tell(tx, keeper, JOINED, "contact.join", actor, detail, waiting)


def keep_apart(tx: Tx, contact_id: str, identity: Identity, *, actor: str) -> Settled:
    """They are not: remembered, so that it is not asked again. Raises NotFound, as above."""
    claim, other = _open(tx, contact_id, identity)
    set_apart(tx, contact_id, claim, other)
    detail = {"kind": identity.kind, "other": other}
    return _tell(tx, contact_id, APART, "contact.keep_apart", actor, detail)


def _open(tx: Tx, contact_id: str, identity: Identity) -> Open:
    """The conflict, with everything locked that is told of by it."""
    for conflict in open_conflicts(tx, contact_id):
        if (conflict.claim["kind"], conflict.claim["value"]) == (identity.kind, identity.value):
            theirs = identities_of(tx, conflict.other) if conflict.other else set()
            lock_identities(tx, {identity, *identities_of(tx, contact_id), *theirs})
            return conflict
    raise NotFound("There is no such conflict: somebody has settled it, or it has passed.")


def _go_on_under(tx: Tx, contact_id: str, identity: Identity) -> None:
    """What nobody has yet takes the place of what the contact had of its kind."""
    for known in identities_of(tx, contact_id):
        if known.kind == identity.kind and is_personal(known) == is_personal(identity):
            own = (ContactIdentity.contact_id == contact_id, ContactIdentity.kind == known.kind)
            tx.execute(delete(ContactIdentity).where(*own, ContactIdentity.value == known.value))
    row = {"id": new_id(), "contact_id": contact_id, "scope": "", "created_at": now()}
    new = {"kind": identity.kind, "value": identity.value}
    tx.execute(insert(ContactIdentity), {**row, **new})


def _tell(
    tx: Tx,
    contact_id: str,
    event: str,
    action: str,
    actor: str,
    detail: dict[str, str],
    waiting: Sequence[str] = (),
) -> Settled:
    """In the audit log, and in the contact's conversations."""
    record(tx, actor, action, contact_id, detail)
    query = select(Conversation.id, Conversation.message_count)
    own = query.where(Conversation.contact_id == contact_id)
    rows = tx.all(own.order_by(Conversation.last_activity_at.desc()))
    for row in rows:
        log_event(tx, row.id, event, actor=actor, after=row.message_count, detail={})
    return Settled(contact_id, event == JOINED, [row.id for row in rows], waiting)


async def settle(runtime: Runtime, work: Callable[[Tx], Settled]) -> Settled:
    """Run `work`, one of the two above, and let everybody see what came of it."""

    def in_one(tx: Tx) -> Settled:
        settled = work(tx)
        tx.publish(*(turn_job(id) for id in settled.waiting))
        for id in settled.conversation_ids:
            tx.announce(
                ContactSettled(conversation_id=id, user_id=settled.contact_id, same=settled.same)
            )
        return settled

    settled = await runtime.store.write(in_one)
    for id in settled.conversation_ids:
        await runtime.context.forget(id)
    return settled

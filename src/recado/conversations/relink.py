"""A person's number or user id has changed: the same contact goes on under the new one.

The replaced number is taken from the contact, so that its next owner is somebody new. When the new
one belongs to another contact already, who has only come since and of whom nothing else is known,
they are one (joining.py); any other is a conflict, and both stay as they are; so is what a line
says of those whom other lines know (vouching.py).

Sources: developers.facebook.com/documentation/business-messaging/whatsapp/webhooks/reference/
messages/system and …/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from recado.channels.messages import Identity
from recado.channels.port import Line
from recado.conversations.conflicts import show_conflict
from recado.conversations.contacts import (
    add_identity,
    find_contact,
    known_identities,
    lock_identities,
    remove_identity,
)
from recado.conversations.former import brought_up_to_date, remember_change, successor_among
from recado.conversations.joining import (
    came_since,
    contradict,
    identities_of,
    join,
    older_first,
)
from recado.conversations.strength import is_personal
from recado.conversations.vouching import has_talked_on, may_rename
from recado.store import Tx, now

Outcome = Literal["relinked", "unchanged", "conflict", "unknown"]


class When(NamedTuple):
    """When a change was, by the vendor, and when its news reached us."""

    changed_at: float
    arrived_at: float

    @classmethod
    def told(cls, changed_at: float, arrived_at: float) -> When:
        """By two clocks: what is news has been."""
        return cls(min(changed_at, arrived_at), arrived_at)

    @classmethod
    def at_once(cls) -> When:
        return cls(now(), now())


class Relinked(NamedTuple):
    """`waiting`: conversations that were joined, in which something waits for an answer."""

    outcome: Outcome
    contact_id: str | None
    waiting: Sequence[str] = ()


def relink(
    tx: Tx, line: Line, old: Sequence[Identity], told: Sequence[Identity], when: When
) -> Relinked:
    """Give the contact known by `old` the identities `told`, or what has become of these since.

    `unchanged`: it has them already (a second notice of the same change); `conflict`: another
    contact has one of them, or it is not for this line to say; `unknown`: nobody here is known by
    any of them.
    """
    lock_identities(tx, (*old, *told))
    new = _by_now(tx, line, told, when)
    holder = _holder(tx, line, old, new)
    known = known_identities(tx, line, new)
    others = {owner for i, owner in known.items() if i.kind != "username" and owner != holder}
    if holder is None:
        remember_change(tx, line, old, told, when.changed_at)
        contact_id = next(iter(sorted(others)), None)
        return Relinked("unchanged" if contact_id else "unknown", contact_id)
    if not new:
        return Relinked("unchanged", holder)
    gone = _replaced(old, new)
    heard = has_talked_on(tx, line, holder)
    if not heard or not may_rename(tx, line, {holder, *others}, old, told):
        # Remembered all the same: the other lines may tell it, too.
        remember_change(tx, line, old, told, when.changed_at)
        claimed = next((i for i, owner in known.items() if owner in others), new[0])
        show_conflict(tx, {holder, *others}, claimed)
        return Relinked("conflict", holder)
    for other in others:
        if not _is_same_person(tx, holder, other, gone, new, when):
            claimed = next(i for i, owner in known.items() if owner == other)
            show_conflict(tx, {holder, other}, claimed)
            return Relinked("conflict", holder)
    remember_change(tx, line, old, told, when.changed_at)
    for identity in gone:
        remove_identity(tx, holder, line, identity)
    waiting = [id for other in sorted(others) for id in join(tx, holder, other)]
    for identity in new:
        if identity not in known:
            add_identity(tx, holder, line, identity)
    return Relinked("relinked", holder, waiting)


def _by_now(tx: Tx, line: Line, told: Sequence[Identity], when: When) -> list[Identity]:
    """The news of a later change may have come first."""
    known = known_identities(tx, line, told)
    unknown = [it for it in told if it not in known and it.kind != "username"]
    later = brought_up_to_date(tx, line, unknown, when.changed_at)
    lock_identities(tx, later.values())
    return list(dict.fromkeys(later.get(it, it) for it in told))


def _holder(tx: Tx, line: Line, old: Sequence[Identity], new: Sequence[Identity]) -> str | None:
    """The contact known by `old`; nobody whose user id is another one now, for they have got the
    number from its former owner."""
    holder = find_contact(tx, line, old)
    if holder is None or not any(is_personal(it) for it in (*old, *new)):
        return holder
    theirs = identities_of(tx, holder)
    if any(it in theirs for it in old if is_personal(it)):
        return holder
    return None if contradict({it for it in theirs if is_personal(it)}, (*old, *new)) else holder


def _is_same_person(
    tx: Tx,
    holder: str,
    other: str,
    gone: Sequence[Identity],
    new: Sequence[Identity],
    when: When,
) -> bool:
    rest = {it for it in identities_of(tx, holder) if it not in gone}
    own = identities_of(tx, other)
    beyond = {it for it in own if it not in new}
    # A new number may have been another person's until now, a new user id has not.
    by_user_id = any(is_personal(it) for it in own & set(new))
    apart = contradict(beyond, rest)
    return came_since(
        tx,
        other,
        changed_at=when.changed_at,
        arrived_at=when.arrived_at,
        shortly=by_user_id and not apart,
    )


def link(
    tx: Tx,
    line: Line,
    contact_id: str,
    named: Sequence[Identity],
    when: When,
    *,
    by_themselves: bool = False,
) -> Relinked:
    """The vendor names the contact by all of `named` at once (in the answer to a send, a status, a
    card that was asked for): give it those that nobody has.

    One of a contact that has only come since is the same person's; any other is a conflict.
    `by_themselves`: the contact has said so. Nobody takes over a contact who has spoken by that.
    """
    lock_identities(tx, named)
    known = known_identities(tx, line, named)
    mine = identities_of(tx, contact_id)
    missing = [it for it in named if it not in known]
    waiting: list[str] = []
    for identity, owner in known.items():
        if owner == contact_id or identity.kind == "username":
            continue
        apart = contradict(identities_of(tx, owner), mine)
        may_be_new = (owner,) if by_themselves else (contact_id, owner)
        apart = apart or not may_rename(tx, line, {contact_id, owner})
        if apart or not _came_after(tx, may_be_new, when):
            show_conflict(tx, {contact_id, owner}, identity)
            return Relinked("conflict", contact_id)
        keeper, newcomer = older_first(tx, {contact_id, owner})
        waiting += join(tx, keeper, newcomer)
        contact_id = keeper
        mine = identities_of(tx, contact_id)
    added = []
    for identity in (it for it in missing if not contradict({it}, mine)):
        if identity.kind == "phone" and not may_rename(tx, line, {contact_id}):
            show_conflict(tx, {contact_id}, identity)
            continue
        add_identity(tx, contact_id, line, identity)
        added.append(identity)
    return Relinked("relinked" if added or waiting else "unchanged", contact_id, waiting)


def _came_after(tx: Tx, contact_ids: Sequence[str], when: When) -> bool:
    """Has any of them nothing of their own from before?"""
    changed_at, arrived_at = when
    return any(
        came_since(tx, it, changed_at=changed_at, arrived_at=arrived_at, shortly=False)
        for it in contact_ids
    )


def _replaced(old: Sequence[Identity], new: Sequence[Identity]) -> list[Identity]:
    """The number gives way to a number, the user id to a user id."""
    return [it for it in old if it not in new and successor_among(it, new)]

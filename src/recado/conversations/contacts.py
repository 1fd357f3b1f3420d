"""Who is it? Finding or making the contact behind a channel's identities.

A business-scoped user id and a phone number name one person each; a username may pass from one
person to another and never decides. Identities that point to different contacts are a conflict,
unless one of the two is nobody of their own yet (joining.py): the strongest one decides, the other
stays where it is, and a person sees it (conflicts.py). The written
forms of one phone number are one identity (numbers.py); the one that the channel gave last is
kept, for it is the one that sending works with.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any
from unicodedata import category

from sqlalchemy import Row, bindparam, delete, insert, select, text, update

from recado.channels.messages import Identity, Recipient, Sender
from recado.channels.port import Line
from recado.conversations.conflicts import show_conflict
from recado.conversations.former import brought_up_to_date
from recado.conversations.joining import (
    contradict,
    has_spoken,
    identities_of,
    join,
    last_said_at,
    older_first,
)
from recado.conversations.model import Contact, ContactIdentity
from recado.conversations.numbers import variants
from recado.conversations.strength import (
    STRENGTH,
    canonical_form,
    is_account,
    is_personal,
)
from recado.conversations.vouching import may_rename
from recado.language.detection import LanguageCode
from recado.language.spoken import language_of_country, language_of_phone
from recado.store import Tx, new_id, now
from recado.store.prepared import prepare

# Built once: building a statement takes longer than running it.
_OWNER = prepare(
    select(ContactIdentity.contact_id, Contact.name)
    .join(Contact, Contact.id == ContactIdentity.contact_id)
    .where(
        ContactIdentity.kind == bindparam("kind"),
        ContactIdentity.scope == bindparam("scope"),
        ContactIdentity.value == bindparam("value"),
    )
)
#: Of two numbers of one person (two contacts that a person has joined) the newer is written to.
NEWEST_FIRST = ContactIdentity.id.desc()
_IDENTITIES = prepare(
    select(ContactIdentity.kind, ContactIdentity.value)
    .where(ContactIdentity.contact_id == bindparam("contact"))
    .order_by(NEWEST_FIRST)
)
_RENAME = prepare(
    update(Contact)
    .where(Contact.id == bindparam("contact"))
    .values(name=bindparam("new_name"), updated_at=bindparam("at"))
)
_OTHER_PERSON = text(
    "SELECT 1 FROM contact_identity JOIN conversation"
    " ON conversation.contact_id = contact_identity.contact_id"
    " WHERE contact_identity.contact_id = :contact AND conversation.line_id = :line"
    " AND kind = 'bsuid' AND value NOT LIKE '__.ENT.%' LIMIT 1"
)


def language_of_sender(sender: Sender, default: LanguageCode) -> LanguageCode:
    """What is spoken where their phone number or business-scoped id is from."""
    for identity in sender.identities:
        if identity.kind == "phone":
            return language_of_phone(identity.value, default)
        if identity.kind == "bsuid":
            return language_of_country(identity.value[:2], default)
    return default


def find_or_add_contact(
    tx: Tx,
    line: Line,
    sender: Sender,
    *,
    language: str,
    said_at: float | None = None,
    waiting: list[str] | None = None,
) -> str:
    """The contact's id; its identities and name brought up to date.

    `said_at` is when they spoke under these identities (None: now): some may have changed since.
    Into `waiting` go conversations that were joined, and in which something waits for an answer.
    """
    identities = _distinct(sorted(sender.identities, key=lambda i: STRENGTH[i.kind]))
    owners = _owners(tx, line, identities)
    if len(owners) < len(identities) or len({it.contact_id for it in owners.values()}) != 1:
        lock_identities(tx, identities)
        owners = _owners(tx, line, identities)
        unknown = [it for it in identities if it not in owners]
        if unknown and (later := brought_up_to_date(tx, line, unknown, said_at)):
            identities = _distinct([later.get(it, it) for it in identities])
            lock_identities(tx, identities)
            owners = _owners(tx, line, identities)
    several = {str(it.contact_id) for i, it in owners.items() if i.kind != "username"}
    if len(several) > 1 and may_rename(tx, line, several):
        owners = _joined(tx, line, identities, owners, waiting)
    known = {identity: str(owner.contact_id) for identity, owner in owners.items()}
    deciding = _deciding(tx, line, identities, known)
    if deciding is None:
        contact_id = _add_contact(tx, sender, language)
    else:
        contact_id = known[deciding]
        keep_name(tx, contact_id, sender, known_as=owners[deciding].name)
    for identity in identities:
        owner = known.get(identity)
        if owner is None:
            if deciding is not None and identity.kind == "phone":
                if not may_rename(tx, line, {contact_id}):
                    show_conflict(tx, {contact_id}, identity)
                    continue
                _drop_former_numbers(tx, line, contact_id, deciding, identity, said_at)
            add_identity(tx, contact_id, line, identity)
        elif owner != contact_id:
            _settle(tx, line, identity, owner, contact_id, said_at, is_new=deciding is None)
    return contact_id


def _drop_former_numbers(
    tx: Tx,
    line: Line,
    contact_id: str,
    known_by: Identity,
    number: Identity,
    said_at: float | None,
) -> None:
    """A person whom we know by more than a number has another one now: what we write must not
    reach the next owner of the former."""
    if not (is_personal(known_by) or is_account(known_by)):
        return
    former = [it for it in identities_of(tx, contact_id) if it.kind == "phone"]
    if former and (said_at is None or said_at > last_said_at(tx, contact_id)):
        for identity in former:
            if canonical_form(identity) != canonical_form(number):
                remove_identity(tx, contact_id, line, identity)


def _settle(
    tx: Tx,
    line: Line,
    identity: Identity,
    owner: str,
    contact_id: str,
    said_at: float | None,
    *,
    is_new: bool,
) -> None:
    """Who comes with an identity of another contact's has got it, or it is a conflict."""
    if identity.kind == "username":
        _move(tx, identity, contact_id)
        return
    if identity.kind == "phone" and not may_rename(tx, line, {owner}):
        show_conflict(tx, {owner, contact_id}, identity)
        return
    if is_new:
        if identity.kind == "phone":
            _move(tx, identity, contact_id)
        return
    mine = identities_of(tx, contact_id)
    if not contradict(identities_of(tx, owner), mine):
        show_conflict(tx, {owner, contact_id}, identity)
    elif (
        identity.kind == "phone"
        and not any(it.kind == "phone" for it in mine)
        and (said_at is None or said_at > last_said_at(tx, owner))
    ):
        # With user ids that differ, the number has passed from one to the other: what is written
        # to its former owner must not reach the present one.
        _move(tx, identity, contact_id)


def _joined(
    tx: Tx,
    line: Line,
    identities: Sequence[Identity],
    owners: dict[Identity, Row[Any]],
    waiting: list[str] | None,
) -> dict[Identity, Row[Any]]:
    """The owners, once those of them are one who are one person: named together here, with nothing
    that contradicts, and one of them known by the address alone (we wrote there first, or the
    channel has given the number of its own address only now)."""
    named = {i: str(it.contact_id) for i, it in owners.items() if i.kind != "username"}
    keeper, *others = older_first(tx, set(named.values()))
    for other in others:
        mine, theirs = identities_of(tx, keeper), identities_of(tx, other)
        if contradict(mine, theirs):
            continue
        alone = not (has_spoken(tx, keeper) and has_spoken(tx, other))
        if alone or _is_address_and_number(named, keeper, other):
            answers = join(tx, keeper, other)
            if waiting is not None:
                waiting += answers
    return _owners(tx, line, identities)


def _is_address_and_number(named: dict[Identity, str], one: str, other: str) -> bool:
    kinds = {owner: {i.kind for i, its in named.items() if its == owner} for owner in (one, other)}
    return {"provider"} in kinds.values() and {"phone"} in kinds.values()


def keep_name(tx: Tx, contact_id: str, sender: Sender, *, known_as: str) -> None:
    """A contact goes by the name that they gave last."""
    name = name_given(sender)
    if name and name != known_as:
        tx.execute(_RENAME, {"contact": contact_id, "new_name": name, "at": now()})


#: What programs write for a name that is not there.
_NO_NAMES = frozenset({"null", "undefined", "none", "nan", "unknown"})


#: `5511987654321@s.whatsapp.net`, as some gateways name whom they do not know
_ADDRESS = re.compile(r"\s?\+?[\d:.-]{5,40}@[\w.-]{2,40}\s?")


def name_given(sender: Sender) -> str:
    """The name that a sender gives; "" for one that is only a number, an address, a dot or the
    like."""
    name = sender.name
    says = any(category(sign)[0] == "L" or category(sign) == "So" for sign in name)
    if not says or _ADDRESS.fullmatch(name) or name.strip().lower() in _NO_NAMES:
        return ""
    digits = "".join(sign for sign in name if sign.isdecimal())
    is_number = len(digits) > 7 and any(digits == it.value for it in sender.identities)
    return "" if is_number else name


def find_contact(tx: Tx, line: Line, identities: Sequence[Identity]) -> str | None:
    """The contact that the strongest known identity names, without making one."""
    ordered = _distinct(sorted(identities, key=lambda i: STRENGTH[i.kind]))
    known = known_identities(tx, line, ordered)
    return next((known[i] for i in ordered if i in known and i.kind != "username"), None)


def recipient_of(tx: Tx, contact_id: str) -> Recipient:
    """The contact as a channel needs it to send there."""
    return recipient_in(tx.all(_IDENTITIES, {"contact": contact_id}))


def recipient_in(rows: Iterable[Row[Any]]) -> Recipient:
    """Of rows with an identity's `kind` and `value` each; null where there is none."""
    return Recipient(tuple(Identity(row.kind, row.value) for row in rows if row.kind is not None))


def lock_identities(tx: Tx, identities: Iterable[Identity]) -> None:
    """All of them: the same person may be arriving elsewhere under another of their names, or
    under another form of the same number."""
    for name in sorted({f"contact/{i.kind}/{canonical_form(i)}" for i in identities}):
        tx.lock(name)


def known_identities(tx: Tx, line: Line, identities: Iterable[Identity]) -> dict[Identity, str]:
    """Those of the identities that belong to a contact already, and to whom.

    A number that was known in another form takes the given one.
    """
    owners = _owners(tx, line, identities)
    return {identity: str(owner.contact_id) for identity, owner in owners.items()}


def add_identity(tx: Tx, contact_id: str, line: Line, identity: Identity) -> None:
    if identity.kind == "username":
        _drop_usernames(tx, contact_id)  # people have one at a time
    row = {
        "id": new_id(),
        "contact_id": contact_id,
        "kind": identity.kind,
        "scope": identity.scope_on(line.id),
        "value": identity.value,
        "created_at": now(),
    }
    tx.execute(tx.insert(ContactIdentity).on_conflict_do_nothing(), row)


def remove_identity(tx: Tx, contact_id: str, line: Line, identity: Identity) -> None:
    """The contact is not known by it any more: its next owner is somebody else."""
    forms = variants(identity.value) if identity.kind == "phone" else (identity.value,)
    tx.execute(
        delete(ContactIdentity).where(
            ContactIdentity.contact_id == contact_id,
            ContactIdentity.kind == identity.kind,
            ContactIdentity.scope == identity.scope_on(line.id),
            ContactIdentity.value.in_(forms),
        )
    )


def _deciding(
    tx: Tx, line: Line, identities: Sequence[Identity], known: dict[Identity, str]
) -> Identity | None:
    """The identity whose contact it is, None if it is somebody new."""
    mine = [i for i in identities if i in known and i.kind != "username"]
    found = mine[0] if mine else None
    if found is None:
        return identities[0] if len(identities) == 1 and identities[0] in known else None
    if found.kind == "phone" and any(is_account(i) for i in identities):
        theirs = {i for i in identities_of(tx, known[found]) if is_account(i)}
        if theirs and not theirs & set(identities):  # likewise, of an account
            return next((i for i in mine if is_account(i)), None)
    if found.kind == "phone" and any(is_personal(i) for i in identities):
        # Within a business a person keeps their user id as long as their number: who comes with
        # another one has got the number from its former owner.
        about = {"contact": known[found], "line": line.id}
        if tx.first(_OTHER_PERSON, about) is not None:
            return None
    return found


def _owners(tx: Tx, line: Line, identities: Iterable[Identity]) -> dict[Identity, Row[Any]]:
    found = ((identity, _owner(tx, line, identity)) for identity in identities)
    return {identity: owner for identity, owner in found if owner is not None}


def _owner(tx: Tx, line: Line, identity: Identity) -> Row[Any] | None:
    """`contact_id` and `name`."""
    about = {"kind": identity.kind, "scope": identity.scope_on(line.id), "value": identity.value}
    row = tx.first(_OWNER, about)
    if row is not None or identity.kind != "phone":
        return row
    for form in variants(identity.value)[1:]:
        row = tx.first(_OWNER, {**about, "value": form})
        if row is not None:
            tx.execute(
                update(ContactIdentity)
                .where(ContactIdentity.kind == "phone", ContactIdentity.value == form)
                .values(value=identity.value)
            )
            return row
    return None


def _distinct(identities: Sequence[Identity]) -> list[Identity]:
    """Without the further forms of a number that is there already."""
    found: dict[tuple[str, str], Identity] = {}
    for identity in identities:
        found.setdefault((identity.kind, canonical_form(identity)), identity)
    return list(found.values())


def _add_contact(tx: Tx, sender: Sender, language: str) -> str:
    contact_id = new_id()
    moment = now()
    tx.execute(
        insert(Contact),
        {
            "id": contact_id,
            "name": name_given(sender),
            "language": language,
            "attributes": {},
            "blocked": False,
            "created_at": moment,
            "updated_at": moment,
        },
    )
    return contact_id


def _drop_usernames(tx: Tx, contact_id: str) -> None:
    tx.execute(
        delete(ContactIdentity).where(
            ContactIdentity.contact_id == contact_id, ContactIdentity.kind == "username"
        )
    )


def _move(tx: Tx, identity: Identity, contact_id: str) -> None:
    """A username, or a number, has passed to another person."""
    if identity.kind == "username":
        _drop_usernames(tx, contact_id)
    tx.execute(
        update(ContactIdentity)
        .where(
            ContactIdentity.kind == identity.kind,
            ContactIdentity.scope == "",
            ContactIdentity.value == identity.value,
        )
        .values(contact_id=contact_id)
    )

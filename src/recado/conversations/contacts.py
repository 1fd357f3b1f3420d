"""Who is it? Finding or making the contact behind a channel's identities.

A business-scoped user id and a phone number name one person each; a username may pass from one
person to another and never decides. Identities that point to different contacts are a conflict:
they are never merged here, the strongest one decides and the other stays where it is.
"""

from __future__ import annotations

from sqlalchemy import bindparam, insert, select, update

from recado.channels.port import Identity, Line, Recipient, Sender
from recado.conversations.model import Contact, ContactIdentity
from recado.store import Tx, new_id, now

#: From the strongest to the weakest.
STRENGTH = {"bsuid": 0, "phone": 1, "provider": 2, "username": 3}


# Built once: building a statement takes longer than running it.
_OWNER = select(ContactIdentity.contact_id).where(
    ContactIdentity.kind == bindparam("kind"),
    ContactIdentity.scope == bindparam("scope"),
    ContactIdentity.value == bindparam("value"),
)
_IDENTITIES = select(ContactIdentity.kind, ContactIdentity.value).where(
    ContactIdentity.contact_id == bindparam("contact")
)
_RENAME = (
    update(Contact)
    .where(Contact.id == bindparam("contact"), Contact.name != bindparam("new_name"))
    .values(name=bindparam("new_name"), updated_at=bindparam("at"))
)


def scope_of(identity: Identity, line: Line) -> str:
    """A channel's own ids mean something on their line only; the others are global."""
    return line.id if identity.kind == "provider" else ""


def find_or_add_contact(tx: Tx, line: Line, sender: Sender, *, language: str) -> str:
    """The contact's id; its identities and name brought up to date."""
    identities = sorted(sender.identities, key=lambda i: STRENGTH[i.kind])
    # All of them: the same person may be arriving elsewhere under another of their names.
    for name in sorted(f"contact/{i.kind}/{i.value}" for i in identities):
        tx.lock(name)
    known = _known(tx, line, identities)
    deciding = next((i for i in identities if i in known and i.kind != "username"), None)
    if deciding is None and len(identities) == 1:
        deciding = next((i for i in identities if i in known), None)
    if deciding is None:
        contact_id = _add_contact(tx, sender, language)
    else:
        contact_id = known[deciding]
        _rename(tx, contact_id, sender.name)
    for identity in identities:
        owner = known.get(identity)
        if owner is None:
            _add_identity(tx, contact_id, line, identity)
        elif owner != contact_id and identity.kind == "username":
            _move_username(tx, identity, contact_id)
    return contact_id


def recipient_of(tx: Tx, contact_id: str) -> Recipient:
    """The contact as a channel needs it to send there."""
    rows = tx.all(_IDENTITIES, {"contact": contact_id})
    return Recipient(tuple(Identity(row.kind, row.value) for row in rows))


def _known(tx: Tx, line: Line, identities: list[Identity]) -> dict[Identity, str]:
    """Those of the identities that belong to a contact already."""
    known = {}
    for identity in identities:
        row = tx.first(
            _OWNER,
            {"kind": identity.kind, "scope": scope_of(identity, line), "value": identity.value},
        )
        if row is not None:
            known[identity] = row.contact_id
    return known


def _add_contact(tx: Tx, sender: Sender, language: str) -> str:
    contact_id = new_id()
    moment = now()
    tx.execute(
        insert(Contact),
        {
            "id": contact_id,
            "name": sender.name,
            "language": language,
            "attributes": {},
            "blocked": False,
            "created_at": moment,
            "updated_at": moment,
        },
    )
    return contact_id


def _rename(tx: Tx, contact_id: str, name: str) -> None:
    if name:
        tx.execute(_RENAME, {"contact": contact_id, "new_name": name, "at": now()})


def _add_identity(tx: Tx, contact_id: str, line: Line, identity: Identity) -> None:
    row = {
        "id": new_id(),
        "contact_id": contact_id,
        "kind": identity.kind,
        "scope": scope_of(identity, line),
        "value": identity.value,
        "created_at": now(),
    }
    tx.execute(tx.insert(ContactIdentity).on_conflict_do_nothing(), row)


def _move_username(tx: Tx, identity: Identity, contact_id: str) -> None:
    tx.execute(
        update(ContactIdentity)
        .where(
            ContactIdentity.kind == "username",
            ContactIdentity.scope == "",
            ContactIdentity.value == identity.value,
        )
        .values(contact_id=contact_id)
    )

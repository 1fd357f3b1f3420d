"""A person's right to their data: all of it, out as one document, or away.

GDPR articles 15 (access), 17 (erasure), 20 (portability); LGPD article 18.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from sqlalchemy import or_, select

from recado.conversations.conflicts import forget_claims
from recado.conversations.model import (
    Contact,
    ContactIdentity,
    Conversation,
    Message,
)
from recado.conversations.numbers import variants
from recado.errors import Conflict, NotFound
from recado.maintenance.features import FEATURES, MENTIONING, OF_CONTACT, OF_CONVERSATION
from recado.maintenance.in_groups import forget_in_groups, said_in_groups
from recado.media.checks import download_name
from recado.media.model import Media
from recado.media.originals import is_original
from recado.media.reading.model import MediaReading
from recado.media.sweep import forget_bytes
from recado.runtime import Runtime
from recado.security.audit import record
from recado.security.private_files import make_private_folder, write_private
from recado.store import Base, Tx, now
from recado.store.mentions import chunks, delete_by, delete_mentioning, plain, rows_mentioning


class Subject(msgspec.Struct, frozen=True):
    """All the ids under which a contact is known."""

    contact_id: str
    name: str
    identities: tuple[str, ...]
    conversation_ids: tuple[str, ...]
    message_ids: tuple[str, ...]
    provider_ids: tuple[str, ...]
    #: Files that came from the contact, or went to nobody else and are no knowledge's.
    media_ids: tuple[str, ...] = ()
    #: What the contact has written in groups, whose conversations are the groups'.
    said_in_groups: tuple[str, ...] = ()

    def marks(self) -> tuple[bytes, ...]:
        """What gives the contact away in a body of bytes. Names and short numbers do not:
        they would hit others."""
        ids = (*self.conversation_ids, *self.message_ids, *self.media_ids)
        found = (*self.identities, *ids, *self.provider_ids)
        return tuple(mark.encode() for mark in found if len(mark) >= 6)


def find_contact(tx: Tx, value: str) -> Subject:
    """The contact with this id, or with this phone number, BSUID, provider id or user name.

    Raises NotFound; Conflict when the name stands for several people.
    """
    digits = "".join(filter(str.isdigit, value))
    wanted = {value, value.lstrip("@"), *(variants(digits) if digits else ())}
    ids = set(tx.execute(select(Contact.id).where(Contact.id == value)).scalars())
    if not ids:
        named = select(ContactIdentity.contact_id).where(ContactIdentity.value.in_(wanted))
        ids = set(tx.execute(named).scalars())
    if not ids:
        raise NotFound(f"There is no contact {value}.")
    if len(ids) > 1:
        raise Conflict(f"{value} stands for several contacts: {', '.join(sorted(ids))}. Name one.")
    return _subject(tx, ids.pop())


def describe_contact(tx: Tx, subject: Subject) -> str:
    """The contact in words, for a question or a confirmation."""
    names = ", ".join(subject.identities)
    return (
        f"{subject.name or 'the contact'} ({names}):"
        f" {len(subject.conversation_ids)} conversations,"
        f" {len(subject.message_ids)} messages"
    )


def export_contact(tx: Tx, subject: Subject) -> dict[str, Any]:
    """Everything stored about the contact, as a document of plain values."""
    conversations = subject.conversation_ids
    return {
        "exported_at": now(),
        "contact": _rows(tx, Contact, Contact.id, [subject.contact_id])[0],
        "identities": _rows(tx, ContactIdentity, ContactIdentity.contact_id, [subject.contact_id]),
        **{
            it.name: _rows(tx, it.table, it.table.contact_id, [subject.contact_id])
            for it in OF_CONTACT
        },
        "conversations": _rows(tx, Conversation, Conversation.id, conversations),
        **{
            it.name: _rows(tx, it.table, it.table.conversation_id, conversations)
            for it in OF_CONVERSATION
        },
        "said_in_groups": _rows(tx, Message, Message.id, subject.said_in_groups),
        "media": _rows(tx, Media, Media.id, subject.media_ids),
        "readings": _rows(tx, MediaReading, MediaReading.media_id, subject.media_ids),
        **{
            name: [plain(row) for row in rows_mentioning(tx, key, subject.marks())]
            for name, key in MENTIONING.items()
        },
        **{
            name: rows
            for feature in FEATURES
            for name, rows in feature.export(tx, subject.marks()).items()
        },
    }


async def export_files(runtime: Runtime, media: Sequence[dict[str, Any]], folder: Path) -> None:
    """Write the stored files of an export to `folder`, each under its id and its own ending, for
    nobody else to read."""
    await asyncio.to_thread(make_private_folder, folder)
    for row in media:
        if row["state"] == "stored":
            path = folder / download_name("", row["id"], row["mime_type"])
            data = await runtime.blobs.get(row["blob_key"])
            await asyncio.to_thread(write_private, path, data)


def erase_contact(tx: Tx, subject: Subject, *, actor: str) -> dict[str, int]:
    """Remove every row about the contact. Returns how many, by kind. The bytes of the files
    `subject.media_ids` are the caller's to forget, once this is durable (`erase`).

    The audit log keeps that somebody erased a contact, by an id that no longer leads anywhere.
    """
    conversations, marks = subject.conversation_ids, subject.marks()
    removed = {
        **{name: count for feature in FEATURES for name, count in feature.erase(tx, marks).items()},
        **{
            name.replace("_", " "): delete_mentioning(tx, key, marks)
            for name, key in MENTIONING.items()
        },
        "conflicts": forget_claims(tx, subject.contact_id),
        "media": delete_by(tx, Media.id, subject.media_ids),
        "messages in groups": forget_in_groups(tx, subject.identities, subject.said_in_groups),
        **{
            it.name.replace("_", " "): delete_by(tx, it.table.conversation_id, conversations)
            for it in reversed(OF_CONVERSATION)
        },
        "conversations": delete_by(tx, Conversation.id, conversations),
        **{
            it.name.replace("_", " "): delete_by(tx, it.table.contact_id, [subject.contact_id])
            for it in OF_CONTACT
        },
        "identities": delete_by(tx, ContactIdentity.contact_id, [subject.contact_id]),
        "contacts": delete_by(tx, Contact.id, [subject.contact_id]),
    }
    record(tx, actor, "contact.erased", subject.contact_id, {"rows": sum(removed.values())})
    return removed


async def erase(runtime: Runtime, contact: str, *, actor: str) -> dict[str, int]:
    """Remove everything stored about the contact, files included. Raises as `find_contact` does."""

    def work(tx: Tx) -> tuple[dict[str, int], Subject]:
        subject = find_contact(tx, contact)
        return erase_contact(tx, subject, actor=actor), subject

    removed, subject = await runtime.store.write(work)
    await forget_bytes(runtime.blobs, subject.media_ids)
    return removed


def _subject(tx: Tx, contact_id: str) -> Subject:
    def ids(statement: Any) -> tuple[str, ...]:
        return tuple(str(value) for value in tx.execute(statement).scalars() if value)

    identities = ids(select(ContactIdentity.value).where(ContactIdentity.contact_id == contact_id))
    in_groups = said_in_groups(tx, identities)
    of = or_(Message.contact_id == contact_id, Message.id.in_(in_groups))
    came = select(Media.id).where(Media.message_id.in_(select(Message.id).where(of)))
    went = select(Message.media_id).where(of, Message.media_id.is_not(None))
    others = select(Message.media_id).where(
        Message.contact_id != contact_id,
        Message.id.not_in(in_groups),
        Message.media_id.is_not(None),
    )
    own = select(Media.id).where(Media.id.in_(went), Media.id.not_in(others), ~is_original())
    return Subject(
        contact_id=contact_id,
        name=tx.scalar(select(Contact.name).where(Contact.id == contact_id)) or "",
        identities=identities,
        conversation_ids=ids(select(Conversation.id).where(Conversation.contact_id == contact_id)),
        message_ids=ids(select(Message.id).where(of)),
        provider_ids=ids(select(Message.provider_message_id).where(of)),
        media_ids=tuple(dict.fromkeys((*ids(came), *ids(own)))),
        said_in_groups=in_groups,
    )


def _rows(tx: Tx, table: type[Base], column: Any, values: Iterable[str]) -> list[dict[str, Any]]:
    return [
        plain(row)
        for chunk in chunks(values)
        for row in tx.all(select(table.__table__).where(column.in_(chunk)))
    ]

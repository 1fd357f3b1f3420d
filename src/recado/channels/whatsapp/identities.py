"""Who a message is from or went to.

The first identity names the lane, so it must stay the same while a person writes. Since April
2026 the business-scoped user id (BSUID) comes with every message and the phone number may be
missing from any of them: the BSUID goes first, then the phone number, then the username.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recado.channels.port import Identity, Sender
from recado.channels.whatsapp.payload import Contact, Message, Status, Unreadable

LONGEST = 256
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)
_NO_CONTACT = Contact()
_NOT_PART_OF_A_NUMBER = str.maketrans("", "", "+-.() \u00a0")


def address(value: str | None) -> Identity | None:
    """What a field that usually holds a phone number names: a number, a BSUID or neither."""
    value = _trim(value)
    if value is None:
        return None
    if _BSUID.fullmatch(value):
        return Identity("bsuid", value)
    digits = value.translate(_NOT_PART_OF_A_NUMBER)
    if digits.isascii() and digits.isdigit():
        return Identity("phone", digits)
    return Identity("provider", value)


def user_id(value: str | None) -> Identity | None:
    value = _trim(value)
    return Identity("bsuid", value) if value else None


def username(value: str | None) -> Identity | None:
    """WhatsApp ignores case when it compares usernames, so they are kept in lower case."""
    value = _trim(value)
    value = _trim(value.lstrip("@").lower()) if value else None
    return Identity("username", value) if value else None


def sender_of(message: Message, contacts: Sequence[Contact], alone: bool) -> Sender:
    """Who wrote a message. `alone`: the webhook has messages of one person only.

    Raises Unreadable when nothing names a person.
    """
    contact = _contact_of(message, contacts, alone) or _NO_CONTACT
    profile = contact.profile
    found = (
        user_id(message.from_user_id) or user_id(contact.user_id),
        address(message.from_),
        address(contact.wa_id),
        username(profile.username) if profile else None,
        user_id(message.from_parent_user_id) or user_id(contact.parent_user_id),
    )
    identities = tuple(dict.fromkeys(identity for identity in found if identity))
    if not identities:
        raise Unreadable("the message does not say who sent it")
    return Sender(identities, (profile.name or "").strip() if profile else "")


def recipient_of(status: Status, contacts: Sequence[Contact]) -> Identity:
    """The person a message of ours went to.

    Raises Unreadable when nothing names a person.
    """
    contact = contacts[0] if len(contacts) == 1 else None
    found = (
        user_id(status.recipient_participant_user_id)
        or address(status.recipient_participant_id)
        or user_id(status.recipient_user_id)
        or address(status.recipient_id)
        or (contact and (user_id(contact.user_id) or address(contact.wa_id)))
    )
    if not found:
        raise Unreadable("the status does not say whom its message went to")
    return found


def _contact_of(message: Message, contacts: Sequence[Contact], alone: bool) -> Contact | None:
    for contact in contacts:
        if contact.user_id and contact.user_id == message.from_user_id:
            return contact
        if contact.wa_id and contact.wa_id == message.from_:
            return contact
    # A WhatsApp id may differ from the phone number (Brazil's and Mexico's extra digit), so a
    # single contact beside a single writer is that writer.
    return contacts[0] if alone and len(contacts) == 1 else None


def _trim(value: str | None) -> str | None:
    value = (value or "").strip()
    return value if 0 < len(value) <= LONGEST else None

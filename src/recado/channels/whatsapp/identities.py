"""Who a message is from or went to.

The first identity names the lane, so it must stay the same while a person writes. Since April
2026 the business-scoped user id (BSUID) comes with every message and the phone number may be
missing from any of them: the BSUID goes first, then the phone number, then the username.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from recado.channels.messages import Identity, Sender
from recado.channels.whatsapp.payload import (
    Call,
    Contact,
    HandoverPerson,
    Message,
    Status,
    Unreadable,
)

LONGEST = 256
_BSUID = re.compile(r"[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}", re.ASCII)
_NO_CONTACT = Contact()
_NOT_PART_OF_A_NUMBER = str.maketrans("", "", "+-.() \u00a0")


def address(value: str | None) -> Identity | None:
    """What a field that usually holds a phone number names: a number, a BSUID or neither."""
    value = _trim(value)
    if value is None:
        return None
    if value.isascii() and value.isdigit():  # as nearly always
        return Identity("phone", value)
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
    return _person(
        _contact_of(message, contacts, alone) or _NO_CONTACT,
        message.from_user_id,
        (message.from_,),
        message.from_parent_user_id,
        "the message does not say who sent it",
    )


def told_by(message: Message, contacts: Sequence[Contact], alone: bool) -> Sender:
    """To whom the business said it: the person of an echo. `alone`: the webhook has echoes to one
    person only.

    Raises Unreadable when nothing names a person.
    """
    contact = next((c for c in contacts if _is(c, message.to_user_id, message.to)), None)
    return _person(
        contact or (contacts[0] if alone and len(contacts) == 1 else _NO_CONTACT),
        message.to_user_id or message.recipient_user_id,
        (message.to, message.recipient),
        message.to_parent_user_id,
        "the echo does not say to whom it was said",
    )


def caller_of(call: Call, contacts: Sequence[Contact], *, ours: bool, alone: bool) -> Sender:
    """The person of a call, whoever called.

    Raises Unreadable when nothing names a person.
    """
    bsuid, parent, number = (
        (call.to_user_id, call.to_parent_user_id, call.to)
        if ours
        else (call.from_user_id, call.from_parent_user_id, call.from_)
    )
    contact = next((c for c in contacts if _is(c, bsuid, number)), None)
    if contact is None and alone and len(contacts) == 1:
        contact = contacts[0]
    what = "the call does not say whose it is"
    return _person(contact or _NO_CONTACT, bsuid, (number,), parent, what)


def handed_over(sender: HandoverPerson) -> Sender:
    """Raises Unreadable when nothing names a person."""
    what = "the hand-over does not say whose conversation it is"
    numbers = (sender.phone_number, sender.wa_id)
    return _person(_NO_CONTACT, sender.user_id, numbers, sender.parent_user_id, what)


def group(group_id: str) -> Identity | None:
    value = _trim(group_id)
    return Identity("provider", value) if value else None


def _person(
    contact: Contact,
    bsuid: str | None,
    numbers: Sequence[str | None],
    parent: str | None,
    otherwise: str,
) -> Sender:
    profile = contact.profile
    found = (
        user_id(bsuid) or user_id(contact.user_id),
        *(address(number) for number in numbers),
        address(contact.wa_id),
        username(profile.username) if profile else None,
        user_id(parent) or user_id(contact.parent_user_id),
    )
    identities = tuple(dict.fromkeys(identity for identity in found if identity))
    if not identities:
        raise Unreadable(otherwise)
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
        if _is(contact, message.from_user_id, message.from_):
            return contact
    # A WhatsApp id may differ from the phone number (Brazil's and Mexico's extra digit), so a
    # single contact beside a single writer is that writer.
    return contacts[0] if alone and len(contacts) == 1 else None


def _is(contact: Contact, bsuid: str | None, number: str | None) -> bool:
    if contact.user_id and contact.user_id == bsuid:
        return True
    return bool(contact.wa_id) and contact.wa_id == number


def _trim(value: str | None) -> str | None:
    value = (value or "").strip()
    return value if 0 < len(value) <= LONGEST else None

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
    if message.system and any(old_and_new := changed(message)):
        old, new = old_and_new
        return Sender(old or new)
    # A WhatsApp id may differ from the phone number (Brazil's and Mexico's extra digit), so a
    # single contact beside a single writer is that writer.
    contact = _told_of(contacts, message.from_user_id, message.from_, alone)
    return _person(
        contact or _NO_CONTACT,
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


def recipient_of(status: Status, contacts: Sequence[Contact], alone: bool = False) -> Identity:
    """The person a message of ours went to.

    Raises Unreadable when nothing names a person.
    """
    return recipients_of(status, contacts, alone)[0]


def recipients_of(
    status: Status, contacts: Sequence[Contact], alone: bool = False
) -> tuple[Identity, ...]:
    """The person a message of ours went to, by all their identities; in a group, only by one.
    `alone`: the webhook has statuses of messages to one person only.

    Raises Unreadable when nothing names a person.
    """
    participant = user_id(status.recipient_participant_user_id) or address(
        status.recipient_participant_id
    )
    if participant:
        return (participant,)
    named = [user_id(status.recipient_user_id), address(status.recipient_id)]
    contact = _told_of(contacts, status.recipient_user_id, status.recipient_id, alone)
    if not any(named) and len(contacts) == 1:
        contact = contacts[0]
    if contact:
        named += [user_id(contact.user_id), address(contact.wa_id)]
    if (status.recipient_type or "individual") == "individual":
        named.append(user_id(status.recipient_parent_user_id))
        named.append(user_id(contact.parent_user_id) if contact else None)
    found = tuple(dict.fromkeys(it for it in named if it))
    if not found:
        raise Unreadable("the status does not say whom its message went to")
    return found if status.recipient_type in (None, "individual") else found[:1]


def changed(message: Message) -> tuple[tuple[Identity, ...], tuple[Identity, ...]]:
    """By what a person was known, and by what they are now, as a system message tells it: whom it
    is from is the old one, or the new one beside `previous_…`, or nobody."""
    told = message.system
    if told is None:
        return (), ()
    new = _distinct(
        user_id(told.user_id), address(told.wa_id or told.new_wa_id), user_id(told.parent_user_id)
    )
    old = _distinct(
        user_id(told.previous_user_id),
        user_id(message.from_user_id),
        address(told.previous_wa_id or told.customer),
        address(message.from_),
        user_id(told.previous_parent_user_id),
        user_id(message.from_parent_user_id),
    )
    return tuple(it for it in old if it not in new), new


def _distinct(*found: Identity | None) -> tuple[Identity, ...]:
    return tuple(dict.fromkeys(identity for identity in found if identity))


def _told_of(
    contacts: Sequence[Contact], bsuid: str | None, number: str | None, alone: bool
) -> Contact | None:
    """The contact beside an item about somebody, if it is theirs."""
    if isinstance(contacts, Contacts):
        found = contacts.first_of(bsuid, number)
    else:
        found = next((it for it in contacts if _is(it, bsuid, number)), None)
    if found is not None:
        return found
    return contacts[0] if alone and len(contacts) == 1 else None


class Contacts(list[Contact]):
    """A webhook's contacts: of thousands, each message's is found without looking through all."""

    _places: dict[tuple[str, str], int] | None = None

    def first_of(self, bsuid: str | None, number: str | None) -> Contact | None:
        if self._places is None:
            self._places = {}
            for place, contact in enumerate(self):
                for kind, value in (("bsuid", contact.user_id), ("number", contact.wa_id)):
                    if value:
                        self._places.setdefault((kind, value), place)
        named = (("bsuid", bsuid), ("number", number))
        places = [self._places[kind, it] for kind, it in named if it and (kind, it) in self._places]
        return self[min(places)] if places else None


def _is(contact: Contact, bsuid: str | None, number: str | None) -> bool:
    if contact.user_id and contact.user_id == bsuid:
        return True
    return bool(contact.wa_id) and contact.wa_id == number


def _trim(value: str | None) -> str | None:
    value = (value or "").strip()
    return value if 0 < len(value) <= LONGEST else None

"""How Twilio writes who and where: `whatsapp:+14155238886`, `+14155238886`, `whatsapp:US.13491…`.

WhatsApp's business-scoped user id comes as ExternalUserId. From a person who hides the number,
From has that id too, and it is what one sends to.
Source: www.twilio.com/docs/messaging/guides/webhook-request
"""

from __future__ import annotations

from recado.channels.messages import Identity, Recipient, Sender
from recado.channels.port import Line
from recado.channels.twilio.form import Fields
from recado.channels.whatsapp import identities
from recado.errors import SendRejected

WHATSAPP = "whatsapp:"
#: Marks a person as one who writes by SMS: their number alone would not say so.
SMS = "sms:"
LONGEST = 256


class Unreadable(Exception):
    """A message or status without what it promises."""


def line_address(value: str) -> str:
    """A business's address as Recado keeps it: digits of a number, else what stands there."""
    bare = value.strip().removeprefix(WHATSAPP)
    found = identities.address(bare)
    return found.value if found else ""


def sender_of(fields: Fields) -> Sender:
    """Who wrote. Raises Unreadable when nothing names a person."""
    given = fields.first("From")
    named: list[Identity | None] = [_user_id(fields.first("ExternalUserId")), person(given)]
    named.append(identities.address(fields.first("WaId")))
    if given.startswith("+"):
        named.append(Identity("provider", f"{SMS}{given}"[:LONGEST]))
    found = tuple(dict.fromkeys(identity for identity in named if identity))
    if not found:
        raise Unreadable("the message does not say who sent it")
    return Sender(found, fields.first("ProfileName")[:LONGEST])


def person(value: str) -> Identity | None:
    """Whom From or To names. Other channels of Twilio (`messenger:…`) keep their prefix."""
    return identities.address(value.strip().removeprefix(WHATSAPP))


def _user_id(value: str) -> Identity | None:
    found = person(value)
    return found if found and found.kind == "bsuid" else None


def ends(line: Line, to: Recipient) -> tuple[str, str]:
    """From and To of a message.

    By SMS goes what is for a person who has only ever written by SMS; all else by WhatsApp.
    Raises SendRejected: the line has no number, or the person none that Twilio can reach.
    """
    if not (line.address.isascii() and line.address.isdigit()):
        raise SendRejected(
            "The line's address must be the business's number in digits, without +",
            needs_person=True,
        )
    phone, user_id = to.of("phone"), to.of("bsuid")
    by_sms = next((i.value for i in to.identities if i.value.startswith(SMS)), "")
    if by_sms and not user_id:
        return f"+{line.address}", by_sms.removeprefix(SMS)
    if not phone and not user_id:
        raise SendRejected("Twilio needs the person's phone number or WhatsApp user id")
    reached = f"+{phone}" if phone else user_id
    return f"{WHATSAPP}+{line.address}", f"{WHATSAPP}{reached}"

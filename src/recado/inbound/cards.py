"""Contact cards that say who the contact is: their own, shared because we asked for it.

Source: developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
(request contact information; the card comes back with the origin `contact_request`).
"""

from __future__ import annotations

from typing import Any

from recado.channels.messages import Identity, InboundMessage


def number_shared(item: InboundMessage) -> Identity | None:
    """The phone number on a card that the contact shares as we have asked: their own. None: it is
    another's card, or has not exactly one number, or their number came along anyway."""
    cards = item.content.get("contacts")
    if not isinstance(cards, list) or len(cards) != 1 or not isinstance(cards[0], dict):
        return None
    asked = "contact_request" in (item.content.get("origin"), cards[0].get("origin"))
    if not asked or any(it.kind == "phone" for it in item.sender.identities):
        return None
    phones = cards[0].get("phones")
    numbers = {
        number
        for phone in (phones if isinstance(phones, list) else ())
        if isinstance(phone, dict) and (number := _digits(phone.get("wa_id") or phone.get("phone")))
    }
    return Identity("phone", numbers.pop()) if len(numbers) == 1 else None


def _digits(written: Any) -> str:
    digits = "".join(it for it in str(written or "") if it.isascii() and it.isdigit())
    return digits if 7 <= len(digits) <= 15 else ""

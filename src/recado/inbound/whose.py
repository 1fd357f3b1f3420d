"""Whose conversation an item belongs to, and what it tells about who somebody is.

A contact card may say that, too: the contact's own, shared because we asked for it. Source:
developers.facebook.com/documentation/business-messaging/whatsapp/business-scoped-user-ids
(request contact information; the card comes back with the origin `contact_request`).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from recado.channels.messages import Identity, InboundEvent, InboundMessage, identities_in
from recado.channels.port import Line
from recado.conversations.contacts import find_or_add_contact, language_of_sender
from recado.conversations.ownership import turn_job
from recado.conversations.relink import When, link, relink
from recado.inbound.reports import keep_event
from recado.queue.port import Delivery
from recado.runtime import Runtime
from recado.store import Tx


class Whose:
    """For one delivery each, in its transaction."""

    def __init__(self, runtime: Runtime) -> None:
        self._runtime = runtime

    def contact(self, tx: Tx, delivery: Delivery, line: Line, item: InboundMessage) -> str | None:
        """The contact's id; None: it is news of somebody unknown."""
        new = identities_in(item.content.get("identities")) if item.type == "system" else []
        if new:
            return self._relinked(tx, delivery, line, item, new)
        waiting: list[str] = []
        contact_id = find_or_add_contact(
            tx,
            line,
            item.sender,
            language=language_of_sender(item.sender, self._runtime.settings.default_language),
            said_at=item.sent_at,
            waiting=waiting,
        )
        self.wake(tx, delivery, waiting)
        return contact_id

    def was_another(self, tx: Tx, delivery: Delivery, line: Line, item: InboundMessage) -> None:
        """The notice that the sender has changed comes in the same webhook, and in another lane:
        whichever is here first makes the change."""
        when = When.told(item.sent_at, delivery.published_at)
        told = relink(tx, line, item.formerly, item.sender.identities, when)
        self.wake(tx, delivery, told.waiting)

    def card(
        self,
        tx: Tx,
        delivery: Delivery,
        line: Line,
        contact_id: str,
        item: InboundMessage,
    ) -> str | None:
        """A person whom we know by their user id alone gives us their number, as we have asked.
        Returns the contact's id from now on; None: the contact cards of the message are none
        such."""
        shared = _number_shared(item)
        if shared is None:
            return None
        when = When.told(item.sent_at, delivery.published_at)
        told = link(tx, line, contact_id, [shared], when, by_themselves=True)
        self.wake(tx, delivery, told.waiting)
        return told.contact_id or contact_id

    def wake(self, tx: Tx, delivery: Delivery, conversation_ids: Sequence[str]) -> None:
        """What was joined with an unanswered message is answered there."""
        quiet = self._runtime.settings.quiet_seconds
        jobs = [
            turn_job(id, delay_seconds=quiet, trace_id=delivery.trace_id) for id in conversation_ids
        ]
        if jobs:
            tx.publish(*jobs)

    def _relinked(
        self,
        tx: Tx,
        delivery: Delivery,
        line: Line,
        item: InboundMessage,
        new: Sequence[Identity],
    ) -> str | None:
        old = [it for it in item.sender.identities if it not in new]
        told = relink(tx, line, old, new, When.told(item.sent_at, delivery.published_at))
        if told.outcome in {"unknown", "conflict"}:
            name = f"{item.type} {item.content['system'].get('type', '')}: {told.outcome}"
            event = InboundEvent(item.channel, item.line_address, name, item.raw)
            keep_event(tx, [line], event)
        self.wake(tx, delivery, told.waiting)
        return told.contact_id


def _number_shared(item: InboundMessage) -> Identity | None:
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

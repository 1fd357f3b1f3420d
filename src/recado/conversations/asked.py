"""What of a message asks something, what of it is only given, and a wish about marketing.

A form, an address, a payment come with words of the vendor's ("Sent", the address in lines), which
nobody has asked; a wish about marketing is not a question either. They get a receipt.

A wish is kept on the contact and marked on the message. `contact.attributes["marketing"]` is
"stopped" or "resumed", as by Meta's own reports of it (inbound/reports.py); templates of the
category marketing do not go to whom it is "stopped".
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import select, update

from recado.channels.messages import NAMED, InboundMessage
from recado.conversations.model import Contact
from recado.errors import Conflict
from recado.language.intent import marketing_wish
from recado.store import Tx, now

ATTRIBUTE = "marketing"
#: In a message's content: {"wish": "stopped" or "resumed", "language": …}.
MARK = "marketing"
STOPPED = "The person has stopped marketing messages of this business."
_SAID_IN = frozenset({"text", "button", "interactive"})


def says_a_wish(item: InboundMessage) -> bool:
    """May the message be about marketing? Whether it is, `take_wish` says."""
    return item.type in _SAID_IN and not item.echo and marketing_wish(item.text) is not None


def take_wish(tx: Tx, contact_id: str, item: InboundMessage) -> dict[str, Any]:
    """Keep the contact's wish. Returns what to add to the message's content.

    Who has not stopped it cannot resume it: then the word means something else ("volver").
    """
    found = marketing_wish(item.text) if says_a_wish(item) and not _is_group(item) else None
    if found is None or "flow" in item.content:
        return {}
    stopped = has_stopped_marketing(tx, contact_id)
    if found.wish == "resumed" and not stopped:
        return {}
    set_attribute(tx, contact_id, ATTRIBUTE, found.wish)
    return {MARK: {"wish": found.wish, "language": found.language}}


def wish_in(content: dict[str, Any] | None) -> dict[str, str] | None:
    """The mark of a message."""
    mark = (content or {}).get(MARK)
    return mark if isinstance(mark, dict) and mark.get("wish") else None


def has_stopped_marketing(tx: Tx, contact_id: str) -> bool:
    attributes = tx.scalar(select(Contact.attributes).where(Contact.id == contact_id))
    return (attributes or {}).get(ATTRIBUTE) == "stopped"


def refuse_marketing(tx: Tx, contact_id: str, content: dict[str, Any]) -> None:
    """Raises Conflict for a template of the category marketing to whom has stopped that."""
    if is_marketing(content) and has_stopped_marketing(tx, contact_id):
        raise Conflict(STOPPED)


def is_marketing(content: dict[str, Any] | None) -> bool:
    template = (content or {}).get("template")
    return isinstance(template, dict) and str(template.get("category")).lower() == "marketing"


def set_attribute(tx: Tx, contact_id: str, name: str, value: str) -> None:
    known = tx.scalar(select(Contact.attributes).where(Contact.id == contact_id).with_for_update())
    tx.execute(
        update(Contact)
        .where(Contact.id == contact_id)
        .values(attributes={**(known or {}), name: value}, updated_at=now())
    )


def _is_group(item: InboundMessage) -> bool:
    return "group_id" in item.content or "participant" in item.content


#: What is given, by a word in the vendor's name for it.
_THINGS = {
    "poll": "poll",
    "event": "event",
    "location": "location",
    "invite": "invitation",
    "product": "product",
}
_UNPAID = (
    *("fail", "declin", "reject", "cancel", "expir", "error", "pend", "denied", "refund", "void"),
    *("unpaid", "processing", "new", "initiated", "created"),
)
_PAID = ("captured", "complete", "success", "paid", "settled", "approved")
_PAYMENTS = frozenset({"payment", "payment_notification"})
_DEEPEST, _MOST = 5, 50
#: What a message without a question gives us, by what stands in its content.
Given = str


def asked_in(type: str, text: str, content: dict[str, Any] | None) -> str:
    """The words in a message that ask something; "" when it only gives something."""
    found = content or {}
    if given_in(type, found) or wish_in(found):
        return ""
    return text.strip()


def given_in(type: str, content: dict[str, Any] | None) -> Given:
    """What a message gives: `form`, `address`, `payment`, a thing of the vendor's (`poll`,
    `event` …), which has a name and asks nothing; "" for anything else."""
    found = content or {}
    vendor_type = str(found.get("vendor_type", "")).lower()
    flow = found.get("flow")
    if type == "interactive" and isinstance(flow, dict):
        return "address" if "address" in str(flow.get("name", "")).lower() else "form"
    if type == "interactive" and vendor_type.startswith("payment"):
        return "payment" if _is_paid(found, vendor_type) else "message"
    if type == "unknown":
        thing = next((name for word, name in _THINGS.items() if word in vendor_type), "")
        if thing:
            return thing
    return "message" if type in ("unknown", "interactive") and found.get(NAMED) else ""


def _is_paid(content: dict[str, Any], vendor_type: str) -> bool:
    """Whether a message about a payment says that there is one: nobody thanks for one that failed,
    went back or is only promised."""
    level: list[Any] = [content]
    told: list[str] = []
    for _ in range(_DEEPEST):
        found = [it for it in level[:_MOST] if isinstance(it, dict)]
        told += [str(it[name]).lower() for it in found for name in it if "status" in str(name)]
        told += [str(name).lower() for it in found for name in it if "refund" in str(name)]
        level = [inner for it in found for inner in it.values()]
    if any(word in status for status in told for word in _UNPAID):
        return False
    return vendor_type in _PAYMENTS or any(word in status for status in told for word in _PAID)


def description_of(content: dict[str, Any] | None) -> str:
    """What stands below the row of a list that was tapped."""
    return _of_reply(content, "description").strip()


def tapped_id(content: dict[str, Any] | None) -> str:
    """The id of the button or row that was tapped; "": none was."""
    return _of_reply(content, "id")


def _of_reply(content: dict[str, Any] | None, name: str) -> str:
    reply = (content or {}).get("reply")
    found = reply.get(name) if isinstance(reply, dict) else None
    return found if isinstance(found, str) else ""


def order_lines(content: dict[str, Any] | None) -> str:
    """A cart in one line, with its total: `2 × SKU-1 (12.5 MXN); total 25 MXN`."""
    order = (content or {}).get("order")
    if not isinstance(order, dict):
        return ""
    items = [it for it in order.get("items") or () if isinstance(it, dict)][:30]
    lines = [_line(it) for it in items]
    total = _total(order, items)
    return "; ".join([*lines, *([f"total {total}"] if total else [])])


def _line(item: dict[str, Any]) -> str:
    name = str(item.get("name") or item.get("product_retailer_id") or "?")[:60]
    price, currency = item.get("item_price"), str(item.get("currency") or "")[:10]
    priced = f" ({str(price)[:20]} {currency})".replace(" )", ")") if price is not None else ""
    return f"{str(item.get('quantity') or 1)[:10]} × {name}{priced}"


def _total(order: dict[str, Any], items: list[dict[str, Any]]) -> str:
    if order.get("total") is not None:
        return f"{order['total']} {order.get('currency') or ''}".strip()[:40]
    try:
        amount = sum(float(it["item_price"]) * float(it.get("quantity") or 1) for it in items)
    except (KeyError, TypeError, ValueError):
        return ""
    currencies = {str(it.get("currency") or "") for it in items}
    return f"{amount:g} {currencies.pop()}".strip()[:40] if len(currencies) == 1 else ""
